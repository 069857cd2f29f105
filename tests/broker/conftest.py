"""Fixtures for the bundled broker's own tests."""

from tests.brokers.fixtures import bundled_broker, openbrokerapi_broker

__all__ = ["bundled_broker", "openbrokerapi_broker"]
