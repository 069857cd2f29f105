"""Ledger entry ↔ ConfigMap. Pure."""

from typing import Any

from svcat.objects import JsonObject
from svcat.store import names
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.text import RecordDamaged, check_schema, facts_of, parse_time, text_of

LEDGER_KIND = "ledger"
_IN_METADATA = frozenset({"uid", "resource_version", "created"})


def encode(entry: LedgerEntry, namespace: str) -> JsonObject:
    """Return the ConfigMap in ``namespace`` that holds ``entry``."""
    annotations = {names.SCHEMA: str(names.SCHEMA_VERSION)}
    for fact in facts_of(LedgerEntry, elsewhere=_IN_METADATA):
        value = getattr(entry, fact.name)
        if value != fact.default:
            annotations[fact.label] = text_of(value)
    metadata: JsonObject = {
        "name": names.ledger_object(entry.id),
        "namespace": namespace,
        "labels": {
            names.KIND: LEDGER_KIND,
            f"{names.DOMAIN}/of": entry.kind,
            f"{names.DOMAIN}/namespace": names.label_value(entry.namespace),
            f"{names.DOMAIN}/broker": names.label_value(entry.broker.name),
        },
        "annotations": annotations,
    }
    if entry.uid:
        metadata["uid"] = entry.uid
        metadata["resourceVersion"] = entry.resource_version
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}}


def decode(obj: JsonObject) -> LedgerEntry:
    """Return the entry that ``obj`` holds. Raises RecordDamaged."""
    metadata = obj["metadata"]
    where = f"ConfigMap {metadata['name']} in namespace {metadata['namespace']}"
    annotations: dict[str, str] = metadata.get("annotations") or {}
    check_schema(annotations, where)
    values: dict[str, Any] = {
        "uid": metadata["uid"],
        "resource_version": metadata["resourceVersion"],
        "created": parse_time(metadata["creationTimestamp"]),
    }
    for fact in facts_of(LedgerEntry, elsewhere=_IN_METADATA):
        text = annotations.get(fact.label)
        if text is not None:
            values[fact.name] = fact.read(text, where)
        elif fact.is_required:
            raise RecordDamaged(f"{where} lacks its annotation {fact.label}")
    return LedgerEntry(**values)
