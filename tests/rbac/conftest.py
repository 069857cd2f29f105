from tests.brokers.fixtures import bundled_broker

__all__ = ["bundled_broker"]
