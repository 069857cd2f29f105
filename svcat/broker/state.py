"""The broker's memory: one SQLite file, every change one transaction, flushed before it counts.

An operation's row is written before its first side effect (``begin``), so that a broker killed at
any moment finishes or undoes it at the next start. The file holds bindings' passwords: mode 0600.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from svcat.broker.errors import BrokerSetupError
from svcat.broker.limits import LIMITS
from svcat.broker.records import Binding, Change, Instance, Kind, Operation, Phase

_SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, service_id TEXT NOT NULL, plan_id TEXT NOT NULL,
    parameters BLOB NOT NULL, context BLOB NOT NULL, maintenance_version TEXT NOT NULL,
    attributes BLOB NOT NULL, phase TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bindings (
    id TEXT NOT NULL, instance_id TEXT NOT NULL REFERENCES instances (id),
    parameters BLOB NOT NULL, predecessor_id TEXT NOT NULL, secret TEXT NOT NULL,
    expires_at REAL, renew_before REAL, phase TEXT NOT NULL, PRIMARY KEY (instance_id, id));
CREATE TABLE IF NOT EXISTS operations (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    instance_id TEXT NOT NULL, binding_id TEXT NOT NULL, due_at REAL NOT NULL, change BLOB,
    state TEXT NOT NULL, description TEXT NOT NULL, instance_usable INTEGER NOT NULL,
    update_repeatable INTEGER NOT NULL, finished_at REAL);
CREATE INDEX IF NOT EXISTS operations_of ON operations (instance_id, binding_id);
CREATE INDEX IF NOT EXISTS operations_open ON operations (state) WHERE state = 'in progress';
"""
SCHEMA_VERSION = 1


