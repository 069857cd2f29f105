"""How credentials become the contents of a Secret. Pure.

As Service Catalog wrote it: one key per top-level credential, strings raw, everything else compact
JSON; plus ``type`` and ``provider`` where the broker gave none (servicebinding.io). A Shape changes
that in a fixed order. Keys that a Secret cannot have are spelled out, and then, or when a Shape
changed anything, the broker's own document stands under ``credentials.json``: nothing is lost, and
another Shape can be applied later without asking the broker.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from svcat import jsonpath
from svcat.app.templates import fill_in
from svcat.errors import UsageError
from svcat.osb.models import Bound, JsonObject
from svcat.store.records import BindingRecord, Shape

RAW_DOCUMENT = "credentials.json"
Sources = Mapping[str, Mapping[str, bytes]]
_KEY = re.compile(r"(?!\.\.?$)(?!\.\.)[-._a-zA-Z0-9]{1,253}", re.ASCII)
_ILLEGAL = re.compile(r"[^-._a-zA-Z0-9]", re.ASCII)
_TYPE_CHARACTERS = re.compile(r"[^a-z0-9.-]+", re.ASCII)
_PLAIN = Shape()


def lay_out(
    body: Bound, record: BindingRecord, sources: Sources | None = None
) -> Mapping[str, bytes]:
    """Return the Secret's contents for a binding's answer.

    ``sources`` holds the Secrets that the Shape adds keys from. Raises UsageError if the Shape asks
    for what is not there.
    """
    document = {**_besides_credentials(body), **(body.credentials or {})}
    return lay_out_document(document, record, sources or {})


def lay_out_document(
    document: JsonObject, record: BindingRecord, sources: Sources
) -> Mapping[str, bytes]:
    """Return the Secret's contents for a document of credentials."""
    shape = record.shape
    if shape.secret_key:
        contents = {secret_key(shape.secret_key): msgspec.json.encode(document)}
    else:
        shaped = apply(shape, document, sources)
        contents = _as_keys(shaped)
        is_exact = len(contents) == len(shaped) and all(secret_key(n) == n for n in shaped)
        if not is_exact or shape != _PLAIN:
            contents[RAW_DOCUMENT] = msgspec.json.encode(document)
    service_type = record.secret_type.removeprefix("servicebinding.io/")
    contents.setdefault("type", service_type.encode())
    contents.setdefault("provider", (shape.provider or record.broker.name).encode())
    return contents


def raw_document(contents: Mapping[str, bytes]) -> JsonObject | None:
    """Return the broker's own document out of a Secret, if it holds it."""
    try:
        document = msgspec.json.decode(contents.get(RAW_DOCUMENT, b""))
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def apply(shape: Shape, document: JsonObject, sources: Sources) -> JsonObject:
    """Return ``document`` after the Shape's transforms, in their order. Raises UsageError."""
    shaped = _flattened(document) if shape.flatten else dict(document)
    for new, old in shape.renames:
        if old in shaped:  # as the original: a missing key is no error
            shaped[new] = shaped.pop(old)
    shaped.update(shape.adds)
    for key, path in shape.paths:
        shaped[key] = _at_path(path, document)
    for name in shape.add_from:
        shaped.update({key: value for key, value in sources[name].items()})
    for key, template in shape.templates:
        shaped[key] = fill_in(template, shaped)
    for key in shape.removes:
        shaped.pop(key, None)
    return shaped


def renamed_keys(names: Iterable[str]) -> dict[str, str]:
    """Return the names that a Secret cannot have as keys, and the keys they get."""
    return {name: key for name in names if (key := secret_key(name)) != name}


def secret_key(name: str) -> str:
    """Return ``name`` if a Secret may have such a key, else a spelling of it that may.

    ``a/b`` → ``a_x2f_b``: each illegal character as its code point in hexadecimal.
    """
    if _KEY.fullmatch(name):
        return name
    spelled = _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):x}_", name)
    if spelled in {"", "."} or spelled.startswith(".."):
        spelled = "".join(f"_x{ord(c):x}_" for c in name) or "_x_"
    return spelled[:253]


def service_type(service_name: str) -> str:
    """Return a servicebinding.io type made of an offering's name."""
    return _TYPE_CHARACTERS.sub("-", service_name.lower()).strip("-.") or "service"


def to_bytes(value: Any) -> bytes:
    """Return a credential as a Secret holds it."""
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)


def _as_keys(shaped: JsonObject) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for name, value in shaped.items():
        key = secret_key(name)
        contents[key if key not in contents else secret_key(f"{name}\0")] = to_bytes(value)
    return contents


def _flattened(document: JsonObject, prefix: str = "") -> JsonObject:
    flat: JsonObject = {}
    for name, value in document.items():
        if isinstance(value, dict) and value:
            flat.update(_flattened(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _at_path(path: str, document: JsonObject) -> str:
    found = jsonpath.find(path, document)
    if not found:
        raise UsageError(
            f"the credentials have nothing at {path}",
            hint=f"they have: {', '.join(sorted(document)) or 'nothing'}",
        )
    values = found if len(found) > 1 else found[0]
    return to_bytes(values).decode()


def _besides_credentials(body: Bound) -> JsonObject:
    """Return what a binding may give besides credentials (spec, Binding)."""
    found: JsonObject = {}
    if body.syslog_drain_url:
        found["syslog_drain_url"] = body.syslog_drain_url
    if body.route_service_url:
        found["route_service_url"] = body.route_service_url
    if body.volume_mounts:
        found["volume_mounts"] = body.volume_mounts
    if body.endpoints:
        found["endpoints"] = msgspec.to_builtins(body.endpoints)
    return found
