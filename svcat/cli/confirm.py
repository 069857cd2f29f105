"""Asking before something that cannot be undone; scripts say yes with a flag."""

import os
import sys
from collections.abc import Callable

from svcat.cli.signals import interruptible
from svcat.errors import UsageError


def by_name(name: str, warning: str, *, confirmed: bool) -> None:
    """Let the user type ``name``. Raises UsageError when he does not, or cannot."""
    if confirmed:
        return
    print(warning, file=sys.stderr)  # noqa: T201 - a prompt
    if not sys.stdin.isatty():
        raise UsageError("this needs a confirmation", hint="confirm it with --yes")
    print(f"Type {name} to go on: ", end="", file=sys.stderr, flush=True)  # noqa: T201 - a prompt
    with interruptible():
        answer = sys.stdin.readline().strip()
    if answer != name:
        raise UsageError("not confirmed: nothing was done")


def on_a_terminal(name: str, warning: str, *, confirmed: bool, before: Callable[[], None]) -> None:
    """Let somebody who sits there type ``name``; scripts go on, as they always did.

    ``before`` raises what would end the command anyway: then nobody is asked.
    """
    if sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI") and not confirmed:
        before()
        by_name(name, warning, confirmed=confirmed)
