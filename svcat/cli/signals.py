"""Ctrl-C and SIGTERM: the first asks to stop waiting, the second quits.

A broker call in flight gets a few seconds to answer, so that its outcome can be saved; then it is
given up, and the record says that it may have arrived. SIGKILL needs no handler: every state that
is on record can be resumed.
"""

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType

from svcat.errors import Interrupted

GRACE_S = 5.0
_LONGEST_POLL_S = 3600.0  # the kernel counts in milliseconds, and not far
_AT_ONCE = 64  # more signals than ever come together


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
        self._is_asked = False

    def install(self) -> None:
        """Handle SIGINT and SIGTERM from now on."""
        _arrivals()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGALRM, self._on_alarm)

    def is_asked(self) -> bool:
        """Whether to stop."""
        return self._is_asked

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until somebody asks to stop."""
        arrivals = _arrivals()
        poll = select.poll()
        poll.register(arrivals, select.POLLIN)
        end = time.monotonic() + seconds
        while not self._is_asked and (left_s := end - time.monotonic()) > 0:
            if poll.poll(min(left_s, _LONGEST_POLL_S) * 1000):
                os.read(arrivals, _AT_ONCE)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self._is_asked:
            raise KeyboardInterrupt
        self._is_asked = True
        del number
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)

    def _on_alarm(self, number: int, _: FrameType | None) -> None:
        del number
        raise Interrupted("gave up waiting for an answer")


@cache
def _arrivals() -> int:
    """Return what can be read as soon as a signal has come, also if no handler has run yet.

    Python runs a handler between two of its own steps: one whose signal comes just before a wait,
    or to another thread, runs when the wait is over.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading
