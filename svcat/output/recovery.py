"""How unfinished work, orphans and what was abandoned look. Pure."""

from collections.abc import Iterable, Mapping

from svcat.output.view import API_VERSION, Column, JsonObject, Table, Text, View, list_of
from svcat.output.words import status_word
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingRecord, Work

_RESUMED = (Column("TYPE"), Column("NAMESPACE"), Column("NAME"), Column("WAS"), Column("NOW"))
_ORPHANS = (
    Column("TYPE"),
    Column("ID"),
    Column("NAMESPACE"),
    Column("NAME"),
    Column("BROKER"),
    Column("WHY"),
    Column("CLASS-ID", wide=True),
    Column("PLAN-ID", wide=True),
)


def resumed_row(
    kind: str, namespace: str, name: str, was: str, *, record: Work | None, problem: str
) -> tuple[tuple[str, ...], JsonObject]:
    """Return the row and the JSON object of one record that was resumed."""
    phase = "" if record is None else str(getattr(record, "phase", ""))
    now = problem or (status_word(phase) if record is not None else "gone")
    obj = {
        "apiVersion": API_VERSION,
        "kind": "Resumed",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"type": kind, "was": was},
        "status": {"phase": phase or "deleted", "error": problem},
    }
    return (kind, namespace, name, status_word(was), now), obj


def resumed_list(rows: Iterable[tuple[tuple[str, ...], JsonObject]]) -> View:
    """Return the View of ``resume``."""
    listed = list(rows)
    table = Table(_RESUMED, tuple(row for row, _ in listed), empty="Nothing is left to do.")
    return list_of("Resumed", [obj for _, obj in listed], table)


def orphan_object(entry: LedgerEntry, why: str) -> JsonObject:
    """Return an orphaned id as the JSON contract has it."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Orphan",
        "metadata": {"name": entry.id, "namespace": entry.namespace},
        "spec": {
            "type": entry.kind,
            "name": entry.name,
            "broker": entry.broker.name,
            "brokerURL": entry.broker_url,
            "classExternalID": entry.service_id,
            "planExternalID": entry.plan_id,
            "instanceExternalID": entry.instance_id or entry.id,
            "by": entry.by,
        },
        "status": {"reason": why},
    }


def stray_secret_object(namespace: str, name: str, binding: str) -> JsonObject:
    """Return a Secret without its binding as the JSON contract has it."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Orphan",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"type": "secret", "name": binding},
        "status": {"reason": "its binding is gone"},
    }


def orphan_list(objects: Iterable[JsonObject], *, empty: str = "No orphans.") -> View:
    """Return the View of ``orphans list``."""
    shown = list(objects)
    rows = tuple(_orphan_row(obj["metadata"], obj["spec"], obj["status"]) for obj in shown)
    return list_of("Orphan", shown, Table(_ORPHANS, rows, empty=empty))


def _orphan_row(
    metadata: Mapping[str, str], spec: Mapping[str, str], status: Mapping[str, str]
) -> tuple[str, ...]:
    return (
        spec["type"],
        metadata["name"],
        metadata["namespace"],
        spec["name"],
        spec.get("broker", ""),
        status["reason"],
        spec.get("classExternalID", ""),
        spec.get("planExternalID", ""),
    )


def _kind(record: Work) -> str:
    return "binding" if isinstance(record, BindingRecord) else "instance"


def abandoned(records: Iterable[Work], left: Iterable[LedgerEntry]) -> View:
    """Return the View of what was abandoned, and what the broker may still hold."""
    gone, entries = list(records), list(left)
    names = [record.name for record in gone]
    words = [f"{_kind(record)}/{record.name}" for record in gone]
    lines = [f"abandoned {each}" for each in words]
    lines += [
        f"  left at broker {e.broker.name} ({e.broker_url}): {e.kind} id {e.id}" for e in entries
    ]
    obj = {
        "apiVersion": API_VERSION,
        "kind": "Abandoned",
        "metadata": {"name": names[-1] if names else ""},
        "status": {"names": names, "left": [orphan_object(e, "abandoned") for e in entries]},
    }
    return View(obj, (Text("\n".join(lines)),), tuple(words))
