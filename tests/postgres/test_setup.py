"""The broker's own login, its options, and a server that is away or in a hurry."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.broker.platform_client import Platform, new_id
from tests.brokers.bundled import BundledBroker, start_bundled
from tests.brokers.process import BrokerDidNotStart
from tests.postgres.server import Postgres

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "run-the-broker.md"


def _offering(postgres: Postgres, directory: Path, **options: Any) -> dict[str, Any]:
    (directory / "pg-password").write_text(postgres.broker_password + "\n")
    return {
        "driver": "postgresql",
        "dsn": postgres.broker_dsn,
        "password_file": str(directory / "pg-password"),
        **options,
    }


@pytest.fixture
def made_login(postgres: Postgres) -> Iterator[str]:
    with postgres.superuser() as connection:
        connection.execute("CREATE ROLE half_a_login LOGIN CREATEDB PASSWORD 'pw'")
        yield "half_a_login"
        connection.execute("DROP ROLE half_a_login")


def _refusal(directory: Path, offering: dict[str, Any]) -> str:
    offerings = {"postgresql": offering}
    with pytest.raises(BrokerDidNotStart) as caught, start_bundled(directory, offerings=offerings):
        pass
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_a_superuser_is_refused_unless_told(tmp_path: Path, postgres: Postgres) -> None:
    offering = {"driver": "postgresql", "dsn": postgres.superuser_dsn}

    words = _refusal(tmp_path, offering)

    assert "refusing to work as a superuser" in words
    assert "allow_superuser = true" in words
    allowed = {"postgresql": {**offering, "allow_superuser": True}}
    with start_bundled(tmp_path, offerings=allowed) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("small")
        assert platform.provision(instance_id, target).status == 201
        assert platform.bind(instance_id, "b", target).status == 201
        assert platform.unbind(instance_id, "b", target).status == 200
        assert platform.deprovision(instance_id, target).status == 200


def test_a_login_that_may_too_little_is_refused(
    tmp_path: Path, postgres: Postgres, made_login: str
) -> None:
    (tmp_path / "pw").write_text("pw")
    dsn = f"host=127.0.0.1 port={postgres.port} user={made_login} dbname=postgres"
    offering = {"driver": "postgresql", "dsn": dsn, "password_file": str(tmp_path / "pw")}

    assert "needs CREATEROLE and CREATEDB" in _refusal(tmp_path, offering)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dsn": "host=127.0.0.1 port=1"}, "does not let the broker in"),
        ({"dsn": "nonsense"}, 'missing "="'),
        ({"password_file": "/no/such/file"}, "cannot read the password file"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"public_port": "5432"}, "Expected `int`"),
    ],
)
def test_options_that_cannot_be_are_refused(
    tmp_path: Path, postgres: Postgres, options: dict[str, Any], words: str
) -> None:
    refusal = _refusal(tmp_path, _offering(postgres, tmp_path, **options))

    assert words in refusal
    assert "offering postgresql" in refusal
    assert postgres.broker_password not in refusal


def test_a_public_address_goes_into_the_credentials(tmp_path: Path, postgres: Postgres) -> None:
    offering = _offering(
        postgres,
        tmp_path,
        public_host="db.example",
        public_port=6432,
        public_sslmode="verify-full",
    )
    with start_bundled(tmp_path, offerings={"postgresql": offering}) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("small")
        platform.provision(instance_id, target)
        credentials = platform.bind(instance_id, "b", target).body["credentials"]
        platform.deprovision(instance_id, target)

    assert (credentials["host"], credentials["port"]) == ("db.example", 6432)
    assert credentials["sslmode"] == "verify-full"
    assert credentials["uri"].endswith(
        f"@db.example:6432/{credentials['database']}?sslmode=verify-full"
    )


def test_bindings_expire_when_told_to(tmp_path: Path, postgres: Postgres) -> None:
    offering = _offering(postgres, tmp_path, binding_lifetime_s=1.0)
    with start_bundled(tmp_path, offerings={"postgresql": offering}) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("small")
        platform.provision(instance_id, target)

        body = platform.bind(instance_id, "old", target).body

        expires_at = datetime.fromisoformat(body["metadata"]["expires_at"])
        renew_before = datetime.fromisoformat(body["metadata"]["renew_before"])
        assert renew_before < expires_at
        assert body["metadata"]["expires_at"].endswith("Z")
        while time.time() <= expires_at.timestamp() + 0.1:
            time.sleep(0.05)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(body["credentials"]["uri"])
        late = platform.bind(instance_id, "new", target, predecessor_binding_id="old")
        assert late.status == 400
        assert "expired" in late.body["description"]
        assert platform.deprovision(instance_id, target).status == 200


def test_a_server_that_is_away_is_500_and_nothing_is_forgotten(
    tmp_path: Path, postgres: Postgres
) -> None:
    offering = _offering(postgres, tmp_path)
    with start_bundled(tmp_path, offerings={"postgresql": offering}) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("small")
        platform.provision(instance_id, target)
        password_file = tmp_path / "pg-password"
        password_file.write_text("wrong: as good as away")

        made, removed = new_id(), platform.deprovision(instance_id, target)
        refused = platform.provision(made, target)

        assert (removed.status, refused.status) == (500, 500)
        assert removed.body["instance_usable"] is False
        assert refused.body["description"] == "the PostgreSQL server does not let the broker in now"
        assert broker.contents()[0] == {instance_id, made}
        assert postgres.broker_password not in broker.log()
        password_file.write_text(postgres.broker_password)
        assert platform.deprovision(instance_id, target).status == 200
        assert platform.deprovision(made, target).status == 200
        assert broker.contents()[0] == set()


def test_many_tenants_at_once(postgres_broker: BundledBroker, postgres: Postgres) -> None:
    before = postgres.names()
    platform = Platform.of(postgres_broker)
    target = platform.target("small")
    statuses: list[int] = []

    def live() -> None:
        instance_id = new_id()
        statuses.append(platform.provision(instance_id, target).status)
        for binding_id in ("one", "two"):
            statuses.append(platform.bind(instance_id, binding_id, target).status)
        statuses.append(platform.unbind(instance_id, "one", target).status)
        statuses.append(platform.deprovision(instance_id, target).status)

    threads = [threading.Thread(target=live) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200] * 12 + [201] * 18
    assert postgres.names() == before


@pytest.fixture
def how_to_login(postgres: Postgres) -> Iterator[str]:
    """What an administrator makes who follows docs/how-to/run-the-broker.md; dropped again."""
    (shown,) = re.findall(r"```sql\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.S)
    with postgres.superuser() as connection:
        for statement in shown.replace("svcat_broker", "how_to_broker").split(";"):
            if statement.strip():
                connection.execute(statement.replace("…", "how-to").encode())
        yield "how_to_broker"
        connection.execute("GRANT CONNECT ON DATABASE postgres TO PUBLIC")
        connection.execute("DROP OWNED BY how_to_broker")
        connection.execute("DROP ROLE how_to_broker")


def test_the_login_of_the_how_to_is_enough(
    tmp_path: Path, postgres: Postgres, how_to_login: str
) -> None:
    (tmp_path / "pw").write_text("how-to\n")
    dsn = f"host=127.0.0.1 port={postgres.port} user={how_to_login} dbname=postgres"
    offering = {"driver": "postgresql", "dsn": dsn, "password_file": str(tmp_path / "pw")}
    with start_bundled(tmp_path, offerings={"postgresql": offering}) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("small")

        assert platform.provision(instance_id, target).status == 201
        credentials = platform.bind(instance_id, "b", target).body["credentials"]
        with psycopg.connect(credentials["uri"]) as tenant:
            tenant.execute("CREATE TABLE t (x int)")
        assert platform.unbind(instance_id, "b", target).status == 200
        assert platform.deprovision(instance_id, target).status == 200
