"""Time as a port: what waits or measures takes a Clock, so that tests need not wait.

Wall time comes from the object API (the server's clock, see ``objects.ObjectApi.now``); this clock
only measures and sleeps.
"""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol


class Clock(Protocol):
    """Measure and wait."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; goes on while the machine sleeps."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds, counting a suspended laptop's too, for leases run out meanwhile."""
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boottime is None else time.clock_gettime(boottime)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class StoppableClock(NamedTuple):
    """A clock whose sleep ends when the user wants to stop."""

    measure: Callable[[], float]
    rest: Callable[[float], None]

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self.measure()

    def sleep(self, seconds: float) -> None:
        """Let time pass, or less if somebody stops it."""
        self.rest(seconds)
