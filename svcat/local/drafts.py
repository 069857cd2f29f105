"""An object as a caller sends it, made into the one that would be stored.

As the API server does while decoding: fields it does not know are dropped, empty maps too, the
kind and a Secret's type are filled in, ``stringData`` becomes ``data``, base64 becomes canonical.
Pure; a value of the wrong shape is refused without being quoted.
"""

import binascii
import json
from typing import Any

from svcat.errors import Invalid
from svcat.local.rules import check_object
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, Resource


def drafted(resource: Resource, obj: JsonObject) -> JsonObject:
    """Give ``obj`` the shape in which it would be stored. Raises Invalid; ``obj`` is untouched."""
    _check_header(resource, obj)
    draft: JsonObject = {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": _metadata(resource, obj),
    }
    if resource == CONFIG_MAP:
        _fill(draft, "data", _texts(obj, "data"))
        _fill(draft, "binaryData", _canonical(_texts(obj, "binaryData"), "binaryData"))
    elif resource == SECRET:
        draft["type"] = _text(obj, "type") or "Opaque"
        written = {key: _base64(value) for key, value in _texts(obj, "stringData").items()}
        _fill(draft, "data", _canonical(_texts(obj, "data"), "data") | written)
    if resource != NAMESPACE and obj.get("immutable") is not None:
        draft["immutable"] = _flag(obj, "immutable")
    _check_unicode(draft)
    check_object(resource, draft)
    return draft


def _check_header(resource: Resource, obj: JsonObject) -> None:
    for field, wanted in (("apiVersion", resource.api_version), ("kind", resource.kind)):
        if obj.get(field, wanted) != wanted:
            raise Invalid(f"{field} must be {wanted} to write {resource.plural}")
    if not isinstance(obj.get("metadata"), dict):
        raise Invalid("metadata must be an object")


def _metadata(resource: Resource, obj: JsonObject) -> JsonObject:
    given = obj["metadata"]
    metadata: JsonObject = {"name": _text(given, "name", "metadata.")}
    if not metadata["name"]:
        raise Invalid("metadata.name: a name is required")
    if resource.namespaced:
        metadata["namespace"] = _text(given, "namespace", "metadata.")
        if not metadata["namespace"]:
            raise Invalid("metadata.namespace: a namespace is required")
    for field in ("uid", "resourceVersion", "deletionTimestamp"):
        _fill(metadata, field, _text(given, field, "metadata."))
    for field in ("labels", "annotations"):
        _fill(metadata, field, _texts(given, field, "metadata."))
    _fill(metadata, "finalizers", _text_list(given, "finalizers"))
    _fill(metadata, "ownerReferences", _references(given))
    return metadata


def _fill(target: JsonObject, field: str, value: Any) -> None:
    if value:
        target[field] = value


def _text(given: JsonObject, field: str, path: str = "") -> str:
    value = given.get(field) or ""
    if not isinstance(value, str):
        raise Invalid(f"{path}{field} must be a string")
    return value


def _flag(given: JsonObject, field: str) -> bool:
    value = given.get(field)
    if not isinstance(value, bool):
        raise Invalid(f"{field} must be true or false")
    return value


def _texts(given: JsonObject, field: str, path: str = "") -> dict[str, str]:
    value = given.get(field) or {}
    if not isinstance(value, dict):
        raise Invalid(f"{path}{field} must be an object")
    texts = {key: "" if text is None else text for key, text in value.items()}  # as Go reads null
    for key, text in texts.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise Invalid(f"{path}{field}: the value of {str(key)[:80]!r} must be a string")
    return texts


def _text_list(given: JsonObject, field: str) -> list[str]:
    value = given.get(field) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"metadata.{field} must be a list of strings")
    return list(value)


def _references(given: JsonObject) -> list[JsonObject]:
    value = given.get("ownerReferences") or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Invalid("metadata.ownerReferences must be a list of objects")
    return [dict(item) for item in value]


def _canonical(values: dict[str, str], field: str) -> dict[str, str]:
    canonical = {}
    for key, value in values.items():
        try:
            raw = binascii.a2b_base64(value.replace("\r", "").replace("\n", ""), strict_mode=True)
        except ValueError:  # binascii.Error, or a character that is not ASCII
            raise Invalid(f"{field}: the value of {key[:80]!r} is not base64") from None
        canonical[key] = binascii.b2a_base64(raw, newline=False).decode()
    return canonical


def _base64(text: str) -> str:
    return binascii.b2a_base64(_utf8(text), newline=False).decode()


def _check_unicode(draft: JsonObject) -> None:
    _utf8(json.dumps(draft, ensure_ascii=False))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, as JSON may carry
        raise Invalid("the object holds text that is not Unicode") from None
