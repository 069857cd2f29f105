"""A command that goes on until somebody stops it, and what it has said so far."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.cli_updates.svcat import Svcat


@dataclass(slots=True)
class Running:
    """The process; ``said`` is what it wrote to stdout."""

    popen: subprocess.Popen[bytes]
    said: str = ""

    def expect(self, text: str) -> None:
        """Wait until ``text`` was said."""
        assert self.popen.stdout is not None
        stream, deadline = self.popen.stdout.fileno(), time.monotonic() + 30
        while text not in self.said:
            ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} was never said: {self.said}"
            piece = os.read(stream, 65536).decode()
            assert piece, f"ended without {text!r}: {self.said}"
            self.said += piece

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C; return the exit code and stderr."""
        self.popen.send_signal(signal.SIGINT)
        out, err = self.popen.communicate(timeout=30)
        self.said += out.decode()
        return self.popen.returncode, err.decode()


@contextmanager
def running(svcat: Svcat, *words: str) -> Iterator[Running]:
    """Start a command; it is dead afterwards."""
    popen = subprocess.Popen(
        [sys.executable, "-m", "svcat", *words],
        env=svcat.full_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Running(popen)
    finally:
        popen.kill()
        popen.communicate()
