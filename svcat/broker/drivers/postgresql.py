"""PostgreSQL offering: databases and logins on a server that the team already runs (13 to 18).

Whatever a read-write binding makes belongs to the instance's group role, because its sessions
begin with ``SET role``: it outlives the binding and belongs to the next. The broker needs a login
with CREATEROLE and CREATEDB, no superuser; no password ever reaches the server in clear.
"""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec

from svcat.broker.drivers import pg_roles
from svcat.broker.drivers.base import DriverContext, OfferingSpec, PlanSpec
from svcat.broker.drivers.pg_server import Connection, PgServer, run
from svcat.broker.errors import DriverRefusal
from svcat.broker.killpoints import kill_point
from svcat.broker.limits import LIMITS
from svcat.broker.records import Binding, Instance
from svcat.osb.models import JsonObject

_PUBLIC_IS_THE_OWNERS = 150_000  # since then ``public`` belongs to the database's owner
_Extension = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]+$", max_length=63)]
_Extensions = Annotated[
    tuple[_Extension, ...],
    msgspec.Meta(
        max_length=LIMITS.postgresql_extensions,
        description="Trusted extensions to create; more can be added later, none removed",
    ),
]


class InstanceParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of a database."""

    extensions: _Extensions = ()


class BindParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of a login."""

    read_only: bool = False


