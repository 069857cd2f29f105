"""Record ↔ object. Pure: the documented contract of what is stored where.

Each small fact is one annotation named after its field, as ``svcat.dev/instance-id``. Strings and
times are stored as they are, everything else as compact JSON; facts at their default are left out.
What may be large (parameters, the last error, history) is data. Labels serve only to find.
What comes back is input like any other: it is checked, and errors name the annotation.
"""

import dataclasses
import typing
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

import msgspec

from svcat.errors import SvcatError
from svcat.objects import JsonObject
from svcat.store import names
from svcat.store.records import (
    BindingRecord,
    BrokerRecord,
    InstanceRecord,
    LedgerEntry,
    Operation,
    Record,
    Work,
)

R = TypeVar("R", bound=Record)

# Stored by Kubernetes itself, in its own places.
_METADATA_FIELDS = frozenset(
    {
        "namespace",
        "name",
        "uid",
        "resource_version",
        "created",
        "deleting",
        "labels",
        "finalizer",
        "foreign",
    }
)
# Large or rarely looked at: data rather than annotations.
_DATA_FIELDS = {
    "parameters": "parameters.json",
    "parameters_from": "parametersFrom.json",
    "failed_target": "failed-update.json",
    "last_error": "last-error.json",
    "shape": "shape.json",
    "injections": "injections.json",
    "history": "history.json",
    "ca_pem": "ca.crt",
}
_OPERATION_PREFIX = "operation-"
_KINDS: dict[type[Record], str] = {
    BrokerRecord: "broker",
    InstanceRecord: "instance",
    BindingRecord: "binding",
}
_OBJECT_NAMES = {
    BrokerRecord: names.broker_object,
    InstanceRecord: names.instance_object,
    BindingRecord: names.binding_object,
}
LEDGER_KIND = "ledger"


class RecordDamaged(SvcatError):
    """A record was edited into something that makes no sense, or is of a newer svcat."""


def kind_of(record_type: type[Record]) -> str:
    """Return the value of the kind label of such records."""
    return _KINDS[record_type]


def object_name(record_type: type[Record], name: str) -> str:
    """Return the name of the ConfigMap that holds such a record."""
    return _OBJECT_NAMES[record_type](name)


def encode(record: Record) -> JsonObject:
    """Return the ConfigMap that holds ``record``."""
    kind = _KINDS[type(record)]
    annotations = {names.SCHEMA: str(names.SCHEMA_VERSION)}
    data: dict[str, str] = {}
    known: Any = type(record)
    for field in _fields(known):
        value = getattr(record, field.name)
        if value == _default(field):
            continue
        if field.name == "operation":
            annotations |= _encode_operation(value)
        elif field.name in _DATA_FIELDS:
            data[_DATA_FIELDS[field.name]] = _text(value)
        else:
            annotations[_annotation(field.name)] = _text(value)
    foreign = record.foreign
    metadata: JsonObject = {
        "name": _OBJECT_NAMES[type(record)](record.name),
        "namespace": record.namespace,
        "labels": {**record.labels, **_labels(record, kind)},
        "annotations": {**foreign.get("annotations", {}), **annotations},
        "finalizers": list(foreign.get("finalizers", ())),
        "ownerReferences": list(foreign.get("ownerReferences", ())),
    }
    if record.uid:
        metadata["uid"] = record.uid
        metadata["resourceVersion"] = record.resource_version
    if getattr(record, "finalizer", False):
        metadata["finalizers"].append(names.FINALIZER)
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def decode(record_type: type[R], obj: JsonObject) -> R:
    """Return the record that ``obj`` holds. Raises RecordDamaged."""
    metadata = obj["metadata"]
    where = f"ConfigMap {metadata['name']} in namespace {metadata['namespace']}"
    annotations: dict[str, str] = metadata.get("annotations") or {}
    data: dict[str, str] = obj.get("data") or {}
    _check_schema(annotations.get(names.SCHEMA, ""), where)
    values: dict[str, Any] = _decode_metadata(record_type, metadata)
    known: Any = record_type
    for field in _fields(known):
        if field.name == "operation":
            values["operation"] = _decode_operation(annotations, where)
            continue
        key = _DATA_FIELDS.get(field.name)
        text = data.get(key) if key else annotations.get(_annotation(field.name))
        if text is not None:
            label = key or _annotation(field.name)
            values[field.name] = _value(text, _types(known)[field.name], label, where)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise RecordDamaged(
                f"{where} lacks its annotation {_annotation(field.name)}",
                hint="restore it from a backup, or see what is left: svcat orphans list",
            )
    return record_type(**values)


def encode_ledger(entry: LedgerEntry, namespace: str) -> JsonObject:
    """Return the ConfigMap that holds a ledger entry."""
    annotations = {names.SCHEMA: str(names.SCHEMA_VERSION)}
    for field in dataclasses.fields(entry):
        value = getattr(entry, field.name)
        if field.name not in _LEDGER_METADATA and value != _default(field):
            annotations[_annotation(field.name)] = _text(value)
    metadata: JsonObject = {
        "name": names.ledger_object(entry.id),
        "namespace": namespace,
        "labels": {
            names.KIND: LEDGER_KIND,
            f"{names.DOMAIN}/of": entry.kind,
            f"{names.DOMAIN}/namespace": names.label_value(entry.namespace),
        },
        "annotations": annotations,
    }
    if entry.uid:
        metadata["uid"] = entry.uid
        metadata["resourceVersion"] = entry.resource_version
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}}


_LEDGER_METADATA = frozenset({"uid", "resource_version", "created"})


