"""When to send again, and how long to wait before."""

import socket
import ssl

from svcat.clock import Clock
from svcat.http import NotSent, Response

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0
LONGEST_RETRY_AFTER_S = 10.0
TURNS = 3


class Patience:
    """The time that one call may spend on further tries."""

    def __init__(self, clock: Clock, budget_s: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + budget_s
        self._pause_s = FIRST_PAUSE_S
        self._turns = TURNS

    def pause(self) -> bool:
        """Wait a little longer than last time; False if that would take too long."""
        if self._clock.monotonic() + self._pause_s > self._end:
            return False
        self._clock.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        return True

    def wants_another_try(self, response: Response, *, is_read: bool) -> bool:
        """Wait if the answer asks for it; False if the answer is final."""
        if response.status == 429:
            # The server turned the request away unread, so that even a write may be sent again.
            return self._wait_for_turn(response.headers.get("retry-after", "1"))
        return is_read and response.status in (500, 502, 503, 504) and self.pause()

    def _wait_for_turn(self, retry_after: str) -> bool:
        seconds = float(retry_after) if retry_after.isdecimal() else FIRST_PAUSE_S
        if self._turns == 0 or seconds > LONGEST_RETRY_AFTER_S:
            return False
        self._turns -= 1
        self._clock.sleep(seconds)
        return True


def is_passing(error: NotSent) -> bool:
    """Tell a server that is being restarted from one that will never take us."""
    match error.__cause__:
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return True
        case ssl.SSLError():
            return False
        case socket.gaierror() as failure:
            return failure.errno == socket.EAI_AGAIN
        case ConnectionError() | TimeoutError():
            return True
        case _:
            return False
