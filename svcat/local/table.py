"""The objects of the store as rows: what ``verbs`` reads and writes, and pages of lists."""

import json
import sqlite3
from collections.abc import Iterable
from functools import lru_cache

from svcat import selectors
from svcat.errors import SvcatError
from svcat.local.paging import Position
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, Resource

KEPT = {resource.plural: resource for resource in (CONFIG_MAP, SECRET, NAMESPACE)}

_FIND = "SELECT body FROM objects WHERE resource = ? AND namespace = ? AND name = ?"
_PUT = """
INSERT INTO objects (resource, namespace, name, labels, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (resource, namespace, name)
DO UPDATE SET labels = excluded.labels, body = excluded.body
"""
_REMOVE = "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?"
_INSIDE = "SELECT resource, body FROM objects WHERE namespace = ? AND resource IN (?, ?)"
_PAGE_IN_NAMESPACE = """
SELECT body FROM objects
WHERE resource = ? AND namespace = ? AND name > ? AND fits(?, labels)
ORDER BY name LIMIT ?
"""
_PAGE_OF_ALL = """
SELECT body FROM objects
WHERE resource = ? AND (namespace, name) > (?, ?) AND fits(?, labels)
ORDER BY namespace, name LIMIT ?
"""


class Rows:
    """The table within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, resource: Resource, namespace: str, name: str) -> JsonObject | None:
        """Read one object."""
        row = self._connection.execute(_FIND, (resource.plural, namespace, name)).fetchone()
        return None if row is None else _object(row[0])

    def put(self, resource: Resource, obj: JsonObject) -> None:
        """Write one object, new or not."""
        metadata = obj["metadata"]
        self._connection.execute(
            _PUT,
            (
                resource.plural,
                metadata.get("namespace", ""),
                metadata["name"],
                _json(metadata.get("labels", {})),
                _json(obj),
            ),
        )

    def remove(self, resource: Resource, namespace: str, name: str) -> None:
        """Forget one object."""
        self._connection.execute(_REMOVE, (resource.plural, namespace, name))

    def inside(self, namespace: str) -> Iterable[tuple[Resource, JsonObject]]:
        """Read all that a namespace holds."""
        rows = self._connection.execute(_INSIDE, (namespace, CONFIG_MAP.plural, SECRET.plural))
        return ((KEPT[plural], _object(body)) for plural, body in rows)

    def next_revision(self) -> str:
        """Count one write; a number is never given twice."""
        self._connection.execute("UPDATE counter SET revision = revision + 1")
        (revision,) = self._connection.execute("SELECT revision FROM counter").fetchone()
        return str(revision)

    def page(
        self, resource: Resource, namespace: str, *, selector: str, after: Position, limit: int
    ) -> list[JsonObject]:
        """Read up to ``limit`` objects behind ``after``, by namespace and name; -1 reads all."""
        if namespace:
            values = (resource.plural, namespace, after.name, selector, limit)
            rows = self._connection.execute(_PAGE_IN_NAMESPACE, values)
        else:
            rows = self._connection.execute(
                _PAGE_OF_ALL, (resource.plural, *after, selector, limit)
            )
        return [_object(body) for (body,) in rows]


@lru_cache(maxsize=1024)
def fits(selector: str, labels: str) -> bool:
    """The SQL function of that name: do these labels (JSON) meet the selector?"""
    return selectors.matches(selectors.parse(selector), json.loads(labels))


def _object(body: str) -> JsonObject:
    try:
        obj: JsonObject = json.loads(body)
    except ValueError as error:
        raise SvcatError(
            f"the local store holds an object that cannot be read: {error}",
            hint="put a backup of the file in its place",
        ) from None
    return obj


def _json(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