def decode_ledger(obj: JsonObject) -> LedgerEntry:
    """Return the ledger entry that ``obj`` holds. Raises RecordDamaged."""
    metadata = obj["metadata"]
    where = f"ConfigMap {metadata['name']} in namespace {metadata['namespace']}"
    annotations: dict[str, str] = metadata.get("annotations") or {}
    _check_schema(annotations.get(names.SCHEMA, ""), where)
    values: dict[str, Any] = {
        "uid": metadata["uid"],
        "resource_version": metadata["resourceVersion"],
        "created": parse_time(metadata["creationTimestamp"]),
    }
    for field in dataclasses.fields(LedgerEntry):
        text = annotations.get(_annotation(field.name))
        if field.name in _LEDGER_METADATA:
            continue
        if text is not None:
            annotation = _annotation(field.name)
            values[field.name] = _value(text, _types(LedgerEntry)[field.name], annotation, where)
        elif field.default is dataclasses.MISSING:
            raise RecordDamaged(f"{where} lacks its annotation {_annotation(field.name)}")
    return LedgerEntry(**values)


def parse_time(text: str) -> datetime:
    """Return a Kubernetes timestamp as an aware datetime."""
    return datetime.fromisoformat(text).astimezone(UTC)


def format_time(moment: datetime) -> str:
    """Return an aware datetime as Kubernetes writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _annotation(field_name: str) -> str:
    return f"{names.DOMAIN}/{field_name.replace('_', '-')}"


def _labels(record: Record, kind: str) -> dict[str, str]:
    labels = {names.KIND: kind, "app.kubernetes.io/managed-by": "svcat"}
    facts: dict[str, str] = {}
    if isinstance(record, BrokerRecord):
        facts = {"scope": record.scope}
    elif isinstance(record, Work):
        facts = {
            "broker": record.broker.name,
            "class": record.service_name,
            "plan": record.plan_name,
        }
        if isinstance(record, InstanceRecord | BindingRecord):
            facts["phase"] = record.phase
        if isinstance(record, BindingRecord):
            facts["instance"] = record.instance
    return labels | {f"{names.DOMAIN}/{k}": names.label_value(v) for k, v in facts.items()}


def _is_own_label(key: str) -> bool:
    return key.startswith(f"{names.DOMAIN}/") or key == "app.kubernetes.io/managed-by"


def _decode_metadata(record_type: type[Record], metadata: JsonObject) -> dict[str, Any]:
    prefix = _OBJECT_NAMES[record_type]("")
    labels: dict[str, str] = metadata.get("labels") or {}
    values: dict[str, Any] = {
        "namespace": metadata["namespace"],
        "name": metadata["name"].removeprefix(prefix),
        "uid": metadata["uid"],
        "resource_version": metadata["resourceVersion"],
        "created": parse_time(metadata["creationTimestamp"]),
        "deleting": "deletionTimestamp" in metadata,
        "labels": {k: v for k, v in labels.items() if not _is_own_label(k)},
        "foreign": _foreign(metadata),
    }
    if issubclass(record_type, Work):
        values["finalizer"] = names.FINALIZER in (metadata.get("finalizers") or ())
    return values


def _foreign(metadata: JsonObject) -> JsonObject:
    annotations: dict[str, str] = metadata.get("annotations") or {}
    prefix = f"{names.DOMAIN}/"
    found: JsonObject = {
        "annotations": {k: v for k, v in annotations.items() if not k.startswith(prefix)},
        "finalizers": [f for f in metadata.get("finalizers") or () if f != names.FINALIZER],
        "ownerReferences": metadata.get("ownerReferences") or (),
    }
    return {k: v for k, v in found.items() if v}


def _encode_operation(operation: Operation) -> dict[str, str]:
    return {
        _annotation(_OPERATION_PREFIX + field.name): _text(getattr(operation, field.name))
        for field in dataclasses.fields(operation)
        if getattr(operation, field.name) != _default(field)
    }


def _decode_operation(annotations: dict[str, str], where: str) -> Operation | None:
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Operation):
        annotation = _annotation(_OPERATION_PREFIX + field.name)
        if (text := annotations.get(annotation)) is not None:
            values[field.name] = _value(text, _types(Operation)[field.name], annotation, where)
    if not values:
        return None
    try:
        return Operation(**values)
    except TypeError as error:
        raise RecordDamaged(f"{where} describes half an operation") from error


def _check_schema(text: str, where: str) -> None:
    if not text.isdecimal() or int(text) < 1:
        raise RecordDamaged(f"{where} lacks its annotation {names.SCHEMA}")
    if int(text) > names.SCHEMA_VERSION:
        raise RecordDamaged(
            f"{where} was written by a newer svcat (schema {text}, this one reads up to "
            f"{names.SCHEMA_VERSION})",
            hint="install a newer svcat",
        )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return format_time(value)
    return msgspec.json.encode(value).decode()


def _value(text: str, wanted: Any, label: str, where: str) -> Any:
    try:
        if wanted is str:
            return text
        if isinstance(wanted, type) and issubclass(wanted, StrEnum):
            return wanted(text)
        if wanted in (datetime, datetime | None):
            return parse_time(text)
        return msgspec.json.decode(text.encode(), type=wanted)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "not readable"
        raise RecordDamaged(f"{where}: {label} is damaged: {reason}") from error


@cache
def _fields(record_type: type[Any]) -> Iterable[dataclasses.Field[Any]]:
    return tuple(f for f in dataclasses.fields(record_type) if f.name not in _METADATA_FIELDS)


@cache
def _types(record_type: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(record_type)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
