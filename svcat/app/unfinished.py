"""Work that nobody is at any more: finding it, saying so, and finishing it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from svcat.app import bindings, injecting, instances
from svcat.app.ports import Patience, Ports
from svcat.app.stale import has_work
from svcat.app.verdicts import kind_of
from svcat.errors import NotFound, SvcatError, UsageError
from svcat.store import names
from svcat.store.records import BindingRecord, InstanceRecord, Work

KINDS: dict[str, type[Work]] = {"instance": InstanceRecord, "binding": BindingRecord}
SPELLINGS = {
    "instance": "instance",
    "instances": "instance",
    "inst": "instance",
    "binding": "binding",
    "bindings": "binding",
    "bnd": "binding",
}


@dataclass(frozen=True, slots=True)
class Resumed:
    """How resuming one record went; ``record`` None: it is gone, as it was meant to be."""

    kind: str
    namespace: str
    name: str
    was: str
    record: Work | None = None
    error: SvcatError | None = None


def find(namespace: str, ports: Ports) -> Iterator[Work]:
    """Give the records of ``namespace`` (all if empty) with work left; bindings come first."""
    now = ports.records.now()
    for record_type in (BindingRecord, InstanceRecord):
        for record in ports.records.list(record_type, namespace):
            if has_work(record, now, ports):
                yield record


def named(name: str, namespace: str, ports: Ports) -> list[Work]:
    """Return the records that NAME or TYPE/NAME stands for; bindings come first.

    Raises NotFound, UsageError.
    """
    if "/" in name:
        return [load(name, namespace, ports)]
    found: list[Work | None] = [
        ports.records.find(BindingRecord, namespace, name),
        ports.records.find(InstanceRecord, namespace, name),
    ]
    records = [record for record in found if record is not None]
    if not records:
        raise NotFound(
            f"neither an instance nor a binding {name!r} in namespace {namespace}",
            hint=close_to(name, namespace, ports)
            or "see what is unfinished anywhere: svcat resume -A --dry-run=client",
        )
    return records


def load(what: str, namespace: str, ports: Ports) -> Work:
    """Return the record of TYPE/NAME. Raises NotFound, UsageError."""
    kind, slash, name = what.partition("/")
    record_type = KINDS.get(SPELLINGS.get(kind.lower(), ""))
    if not slash:
        raise UsageError(
            f"{what!r} is no TYPE/NAME", hint=f"say which: instance/{what} or binding/{what}"
        )
    if record_type is None or not name:
        raise UsageError(
            f"there is no type {kind!r}" if record_type is None else f"{what} names nothing",
            hint="it looks like instance/NAME or binding/NAME",
        )
    record: Work = ports.records.load(record_type, namespace, name)
    return record


def close_to(name: str, namespace: str, ports: Ports) -> str:
    """Return ``did you mean …?`` for what is neither an instance nor a binding; or nothing."""
    try:
        known = [r.name for t in KINDS.values() for r in ports.records.list(t, namespace)]
    except SvcatError:
        return ""
    return names.close_to(name, known)


def resume(records: Iterable[Work], ports: Ports, patience: Patience) -> Iterator[Resumed]:
    """Finish each record in turn; what fails does not keep the others from it."""
    for record in records:
        was = str(getattr(record, "phase", ""))
        facts = (kind_of(record), record.namespace, record.name, was)
        try:
            yield Resumed(*facts, record=resume_one(record, ports, patience))
        except SvcatError as error:
            yield Resumed(*facts, record=record, error=error)


def resume_one(record: Work, ports: Ports, patience: Patience) -> Work | None:
    """Finish ``record``; None if it is gone. Raises as the operation does."""
    if isinstance(record, InstanceRecord):
        return instances.resume(record, ports, patience).record
    if isinstance(record, BindingRecord):
        left = bindings.resume(record, ports, patience).record
        return left if left is None else injecting.finish(left, ports)
    return record
