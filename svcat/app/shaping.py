"""What a Shape does to credentials, in the order of its fields, and what it may ask for. Pure.

The semantics of Service Catalog's SecretTransforms: a rename of what is not there is nothing, what
comes later overwrites, a JSONPath that finds nothing is an error.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from svcat import jsonpath
from svcat.app import templates
from svcat.errors import UsageError
from svcat.osb.models import JsonObject
from svcat.store.shape import Shape


def check(shape: Shape, is_key: Callable[[str], bool]) -> None:
    """Raise UsageError for what can be seen to be wrong before there are credentials."""
    for key in _new_keys(shape):
        if not is_key(key):
            raise UsageError(
                f"{key!r} cannot be a key of a Secret",
                hint="use letters, digits, '-', '_' and '.', at most 253, not credentials.json",
            )
    for _, path in shape.paths:
        jsonpath.evaluate(path, {})
    for _, template in shape.templates:
        templates.check(template)
    if shape.secret_key and (shape.flatten or shape.renames):
        raise UsageError(
            "--secret-key keeps the credentials as one document: --map and --flatten change nothing"
        )


def apply(shape: Shape, document: JsonObject, sources: Mapping[str, Any]) -> JsonObject:
    """Return ``document`` after the Shape's transforms, in their order. Raises UsageError."""
    shaped: JsonObject = {}
    if not shape.secret_key:
        shaped = _flattened(document) if shape.flatten else dict(document)
    for new, old in shape.renames:
        if old in shaped:
            shaped[new] = shaped.pop(old)
    shaped.update(shape.adds)
    for key, path in shape.paths:
        shaped[key] = _at_path(path, {**document, **shaped})
    for name in shape.add_from:
        shaped.update(sources[name])
    for key, template in shape.templates:
        shaped[key] = templates.fill_in(template, {**document, **shaped})
    for key in shape.removes:
        shaped.pop(key, None)
    return shaped


def renames_of_nothing(shape: Shape, document: JsonObject) -> list[str]:
    """Return the keys that are to get another name and are not there."""
    keys = set(_flattened(document) if shape.flatten else document)
    missing = []
    for new, old in shape.renames:
        if old in keys:
            keys = keys - {old} | {new}
        else:
            missing.append(old)
    return missing


def to_bytes(value: Any) -> bytes:
    """Return a credential as a Secret holds it."""
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)


def _new_keys(shape: Shape) -> Iterator[str]:
    for pairs in (shape.renames, shape.adds, shape.paths, shape.templates):
        yield from (key for key, _ in pairs)
    if shape.secret_key:
        yield shape.secret_key


def _flattened(document: JsonObject, prefix: str = "") -> JsonObject:
    flat: JsonObject = {}
    for name, value in document.items():
        if isinstance(value, dict) and value:
            flat.update(_flattened(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _at_path(path: str, document: JsonObject) -> str:
    """Return what kubectl would print, but nothing found is an error."""
    readable = {name: _readable(value) for name, value in document.items()}
    is_one_path = path.count("{") <= 1
    if is_one_path and not jsonpath.find(path, readable):
        raise UsageError(
            f"the credentials have nothing at {path}",
            hint=f"they have: {', '.join(sorted(document)) or 'nothing'}",
        )
    return jsonpath.evaluate(path, readable)


def _readable(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
