"""The one door for foreign text: what brokers and records say, fit for a terminal.

Control characters (ESC, C1), bidirectional overrides, zero-width and unassigned characters are
spelled out, for a terminal would obey them; text is cut to a bound. Rich and plain ``print`` let
all of them through.
"""

import json
import re
import unicodedata

MAX_LENGTH = 1024
_SUSPECT = re.compile(r"[^\n\t -~]")
# Control, format (bidi, zero-width), surrogate, private use, unassigned, line and paragraph ends.
_HOSTILE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str, *, limit: int = MAX_LENGTH) -> str:
    """Return ``text`` with nothing in it that a terminal would act on, at most ``limit`` long."""
    shown = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return _SUSPECT.sub(lambda match: _spelled(match[0]), shown)


def safe_line(text: str, *, limit: int = MAX_LENGTH) -> str:
    """Return ``text`` as one safe line."""
    return safe(" ".join(text.split()), limit=limit)


def safe_json(text: str) -> str:
    """Return a JSON text with the characters that a terminal would act on written as escapes."""
    return _SUSPECT.sub(lambda match: _json_escape(match[0]), text)


def safe_yaml(text: str) -> str:
    """Return a YAML text likewise; what is escaped must stand in double quotes."""
    return safe(text, limit=len(text))


def _json_escape(character: str) -> str:
    return character if _is_harmless(character) else json.dumps(character)[1:-1]


def _is_harmless(character: str) -> bool:
    return unicodedata.category(character) not in _HOSTILE


def _spelled(character: str) -> str:
    r"""Spell out as YAML (and Python) would: ``\x1b``, ``\u202e``, ``\U000e0001``."""
    if _is_harmless(character):
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
