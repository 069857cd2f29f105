"""The tables of the store and how older ones become the newest.

``PRAGMA user_version`` counts the migrations that ran. A migration, once released, never changes;
a new one is added at the end.
"""

import json
import sqlite3
import uuid
from datetime import UTC, datetime

from svcat.local.verbs import FIRST_NAMESPACES

APPLICATION_ID = 0x73766361  # "svca": tells our file from another program's database

# labels stand before body: a row that a selector passes over is not read to its end
_OBJECTS = """
CREATE TABLE objects (
  resource TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  labels TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (resource, namespace, name)
)
"""
_COUNTER = "CREATE TABLE counter (revision INTEGER NOT NULL)"


def _begin(connection: sqlite3.Connection) -> None:
    """Schema 1, with the namespaces every cluster has; kube-system's uid names the cluster."""
    connection.execute(_OBJECTS)
    connection.execute(_COUNTER)
    connection.execute("INSERT INTO counter VALUES (?)", (len(FIRST_NAMESPACES),))
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for revision, name in enumerate(FIRST_NAMESPACES, start=1):
        body = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "uid": str(uuid.uuid4()),
                "resourceVersion": str(revision),
                "creationTimestamp": made,
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        connection.execute(
            "INSERT INTO objects VALUES ('namespaces', '', ?, '{}', ?)", (name, json.dumps(body))
        )


MIGRATIONS = (_begin,)
