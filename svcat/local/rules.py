"""What the API server accepts: names, labels, annotations, finalizers, keys, sizes, immutability.

Written after its validation (kube-apiserver 1.20, apimachinery ``validation`` and core
``validation.go``) and held to it by ``tests/contract``. Values are never quoted, only names and
keys: a message must not give a secret away.
"""

import re
from collections.abc import Iterator
from typing import Any

from svcat.errors import Invalid
from svcat.local.secret_types import secret_type_problems
from svcat.objects import NAMESPACE, SECRET, JsonObject, Resource
from svcat.selectors import is_subdomain, label_key_problem, label_value_problem, quoted

DATA_LIMIT_BYTES = 1024 * 1024
ANNOTATIONS_LIMIT_BYTES = 256 * 1024

# Compiled when first used (re keeps them): a command that only reads need not wait for it.
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DATA_KEY = r"[-._a-zA-Z0-9]+"
_PLAIN_FINALIZERS = ("orphan", "foregroundDeletion", "kubernetes")
_OWNER_FIELDS = ("apiVersion", "kind", "name", "uid")
_SHOWN_PROBLEMS = 5


def check_object(resource: Resource, obj: JsonObject) -> None:
    """Hold one object to the rules that look at it alone. Raises Invalid."""
    _refuse(resource, obj, _object_problems(resource, obj))


def check_transition(resource: Resource, old: JsonObject, new: JsonObject) -> None:
    """Hold a replacement to the rules about what may not change. Raises Invalid."""
    _refuse(resource, new, _transition_problems(resource, old, new))


def data_key_problem(key: str) -> str:
    """Say what is wrong with a key of a ConfigMap or Secret; empty if nothing is."""
    if len(key) > 253 or not re.fullmatch(_DATA_KEY, key) or key == "." or key.startswith(".."):
        return (
            f"the key {quoted(key)} must have at most 253 letters, digits, '-', '_' or '.', "
            "and be neither '.' nor begin with '..'"
        )
    return ""


def decoded_size(base64_text: str) -> int:
    """Bytes behind canonical base64."""
    return len(base64_text) // 4 * 3 - base64_text[-2:].count("=")


def _refuse(resource: Resource, obj: JsonObject, problems: Iterator[str]) -> None:
    found = list(problems)
    if not found:
        return
    if len(found) > _SHOWN_PROBLEMS:
        found[_SHOWN_PROBLEMS:] = [f"and {len(found) - _SHOWN_PROBLEMS} more"]
    name = quoted(obj["metadata"]["name"])
    raise Invalid(f"{resource.plural} {name} is invalid: {'; '.join(found)}")


def _object_problems(resource: Resource, obj: JsonObject) -> Iterator[str]:
    yield from _metadata_problems(resource, obj["metadata"])
    if resource != NAMESPACE:
        yield from _data_problems(resource, obj)
    if resource == SECRET:
        yield from secret_type_problems(obj)


def _metadata_problems(resource: Resource, metadata: JsonObject) -> Iterator[str]:
    if problem := _name_problem(resource, metadata["name"]):
        yield f"metadata.name: {problem}"
    for key, value in metadata.get("labels", {}).items():
        if problem := label_key_problem(key) or label_value_problem(value):
            yield f"metadata.labels: {problem}"
    yield from _annotation_problems(metadata.get("annotations", {}))
    for finalizer in metadata.get("finalizers", ()):
        if "/" not in finalizer and finalizer not in _PLAIN_FINALIZERS:
            yield f"metadata.finalizers: {quoted(finalizer)} must have a domain in front"
        elif label_key_problem(finalizer):
            yield f"metadata.finalizers: {quoted(finalizer)} must be like domain.example/word"
    for owner in metadata.get("ownerReferences", ()):
        if not all(owner.get(field) for field in _OWNER_FIELDS):
            yield f"metadata.ownerReferences: each needs {', '.join(_OWNER_FIELDS)}"


def _name_problem(resource: Resource, name: str) -> str:
    if resource == NAMESPACE:
        if len(name) <= 63 and re.fullmatch(_DNS_LABEL, name):
            return ""
        return "must be at most 63 lower case letters, digits or '-', as in my-name"
    if is_subdomain(name):
        return ""
    return "must be at most 253 lower case letters, digits, '-' or '.', as in my-name.example"


def _annotation_problems(annotations: dict[str, str]) -> Iterator[str]:
    size = 0
    for key, value in annotations.items():
        size += _utf8_size(key) + _utf8_size(value)
        if problem := label_key_problem(key.lower()):
            yield f"metadata.annotations: {problem}"
    if size > ANNOTATIONS_LIMIT_BYTES:
        yield f"metadata.annotations: {size} bytes, more than {ANNOTATIONS_LIMIT_BYTES}"


def _data_problems(resource: Resource, obj: JsonObject) -> Iterator[str]:
    data, binary = obj.get("data", {}), obj.get("binaryData", {})
    for field, values in (("data", data), ("binaryData", binary)):
        for key in values:
            if problem := data_key_problem(key):
                yield f"{field}: {problem}"
    for key in data.keys() & binary.keys():
        yield f"binaryData: the key {quoted(key)} is in data too"
    size = sum(map(decoded_size if resource == SECRET else _utf8_size, data.values()))
    size += sum(map(decoded_size, binary.values()))
    if size > DATA_LIMIT_BYTES:
        yield f"data: {size} bytes, more than {DATA_LIMIT_BYTES}"


def _transition_problems(resource: Resource, old: JsonObject, new: JsonObject) -> Iterator[str]:
    if resource == SECRET and old["type"] != new["type"]:
        yield "type: cannot be changed"
    if old.get("immutable"):
        for field, absent in (("immutable", False), ("data", {}), ("binaryData", {})):
            if old.get(field, absent) != new.get(field, absent):
                yield f"{field}: cannot be changed, the object is immutable"
    if "deletionTimestamp" in old["metadata"]:
        for finalizer in _finalizers(new) - _finalizers(old):
            yield f"metadata.finalizers: {quoted(finalizer)} comes too late for a deleted object"
    elif "deletionTimestamp" in new["metadata"]:
        yield "metadata.deletionTimestamp: is for the server to set"


def _finalizers(obj: JsonObject) -> set[Any]:
    return set(obj["metadata"].get("finalizers", ()))


def _utf8_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
