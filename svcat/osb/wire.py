"""JSON to models and back: strict where a mistake costs a resource, forgiving elsewhere.

"Malformed" (OSB 2.17 uses the word without defining it) means here: not JSON in UTF-8, no object,
or a member that the call depends on has another type. Members that only inform are dropped with a
warning instead; ``null`` is the same as absent (brokers written in Go send it for empty lists).
Nothing but ``Malformed`` leaves this module, whatever a broker sends.
"""

import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from svcat.errors import UsageError
from svcat.osb.catalog import decode_cached_catalog, decode_catalog, encode_catalog
from svcat.osb.jsontext import Malformed, fits, json_value, parse
from svcat.osb.models import (
    BindingMetadata,
    Bound,
    BrokerError,
    Deleted,
    FetchedInstance,
    JsonObject,
    LastOperation,
    Provisioned,
    ResourceMetadata,
)
from svcat.osb.outcome import Body

__all__ = [
    "Decoded",
    "Malformed",
    "decode_body",
    "decode_cached_catalog",
    "decode_catalog",
    "decode_error",
    "encode",
    "encode_catalog",
    "excerpt",
    "json_value",
]

T = TypeVar("T")

MAX_OPERATION_CHARS = 10_000
EXCERPT_CHARS = 512
MAX_DESCRIPTION_CHARS = 4096

# Members that tell something but decide nothing: a wrong type costs only themselves.
_INFORMATIVE: dict[Any, frozenset[str]] = {
    Provisioned: frozenset(),
    Deleted: frozenset({"operation"}),
    Bound: frozenset({"endpoints", "parameters"}),
    FetchedInstance: frozenset({"parameters", "maintenance_info", "metadata"}),
    LastOperation: frozenset({"description", "instance_usable", "update_repeatable"}),
    ResourceMetadata: frozenset({"labels", "attributes"}),
    BindingMetadata: frozenset({"expires_at", "renew_before"}),
}
_NESTED: dict[Any, type] = {
    Provisioned: ResourceMetadata,
    FetchedInstance: ResourceMetadata,
    Bound: BindingMetadata,
}
_VOLUME_MOUNT = {
    "driver": str,
    "container_dir": str,
    "mode": str,
    "device_type": str,
    "device": dict,
}

_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded(Generic[T]):
    """A body as far as it could be read; ``problem`` says, with a JSON path, why no further."""

    kind: Body
    value: T | None = None
    problem: str = ""
    warnings: tuple[str, ...] = ()


def encode(value: object) -> bytes:
    """Write a request body; a Decimal goes out as the number that the user wrote.

    Raises UsageError, which does not quote the value, for what JSON cannot carry.
    """
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, RecursionError, TypeError, OverflowError):
        raise UsageError("the parameters hold something that JSON cannot carry") from None


def decode_body(raw: bytes, wanted: type[T]) -> Decoded[T]:
    """Read the body of a success answer as ``wanted``, one of the response models."""
    try:
        value = parse(raw)
    except Malformed as error:
        return Decoded(kind=Body.NOT_JSON, problem=str(error))
    if value is None or value == "":
        return Decoded(kind=Body.EMPTY, problem="the body is empty")
    warnings: list[str] = []
    try:
        model = _fit(value, wanted, warnings)
    except Malformed as error:
        kind = Body.WRONG_TYPE if value != {} else Body.EMPTY_OBJECT
        return Decoded(kind=kind, problem=str(error), warnings=tuple(warnings))
    kind = Body.VALID if value else Body.EMPTY_OBJECT
    return Decoded(kind=kind, value=model, warnings=tuple(warnings))


def decode_error(status: int, raw: bytes) -> BrokerError:
    """Read the body of an error answer; where it is no OSB error, an excerpt stands in."""
    try:
        body = parse(raw)
    except Malformed:
        return BrokerError(status=status, description=excerpt(raw))
    if not isinstance(body, dict):
        return BrokerError(status=status, description=excerpt(raw) if body else "")
    return BrokerError(
        status=status,
        error=_text(body, "error")[:EXCERPT_CHARS],
        description=_text(body, "description")[:MAX_DESCRIPTION_CHARS],
        instance_usable=body.get("instance_usable") is not False,
        update_repeatable=body.get("update_repeatable") is not False,
    )


def excerpt(raw: bytes) -> str:
    """The first readable words of a body that is no JSON: tags gone, one line, at most 512."""
    text = raw[: 8 * EXCERPT_CHARS].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|\Z)", " ", text)
    text = re.sub(r"<[^<>]*>", " ", text)
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:EXCERPT_CHARS]


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _fit(value: Any, wanted: type[T], warnings: list[str]) -> T:
    if not isinstance(value, dict):
        raise Malformed(f"expected an object, got {_kind_of(value)} - at `$`")
    members = _members(value, wanted, warnings, where="$")
    nested = _NESTED.get(wanted)
    if nested is not None and isinstance(members.get("metadata"), dict):
        members["metadata"] = _members(members["metadata"], nested, warnings, where="$.metadata")
    _tidy(members, wanted, warnings)
    try:
        return msgspec.convert(members, wanted)
    except msgspec.ValidationError as error:
        raise Malformed(str(error)) from error


def _members(value: JsonObject, wanted: type, warnings: list[str], *, where: str) -> JsonObject:
    """The members that ``wanted`` knows, without nulls and without informative misfits."""
    members: JsonObject = {}
    for field in msgspec.structs.fields(wanted):
        member = value.get(field.encode_name)
        if member is None:
            continue
        if field.name in _INFORMATIVE[wanted] and not fits(member, field.type):
            warnings.append(f"{where}.{field.name} has a wrong type and is ignored")
            continue
        members[field.encode_name] = member
    return members


def _tidy(members: JsonObject, wanted: type, warnings: list[str]) -> None:
    """Apply the quirks that are known from real brokers."""
    for name in ("dashboard_url", "operation"):
        if members.get(name) == "":
            del members[name]
    operation = members.get("operation")
    if isinstance(operation, str) and len(operation) > MAX_OPERATION_CHARS:
        warnings.append(f"$.operation is longer than {MAX_OPERATION_CHARS} characters")
    if wanted is Bound:
        _tidy_binding(members, warnings)
    if wanted is LastOperation:
        _note_almost_a_state(members, warnings)


def _tidy_binding(members: JsonObject, warnings: list[str]) -> None:
    credentials = members.get("credentials")
    if isinstance(credentials, str):
        members["credentials"] = _object_in(credentials)
        warnings.append("$.credentials is a string that holds a JSON object")
    mounts = members.get("volume_mounts")
    for index, mount in enumerate(mounts if isinstance(mounts, list) else ()):
        for name, kind in _VOLUME_MOUNT.items():
            if not isinstance(mount, dict) or not isinstance(mount.get(name), kind):
                raise Malformed(f"incomplete volume mount - at `$.volume_mounts[{index}].{name}`")


def _object_in(text: str) -> JsonObject:
    try:
        value = parse(text.encode())
    except (Malformed, UnicodeEncodeError):
        value = None
    if not isinstance(value, dict):
        raise Malformed("expected an object, got a string - at `$.credentials`")
    return value


def _note_almost_a_state(members: JsonObject, warnings: list[str]) -> None:
    state = members.get("state")
    if isinstance(state, str) and state != state.lower():
        warnings.append(
            f"$.state is {excerpt(state.encode('utf-8', 'replace'))!r}: states are in lower case"
        )


def _kind_of(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean"}
    return names.get(type(value), "a number")
