"""``-p NAME=VALUE``, ``--params-json``: what people type, as one JSON object."""

import json
from typing import Any

from svcat.errors import UsageError


def parse(params: list[str] | None, params_json: str) -> dict[str, Any] | None:
    """Return the parameters given, None if there are none. Raises UsageError.

    Values are text; a name given twice makes a list, as in the original.
    """
    if params and params_json:
        raise UsageError("--params-json cannot be used with --param")
    if params_json:
        return _from_json(params_json)
    if not params:
        return None
    found: dict[str, Any] = {}
    for text in params:
        name, value = _split(text)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"invalid parameter {name.strip()!r}", hint="it looks like -p NAME=VALUE")
    if not name.strip():
        raise UsageError("invalid --param: the name before '=' is missing")
    return name.strip(), value


def _from_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        # The text itself is not repeated: it may hold secrets.
        raise UsageError(
            "invalid --params-json value: not a JSON object",
            hint="for example: --params-json '{\"size\": 3}'",
        )
    return value
