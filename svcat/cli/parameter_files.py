"""Parameter files: JSON, or the part of YAML that means the same to everybody (``strict_yaml``).

The line of every member is kept, so that complaints can name it.
"""

import json
import math
from pathlib import Path
from typing import Any

from svcat.cli import strict_yaml
from svcat.cli.input_files import MIB, STDIN, read_text
from svcat.cli.strict_yaml import MAX_DEPTH, Place
from svcat.errors import UsageError

MAX_BYTES = MIB


def read(name: str) -> tuple[str, dict[str, Any], dict[Place, int]]:
    """Return what to call the file, the object in it, and the line of each member.

    Raises UsageError, which never quotes a value: it may be a secret.
    """
    source = "standard input" if name == STDIN else Path(name).name
    text = read_text(name, "parameters", most=MAX_BYTES)
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Twice as error:
        raise UsageError(f"{source}: {error}") from None
    except (ValueError, RecursionError):
        value, lines = strict_yaml.read(text, source)
    else:
        lines = _lines_of_json(text)
    if not isinstance(value, dict):
        raise UsageError(f"{source}: parameters are an object, NAME: VALUE; this is none")
    _check(value, source)
    return source, value, lines


def as_object(text: str, source: str) -> dict[str, Any]:
    """Return the JSON object that ``text`` is. Raises UsageError, which does not quote it."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Twice as error:
        raise UsageError(f"invalid {source} value: {error}") from None
    except json.JSONDecodeError as error:
        raise UsageError(
            f"invalid {source} value: no JSON from character {error.pos + 1} on: {error.msg}",
            hint="what the shell leaves of it counts: put it in single quotes",
        ) from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError(
            f"invalid {source} value: not a JSON object",
            hint=f"for example: {source} '{{\"size\": 3}}'",
        )
    _check(value, source)
    return value


class _Twice(ValueError):
    """A name that comes twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(f"{name!r} is given twice")
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check(value: Any, source: str) -> None:
    """Refuse what cannot be sent as JSON: infinite numbers, half characters, bottomless depth."""
    todo = [(value, 1)]
    while todo:
        here, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise UsageError(f"{source}: nested more than {MAX_DEPTH} deep")
        if isinstance(here, dict):
            todo += [(part, depth + 1) for pair in here.items() for part in pair]
        elif isinstance(here, list):
            todo += [(part, depth + 1) for part in here]
        elif isinstance(here, float) and not math.isfinite(here):
            raise UsageError(f"{source}: a number is too large for JSON")
        elif isinstance(here, str) and not _is_text(here):
            raise UsageError(f"{source}: half a surrogate pair is no text")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _lines_of_json(text: str) -> dict[Place, int]:
    """Return the lines of a JSON text; JSON is YAML, but for tabs and a few other things."""
    try:
        return strict_yaml.read(text, "")[1]
    except UsageError:
        return {}
