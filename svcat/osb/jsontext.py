"""Reading JSON that nobody vouches for: every way in which it can be bad is ``Malformed``."""

from typing import Any

import msgspec

BOM = b"\xef\xbb\xbf"
# UnicodeError covers bytes that are not UTF-8; RecursionError, nesting that is too deep.
UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError)


class Malformed(ValueError):
    """A body is not what the spec says; the message holds a JSON path where there is one."""


def parse(raw: bytes) -> Any:
    """Read any JSON value; an empty text is None. Raises Malformed."""
    text = raw.removeprefix(BOM)
    if not text.strip():
        return None
    try:
        return msgspec.json.decode(text)
    except UNREADABLE as error:
        raise Malformed(reason(error)) from error


def reason(error: Exception) -> str:
    """Words for one of ``UNREADABLE``; never quotes the text, which may hold credentials."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    return str(error)


def fits(value: object, kind: Any) -> bool:
    """Whether an already parsed value is of the (model) type ``kind``."""
    try:
        msgspec.convert(value, kind)
    except UNREADABLE:
        return False
    return True


def json_value(raw: msgspec.Raw) -> Any:
    """Read a member that was kept raw (metadata, schemas); None if it is absent or unreadable."""
    try:
        return parse(bytes(raw))
    except Malformed:
        return None


def same(one: object, other: object) -> bool:
    """Whether two parsed values are the same JSON: to Python ``True`` is 1 as well."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other
