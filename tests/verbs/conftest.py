"""One command, one broker that can say anything, one registration."""

from tests.cli_updates.conftest import broker, registered, svcat

__all__ = ["broker", "registered", "svcat"]
