"""A clock whose sleep ends when the user wants to stop."""

from collections.abc import Callable
from typing import NamedTuple


class StoppableClock(NamedTuple):
    """A clock made of what measures time and what lets it pass."""

    measure: Callable[[], float]
    rest: Callable[[float], None]

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self.measure()

    def sleep(self, seconds: float) -> None:
        """Let time pass, or less if somebody stops it."""
        self.rest(seconds)
