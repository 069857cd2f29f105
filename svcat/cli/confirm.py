"""Asking before something that cannot be undone; scripts say yes with a flag."""

import os
import sys
from collections.abc import Callable

from svcat.cli import prompt
from svcat.errors import UsageError


def by_name(name: str, warning: str, *, confirmed: bool) -> None:
    """Let the user type ``name``. Raises UsageError when he does not, or cannot."""
    if confirmed:
        return
    for line in warning.splitlines():
        prompt.say(line)
    prompt.require("this needs a confirmation", hint="confirm it with --yes")
    if prompt.line(f"Type {name} to go on: ") != name:
        raise UsageError("not confirmed: nothing was done")


def on_a_terminal(name: str, warning: str, *, confirmed: bool, before: Callable[[], None]) -> None:
    """Let somebody who sits there type ``name``; scripts go on, as they always did.

    ``before`` raises what would end the command anyway: then nobody is asked.
    """
    if sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI") and not confirmed:
        before()
        by_name(name, warning, confirmed=confirmed)
