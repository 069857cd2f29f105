"""What a command is about to change, line by line, for people. Pure."""

import json
from collections.abc import Iterable
from typing import Any

_LONGEST = 200
_NOTHING = "(not set)"


def diff_lines(what: str, changes: Iterable[tuple[str, Any, Any]]) -> list[str]:
    """Return the lines of ``changes``, (name, old, new) each, under a headline about ``what``."""
    listed = [(name, _words(old), _words(new)) for name, old, new in changes]
    if not listed:
        return []
    width = max(len(name) for name, _, _ in listed)
    lines = [f"  {name:<{width}}  {old} -> {new}" for name, old, new in listed]
    return [f"{what} changes:", *lines]


def _words(value: Any) -> str:
    if value is None:
        return _NOTHING
    is_word = isinstance(value, str) and value.isprintable() and value.strip() == value != ""
    text = value if is_word else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
