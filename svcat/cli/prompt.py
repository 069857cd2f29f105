"""The one place where somebody is asked: on a terminal, unless ``--no-input`` forbids it.

Questions go to stderr. Who cannot be asked is told which flag would have answered.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from svcat.cli.signals import interruptible
from svcat.errors import Interrupted, UsageError

NO_INPUT = "SVCAT_NO_INPUT"  # what --no-input sets for one command


def require(complaint: str, *, hint: str) -> None:
    """Raise UsageError with ``complaint`` where nobody can be asked; ``hint`` has the flag."""
    if is_forbidden() or not sys.stdin.isatty():
        raise UsageError(complaint, hint=hint)


def is_forbidden() -> bool:
    """Whether a question would be an error."""
    return bool(os.environ.get(NO_INPUT))


def say(text: str) -> None:
    """Put a line before the user."""
    from svcat.output.safe import safe_line

    print(safe_line(text), file=sys.stderr)  # noqa: T201 - a question


def answer(what: str = "") -> str:
    """Return an answer. Raises UsageError when there are no more."""
    given = line(f"  {what}> " if what else "  > ")
    if given is None:
        raise UsageError("no answer was given, so nothing was done")
    return given


def line(question: str) -> str | None:
    """Return a line that the user types; None when there are no more."""
    with _given_up_by_ctrl_c():
        print(question, end="", file=sys.stderr, flush=True)  # noqa: T201 - a prompt
        typed = sys.stdin.readline()
    if not typed:
        _end_line()
    return typed.strip() if typed else None


def hidden_line(question: str) -> str:
    """Return a line that the user types without seeing it."""
    import getpass

    with _given_up_by_ctrl_c():
        return getpass.getpass(question)


@contextmanager
def _given_up_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end the command: what is asked is asked before anything is done."""
    try:
        with interruptible():
            yield
    except KeyboardInterrupt:
        _end_line()
        raise Interrupted("stopped at a question: nothing was done") from None


def _end_line() -> None:
    """Leave the line of a question that nobody ended with Enter."""
    print(file=sys.stderr)  # noqa: T201 - a prompt
