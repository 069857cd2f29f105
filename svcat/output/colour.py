"""Colours: when there are any, and which a state has. Every state also has its word."""

from collections.abc import Mapping
from typing import TextIO

from svcat.output.view import Column

_GREEN = frozenset({"ready", "active", "injected", "rotated"})
_RED = frozenset({"failed", "unusable", "errorfetchingcatalog"})
_AT_REST = frozenset({"deleted", "ejected", "unchanged"})
_GOES_ON = "yellow"  # every other state
_CODES = {"bold": 1, "red": 31, "green": 32, "yellow": 33}


def is_wanted(out: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether ``out`` gets colours.

    As no-color.org and Python have it: a refusal counts more than a demand, either more than what
    ``out`` is.
    """
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return out.isatty() and environ.get("TERM") != "dumb"


def of_cell(column: Column, cell: str) -> str:
    """Return the colour of a state; empty for anything else."""
    if column.title != "STATUS" or column.path or not cell or cell.isdigit():
        return ""
    word = cell.casefold()
    if word in _AT_REST:
        return ""
    return "green" if word in _GREEN else "red" if word in _RED else _GOES_ON


def painted(text: str, style: str) -> str:
    """Return ``text`` in ``style``; as it is if that is empty."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style else text
