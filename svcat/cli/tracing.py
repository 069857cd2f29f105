"""``--trace`` and ``--trace-file``: each exchange with a broker or the cluster, secrets hidden."""

import os
import stat
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TextIO

from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.output.exchange import Trace


def tracer(file: str | None, err: TextIO, *, shown: bool) -> "Trace | None":
    """Return what takes the exchanges down; None if nobody wants them. Raises UsageError."""
    if not shown and not file:
        return None
    from svcat.output.exchange import tracing

    keep = partial(_append, _open(file)) if file else None
    return tracing(
        partial(datetime.now, UTC), show=partial(_show, err) if shown else None, keep=keep
    )


def _show(err: TextIO, text: str) -> None:
    print(text, end="", file=err, flush=True)


def _append(descriptor: int, line: str) -> None:
    os.write(descriptor, line.encode())  # at once: lines of several commands do not mix


def _open(file: str) -> int:
    """Open a file of ours for appending; make it for us alone.

    A trace tells names, hosts and times: it goes into no file that others read or put there.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(file, flags, 0o600)
    except OSError as error:
        raise UsageError(f"cannot write the trace to {file}: {error.strerror}") from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        problem = "it is no regular file"
    elif found.st_uid != os.getuid():
        problem = "it belongs to somebody else"
    elif stat.S_IMODE(found.st_mode) & 0o077:
        problem = "others may read or write it"
    else:
        return descriptor
    os.close(descriptor)
    raise UsageError(
        f"cannot write the trace to {file}: {problem}", hint="name a file that is not there yet"
    )
