"""Both stores and the bundled broker; commands are started by the dozen."""

import pytest

from tests.brokers.fixtures import bundled_broker
from tests.e2e.conftest import bundled, pytest_collection_modifyitems
from tests.e2e.conftest import kube as kube_place
from tests.e2e.conftest import place as any_place
from tests.e2e.place import Place
from tests.fleet.fixtures import fleet
from tests.fleet.fleet import Fleet

__all__ = [
    "any_place",
    "bundled",
    "bundled_broker",
    "fleet",
    "kube_place",
    "pytest_collection_modifyitems",
]


@pytest.fixture
def kube(kube_place: Place, fleet: Fleet) -> Place:
    """A namespace on the real server."""
    return kube_place


@pytest.fixture
def place(any_place: Place, fleet: Fleet) -> Place:
    """Each store in turn."""
    return any_place
