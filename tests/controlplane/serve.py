"""Serve one control plane to all processes of a test run: ``python -m ... DIRECTORY BINARIES``.

Every user holds a shared lock on ``DIRECTORY/users``. The server waits for the exclusive lock,
which the kernel grants when the last user is gone, be it by SIGKILL: nothing to clean up, nobody to
ask.
The command returns when the server is ready; the server goes on in the background.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO

from tests.controlplane.find import Binaries
from tests.controlplane.plane import StartFailed, running
from tests.controlplane.server import KubeServer

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def shared(binaries: Binaries, directory: Path) -> Iterator[KubeServer]:
    """Use the test run's control plane, starting it if we are the first. Raises StartFailed."""
    directory.mkdir(exist_ok=True)
    with (directory / "start.lock").open("w") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        running_in, users = _join(directory) or _start(binaries, directory)
    with users:
        yield KubeServer.read(running_in)


def _join(directory: Path) -> tuple[Path, IO[str]] | None:
    """Take a share in the newest server, unless it is about to end."""
    newest = max(directory.glob("server-*"), key=_number, default=None)
    if newest is None or not _is_alive(newest):
        return None
    users = (newest / "users").open()
    try:
        fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        users.close()
        return None
    return newest, users


def _is_alive(place: Path) -> bool:
    """Tell a server that is ready from one whose watcher was killed."""
    if not (place / "ready").exists():
        return False
    with (place / "alive").open() as alive:
        try:
            fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _start(binaries: Binaries, directory: Path) -> tuple[Path, IO[str]]:
    number = 1 + max((_number(path) for path in directory.glob("server-*")), default=0)
    place = directory / f"server-{number}"
    place.mkdir()
    users = (place / "users").open("w")
    fcntl.flock(users, fcntl.LOCK_SH)
    words = [sys.executable, "-m", __name__, str(place), binaries.write()]
    done = subprocess.run(words, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        users.close()
        raise StartFailed(done.stderr)
    return place, users


def _number(path: Path) -> int:
    return int(path.name.partition("-")[2])


def _end(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


def _serve(directory: Path, binaries: Binaries, report: IO[str]) -> None:
    signal.signal(signal.SIGTERM, _end)
    alive, users = (directory / "alive").open("w"), (directory / "users").open()
    fcntl.flock(alive, fcntl.LOCK_EX)
    try:
        with running(binaries, directory), alive, users:
            (directory / "ready").touch()
            report.close()
            try:
                fcntl.flock(users, fcntl.LOCK_EX)
            finally:
                (directory / "ready").unlink()
    except StartFailed as error:
        report.write(str(error))
        report.flush()


def main() -> int:
    """Fork the server off and wait for its word: nothing means ready."""
    directory = Path(sys.argv[1])
    binaries = Binaries.read(sys.argv[2])
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        os.setsid()  # a Ctrl-C on the terminal is for pytest, whose end then ends us
        _detach(directory / "watcher.log")
        _serve(directory, binaries, os.fdopen(writing, "w"))
        return 0
    os.close(writing)
    with os.fdopen(reading) as report:
        trouble = report.read()
    if not trouble and not (directory / "ready").exists():
        trouble = (directory / "watcher.log").read_text()
    sys.stderr.write(trouble)
    return 1 if trouble else 0


def _detach(log: Path) -> None:
    """Let go of pytest's pipes, or whoever reads them waits for us."""
    with Path(os.devnull).open() as null, log.open("w") as output:
        for file, descriptor in ((null, 0), (output, 1), (output, 2)):
            os.dup2(file.fileno(), descriptor)


if __name__ == "__main__":
    sys.exit(main())
