"""One command on a local store, and a broker that can be told whether it gives bindings again."""

from tests.cli_updates.conftest import broker, registered, svcat

__all__ = ["broker", "registered", "svcat"]
