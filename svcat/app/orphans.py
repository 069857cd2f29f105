"""What brokers may still hold although nothing here leads to it any more.

The ledger remembers every id until its end is confirmed; an entry whose namespace or record is gone
is an orphan. So is a credentials Secret without its binding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from svcat.app import events
from svcat.app.broker_login import open_broker
from svcat.app.catalog import load_catalog
from svcat.app.events import Event
from svcat.app.operation import OutOfPatience, Session
from svcat.app.places import strike_from_ledger
from svcat.app.ports import Broker, Patience, Ports
from svcat.errors import Conflict, Forbidden, NotFound, OperationFailed, StillRunning, SvcatError
from svcat.objects import NAMESPACE, list_all
from svcat.osb.models import Call, Deleted, LastOperation, Reply
from svcat.store import names, secrets
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingRecord, BrokerRecord, InstanceRecord
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
    try:
        entries = list(ports.ledger.list(instance.namespace))
    except Forbidden:  # the ledger is not for everybody's eyes
        return []
    return [
        Orphan(entry, why)
        for entry in entries
        if entry.kind == "binding"
        and entry.instance_id == instance.instance_id
        and not entry.abandoned
        and (why := _why(entry, {entry.namespace}, ports)) is not None
    ]


def clean(
    orphans: list[Orphan], ports: Ports, patience: Patience, *, broker_name: str = ""
) -> Iterator[Cleaned]:
    """Delete each at its broker with what the ledger holds; bindings go before instances."""
    for orphan in orphans:
        try:
            if orphan.entry.kind == "binding" and orphan.why is Why.RECORD_GONE:
                _put_beyond_repair(orphan.entry, ports)
            _delete(orphan.entry, ports, patience, broker_name)
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


def _put_beyond_repair(entry: LedgerEntry, ports: Ports) -> None:
    """Say that the id ends, and only then see that no repair has made its record again.

    A repair makes the record and only then looks here: one of the two sees the other.
    """
    ports.ledger.mark_ending(entry.id)
    if _why(entry, {entry.namespace}, ports) is None:
        raise Conflict(
            f"binding {entry.name!r} in namespace {entry.namespace} is on record again",
            hint=f"if it is to go: svcat unbind --name {entry.name} -n {entry.namespace}",
        )


def _delete(entry: LedgerEntry, ports: Ports, patience: Patience, broker_name: str) -> None:
    if entry.kind == "instance":
        _require_unbound(entry, ports)
    record = _broker_of(entry, ports, broker_name)
    broker = open_broker(record, ports)
    session = Session(ports, patience)
    plans = _plans(entry, record, ports)
    while True:
        reply = _request(entry, broker)
        event = events.of_delete(reply)
        if event is Event.ACCEPTED:
            event = _followed(entry, broker, session, reply.body)
        if event in events.DELETED:
            return
        if event is Event.REFUSED and (plan_id := next(plans, "")):
            entry = replace(entry, plan_id=plan_id)
        elif event is Event.BUSY:
            session.busy(reply)
        else:
            session.in_vain(reply)
        if session.is_stuck:
            words = events.in_words(events.error_of(reply, _call(entry), ports.records.now()))
            raise OperationFailed(
                f"{entry.kind} id {entry.id} could not be deleted at broker "
                f"{entry.broker.name!r}: {words or 'no answer that settles it'} "
                f"(request {reply.request_id})",
                hint="nothing is forgotten; try again: svcat orphans clean",
            )


def _plans(entry: LedgerEntry, broker: BrokerRecord, ports: Ports) -> Iterator[str]:
    """Give the other plans of the class, and at last the one that the ledger knows.

    That is the one it was made of: an update may have moved it, and brokers refuse a delete that
    names another plan than theirs (spec, Deprovisioning: ``plan_id``).
    """
    try:
        services = load_catalog(broker, ports).services
    except NotFound:
        return
    known = [plan.id for s in services if s.id == entry.service_id for plan in s.plans]
    others = [plan_id for plan_id in known if plan_id != entry.plan_id]
    if others:
        yield from (*others, entry.plan_id)


def _require_unbound(entry: LedgerEntry, ports: Ports) -> None:
    """Raise Conflict while an instance has bindings: they go first (spec, Deprovisioning)."""
    selector = names.selector(instance=entry.name)
    for binding in ports.records.list(BindingRecord, entry.namespace, selector=selector):
        if binding.instance_id == entry.id and not binding.is_empty:
            raise Conflict(
                f"instance id {entry.id} still has a binding: {binding.name}",
                hint=f"remove it first: svcat unbind --name {binding.name} -n {entry.namespace}",
            )
    for other in ports.ledger.list(entry.namespace):
        if other.kind == "binding" and other.instance_id == entry.id and not other.abandoned:
            raise Conflict(
                f"instance id {entry.id} still has a binding, of which only the ledger knows",
                hint=f"delete it first: svcat orphans clean {other.id}",
            )


def _request(entry: LedgerEntry, broker: Broker) -> Reply[Deleted]:
    ids = {"service_id": entry.service_id, "plan_id": entry.plan_id}
    if entry.kind == "binding":
        return broker.unbind(entry.instance_id, entry.id, **ids)
    return broker.deprovision(entry.id, **ids)


def _followed(entry: LedgerEntry, broker: Broker, session: Session, body: Deleted | None) -> Event:
    """Poll an accepted delete to its end."""
    key = body.operation if body else None
    while True:
        try:
            session.pause()
        except OutOfPatience as error:
            raise StillRunning(
                f"{entry.kind} id {entry.id} is still being deleted at the broker",
                hint="go on: svcat orphans clean",
            ) from error
        event = events.of_poll(_poll(entry, broker, key), deleting=True)
        if event in {Event.SUCCEEDED, Event.GONE}:
            return event
        if event is Event.FAILED:
            return Event.UNCLEAR


def _poll(entry: LedgerEntry, broker: Broker, key: str | None) -> Reply[LastOperation]:
    ids = {"service_id": entry.service_id, "plan_id": entry.plan_id}
    if entry.kind == "binding":
        return broker.poll_binding(entry.instance_id, entry.id, **ids, operation=key)
    return broker.poll_instance(entry.id, **ids, operation=key)


def _broker_of(entry: LedgerEntry, ports: Ports, broker_name: str) -> BrokerRecord:
    """Return the registration named, the one that made it, or another of the same URL."""
    known = list(ports.records.list(BrokerRecord))
    if broker_name:
        named = [b for b in known if b.name == broker_name]
    else:
        named = [b for b in known if b.ref == entry.broker and b.url == entry.broker_url]
        named = named or [b for b in known if b.url == entry.broker_url]
    if named:
        return named[0]
    raise NotFound(
        f"no broker is registered that could delete {entry.kind} id {entry.id}: "
        f"{broker_name or entry.broker.name!r} at {entry.broker_url} is gone",
        hint=f"register it again (svcat register {entry.broker.name} --url {entry.broker_url}), "
        "or name another that reaches the same one: svcat orphans clean --broker NAME",
    )


def _call(entry: LedgerEntry) -> Call:
    return Call.UNBIND if entry.kind == "binding" else Call.DEPROVISION
