"""A small template for URLs: ``postgres://{{username}}:{{password|url}}@{{host}}/{{a.b}}``. Pure.

Names and filters only: nothing in it can run.
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from svcat.errors import UsageError

_FIELD = re.compile(r"\{\{\s*(?P<name>[^|{}]+?)\s*(?:\|\s*(?P<filter>\w+)\s*)?\}\}")
_FILTERS: dict[str, Callable[[str], str]] = {
    "url": lambda text: quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "json": lambda text: msgspec.json.encode(text).decode(),
}


def fill_in(template: str, values: Mapping[str, Any]) -> str:
    """Return ``template`` with its fields replaced. Raises UsageError for an unknown one."""
    return _FIELD.sub(lambda match: _field(match, values), template)


def check(template: str) -> None:
    """Raise UsageError if ``template`` has braces that are no field, or an unknown filter."""
    for match in _FIELD.finditer(template):
        _filter(match)
    rest = _FIELD.sub("", template)
    if "{{" in rest or "}}" in rest:
        raise UsageError(
            "the template has braces that belong to no field",
            hint="a field is {{name}}, {{outer.inner}} or {{name|url}}",
        )


def _field(match: re.Match[str], values: Mapping[str, Any]) -> str:
    value = _lookup(match["name"], values)
    text = value if isinstance(value, str) else _as_text(value)
    return _filter(match)(text)


def _filter(match: re.Match[str]) -> Callable[[str], str]:
    name = match["filter"]
    if not name:
        return str
    if name not in _FILTERS:
        raise UsageError(
            f"there is no template filter {name!r}", hint=f"there are: {', '.join(_FILTERS)}"
        )
    return _FILTERS[name]


def _lookup(name: str, values: Mapping[str, Any]) -> Any:
    if name in values:
        return values[name]
    found: Any = values
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise UsageError(
                f"the template names {name!r}, which the credentials do not have",
                hint=f"they have: {', '.join(sorted(values)) or 'nothing'}",
            )
        found = found[part]
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return msgspec.json.encode(value).decode()
