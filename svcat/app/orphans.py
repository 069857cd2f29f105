"""What brokers may still hold although nothing here leads to it any more.

The ledger remembers every id until its end is confirmed; an entry whose namespace or record is gone
is an orphan. So is a credentials Secret without its binding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from svcat.app import entry_deletion
from svcat.app.places import bindings_in_ledger, strike_from_ledger
from svcat.app.ports import Patience, Ports
from svcat.errors import Conflict, OperationFailed, SvcatError
from svcat.objects import NAMESPACE, list_all
from svcat.store import secrets
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingRecord, InstanceRecord
from svcat.store.secrets import CredentialsSecret


class Why(StrEnum):
    """Why an entry is an orphan."""

    NAMESPACE_GONE = "its namespace was deleted"
    RECORD_GONE = "its record was deleted"
    RECORD_MOVED_ON = "its record does not know the id"
    ABANDONED = "it was abandoned"


@dataclass(frozen=True, slots=True)
class Orphan:
    """An id that a broker may hold, and why nothing leads to it."""

    entry: LedgerEntry
    why: Why


@dataclass(frozen=True, slots=True)
class StraySecret:
    """A credentials Secret of ours whose binding is gone."""

    namespace: str
    name: str
    binding: str
    secret: CredentialsSecret


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How cleaning one orphan went."""

    what: Orphan | StraySecret
    error: SvcatError | None = None


def find(namespace: str, ports: Ports, *, selector: str = "") -> list[Orphan]:
    """Return the orphans that were made from ``namespace`` (all if empty); bindings come first."""
    # What leads to an entry is made before it: looked for before, it could be missed.
    entries = list(ports.ledger.list(namespace, selector=selector))
    living = {obj["metadata"]["name"] for obj in list_all(ports.records.api, NAMESPACE, "")}
    found = []
    for entry in entries:
        why = _why(entry, living, ports)
        if why is not None:
            found.append(Orphan(entry, why))
    return sorted(found, key=lambda o: (o.entry.kind, o.entry.namespace, o.entry.name))


def find_secrets(namespace: str, ports: Ports, *, selector: str = "") -> list[StraySecret]:
    """Return the credentials Secrets of ``namespace`` (all if empty) without their binding."""
    # A binding is made before its Secret: looked for before, it could be missed.
    kept = list(ports.secrets.list(namespace, selector=selector))
    bindings = list(ports.records.list(BindingRecord, namespace))
    uids = {binding.uid for binding in bindings}
    ids = {each.id for binding in bindings for each in binding.ids}  # uids change in a restore
    found = []
    for secret in kept:
        is_known = secret.owner_uid in uids or secret.held_id in ids
        if secret.owner_uid and not is_known:
            metadata = secret.obj["metadata"]
            binding = (metadata.get("labels") or {}).get(secrets.BINDING, "")
            found.append(StraySecret(metadata["namespace"], metadata["name"], binding, secret))
    return found


def lost_bindings_of(instance: InstanceRecord, ports: Ports) -> list[Orphan]:
    """Return the bindings of ``instance`` that only the ledger knows, but for abandoned ones."""
    return [
        Orphan(entry, why)
        for entry in bindings_in_ledger(instance.instance_id, instance.namespace, ports)
        if (why := _why(entry, {entry.namespace}, ports)) is not None
    ]


def clean(
    orphans: list[Orphan], ports: Ports, patience: Patience, *, broker_name: str = ""
) -> Iterator[Cleaned]:
    """Delete each at its broker with what the ledger holds; bindings go before instances."""
    for orphan in orphans:
        try:
            if orphan.entry.kind == "binding" and orphan.why is Why.RECORD_GONE:
                _put_beyond_repair(orphan.entry, ports)
            entry_deletion.delete(orphan.entry, ports, patience, broker_name)
        except SvcatError as error:
            yield Cleaned(orphan, error)
        else:
            strike_from_ledger(orphan.entry.id, ports)
            yield Cleaned(orphan)


def clean_secrets(strays: list[StraySecret], ports: Ports) -> Iterator[Cleaned]:
    """Delete Secrets whose binding is gone."""
    for stray in strays:
        if ports.secrets.remove(stray.secret):
            yield Cleaned(stray)
        else:
            changed = f"Secret {stray.name!r} in namespace {stray.namespace} has changed"
            yield Cleaned(stray, OperationFailed(changed, hint="look again: svcat orphans list"))


def is_beyond_repair(entry: LedgerEntry, ports: Ports) -> bool:
    """Say that the id ends, and only then see whether no repair has made its record again.

    A repair makes the record and only then looks here: one of the two sees the other.
    """
    ports.ledger.mark_ending(entry.id)
    return _why(entry, {entry.namespace}, ports) is not None


def _put_beyond_repair(entry: LedgerEntry, ports: Ports) -> None:
    if not is_beyond_repair(entry, ports):
        raise Conflict(
            f"binding {entry.name!r} in namespace {entry.namespace} is on record again",
            hint=f"if it is to go: svcat unbind --name {entry.name} -n {entry.namespace}",
        )


def _why(entry: LedgerEntry, living: set[str], ports: Ports) -> Why | None:
    if entry.abandoned:
        return Why.ABANDONED
    if entry.namespace not in living:
        return Why.NAMESPACE_GONE
    if entry.kind == "instance":
        instance = ports.records.find(InstanceRecord, entry.namespace, entry.name)
        if instance is None:
            return Why.RECORD_GONE
        return None if instance.instance_id == entry.id else Why.RECORD_MOVED_ON
    binding = ports.records.find(BindingRecord, entry.namespace, entry.name)
    if binding is None:
        return Why.RECORD_GONE
    return None if binding.known(entry.id) else Why.RECORD_MOVED_ON
