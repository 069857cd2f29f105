"""Tenants on one PostgreSQL server: what they share is nothing, what they own outlives a login."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from tests.broker.platform_client import Platform, Target, new_id
from tests.brokers.bundled import BundledBroker
from tests.postgres.server import Postgres

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def login(credentials: dict[str, Any], dbname: str = "") -> Iterator[Connection]:
    database = dbname or credentials["database"]
    connection = psycopg.connect(credentials["uri"], autocommit=True, dbname=database)
    with closing(connection):
        yield connection


class Tenant:
    """An instance, with bindings by name."""

    def __init__(self, platform: Platform, plan: str = "small", **parameters: Any) -> None:
        self.platform = platform
        self.id = new_id()
        self.target: Target = platform.target(plan)
        self.made = platform.provision(self.id, self.target, parameters=parameters)
        assert self.made.status == 201, self.made

    def bind(self, binding_id: str, **fields: Any) -> dict[str, Any]:
        got = self.platform.bind(self.id, binding_id, self.target, **fields)
        assert got.status == 201, got
        credentials: dict[str, Any] = got.body["credentials"]
        return credentials

    def unbind(self, binding_id: str) -> None:
        assert self.platform.unbind(self.id, binding_id, self.target).status == 200

    def end(self) -> None:
        assert self.platform.deprovision(self.id, self.target).status == 200


@pytest.fixture
def tenant(platform: Platform) -> Iterator[Tenant]:
    made = Tenant(platform)
    yield made
    platform.deprovision(made.id, made.target)


@pytest.fixture
def other(platform: Platform) -> Iterator[Tenant]:
    made = Tenant(platform)
    yield made
    platform.deprovision(made.id, made.target)


def test_credentials_say_all_that_a_client_may_ask(tenant: Tenant, postgres: Postgres) -> None:
    credentials = tenant.bind("b")

    assert credentials["type"] == "postgresql"
    assert credentials["provider"] == "svcat"
    assert (credentials["host"], credentials["port"]) == ("127.0.0.1", postgres.port)
    with psycopg.connect(
        host=credentials["host"],
        port=credentials["port"],
        dbname=credentials["database"],
        user=credentials["username"],
        password=credentials["password"],
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_table_outlives_its_binding_and_belongs_to_the_next(tenant: Tenant) -> None:
    with login(tenant.bind("first")) as connection:
        connection.execute("CREATE TABLE letters (text text)")
        connection.execute("INSERT INTO letters VALUES ('hello')")
    tenant.unbind("first")

    with login(tenant.bind("second")) as connection:
        assert connection.execute("SELECT text FROM letters").fetchall() == [("hello",)]
        connection.execute("ALTER TABLE letters ADD COLUMN seen boolean")
        connection.execute("DROP TABLE letters")


def test_what_was_made_after_reset_role_is_inherited_too(tenant: Tenant) -> None:
    with login(tenant.bind("first")) as connection:
        connection.execute("RESET ROLE")
        connection.execute("SET ROLE NONE")
        connection.execute("CREATE SCHEMA own CREATE TABLE own.letters (text text)")
    tenant.unbind("first")

    with login(tenant.bind("second")) as connection:
        connection.execute("INSERT INTO own.letters VALUES ('hello')")
        connection.execute("DROP SCHEMA own CASCADE")


def test_bindings_of_one_instance_work_together(tenant: Tenant) -> None:
    with login(tenant.bind("one")) as one, login(tenant.bind("two")) as two:
        one.execute("CREATE TABLE letters (text text)")
        two.execute("INSERT INTO letters VALUES ('hello')")
        two.execute("ALTER TABLE letters RENAME TO mail")
        assert one.execute("SELECT count(*) FROM mail").fetchone() == (1,)


def test_a_tenant_cannot_enter_anothers_database(tenant: Tenant, other: Tenant) -> None:
    mine, theirs = tenant.bind("b"), other.bind("b")
    assert mine["username"] != theirs["username"]

    with (
        pytest.raises(psycopg.OperationalError, match="permission denied for database"),
        login(mine, dbname=theirs["database"]),
    ):
        pass


def test_a_tenant_cannot_become_another_nor_the_broker(tenant: Tenant, other: Tenant) -> None:
    mine, theirs = tenant.bind("b"), other.bind("b")

    with login(mine) as connection:
        for role in (theirs["username"], theirs["database"], "svcat_broker", "postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET ROLE {role}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE intruder",
        "CREATE DATABASE intruder",
        "DROP DATABASE {database}",
        "ALTER DATABASE {database} RENAME TO mine",
        "ALTER DATABASE {database} SET search_path = evil",
        "ALTER DATABASE {database} ALLOW_CONNECTIONS false",
        "COMMENT ON DATABASE {database} IS 'service instance other'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "GRANT {database} TO postgres",
    ],
)
def test_a_tenant_has_no_power_over_the_server(tenant: Tenant, statement: str) -> None:
    credentials = tenant.bind("b")

    with login(credentials) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.format(database=credentials["database"]))


def test_the_login_of_a_binding_is_locked_to_its_own_database(
    tenant: Tenant, postgres: Postgres
) -> None:
    database = tenant.bind("b")["database"]

    with postgres.superuser() as connection:
        acl = connection.execute(
            "SELECT datacl::text FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
    assert acl is not None
    assert "{=" not in acl[0]
    assert ",=" not in acl[0]


def test_a_read_only_binding_reads_everything_and_writes_nothing(tenant: Tenant) -> None:
    with login(tenant.bind("writer")) as writer:
        writer.execute("CREATE TABLE before (n serial)")
        writer.execute("CREATE SCHEMA more CREATE TABLE more.before (n int)")
        reader_credentials = tenant.bind("reader", parameters={"read_only": True})
        writer.execute("CREATE TABLE after (n int)")
        writer.execute("CREATE SCHEMA later CREATE TABLE later.after (n int)")
        writer.execute("SET ROLE NONE")
        writer.execute("CREATE TABLE as_login (n int)")

    with login(reader_credentials) as reader:
        for table in ("before", "more.before", "after", "later.after", "as_login", "before_n_seq"):
            reader.execute(f"SELECT * FROM {table}")
        reader.execute("SET default_transaction_read_only = off")
        for statement in (
            "INSERT INTO after VALUES (1)",
            "DELETE FROM before",
            "DROP TABLE more.before",
            "CREATE SCHEMA mine",
            "SELECT nextval('before_n_seq')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def test_a_read_only_binding_begins_read_only(tenant: Tenant) -> None:
    credentials = tenant.bind("reader", parameters={"read_only": True})

    with login(credentials) as reader, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("CREATE TEMPORARY TABLE t (n int)")


def test_unbind_ends_sessions_in_the_middle_of_a_transaction(tenant: Tenant) -> None:
    credentials = tenant.bind("b")
    with login(credentials) as busy:
        busy.execute("CREATE TABLE letters (text text)")
        busy.execute("BEGIN")
        busy.execute("LOCK TABLE letters IN ACCESS EXCLUSIVE MODE")

        tenant.unbind("b")

        with pytest.raises(psycopg.errors.AdminShutdown):
            busy.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"), login(credentials):
        pass


def test_unbind_beats_an_application_that_reconnects_for_ever(tenant: Tenant) -> None:
    credentials = tenant.bind("b")
    stop, connected = threading.Event(), threading.Event()

    def reconnect() -> None:
        while not stop.is_set():
            try:
                with login(credentials) as connection:
                    connected.set()
                    connection.execute("SELECT pg_sleep(10)")
            except psycopg.Error:
                pass

    threads = [threading.Thread(target=reconnect) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert connected.wait(10)
        tenant.unbind("b")
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    with pytest.raises(psycopg.OperationalError, match="authentication failed"), login(credentials):
        pass


def test_unbind_takes_along_what_a_login_left_in_other_databases(
    tenant: Tenant, postgres: Postgres
) -> None:
    credentials = tenant.bind("b")
    with postgres.superuser() as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    with login(credentials, dbname="postgres") as connection:
        connection.execute("CREATE TABLE public.litter (n int)")
        connection.execute("SET ROLE NONE")
        connection.execute("CREATE TABLE public.more_litter (n int)")

    tenant.unbind("b")
    tenant.end()

    with postgres.superuser() as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        assert (
            connection.execute(
                "SELECT relname FROM pg_class WHERE relname LIKE '%litter'"
            ).fetchall()
            == []
        )


def test_deprovision_drops_a_database_in_use_and_leaves_no_role(
    platform: Platform, postgres: Postgres
) -> None:
    before = postgres.names()
    tenant = Tenant(platform)
    one, two = tenant.bind("one"), tenant.bind("two", parameters={"read_only": True})
    assert len(postgres.names()) == len(before) + 4
    with login(one) as busy, login(two) as reader:
        busy.execute("CREATE TABLE letters (text text)")
        reader.execute("SELECT 1")

        tenant.end()

        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT 1")
    assert postgres.names() == before


def test_extensions_are_created_on_demand(platform: Platform, postgres: Postgres) -> None:
    with postgres.superuser() as connection:
        installed = (
            "SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'hstore')"
        )
        if connection.execute(installed).fetchone() != (2,):
            pytest.skip("this build of PostgreSQL has no contrib extensions")
    with_one = Tenant(platform, extensions=["citext"])
    with login(with_one.bind("b")) as connection:
        assert connection.execute("SELECT 'A'::citext = 'a'::citext").fetchone() == (True,)

        more = {"extensions": ["citext", "hstore"]}
        assert platform.update(with_one.id, with_one.target, parameters=more).status == 200
        assert connection.execute("SELECT 'a=>1'::hstore -> 'a'").fetchone() == ("1",)

    less = platform.update(with_one.id, with_one.target, parameters={"extensions": []})
    assert less.status == 400
    assert "citext, hstore" in less.body["description"]
    assert platform.fetch(with_one.id).body["parameters"] == more
    with_one.end()


@pytest.mark.parametrize("extension", ["no_such_extension", "file_fdw", 'x"; DROP TABLE y; --'])
def test_an_extension_that_is_not_to_be_had_is_400_and_makes_nothing(
    platform: Platform, postgres: Postgres, extension: str
) -> None:
    before = postgres.names()

    got = platform.provision(
        new_id(), platform.target("small"), parameters={"extensions": [extension]}
    )

    assert got.status == 400
    assert postgres.names() == before


def test_a_larger_plan_raises_the_connection_limit_of_all_logins(
    tenant: Tenant, platform: Platform, postgres: Postgres
) -> None:
    login_name = tenant.bind("b")["username"]

    def limit() -> Any:
        with postgres.superuser() as connection:
            return connection.execute(
                "SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", [login_name]
            ).fetchone()

    assert limit() == (20,)
    large = platform.target("large")
    assert platform.update(tenant.id, tenant.target, plan_id=large.plan_id).status == 200
    assert limit() == (100,)
    tenant.target = large


def test_a_rotation_gives_a_second_login_to_the_same_data(tenant: Tenant) -> None:
    old = tenant.bind("old")
    with login(old) as connection:
        connection.execute("CREATE TABLE letters (text text)")

    new = tenant.bind("new", predecessor_binding_id="old")

    assert new["username"] != old["username"]
    assert new["password"] != old["password"]
    with login(old) as one, login(new) as two:
        one.execute("INSERT INTO letters VALUES ('hello')")
        two.execute("UPDATE letters SET text = 'bye'")
    tenant.unbind("old")
    with login(new) as connection:
        assert connection.execute("SELECT text FROM letters").fetchall() == [("bye",)]


def test_passwords_never_reach_the_servers_log(tenant: Tenant, postgres: Postgres) -> None:
    password = tenant.bind("b")["password"]

    log = postgres.log_file.read_text(errors="replace")
    assert "CREATE ROLE" in log
    assert password not in log


def test_names_come_from_ids_alone(platform: Platform, postgres: Postgres) -> None:
    before = postgres.names()
    hostile = 'x"; DROP DATABASE postgres; --' + new_id()
    target = platform.target("small")

    assert platform.provision(hostile, target).status == 201
    assert platform.bind(hostile, hostile, target).status == 201
    made = postgres.names() - before
    assert len(made) == 3
    assert all(len(name) == 27 and name.replace("_", "").isalnum() for name in made)
    assert platform.deprovision(hostile, target).status == 200
    assert postgres.names() == before


def test_a_foreign_database_of_the_same_name_is_never_touched(
    platform: Platform, postgres: Postgres
) -> None:
    from svcat.broker.drivers.pg_roles import database_name

    instance_id = new_id()
    name, target = database_name(instance_id), platform.target("small")
    with postgres.superuser() as connection:
        connection.execute(f"CREATE DATABASE {name}")

        assert platform.provision(instance_id, target).status == 500
        assert platform.deprovision(instance_id, target).status == 500
        assert name in postgres.names()
        connection.execute(f"DROP DATABASE {name}")
    assert platform.deprovision(instance_id, target).status == 200
    assert platform.deprovision(instance_id, target).status == 410


def test_what_the_state_lost_can_still_be_deleted(
    postgres_broker: BundledBroker, platform: Platform, postgres: Postgres
) -> None:
    before = postgres.names()
    tenant = Tenant(platform)
    tenant.bind("b")
    tenant.bind("c")
    postgres_broker.kill()
    for file in postgres_broker.state_dir.glob("broker.db*"):
        file.unlink()
    postgres_broker.restart()

    tenant.unbind("b")
    assert platform.unbind(tenant.id, "b", tenant.target).status == 410
    tenant.end()
    assert platform.deprovision(tenant.id, tenant.target).status == 410
    assert postgres.names() == before
