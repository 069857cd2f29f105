"""Fixtures: the two brokers of the tests, each a real process.

``bundled_broker`` and ``openbrokerapi_broker`` are shared by a test session (tests use fresh ids);
a test that kills, restarts or configures its broker starts its own with ``start_bundled``.
"""

from collections.abc import Iterator

import pytest

from tests.brokers.bundled import BundledBroker, start_bundled
from tests.brokers.openbrokerapi_broker import OpenBrokerApiBroker, start_openbrokerapi


@pytest.fixture(scope="session")
def bundled_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledBroker]:
    """The bundled broker, with a login and the test plans."""
    directory = tmp_path_factory.mktemp("bundled")
    with start_bundled(directory, username="platform", password="bread:and-butter") as broker:
        yield broker


@pytest.fixture(scope="session")
def openbrokerapi_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBrokerApiBroker]:
    """The broker written with openbrokerapi, with a login."""
    with start_openbrokerapi(tmp_path_factory.mktemp("openbrokerapi")) as broker:
        yield broker
