"""Has svcat loaded, and forks each command off: ``python -m tests.fleet.parent PATH``.

A child is a process of its own in every respect (pid, environment, streams, signals); it only saves
the quarter of a second that loading Python takes. It dies with its parent, the parent with whoever
holds the other end of its standard input.
"""

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

import svcat

STREAMS = 3  # standard input, output, error
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_NOT_PRELOADED = ("svcat.broker", "svcat.__main__")


def preload() -> None:
    """Load every module of svcat that a command may need."""
    for module in pkgutil.walk_packages(svcat.__path__, "svcat."):
        if not module.name.startswith(_NOT_PRELOADED):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def serve(path: str) -> None:
    """Fork until standard input ends."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(128)
    print("ready", flush=True)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ, None)
        selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is listener:
                    _accept(listener, selector)
                else:
                    selector.unregister(key.fileobj)
                    _report_end(key.fd, *key.data)


def _accept(listener: socket.socket, selector: selectors.BaseSelector) -> None:
    connection, _ = listener.accept()
    message, streams, _, _ = socket.recv_fds(connection, 4, STREAMS)
    (length,) = struct.unpack("!I", message)
    request = json.loads(_all_of(connection, length))
    pid = os.fork()
    if pid == 0:
        _become(request, streams)
    for stream in streams:
        os.close(stream)
    connection.sendall(struct.pack("!i", pid))
    selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, connection))


def _report_end(pidfd: int, pid: int, connection: socket.socket) -> None:
    os.close(pidfd)
    _, status = os.waitpid(pid, 0)
    with connection:
        connection.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))


def _all_of(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += connection.recv(length - len(data))
    return data


def _become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Turn this fork into the command; never returns."""
    code = 1
    try:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(STREAMS, 1024)
        os.chdir(request["directory"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = ["svcat", *request["words"]]
        sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
        _call_first(*request["first"])
        code = _run(request["words"])
    finally:
        for file in (sys.stdout, sys.stderr):
            file.flush()
        os._exit(code)


def _call_first(target: str = "", *arguments: str) -> None:
    if target:
        module, _, function = target.partition(":")
        getattr(importlib.import_module(module), function)(*arguments)


def _run(words: list[str]) -> int:
    from svcat.cli.main import run

    try:
        run(words)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    preload()
    serve(sys.argv[1])
