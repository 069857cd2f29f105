"""A broker as a real process on a free port: started, waited for, killed, never left behind."""

import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).parent.parent.parent
_READY = "listening on "
_PR_SET_PDEATHSIG = 1
_PARENT = "SVCAT_TEST_PARENT"
START_TIMEOUT_S = 30.0


def die_with_parent() -> None:
    """Let the kernel kill this process when the test run dies (called in the child)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ[_PARENT]):
        sys.exit("the test run is gone already")


@dataclass(slots=True, kw_only=True)
class BrokerProcess:
    """A running broker; ``username`` and ``password`` are empty if it asks for no login."""

    popen: subprocess.Popen[str]
    url: str
    log_file: Path
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def log(self) -> str:
        """What the broker wrote to standard error."""
        return self.log_file.read_text(encoding="utf-8")

    def kill(self) -> None:
        """SIGKILL: no clean-up of any kind."""
        self.popen.kill()
        self._reap()

    def stop(self) -> int:
        """SIGTERM: a graceful stop; the exit status."""
        if self.is_running():
            self.popen.terminate()
        self._reap()
        return self.popen.returncode

    def _reap(self) -> None:
        try:
            self.popen.wait(40)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise
        finally:
            if self.popen.stdout:
                self.popen.stdout.close()


class BrokerDidNotStart(Exception):
    """The process ended, or said nothing, instead of listening; the message is its last words."""


def launch(
    module: str,
    settings: Mapping[str, Any],
    log_file: Path,
    *,
    environment: Mapping[str, str] | None = None,
) -> tuple[subprocess.Popen[str], str]:
    """Run ``python -m module`` with JSON settings on stdin; wait for its URL.

    Raises BrokerDidNotStart.
    """
    with log_file.open("a") as log:
        popen = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=_ROOT,
            env={**os.environ, **(environment or {}), _PARENT: str(os.getpid())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert popen.stdin and popen.stdout
    try:
        with popen.stdin:
            popen.stdin.write(json.dumps(settings))
        return popen, _wait_for_url(popen.stdout)
    except BaseException as error:
        popen.kill()
        popen.wait()
        popen.stdout.close()
        if isinstance(error, BrokerDidNotStart | BrokenPipeError):
            raise BrokerDidNotStart(log_file.read_text()) from None
        raise


def _wait_for_url(stdout: IO[str]) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            line = stdout.readline()
            if line.startswith(_READY):
                return line.removeprefix(_READY).strip()
            if not line:
                break
    raise BrokerDidNotStart
