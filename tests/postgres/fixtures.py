"""Fixtures: a real PostgreSQL, and the bundled broker that hands out databases on it."""

from collections.abc import Iterator

import pytest

from tests.brokers.bundled import BundledBroker, start_bundled
from tests.postgres.server import NoPostgres, Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server, one for a test session (and pytest-xdist worker)."""
    try:
        with running_postgres() as server:
            yield server
    except NoPostgres as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def postgres_broker(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BundledBroker]:
    """The bundled broker with the one offering ``postgresql``."""
    directory = tmp_path_factory.mktemp("postgres-broker")
    (directory / "pg-password").write_text(postgres.broker_password)
    offering = {
        "driver": "postgresql",
        "dsn": postgres.broker_dsn,
        "password_file": str(directory / "pg-password"),
    }
    with start_bundled(directory, offerings={"postgresql": offering}) as broker:
        yield broker
