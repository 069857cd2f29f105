"""Fixtures for the tests of the PostgreSQL offering."""

import pytest

from tests.broker.platform_client import Platform
from tests.brokers.bundled import BundledBroker
from tests.postgres.fixtures import postgres, postgres_broker

__all__ = ["postgres", "postgres_broker"]


@pytest.fixture
def platform(postgres_broker: BundledBroker) -> Platform:
    """A platform that talks to the broker of databases."""
    return Platform.of(postgres_broker)
