"""The PostgreSQL server of an offering: how to reach it, as whom, and what its errors mean.

Sessions see only ``pg_catalog`` in their search path and override what a database sets for
itself: a tenant's database is hostile ground for the broker's own login.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from svcat.broker.errors import BrokerSetupError, DriverError

_log = logging.getLogger(__name__)
_OLDEST = 130_000
_SESSION = (
    "-c search_path=pg_catalog -c default_transaction_read_only=off"
    " -c statement_timeout=50s -c lock_timeout=10s"
)

Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresqlOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the offering. ``public_…`` is what goes into credentials, if not the DSN's."""

    dsn: str
    password_file: str = ""
    public_host: str = ""
    public_port: int = 0
    public_sslmode: str = ""
    extensions: tuple[str, ...] | None = None  # None: every trusted one that is installed
    binding_lifetime_s: float | None = None
    allow_superuser: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """Where applications find the server."""

    host: str
    port: int
    sslmode: str


class PgServer:
    """Opens sessions with the broker's own login."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self._name = name
        try:
            self.options = msgspec.convert(options, PostgresqlOptions)
            self._dsn = conninfo_to_dict(self.options.dsn)
        except (msgspec.ValidationError, psycopg.ProgrammingError) as error:
            raise BrokerSetupError(f"offering {name}: {str(error).strip()}") from None

    @property
    def address(self) -> Address:
        """The address for credentials."""
        options = self.options
        return Address(
            host=options.public_host or str(self._dsn.get("host") or "localhost"),
            port=options.public_port or int(self._dsn.get("port") or 5432),
            sslmode=options.public_sslmode or str(self._dsn.get("sslmode") or ""),
        )

    @contextmanager
    def session(self, database: str = "") -> Iterator[Connection]:
        """A session in that database, by default the DSN's. Raises DriverError."""
        arguments: dict[str, Any] = {**self._dsn, "options": _SESSION, "connect_timeout": 5}
        arguments.setdefault("application_name", "svcat-broker")
        if database:
            arguments["dbname"] = database
        if self.options.password_file:
            arguments["password"] = self._password()
        try:
            connection = psycopg.connect(autocommit=True, **arguments)
        except psycopg.Error as error:
            _log.warning("offering %s: %s", self._name, str(error).strip())
            raise DriverError("the PostgreSQL server does not let the broker in now") from None
        try:
            yield connection
        except psycopg.Error as error:
            words = error.diag.message_primary or "the connection was lost"
            _log.warning("offering %s: %s (%s)", self._name, words, error.diag.message_detail)
            raise DriverError(f"PostgreSQL: {words}") from None
        finally:
            connection.close()

    def check(self) -> None:
        """Refuse a server that is too old, and a login with too much or too little power."""
        try:
            with self.session() as connection:
                version = connection.info.server_version
                superuser, createrole, createdb = connection.execute(
                    "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles"
                    " WHERE rolname = current_user"
                ).fetchone() or (False, False, False)
        except DriverError as error:
            raise BrokerSetupError(f"offering {self._name}: {error}, see the log above") from None
        if version < _OLDEST:
            raise BrokerSetupError(f"offering {self._name}: PostgreSQL 13 or later is needed")
        if superuser and not self.options.allow_superuser:
            raise BrokerSetupError(
                f"offering {self._name}: refusing to work as a superuser: make a role with LOGIN"
                " CREATEROLE CREATEDB, or set allow_superuser = true"
            )
        if not superuser and not (createrole and createdb):
            raise BrokerSetupError(
                f"offering {self._name}: the login needs CREATEROLE and CREATEDB"
            )

    def _password(self) -> str:
        try:
            return Path(self.options.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise DriverError(f"cannot read the password file: {error.strerror}") from None


def run(connection: Connection, statement: str, *names: str, **literals: object) -> None:
    """Execute a statement (the caller's own text) with ``{}`` for names, ``{name}`` for values."""
    identifiers = [sql.Identifier(name) for name in names]
    values = {key: sql.Literal(value) for key, value in literals.items()}
    template = sql.SQL(statement)
    connection.execute(template.format(*identifiers, **values))