class State:
    """The state database; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        try:
            self._open()
        except sqlite3.Error as error:
            raise BrokerSetupError(f"cannot use the state database {path}: {error}") from error

    def _open(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise BrokerSetupError(
                f"the state database is of a newer broker (version {version}): install that one"
            )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the body or nothing of it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def instance(self, instance_id: str) -> Instance | None:
        """Look an instance up."""
        row = self._one("SELECT * FROM instances WHERE id = ?", instance_id)
        return _to_instance(row) if row else None

    def instance_count(self) -> int:
        """How many instances there are, in any phase."""
        return int(self._rows("SELECT count(*) FROM instances")[0][0])

    def save_instance(self, instance: Instance) -> None:
        """Write the instance over what is there."""
        self._write(
            "INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " service_id = excluded.service_id, plan_id = excluded.plan_id,"
            " parameters = excluded.parameters, context = excluded.context,"
            " maintenance_version = excluded.maintenance_version,"
            " attributes = excluded.attributes, phase = excluded.phase",
            instance.id,
            instance.service_id,
            instance.plan_id,
            _encode(instance.parameters),
            _encode(instance.context),
            instance.maintenance_version,
            _encode(instance.attributes),
            instance.phase,
        )

    def forget_instance(self, instance_id: str) -> None:
        """Remove the instance with its bindings."""
        self._write("DELETE FROM bindings WHERE instance_id = ?", instance_id)
        self._write("DELETE FROM instances WHERE id = ?", instance_id)

    def binding(self, instance_id: str, binding_id: str) -> Binding | None:
        """Look a binding of an instance up."""
        row = self._one(
            "SELECT * FROM bindings WHERE instance_id = ? AND id = ?", instance_id, binding_id
        )
        return _to_binding(row) if row else None

    def bindings(self, instance_id: str) -> tuple[Binding, ...]:
        """All bindings of an instance, in any phase."""
        rows = self._rows("SELECT * FROM bindings WHERE instance_id = ? ORDER BY id", instance_id)
        return tuple(_to_binding(row) for row in rows)

    def save_binding(self, binding: Binding) -> None:
        """Write the binding over what is there."""
        self._write(
            "INSERT OR REPLACE INTO bindings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            binding.id,
            binding.instance_id,
            _encode(binding.parameters),
            binding.predecessor_id,
            binding.secret,
            binding.expires_at,
            binding.renew_before,
            binding.phase,
        )

    def forget_binding(self, instance_id: str, binding_id: str) -> None:
        """Remove the binding."""
        self._write(
            "DELETE FROM bindings WHERE instance_id = ? AND id = ?", instance_id, binding_id
        )

    def operation(self, operation_id: str) -> Operation | None:
        """Look an operation up."""
        row = self._one("SELECT * FROM operations WHERE id = ?", operation_id)
        return _to_operation(row) if row else None

    def last_operation(self, instance_id: str, binding_id: str = "") -> Operation | None:
        """The newest operation on the instance itself, or on the binding."""
        row = self._one(
            "SELECT * FROM operations WHERE instance_id = ? AND binding_id = ?"
            " ORDER BY seq DESC LIMIT 1",
            instance_id,
            binding_id,
        )
        return _to_operation(row) if row else None

    def open_operations(self, instance_id: str = "") -> tuple[Operation, ...]:
        """Operations in progress, of one instance and its bindings or of all, oldest first."""
        rows = self._rows(
            "SELECT * FROM operations WHERE state = 'in progress' AND ? IN ('', instance_id)"
            " ORDER BY seq",
            instance_id,
        )
        return tuple(_to_operation(row) for row in rows)

    def add_operation(self, operation: Operation) -> None:
        """Write a new operation down."""
        self._write(
            "INSERT INTO operations (id, kind, instance_id, binding_id, due_at, change, state,"
            " description, instance_usable, update_repeatable)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            operation.id,
            operation.kind,
            operation.instance_id,
            operation.binding_id,
            operation.due_at,
            _encode(operation.change) if operation.change else None,
            operation.state,
            operation.description,
            operation.instance_usable,
            operation.update_repeatable,
        )

    def end_operation(self, operation: Operation) -> None:
        """Write an operation's final state."""
        self._write(
            "UPDATE operations SET state = ?, description = ?, instance_usable = ?,"
            " update_repeatable = ?, finished_at = ? WHERE id = ?",
            operation.state,
            operation.description,
            operation.instance_usable,
            operation.update_repeatable,
            time.time(),
            operation.id,
        )

    def prune_operations(self) -> None:
        """Forget operations that ended long ago."""
        self._write(
            "DELETE FROM operations WHERE finished_at < ?", time.time() - LIMITS.operations_kept_s
        )

    def _rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def _one(self, statement: str, *values: object) -> sqlite3.Row | None:
        rows = self._rows(statement, *values)
        return rows[0] if rows else None

    def _write(self, statement: str, *values: object) -> None:
        with self._lock:
            self._db.execute(statement, values)


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value)


def _decode(value: bytes) -> Any:
    return msgspec.json.decode(value)


def _to_instance(row: sqlite3.Row) -> Instance:
    fields: dict[str, Any] = dict(row)
    for name in ("parameters", "context", "attributes"):
        fields[name] = _decode(fields[name])
    return Instance(**{**fields, "phase": Phase(fields["phase"])})


def _to_binding(row: sqlite3.Row) -> Binding:
    fields: dict[str, Any] = dict(row)
    fields["parameters"] = _decode(fields["parameters"])
    return Binding(**{**fields, "phase": Phase(fields["phase"])})


def _to_operation(row: sqlite3.Row) -> Operation:
    change = row["change"]
    return Operation(
        id=row["id"],
        kind=Kind(row["kind"]),
        instance_id=row["instance_id"],
        binding_id=row["binding_id"],
        due_at=row["due_at"],
        change=msgspec.json.decode(change, type=Change) if change else None,
        state=row["state"],
        description=row["description"],
        instance_usable=bool(row["instance_usable"]),
        update_repeatable=bool(row["update_repeatable"]),
    )
