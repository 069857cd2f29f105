"""Fixtures for the bundled broker's own tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.platform_client import Platform
from tests.brokers.bundled import BundledBroker, start_bundled
from tests.brokers.fixtures import bundled_broker, openbrokerapi_broker

__all__ = ["bundled_broker", "openbrokerapi_broker"]


@pytest.fixture
def platform(bundled_broker: BundledBroker) -> Platform:
    """A platform that talks to the shared bundled broker."""
    return Platform.of(bundled_broker)


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[BundledBroker]:
    """A bundled broker of the test's own, without a login."""
    with start_bundled(tmp_path) as broker:
        yield broker
