"""The one door for foreign text: what brokers and records say, fit for a terminal.

Control characters (ESC, C1), bidirectional overrides, zero-width and unassigned characters are
spelled out, for a terminal would obey them; text is cut to a bound. Rich and plain ``print`` let
all of them through.
"""

import json
import unicodedata

MAX_LENGTH = 1024
_PLAIN = frozenset("\n\t")
# Control, format (bidi, zero-width), surrogate, private use, unassigned, line and paragraph ends.
_HOSTILE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str, *, limit: int = MAX_LENGTH) -> str:
    """Return ``text`` with nothing in it that a terminal would act on, at most ``limit`` long."""
    shown = text if len(text) <= limit else f"{text[: limit - 1]}…"
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(c if _is_harmless(c) else _spelled(c) for c in shown)


def safe_line(text: str, *, limit: int = MAX_LENGTH) -> str:
    """Return ``text`` as one safe line."""
    return safe(" ".join(text.split()), limit=limit)


def safe_json(text: str) -> str:
    """Return a JSON text with the characters that a terminal would act on written as escapes."""
    if text.isascii():
        return text
    return "".join(c if _is_harmless(c) else _json_escape(c) for c in text)


def _json_escape(character: str) -> str:
    return json.dumps(character)[1:-1]


def _is_harmless(character: str) -> bool:
    return character in _PLAIN or unicodedata.category(character) not in _HOSTILE


def _spelled(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
