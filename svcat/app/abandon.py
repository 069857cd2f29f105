"""Forgetting a record although the broker may still hold what it led to.

The last resort when a broker is gone for good. The ledger keeps the ids, marked as abandoned, and
the caller is told what is left.
"""

from dataclasses import dataclass

from svcat.app import preflight, releasing
from svcat.app.lookup import bindings_of
from svcat.app.places import binding_entry, instance_entry, note_in_ledger
from svcat.app.ports import Patience, Ports
from svcat.app.requests import Place
from svcat.app.verdicts import kind_of
from svcat.errors import Conflict, UsageError
from svcat.store import user_provided
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingRecord, InstanceRecord, Work

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Abandoned:
    """What was forgotten, and the ids that the broker may still hold (and charge for)."""

    record: Work
    left: tuple[LedgerEntry, ...]


def abandon(record: Work, ports: Ports, *, ejects: bool = False) -> list[Abandoned]:
    """Forget a binding and its Secret, or an instance and all its bindings.

    ``ejects`` takes them out of their workloads before. Raises Conflict while they are in some.
    """
    if user_provided.is_ours(record.broker):
        raise UsageError(
            f"nothing of {record.name!r} is anywhere else: there is nothing to abandon",
            hint=f"svcat deprovision {record.name}, or svcat unbind --name {record.name}",
        )
    bindings = _bindings(record, ports)
    rights = preflight.RECORDS_AWAY + (preflight.CREDENTIALS_AWAY if bindings else ())
    preflight.require(rights, record.namespace, ports, f"forget {kind_of(record)} {record.name!r}")
    if ejects:
        for binding in bindings:
            releasing.free(binding, ports, Patience(wait=False))
    else:
        way_out = f"svcat abandon {kind_of(record)}/{record.name} -n {record.namespace} --eject"
        releasing.require_free(bindings, ports, way_out)
    gone = [_abandon(binding, ports) for binding in bindings]
    return gone if isinstance(record, BindingRecord) else [*gone, _abandon(record, ports)]


def _bindings(record: Work, ports: Ports) -> list[BindingRecord]:
    if isinstance(record, BindingRecord):
        return [record]
    return bindings_of(record, ports) if isinstance(record, InstanceRecord) else []


def _abandon(record: Work, ports: Ports) -> Abandoned:
    left = _entries(record, ports)
    for entry in left:
        note_in_ledger(entry, ports)
        ports.ledger.mark_abandoned(entry.id)
    _remove(record, ports)
    if isinstance(record, BindingRecord):
        _remove_secret(record, ports)
    return Abandoned(record, left)


def _remove_secret(record: BindingRecord, ports: Ports) -> None:
    """Delete the Secret after the record, which would lead to no credentials otherwise.

    A Secret that is left when a command dies here is found by ``orphans``.
    """
    secret = ports.secrets.find(record.namespace, record.secret_name)
    if secret is not None and secret.is_of(record):
        ports.secrets.remove(secret)


def _entries(record: Work, ports: Ports) -> tuple[LedgerEntry, ...]:
    place = Place(cluster_id="", namespace=record.namespace, namespace_uid="")
    if isinstance(record, InstanceRecord):
        return (instance_entry(record, place, ports.holder),)
    if isinstance(record, BindingRecord):
        return tuple(
            binding_entry(record, known.id, place, ports.holder)
            for known in record.ids  # also one that is gone: while it is on record it may come back
        )
    return ()


def _remove(record: Work, ports: Ports) -> None:
    current: Work | None = record
    for _ in range(ROUNDS):
        if current is None or ports.records.remove(current):
            return
        current = ports.records.reload(record)
        if isinstance(current, BindingRecord) and current.injections:
            break
    raise Conflict(f"{record.name!r} is being changed by others", hint="try again in a moment")
