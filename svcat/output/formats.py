"""What ``-o`` asks for. Paths are looked through before the command does anything.

An exit code of 2 says that nothing was done.
"""

import re
from collections.abc import Sequence

from svcat.errors import UsageError
from svcat.output.view import Column, Format, Style

_WITH_VALUE = frozenset({Style.JSONPATH, Style.CUSTOM_COLUMNS})
_COMMA = re.compile(r",(?![^\[]*\])")  # not those within brackets
_EXAMPLE = "for example: -o custom-columns=NAME:.metadata.name,PLAN:.spec.plan"


def parse_format(text: str, others: Sequence[str] = ()) -> Format:
    """Return the Format that ``-o TEXT`` names. Raises UsageError, which names ``others`` too."""
    word, equals, value = text.partition("=")
    known = {s.value for s in Style}
    if word.lower() not in known or bool(equals) != (word.lower() in _WITH_VALUE):
        usual = [f"{s}=..." if s in _WITH_VALUE else s for s in Style]
        allowed = ", ".join([*usual, *others])
        raise UsageError(f"invalid --output format {text!r}", hint=f"allowed are: {allowed}")
    match style := Style(word.lower()):
        case Style.JSONPATH:
            from svcat import jsonpath

            jsonpath.check(value)
            return Format(style, path=value)
        case Style.CUSTOM_COLUMNS:
            return Format(style, columns=_columns(value))
    return Format(style)


def columns_of_file(text: str, name: str) -> str:
    """Return what ``custom-columns=`` takes for a file with a line of headers and one of paths.

    Raises UsageError.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) != 2 or len(lines[0]) != len(lines[1]):
        raise UsageError(
            f"{name} names no columns",
            hint="a line of headers, and below it a line of as many paths, with spaces between",
        )
    return ",".join(f"{title}:{path}" for title, path in zip(*lines, strict=True))


def _columns(text: str) -> tuple[Column, ...]:
    return tuple(_column(part, i) for i, part in enumerate(_COMMA.split(text), start=1))


def _column(text: str, number: int) -> Column:
    from svcat import jsonpath

    title, _, path = map(str.strip, text.partition(":"))
    if not (title and path):
        raise UsageError(
            f"column {number} of custom-columns, {text!r}, is not HEADER:PATH", hint=_EXAMPLE
        )
    try:
        jsonpath.find(path, None)
    except UsageError as error:
        raise UsageError(
            f"column {number} of custom-columns, {title!r}: {error.message}", hint=_EXAMPLE
        ) from None
    return Column(title, path=path)
