"""The SQLite file: opened, migrated, and used by several processes at once.

WAL lets readers go on while one process writes; ``synchronous=FULL`` makes a write durable before
it is confirmed. Every SQLite error leaves here as one of svcat's, with the path and a hint.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svcat.errors import SvcatError, Unreachable
from svcat.local.files import prepared
from svcat.local.schema import APPLICATION_ID, MIGRATIONS

PATIENCE_S = 30.0
_BUSY_TIMEOUT_S = 0.2  # SQLite waits in C, deaf to Ctrl-C; longer waits are made of these


class Database:
    """One connection, one transaction at a time; threads take turns."""

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._path = prepared(path)
        self._patience_s = patience_s
        self._turn = threading.Lock()
        self._connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode=rw",  # never makes the file: that was done, mode 0600
            uri=True,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            with self._explained():
                self._set_up()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def define(self, name: str, function: object, arguments: int) -> None:
        """Lend a pure Python function to SQL."""
        self._connection.create_function(name, arguments, function, deterministic=True)  # type: ignore[arg-type]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one consistent state."""
        with self._turn, self._explained(), self._transaction("BEGIN"):
            self._patiently("SELECT 1 FROM counter")  # BEGIN alone takes no lock yet
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing, alone; durable when the block is left."""
        with self._turn, self._explained(), self._transaction("BEGIN IMMEDIATE"):
            yield self._connection

    def _set_up(self) -> None:
        self._patiently("PRAGMA synchronous=FULL")
        self._connection.execute(
            "PRAGMA fullfsync=ON"
        )  # macOS: fsync alone does not reach the disk
        self._connection.execute("PRAGMA secure_delete=ON")  # deleted credentials are overwritten
        self._connection.execute("PRAGMA trusted_schema=OFF")
        if self._version() < len(MIGRATIONS):
            with self._alone():
                self._migrate()

    def _version(self) -> int:
        (version,) = self._patiently("PRAGMA user_version").fetchone()
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        is_new = application == 0 and version == 0 and not self._has_tables()
        if application != APPLICATION_ID and not is_new:
            raise SvcatError(
                f"{self._path} is a database of another program",
                hint="move it away, or point XDG_DATA_HOME elsewhere",
            )
        if version > len(MIGRATIONS):
            raise SvcatError(
                f"the local store {self._path} was written by a newer svcat "
                f"(schema {version}, this one reads up to {len(MIGRATIONS)})",
                hint="upgrade svcat",
            )
        return int(version)

    def _has_tables(self) -> bool:
        return self._connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None

    def _migrate(self) -> None:
        self._connection.execute("PRAGMA journal_mode=WAL")
        with self._transaction("BEGIN IMMEDIATE"):
            for migration in MIGRATIONS[self._version() :]:
                migration(self._connection)
            self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from migrating meanwhile; the lock ends with the process."""
        directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            yield
        finally:
            os.close(directory)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        try:
            self._patiently(begin)
            yield
            self._patiently("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _patiently(self, statement: str) -> sqlite3.Cursor:
        """Run a statement that needs a lock, waiting for whoever holds it."""
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return self._connection.execute(statement)
            except sqlite3.OperationalError as error:
                if _primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _in_our_words(error, self._path) from error


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _kind_of(error: sqlite3.Error) -> int:
    """Return the primary code; a full disk is met as an I/O error where the index is made."""
    is_full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE
    return sqlite3.SQLITE_FULL if is_full else _primary_code(error)


def _in_our_words(error: sqlite3.Error, path: Path) -> SvcatError:
    match _kind_of(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return Unreachable(
                f"the local store {path} is kept locked by another process",
                hint="repeat the command; lsof shows who has the file open",
                may_have_happened=False,
            )
        case sqlite3.SQLITE_FULL:
            return SvcatError(
                f"no space left for the local store {path}, nothing was written",
                hint="free some space, then repeat the command",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return SvcatError(
                f"the local store {path} cannot be opened for writing: {error}",
                hint="check the permissions of the file and its directory",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return SvcatError(
                f"the local store {path} is damaged or not a store: {error}",
                hint="move it away and put a backup in its place",
            )
        case _:
            return Unreachable(
                f"the local store {path} failed: {error}",
                hint="check the disk, then repeat the command; nothing is ever half written",
            )
