"""Record ↔ object. Pure: the documented contract of what is stored where.

Each small fact is one annotation named after its field, as ``svcat.dev/instance-id``. Strings and
times are stored as they are, everything else as compact JSON; facts at their default are left out.
What may be large (parameters, the last error, history) is data. Labels serve only to find.
What comes back is input like any other: it is checked, and errors name the annotation.
"""

from typing import Any, TypeVar

from msgspec.structs import replace

from svcat.objects import JsonObject
from svcat.store import names
from svcat.store.records import (
    BindingRecord,
    BrokerRecord,
    InstanceRecord,
    Operation,
    PresetRecord,
    Record,
    Work,
)
from svcat.store.text import Fact, RecordDamaged, check_schema, facts_of, parse_time, text_of

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
_STORED_ELSEWHERE = _METADATA_FIELDS | {"operation"}
# Large or rarely looked at: data rather than annotations.
_DATA_FIELDS = {
    "parameters": "parameters.json",
    "plan_parameters": "plan-parameters.json",
    "parameters_from": "parametersFrom.json",
    "failed_target": "failed-update.json",
    "context": "context.json",
    "last_error": "last-error.json",
    "shape": "shape.json",
    "injections": "injections.json",
    "history": "history.json",
    "ca_pem": "ca.crt",
}
_OPERATION_PREFIX = "operation-"
# All annotations together are at most 256 KiB, and some brokers' operations are as long as that.
_LONGEST_ANNOTATION = 16 * 1024
_KINDS: dict[type[Record], str] = {
    BrokerRecord: "broker",
    PresetRecord: "class",
    InstanceRecord: "instance",
    BindingRecord: "binding",
}
_OBJECT_NAMES = {
    BrokerRecord: names.broker_object,
    PresetRecord: names.class_object,
    InstanceRecord: names.instance_object,
    BindingRecord: names.binding_object,
}


def kind_of(record_type: type[Record]) -> str:
    """Return the value of the kind label of such records."""
    return _KINDS[record_type]


def holds(record_type: type[Record], obj: JsonObject) -> bool:
    """Whether ``obj`` is a ConfigMap of such a record, by its label."""
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    return labels.get(names.KIND) == _KINDS[record_type]


def object_name(record_type: type[Record], name: str) -> str:
    """Return the name of the ConfigMap that holds such a record."""
    return _OBJECT_NAMES[record_type](name)


def encode(record: Record) -> JsonObject:
    """Return the ConfigMap that holds ``record``."""
    kind = _KINDS[type(record)]
    annotations = {names.SCHEMA: str(names.SCHEMA_VERSION)}
    data: dict[str, str] = {}
    for fact in _facts_of(type(record)):
        value = getattr(record, fact.name)
        if value != fact.default:
            text = text_of(value)
            if fact.name in _DATA_FIELDS:
                data[fact.label] = text
            else:
                _store(fact.label, text, annotations, data)
    operation = getattr(record, "operation", None)
    if operation is not None:
        for label, text in _encode_operation(operation).items():
            _store(label, text, annotations, data)
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
    check_schema(annotations, where)
    texts = _texts(annotations, obj.get("data") or {})
    values: dict[str, Any] = _decode_metadata(record_type, metadata)
    for fact in _facts_of(record_type):
        text = texts.get(fact.label)
        if text is not None:
            values[fact.name] = fact.read(text, where)
        elif fact.is_required:
            raise RecordDamaged(
                f"{where} lacks its annotation {fact.label}",
                hint="restore it from a backup, or see what is left: svcat orphans list",
            )
    if issubclass(record_type, Work):
        values["operation"] = _decode_operation(texts, where)
    return record_type(**values)


def _store(label: str, text: str, annotations: dict[str, str], data: dict[str, str]) -> None:
    """Store a fact as an annotation, or what is too long for one as data."""
    if len(text) > _LONGEST_ANNOTATION:
        data[_data_key(label)] = text
    else:
        annotations[label] = text


def _texts(annotations: dict[str, str], data: dict[str, str]) -> dict[str, str]:
    """Return what is stored by its label, wherever it is: a data key, or an annotation."""
    return {f"{names.DOMAIN}/{key}": text for key, text in data.items()} | annotations | data


def _data_key(label: str) -> str:
    return label.rpartition("/")[2]


def _labels(record: Record, kind: str) -> dict[str, str]:
    labels = {names.KIND: kind, "app.kubernetes.io/managed-by": "svcat"}
    facts: dict[str, str] = {}
    if isinstance(record, BrokerRecord):
        facts = {"scope": record.scope}
    elif isinstance(record, PresetRecord):
        facts = {"scope": record.scope, "broker": record.broker.name}
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
        fact.label: text_of(value)
        for fact in facts_of(Operation, prefix=_OPERATION_PREFIX)
        if (value := getattr(operation, fact.name)) != fact.default
    }


def _decode_operation(texts: dict[str, str], where: str) -> Operation | None:
    values: dict[str, Any] = {
        fact.name: fact.read(texts[fact.label], where)
        for fact in facts_of(Operation, prefix=_OPERATION_PREFIX)
        if fact.label in texts
    }
    if not values:
        return None
    try:
        return Operation(**values)
    except TypeError as error:
        raise RecordDamaged(f"{where} describes half an operation") from error


def _facts_of(record_type: type[Record]) -> tuple[Fact, ...]:
    """Return what is stored of such a record, each under its annotation or key of the data."""
    known = _FACTS.get(record_type)
    if known is None:
        kind: Any = record_type
        known = _FACTS[record_type] = tuple(
            replace(fact, label=_DATA_FIELDS.get(fact.name, fact.label))
            for fact in facts_of(kind, elsewhere=_STORED_ELSEWHERE)
        )
    return known


_FACTS: dict[type[Record], tuple[Fact, ...]] = {}
