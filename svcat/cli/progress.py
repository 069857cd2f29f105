"""What a waiting command shows: on a terminal one line that moves, elsewhere a line a change.

The line is on stderr and is there only while the command waits, for a broker's answer or between
two polls: whatever else is written finds a clean line. In CI, in a pipe, with ``--quiet`` or
``--trace`` nothing moves.
"""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "|/-\\"
PATIENCE_S = 0.3  # what is over by then needs no line
_TICK_S = 0.1
_WIDTH = 80  # of a terminal that does not know its own
_CLEAR = "\r\x1b[K"
_KEYS = "^C"  # what a terminal shows of a Ctrl-C; in another line it would stay
_NOTHING_SAID = "waiting for the broker"


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether a terminal is one where a line can move, and somebody looks at it."""
    return environ.get("TERM") != "dumb" and not environ.get("CI")


class Progress:
    """The broker's last words and how long it takes, while ``waiting``."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._words = ""
        self._is_begun = False
        self._is_waiting = threading.Event()
        self._lock = threading.Lock()
        self._is_drawn = False
        self._frames = FRAMES if (out.encoding or "").lower().startswith("utf") else PLAIN_FRAMES

    def tell(self, words: str) -> None:
        """Let ``words`` be what is shown."""
        self._words = words

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Show the line for as long as this takes."""
        if not self._is_begun:
            self._is_begun = True
            threading.Thread(target=self._draw_on, daemon=True).start()
        self._is_waiting.set()
        try:
            yield
        finally:
            with self._lock:
                self._is_waiting.clear()
                if self._is_drawn:
                    self._put(_CLEAR)
                    self._is_drawn = False

    def _draw_on(self) -> None:
        started, number = time.monotonic(), 0
        while True:
            self._is_waiting.wait()
            elapsed_s = time.monotonic() - started
            with self._lock:
                if self._is_waiting.is_set() and elapsed_s >= PATIENCE_S:
                    self._put(_CLEAR + self.line(number, elapsed_s, _width(self._out)))
                    self._is_drawn = True
            number += 1
            time.sleep(_TICK_S)

    def line(self, number: int, elapsed_s: float, width: int) -> str:
        """Return the line: a frame, the words, the time."""
        from svcat.output.safe import safe_line

        frame = self._frames[number % len(self._frames)]
        clock = f"({_spelled(elapsed_s)})"
        room = width - len(frame) - len(clock) - len(_KEYS) - 3
        words = safe_line(self._words or _NOTHING_SAID, limit=max(8, room))
        return f"{frame} {words} {clock}"

    def _put(self, text: str) -> None:
        with suppress(OSError, ValueError):  # nobody looks any more
            self._out.write(text)
            self._out.flush()


def _width(out: TextIO) -> int:
    try:
        return os.get_terminal_size(out.fileno()).columns or _WIDTH
    except OSError:
        return _WIDTH


def _spelled(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60:02}s"
