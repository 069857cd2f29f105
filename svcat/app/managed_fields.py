"""Who holds a field of an object: what ``metadata.managedFields`` says. Pure.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

import json
from collections.abc import Iterable
from typing import Any

from svcat.objects import JsonObject

OURS = "svcat-b-"
Step = str | dict[str, str]
"""A member by name, or an item of a list by its key: ``{"name": "app"}``."""


def holders_of(obj: JsonObject, steps: Iterable[Step]) -> frozenset[str]:
    """Return the field managers that hold what is at ``steps``."""
    entries = obj["metadata"].get("managedFields") or ()
    path = list(steps)
    return frozenset(
        str(entry.get("manager", ""))
        for entry in entries
        if isinstance(entry, dict) and _has(entry.get("fieldsV1"), path)
    )


def held_at(obj: JsonObject, manager: str, steps: Iterable[Step]) -> JsonObject:
    """Return what ``manager`` holds under ``steps``, as the server tells it; empty if nothing."""
    found: JsonObject = {}
    for entry in obj["metadata"].get("managedFields") or ():
        if entry.get("manager") == manager:
            inner = _inner(entry.get("fieldsV1"), list(steps))
            found |= inner if isinstance(inner, dict) else {}
    return found


def keys_in(fields: JsonObject, key: str) -> tuple[str, ...]:
    """Return the values of ``key`` by which items of a list are held."""
    found = []
    for name in fields:
        if name.startswith("k:"):
            value = _decoded(name[2:]).get(key)
            if isinstance(value, str):
                found.append(value)
    return tuple(found)


def _has(fields: Any, path: list[Step]) -> bool:
    return _inner(fields, path) is not None


def _inner(fields: Any, path: list[Step]) -> Any:
    for step in path:
        if not isinstance(fields, dict):
            return None
        fields = _member(fields, step)
    return fields


def _member(fields: JsonObject, step: Step) -> Any:
    if isinstance(step, str):
        return fields.get(f"f:{step}")
    for name, inner in fields.items():
        if name.startswith("k:") and step.items() <= _decoded(name[2:]).items():
            return inner
    return None


def _decoded(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
