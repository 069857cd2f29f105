"""How credentials become the contents of a Secret, and back. Pure.

As Service Catalog wrote it: one key per top-level credential, strings raw, everything else compact
JSON; plus ``type`` and ``provider`` where the broker gave none (servicebinding.io). A Shape changes
that in a fixed order. Keys that a Secret cannot have are spelled out, and then, or when a Shape
changed anything, the broker's own document stands under ``credentials.json``: nothing is lost, and
another Shape can be applied later without asking the broker.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from svcat.app.shaping import apply, renames_of_nothing, to_bytes
from svcat.errors import UsageError
from svcat.osb.models import Bound, JsonObject
from svcat.store.records import BindingRecord
from svcat.store.shape import Shape

RAW_DOCUMENT = "credentials.json"
TYPE, PROVIDER = "type", "provider"
TYPE_PREFIX = "servicebinding.io/"
MOST_BYTES = 1024 * 1024  # of a Secret's values together
Sources = Mapping[str, Mapping[str, bytes]]
_LONGEST_KEY = 253
_KEY = re.compile(r"(?!\.\.?$)(?!\.\.)[-._a-zA-Z0-9]{1,253}", re.ASCII)
_ILLEGAL = re.compile(r"[^-._a-zA-Z0-9]", re.ASCII)
_TYPE_CHARACTERS = re.compile(r"[^a-z0-9.-]+", re.ASCII)
_TYPE = re.compile(r"[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?", re.ASCII)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """A Secret's contents, and what the user should know of them."""

    contents: Mapping[str, bytes]
    remarks: tuple[str, ...] = ()


def document_of(body: Bound) -> JsonObject:
    """Return what a binding's answer gives to an application, as one object."""
    return {**_besides_credentials(body), **(body.credentials or {})}


def lay_out_document(document: JsonObject, record: BindingRecord, sources: Sources) -> Layout:
    """Return the Secret's contents for a document of credentials. Raises UsageError."""
    shape = record.shape
    shaped = apply(shape, document, sources)
    keys = keys_for(shaped)
    contents = {keys[name]: to_bytes(value) for name, value in shaped.items()}
    if shape.secret_key:
        contents[shape.secret_key] = msgspec.json.encode(document)
    for key, value in _besides(record).items():
        contents.setdefault(key, value)
    overrides = _overrides(shape)
    is_exact = all(name == key for name, key in keys.items())
    hides = any(contents[key] != value for key, value in overrides.items())
    contents |= overrides
    remarks = [] if is_exact else [_spelled({n: k for n, k in keys.items() if n != k})]
    remarks += [
        f"--map renames nothing: the credentials have no {old!r}"
        for old in renames_of_nothing(shape, document)
    ]
    is_lossless = is_exact and is_plain(shape) and not hides
    if not is_lossless and RAW_DOCUMENT not in shape.removes:
        raw = msgspec.json.encode(document)
        if not shape.secret_key and _size(contents) + len(raw) > MOST_BYTES:
            remarks.append(f"the Secret has no room for {RAW_DOCUMENT}: it is left out")
        elif not shape.secret_key:
            contents[RAW_DOCUMENT] = raw
    return Layout(_within_bounds(contents), tuple(remarks))


def document_in(contents: Mapping[str, bytes], record: BindingRecord) -> JsonObject | None:
    """Return the broker's document as far as its Secret holds it; None: only the broker has it.

    From the plain layout text comes back as text: what was a number is one no more.
    """
    shape = record.shape
    for key in (RAW_DOCUMENT, shape.secret_key):
        if key and key in contents:
            return _object(contents[key])
    if not is_plain(shape) or not contents:
        return None
    added = _besides(record)
    return {k: _from_bytes(v) for k, v in contents.items() if added.get(k) != v}


def is_plain(shape: Shape) -> bool:
    """Whether the layout is Service Catalog's."""
    return replace(shape, provider="", service_type="") == Shape()


def type_of(record: BindingRecord) -> str:
    """Return the binding's servicebinding.io type."""
    return record.shape.service_type or record.secret_type.removeprefix(TYPE_PREFIX)


def keys_for(names: Iterable[str]) -> dict[str, str]:
    """Return the key that each name gets in the Secret: itself if it may, and no two the same."""
    given = list(names)
    keys = {name: name for name in given if secret_key(name) == name}
    taken = {*keys, RAW_DOCUMENT}
    for name in given:
        if name in keys:
            continue
        key = secret_key(name)
        if key in taken:
            digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
            key = f"{key[: _LONGEST_KEY - 18]}_x{digest[:16]}"
        keys[name] = key
        taken.add(key)
    return keys


def secret_key(name: str) -> str:
    """Return ``name`` if a Secret may have such a key, else a spelling of it that may.

    ``a/b`` → ``a_x2f_b``: each illegal character as its code point in hexadecimal.
    """
    if _KEY.fullmatch(name) and name != RAW_DOCUMENT:
        return name
    spelled = _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):x}_", name)
    if spelled in {"", "."} or spelled.startswith(".."):
        spelled = "".join(f"_x{ord(c):x}_" for c in name) or "_x_"
    if len(spelled) > _LONGEST_KEY:
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
        spelled = f"{spelled[: _LONGEST_KEY - 18]}_x{digest[:16]}"
    return spelled if spelled != RAW_DOCUMENT else f"{spelled}_x_"


def is_key(name: str) -> bool:
    """Whether a Secret may have ``name`` as a key, and svcat does not use it itself."""
    return secret_key(name) == name


def service_type(service_name: str) -> str:
    """Return a servicebinding.io type made of an offering's name."""
    return _TYPE_CHARACTERS.sub("-", service_name.lower())[:100].strip("-.") or "service"


def require_type(text: str) -> str:
    """Return ``text`` if it may be a servicebinding.io type. Raises UsageError."""
    if _TYPE.fullmatch(text):
        return text
    raise UsageError(
        f"{text!r} cannot be a binding's type",
        hint="use up to 100 lower-case letters, digits, '-' and '.', as in postgresql",
    )


def _besides(record: BindingRecord) -> dict[str, bytes]:
    """Return the entries that a Secret has besides the credentials (servicebinding.io)."""
    provider = record.shape.provider or record.broker.name
    return {TYPE: type_of(record).encode(), PROVIDER: provider.encode()}


def _overrides(shape: Shape) -> dict[str, bytes]:
    """Return what was asked for, whatever the broker says (servicebinding.io, Reconciler)."""
    asked = {TYPE: shape.service_type, PROVIDER: shape.provider}
    return {key: value.encode() for key, value in asked.items() if value}


def _within_bounds(contents: Mapping[str, bytes]) -> Mapping[str, bytes]:
    size = _size(contents)
    if size > MOST_BYTES:
        raise UsageError(f"the credentials have {size} bytes, a Secret holds {MOST_BYTES}")
    return contents


def _size(contents: Mapping[str, bytes]) -> int:
    return sum(map(len, contents.values()))


def _spelled(keys: Mapping[str, str]) -> str:
    shown = [f"{name[:60]!r} is {key[:80]}" for name, key in list(keys.items())[:_SHOWN]]
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return f"names that a Secret cannot have as keys are spelled out: {', '.join(shown)}{more}"


def _object(text: bytes) -> JsonObject | None:
    try:
        document = msgspec.json.decode(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _from_bytes(value: bytes) -> Any:
    """Return an object or list that was written as JSON as such, text as text."""
    if value[:1] in {b"{", b"["}:
        try:
            found = msgspec.json.decode(value)
        except ValueError:
            found = None
        if found is not None and msgspec.json.encode(found) == value:
            return found
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


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