class PostgresqlDriver:
    """Makes databases and roles."""

    def __init__(self, context: DriverContext) -> None:
        self._server = PgServer(context.name, context.options)
        self.offering = OfferingSpec(
            description="A database on our PostgreSQL server",
            display_name="PostgreSQL",
            long_description="A database of its own, with a login for each binding. Tables belong"
            " to the instance, whichever binding made them.",
            tags=("postgresql", "postgres", "sql", "relational"),
            plans=tuple(_plan(name) for name in LIMITS.postgresql_connections),
            provision_parameters=InstanceParameters,
            update_parameters=InstanceParameters,
            bind_parameters=BindParameters,
            binding_lifetime_s=self._server.options.binding_lifetime_s,
        )

    def check(self) -> None:
        """Look at the server and at what the broker's login may do."""
        self._server.check()

    def provision(self, instance: Instance, plan: PlanSpec) -> JsonObject:  # noqa: ARG002
        """Make group roles, database and extensions."""
        name = pg_roles.database_name(instance.id)
        readers = pg_roles.readers_name(instance.id)
        comment = pg_roles.instance_comment(instance.id)
        extensions = msgspec.convert(instance.parameters, InstanceParameters).extensions
        with self._server.session() as connection:
            self._check_extensions(connection, extensions)
            pg_roles.make_group(connection, name, comment)
            pg_roles.make_group(connection, readers, comment)
            kill_point("postgresql:groups-made")
            if not pg_roles.has_database(connection, name, comment):
                # Closed until PUBLIC has lost its CONNECT: no other tenant gets a look in.
                run(
                    connection,
                    "CREATE DATABASE {} TEMPLATE template0 ALLOW_CONNECTIONS false",
                    name,
                )
            kill_point("postgresql:database-made")
            with connection.transaction():
                run(connection, "COMMENT ON DATABASE {} IS {comment}", name, comment=comment)
                run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
                run(connection, "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}", name, name)
                run(connection, "GRANT CONNECT ON DATABASE {} TO {}", name, readers)
            run(connection, "ALTER DATABASE {} ALLOW_CONNECTIONS true", name)
            kill_point("postgresql:database-opened")
            version = connection.info.server_version
        self._furnish(name, readers, extensions, version)
        return {"database": name, "server_version": str(version // 10_000)}

    def update(self, before: Instance, after: Instance, plan: PlanSpec) -> JsonObject:
        """Add extensions, move the logins to the plan's connection limit."""
        old = msgspec.convert(before.parameters, InstanceParameters).extensions
        wanted = msgspec.convert(after.parameters, InstanceParameters).extensions
        removed = sorted(set(old) - set(wanted))
        if removed:
            raise DriverRefusal(f"extensions can be added, not removed: {', '.join(removed)}")
        name = pg_roles.database_name(after.id)
        with self._server.session() as connection:
            self._check_extensions(connection, wanted)
            for login in pg_roles.logins_of(connection, after.id):
                run(connection, "ALTER ROLE {} CONNECTION LIMIT {n}", login, n=_connections(plan))
                kill_point("postgresql:limit-changed")
            version = connection.info.server_version
        self._furnish(name, pg_roles.readers_name(after.id), wanted, version)
        return {"database": name, "server_version": str(version // 10_000)}

    def deprovision(self, instance_id: str) -> None:
        """Drop the database with whoever is in it, and every role of the instance."""
        name = pg_roles.database_name(instance_id)
        comment = pg_roles.instance_comment(instance_id)
        with self._server.session() as connection:
            logins = pg_roles.logins_of(connection, instance_id)
            pg_roles.lock_out(connection, logins)
            if pg_roles.has_database(connection, name, comment):
                run(connection, "DROP DATABASE {} WITH (FORCE)", name)
            kill_point("postgresql:database-dropped")
            for login in logins:
                pg_roles.drop_everywhere(self._server, connection, login)
            for group in (pg_roles.readers_name(instance_id), name):
                if pg_roles.has_role(connection, group, comment):
                    pg_roles.drop_everywhere(self._server, connection, group)

    def bind(self, instance: Instance, binding: Binding, plan: PlanSpec) -> None:
        """Make the login role, in the group that its parameters ask for."""
        owners = pg_roles.database_name(instance.id)
        readers = pg_roles.readers_name(instance.id)
        login = pg_roles.login_name(instance.id, binding.id)
        comment = pg_roles.binding_comment(binding.id)
        read_only = msgspec.convert(binding.parameters, BindParameters).read_only
        with self._server.session() as connection, connection.transaction():
            if not pg_roles.has_role(connection, login, comment):
                run(connection, "CREATE ROLE {} NOLOGIN", login)
                run(connection, "COMMENT ON ROLE {} IS {comment}", login, comment=comment)
            pg_roles.join(connection, login)
            run(connection, "GRANT {} TO {}", readers if read_only else owners, login)
            if read_only:
                run(connection, "ALTER ROLE {} SET default_transaction_read_only = on", login)
            else:
                run(connection, "ALTER ROLE {} SET role = {group}", login, group=owners)
            run(
                connection,
                "ALTER ROLE {} LOGIN CONNECTION LIMIT {n} PASSWORD {verifier} VALID UNTIL {until}",
                login,
                n=_connections(plan),
                verifier=_verifier(connection, login, binding.secret),
                until=_until(binding),
            )
        kill_point("postgresql:login-made")
        with self._server.session(owners) as connection, connection.transaction():
            pg_roles.grant_reading(connection, readers)
            if not read_only:
                pg_roles.share_with_readers(connection, login, readers)

    def credentials(self, instance: Instance, binding: Binding) -> JsonObject:
        """Everything that a client library may ask for."""
        address = self._server.address
        database = pg_roles.database_name(instance.id)
        login = pg_roles.login_name(instance.id, binding.id)
        secret = quote(binding.secret, safe="")
        query = "?" + urlencode({"sslmode": address.sslmode}) if address.sslmode else ""
        host = f"[{address.host}]" if ":" in address.host else quote(address.host, safe="")
        body: JsonObject = {
            "type": "postgresql",
            "provider": "svcat",
            "host": address.host,
            "port": address.port,
            "database": database,
            "username": login,
            "password": binding.secret,
            "uri": f"postgresql://{login}:{secret}@{host}:{address.port}/{database}{query}",
        }
        return {**body, "sslmode": address.sslmode} if address.sslmode else body

    def unbind(self, instance_id: str, binding_id: str) -> None:
        """End the login's sessions, leave what it made to the instance, drop it."""
        login = pg_roles.login_name(instance_id, binding_id)
        with self._server.session() as connection:
            if not pg_roles.has_role(connection, login, pg_roles.binding_comment(binding_id)):
                return
            pg_roles.lock_out(connection, [login])
            pg_roles.drop_login(
                self._server, connection, login, pg_roles.database_name(instance_id)
            )

    def has_instance(self, instance_id: str) -> bool:
        """Whether the database or a group role is there."""
        name = pg_roles.database_name(instance_id)
        comment = pg_roles.instance_comment(instance_id)
        with self._server.session() as connection:
            roles = (name, pg_roles.readers_name(instance_id))
            return pg_roles.has_database(connection, name, comment) or any(
                pg_roles.has_role(connection, role, comment) for role in roles
            )

    def has_binding(self, instance_id: str, binding_id: str) -> bool:
        """Whether the login role is there."""
        login = pg_roles.login_name(instance_id, binding_id)
        with self._server.session() as connection:
            return pg_roles.has_role(connection, login, pg_roles.binding_comment(binding_id))

    def _furnish(self, name: str, readers: str, extensions: tuple[str, ...], version: int) -> None:
        with self._server.session(name) as connection, connection.transaction():
            if version >= _PUBLIC_IS_THE_OWNERS:
                run(connection, "ALTER SCHEMA public OWNER TO {}", name)
            pg_roles.share_with_readers(connection, name, readers)
            for extension in extensions:
                pg_roles.create_extension(connection, extension)
        kill_point("postgresql:database-furnished")

    def _check_extensions(self, connection: Connection, wanted: tuple[str, ...]) -> None:
        """Refuse what is not installed, not allowed, or only for superusers."""
        rows = connection.execute(
            "SELECT DISTINCT name FROM pg_available_extension_versions WHERE trusted OR superuser"
            " IS FALSE ORDER BY 1"
        ).fetchall()
        allowed = self._server.options.extensions
        offered = [row[0] for row in rows if allowed is None or row[0] in allowed]
        missing = sorted(set(wanted) - set(offered))
        if missing:
            raise DriverRefusal(
                f"no extension {', '.join(missing)} here; there are: {', '.join(offered)}"
            )


def _plan(name: str) -> PlanSpec:
    connections = LIMITS.postgresql_connections[name]
    return PlanSpec(
        name=name,
        description=f"A database; each binding may hold {connections} connections",
        bullets=(
            "A database of its own on a shared server",
            f"{connections} connections a binding",
            "Read-only bindings",
        ),
        maintenance_version="1.0.0",
    )


def _connections(plan: PlanSpec) -> int:
    return LIMITS.postgresql_connections[plan.name]


def _verifier(connection: Connection, login: str, secret: str) -> str:
    """What the server stores of a password: the clear text stays here, out of its logs."""
    encrypted = connection.pgconn.encrypt_password(
        secret.encode(), login.encode(), b"scram-sha-256"
    )
    return encrypted.decode()


def _until(binding: Binding) -> str:
    if binding.expires_at is None:
        return "infinity"
    return datetime.fromtimestamp(binding.expires_at, UTC).isoformat()
