"""The real server with a namespace for each test, and the bundled broker."""

from tests.brokers.fixtures import bundled_broker
from tests.e2e.conftest import bundled, kube, pytest_collection_modifyitems

__all__ = ["bundled", "bundled_broker", "kube", "pytest_collection_modifyitems"]
