"""The places and brokers of the end-to-end tests, and a broker whose credentials end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.bundled import BundledBroker, start_bundled
from tests.brokers.fixtures import bundled_broker, openbrokerapi_broker
from tests.controlplane.server import KubeServer
from tests.e2e.conftest import (
    Offer,
    bundled,
    kube,
    local,
    offer,
    place,
    postbox,
    pytest_collection_modifyitems,
)
from tests.e2e.place import Place
from tests.postgres.fixtures import postgres
from tests.postgres.server import Postgres
from tests.rotation.yard import Cluster

__all__ = [
    "bundled",
    "bundled_broker",
    "kube",
    "local",
    "offer",
    "openbrokerapi_broker",
    "place",
    "postbox",
    "postgres",
    "pytest_collection_modifyitems",
]
LIFETIME_S = 3 * 86400


@pytest.fixture
def cluster(kube: Place, kube_server: KubeServer, postbox: Offer) -> Cluster:
    """A namespace with a binding whose credentials the broker gives again."""
    kube.register(postbox.broker)
    made = Cluster(kube, kube_server, postbox)
    made.bind(postbox.sync)
    return made


@pytest.fixture
def lapsing_broker(postgres: Postgres, tmp_path: Path) -> Iterator[BundledBroker]:
    """The bundled broker with databases whose logins last for three days."""
    (tmp_path / "pg-password").write_text(postgres.broker_password)
    offering = {
        "driver": "postgresql",
        "dsn": postgres.broker_dsn,
        "password_file": str(tmp_path / "pg-password"),
        "binding_lifetime_s": LIFETIME_S,
    }
    with start_bundled(tmp_path, offerings={"postgresql": offering}) as broker:
        yield broker
