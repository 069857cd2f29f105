"""Ctrl-C and SIGTERM: the first asks to stop waiting, the second quits.

A broker call in flight gets a few seconds to answer, so that its outcome can be saved; then it is
given up, and the record says that it may have arrived. SIGKILL needs no handler: every state that
is on record can be resumed.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from svcat.errors import Interrupted

GRACE_S = 5.0


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end a prompt at once: nothing is under way that it could cut off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Stopper:
    """Whether the user asked to stop, and a sleep that ends then."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def install(self) -> None:
        """Handle SIGINT and SIGTERM from now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGALRM, self._on_alarm)

    def is_asked(self) -> bool:
        """Whether to stop."""
        return self._asked.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until somebody asks to stop."""
        self._asked.wait(seconds)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
        del number
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)

    def _on_alarm(self, number: int, _: FrameType | None) -> None:
        del number
        raise Interrupted("gave up waiting for an answer")
