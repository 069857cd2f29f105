"""Commands as real processes, 15 times as cheap as from scratch: by ``tests.fleet.parent``."""

import atexit
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Running:
    """A command on its way."""

    pid: int
    words: tuple[str, ...]
    _connection: socket.socket
    _out: int
    _err: int

    def signal(self, number: signal.Signals) -> bool:
        """Send it a signal; False if it has ended."""
        try:
            os.kill(self.pid, number)  # reaped by its parent alone, which tells us before any other
        except ProcessLookupError:
            return False
        return True

    def comes_to_a_stop(self, timeout_s: float = 100.0) -> bool:
        """Wait until it has stopped itself; False if it has ended. Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if select.select([self._connection], [], [], 0.01)[0]:
                return False
            if _state_of(self.pid) == "T":
                return True
        raise TimeoutError(f"{' '.join(self.words)} neither stops nor ends")

    def wait(self, timeout_s: float = 100.0) -> Done:
        """Wait for its end. Raises TimeoutError."""
        self._connection.settimeout(timeout_s)
        with self._connection:
            (code,) = struct.unpack("!i", _exactly(self._connection, 4))
        return Done(code, _contents(self._out), _contents(self._err))


def _state_of(pid: int) -> str:
    """Return the letter of proc(5) for what a process is at; empty if it is gone."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return status.rpartition(")")[2].split()[0]


@dataclass(slots=True)
class Fleet:
    """Starts commands; ``directory`` is where they run unless told otherwise."""

    path: Path
    directory: Path
    pid: int  # of the parent of them all

    def start(
        self,
        *words: str,
        environment: Mapping[str, str],
        directory: Path | None = None,
        stdin: str = "",
        first: Sequence[str] = (),
    ) -> Running:
        """Start ``svcat WORDS`` with nothing but ``environment``.

        ``first`` names what is called in its process before it: "module:function", arguments.
        """
        request = {
            "words": words,
            "environment": dict(environment),
            "directory": str(directory or self.directory),
            "first": list(first),
        }
        body = json.dumps(request).encode()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(str(self.path))
        given, out, err = (os.memfd_create(name) for name in ("given", "out", "err"))
        os.write(given, stdin.encode())
        os.lseek(given, 0, os.SEEK_SET)
        socket.send_fds(connection, [struct.pack("!I", len(body))], [given, out, err])
        os.close(given)
        connection.sendall(body)
        (pid,) = struct.unpack("!i", _exactly(connection, 4))
        return Running(pid, words, connection, out, err)

    def run(
        self,
        *words: str,
        environment: Mapping[str, str],
        directory: Path | None = None,
        stdin: str = "",
        first: Sequence[str] = (),
    ) -> Done:
        """Run ``svcat WORDS`` to its end."""
        running = self.start(
            *words, environment=environment, directory=directory, stdin=stdin, first=first
        )
        return running.wait()


@cache
def shared() -> Fleet:
    """Return the one fleet of this test process; it ends with it."""
    stack = ExitStack()
    atexit.register(stack.close)
    directory = tempfile.mkdtemp(prefix="svcat-fleet-")  # a socket's path is short
    stack.callback(shutil.rmtree, directory, ignore_errors=True)
    return stack.enter_context(launched(Path(directory)))


@contextmanager
def launched(directory: Path, *within: str) -> Iterator[Fleet]:
    """Start the parent, by the program ``within`` if there is one; its socket in ``directory``."""
    path = directory / "fleet"
    parent = subprocess.Popen(
        [*within, sys.executable, "-m", "tests.fleet.parent", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(directory)},
    )
    try:
        assert parent.stdout
        assert parent.stdout.readline() == "ready\n"
        yield Fleet(path, directory, parent.pid)
    finally:
        parent.communicate()


def _exactly(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        assert more, "the parent of the commands has gone"
        data += more
    return data


def _contents(descriptor: int) -> str:
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read().decode(errors="surrogateescape")
