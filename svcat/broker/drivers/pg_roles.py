"""Roles and databases of the PostgreSQL offering: names, and the statements that make and remove.

An instance is a database and two NOLOGIN group roles, its owner-to-be and its readers; a binding
is a LOGIN role in one of the groups. The broker's login joins every role it makes: PostgreSQL 16
gives a creator only the right to administer a role, not to act as it, and REASSIGN OWNED, DROP
OWNED and ending sessions need the latter. Comments carry the ids, so that a name is never taken
for ours by accident.
"""

import hashlib
import time
from collections.abc import Sequence

from psycopg import sql

from svcat.broker.drivers.pg_server import Connection, PgServer, run
from svcat.broker.errors import DriverError
from svcat.broker.killpoints import kill_point

_SESSIONS_END_WITHIN_S = 10.0


def database_name(instance_id: str) -> str:
    """The database of an instance, and its group role."""
    return f"si_{_digest(instance_id)}"


def readers_name(instance_id: str) -> str:
    """The group role of an instance's read-only bindings."""
    return f"sr_{_digest(instance_id)}"


def login_name(instance_id: str, binding_id: str) -> str:
    """The login role of a binding."""
    return f"sb_{_digest(instance_id, binding_id)}"


def instance_comment(instance_id: str) -> str:
    """What is written on an instance's roles and database."""
    return f"service instance {instance_id}"


def binding_comment(binding_id: str) -> str:
    """What is written on a binding's role."""
    return f"service binding {binding_id}"


def has_role(connection: Connection, name: str, comment: str) -> bool:
    """Whether the role is there. Raises DriverError if it is somebody else's."""
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s", [name]
    ).fetchone()
    if row is not None and row[0] != comment:
        raise DriverError(f"role {name} exists and is not of this instance or binding")
    return row is not None


def has_database(connection: Connection, name: str, comment: str) -> bool:
    """Whether the database is there; without a comment it was being made when the broker died."""
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database'), datdba = current_user::regrole"
        " FROM pg_database WHERE datname = %s",
        [name],
    ).fetchone()
    if row is not None and row[0] != comment and not (row[0] is None and row[1]):
        raise DriverError(f"database {name} exists and is not of this instance")
    return row is not None


def make_group(connection: Connection, name: str, comment: str) -> None:
    """Make a NOLOGIN role and join it."""
    with connection.transaction():
        if not has_role(connection, name, comment):
            run(connection, "CREATE ROLE {} NOLOGIN", name)
            run(connection, "COMMENT ON ROLE {} IS {comment}", name, comment=comment)
        join(connection, name)


def join(connection: Connection, name: str) -> None:
    """Make the broker's login a member of the role, with all its privileges."""
    member = connection.execute("SELECT pg_has_role(%s, 'USAGE')", [name]).fetchone()
    if member != (True,):
        run(connection, "GRANT {} TO CURRENT_USER", name)


def logins_of(connection: Connection, instance_id: str) -> list[str]:
    """The login roles of all bindings of an instance."""
    rows = connection.execute(
        "SELECT DISTINCT member.rolname FROM pg_auth_members AS link"
        " JOIN pg_roles AS granted ON granted.oid = link.roleid"
        " JOIN pg_roles AS member ON member.oid = link.member"
        " WHERE granted.rolname = ANY(%s) AND member.rolname LIKE 'sb\\_%%' ORDER BY 1",
        [[database_name(instance_id), readers_name(instance_id)]],
    ).fetchall()
    return [row[0] for row in rows]


def lock_out(connection: Connection, logins: Sequence[str]) -> None:
    """Let the roles not log in any more, and end their sessions. Raises DriverError."""
    for name in logins:
        join(connection, name)
        run(connection, "ALTER ROLE {} NOLOGIN", name)
    kill_point("postgresql:locked-out")
    deadline = time.monotonic() + _SESSIONS_END_WITHIN_S
    while connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY(%s)",
        [list(logins)],
    ).fetchall():
        if time.monotonic() > deadline:
            raise DriverError("a session of this binding does not end")
        time.sleep(0.02)
    kill_point("postgresql:sessions-ended")


def drop_login(server: PgServer, connection: Connection, name: str, heir: str) -> None:
    """Give what the role owns in database ``heir`` to role ``heir``, and drop the role.

    What it owns in other databases (any role may connect to ``postgres``) goes with it.
    """
    for database in _databases_with(connection, name, also=heir):
        with server.session(database) as inside, inside.transaction():
            if database == heir:
                run(inside, "REASSIGN OWNED BY {} TO {}", name, heir)
            run(inside, "DROP OWNED BY {}", name)
        kill_point("postgresql:owned-reassigned")
    drop_role(connection, name)


def drop_role(connection: Connection, name: str) -> None:
    """Drop a role that owns nothing, with the privileges it still has."""
    with connection.transaction():
        run(connection, "DROP OWNED BY {}", name)
        run(connection, "DROP ROLE {}", name)
    kill_point("postgresql:role-dropped")


def drop_everywhere(server: PgServer, connection: Connection, name: str) -> None:
    """Drop a role with all it owns anywhere."""
    join(connection, name)
    for database in _databases_with(connection, name):
        with server.session(database) as inside:
            run(inside, "DROP OWNED BY {}", name)
    drop_role(connection, name)


def _databases_with(connection: Connection, role: str, *, also: str = "") -> list[str]:
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE datname = %s OR oid IN (SELECT dbid"
        " FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid ="
        " (SELECT oid FROM pg_roles WHERE rolname = %s)) ORDER BY 1",
        [also, role],
    ).fetchall()
    return [row[0] for row in rows]


def grant_reading(connection: Connection, readers: str) -> None:
    """Let the readers see every table and sequence that the tenant has made so far."""
    schemas, relations = _tenant_schemas(connection), _tenant_relations(connection)
    group = sql.Identifier(readers)
    if schemas:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in schemas)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(names, group))
    if relations:
        names = sql.SQL(", ").join(sql.Identifier(*name) for name in relations)
        connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(names, group))


def share_with_readers(connection: Connection, maker: str, readers: str) -> None:
    """Let the readers see whatever ``maker`` makes from now on."""
    for what in ("SELECT ON TABLES", "SELECT ON SEQUENCES", "USAGE ON SCHEMAS"):
        run(
            connection,
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {{}} GRANT {what} TO {{}}",
            maker,
            readers,
        )


def create_extension(connection: Connection, name: str) -> None:
    """Create an extension where it belongs."""
    fixed = connection.execute(
        "SELECT 1 FROM pg_available_extension_versions WHERE name = %s AND schema IS NOT NULL",
        [name],
    ).fetchone()
    place = "" if fixed else " SCHEMA public"  # languages insist on pg_catalog
    run(connection, "CREATE EXTENSION IF NOT EXISTS {}" + place, name)


def _tenant_schemas(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'"
        " AND nspname <> 'information_schema' AND pg_has_role(nspowner, 'USAGE')"
    ).fetchall()
    return [row[0] for row in rows]


def _tenant_relations(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(
        "SELECT nspname, relname FROM pg_class JOIN pg_namespace ON relnamespace ="
        " pg_namespace.oid WHERE relkind IN ('r', 'v', 'm', 'S', 'f', 'p')"
        " AND nspname !~ '^pg_' AND pg_has_role(relowner, 'USAGE')"
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def _digest(*ids: str) -> str:
    return hashlib.sha256("\0".join(ids).encode()).hexdigest()[:24]
