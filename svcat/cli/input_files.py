"""What comes in a file, or on standard input: all of it, or an error that quotes nothing."""

import sys
from pathlib import Path

from svcat.errors import UsageError

MIB = 1024 * 1024
STDIN = "-"


def read(name: str, what: str, *, most: int = MIB) -> bytes:
    """Return what a file holds (``-``: standard input). Raises UsageError over ``most`` bytes."""
    try:
        if name == STDIN:
            content = sys.stdin.buffer.read(most + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(most + 1)
    except OSError as error:
        raise _unreadable(name, what, str(error.strerror)) from error
    if len(content) > most:
        raise _unreadable(name, what, f"it is larger than {most // MIB} MiB")
    return content


def read_text(name: str, what: str, *, most: int = MIB) -> str:
    """Return the text of a file (``-``: standard input). Raises UsageError."""
    try:
        return read(name, what, most=most).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(name, what, "it is not UTF-8 text") from None


def _unreadable(name: str, what: str, why: str) -> UsageError:
    source = "standard input" if name == STDIN else name
    return UsageError(f"cannot read {what} from {source}: {why}")
