"""Deleting an id at its broker with no more than the ledger holds: no record leads to it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from msgspec.structs import replace

from svcat.app import events, places
from svcat.app.broker_login import open_broker
from svcat.app.catalog import load_catalog
from svcat.app.events import Event
from svcat.app.operation import OutOfPatience, Session
from svcat.app.plan_in_doubt import PlanRef, delete_under
from svcat.app.ports import Broker, Patience, Ports
from svcat.errors import Conflict, NotFound, OperationFailed, StillRunning
from svcat.osb.models import Call, Deleted, LastOperation, Reply
from svcat.store import names
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingRecord, BrokerRecord


def delete(entry: LedgerEntry, ports: Ports, patience: Patience, broker_name: str = "") -> None:
    """Delete ``entry``'s id at the broker that made it, or the one of that name.

    Raises Conflict while an instance has bindings, StillRunning, OperationFailed, NotFound, and
    AuthFailed about its broker.
    """
    record = _broker_of(entry, ports, broker_name)
    broker, session = open_broker(record, ports), Session(ports, patience)
    delete_at(broker, entry, session, other_plans=_other_plans(entry, record, ports))


def delete_at(
    broker: Broker, entry: LedgerEntry, session: Session, *, other_plans: Iterable[PlanRef] = ()
) -> None:
    """Delete ``entry``'s id until ``broker`` has confirmed that it is gone.

    Raises Conflict while an instance has bindings, StillRunning, OperationFailed.
    """
    ports = session.ports
    if entry.kind == "instance":
        _require_unbound(entry, ports)
    plans: Iterable[PlanRef] = chain([PlanRef(entry.plan_id)], other_plans)
    while True:
        reply, plan = delete_under(plans, _sender(entry, broker))
        entry, plans = replace(entry, plan_id=plan.id), [plan]
        event = events.of_delete(reply)
        if event is Event.ACCEPTED:
            event = _followed(entry, broker, session, reply.body)
        if event in events.DELETED:
            return
        if event is Event.BUSY:
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


def _other_plans(entry: LedgerEntry, broker: BrokerRecord, ports: Ports) -> Iterator[PlanRef]:
    """Give the other plans of the class: the ledger's is the one that the id was made of."""
    try:
        services = load_catalog(broker, ports).services
    except NotFound:
        return
    for service in services:
        if service.id == entry.service_id:
            yield from (PlanRef(plan.id) for plan in service.plans if plan.id != entry.plan_id)


def _require_unbound(entry: LedgerEntry, ports: Ports) -> None:
    """Raise Conflict while an instance has bindings: they go first (spec, Deprovisioning)."""
    selector = names.selector(instance=entry.name)
    for binding in ports.records.list(BindingRecord, entry.namespace, selector=selector):
        if binding.instance_id == entry.id and not binding.is_empty:
            raise Conflict(
                f"instance id {entry.id} still has a binding: {binding.name}",
                hint=f"remove it first: svcat unbind --name {binding.name} -n {entry.namespace}",
            )
    for other in places.bindings_in_ledger(entry.id, entry.namespace, ports):
        raise Conflict(
            f"instance id {entry.id} still has a binding, of which only the ledger knows",
            hint=f"delete it first: svcat orphans clean {other.id}",
        )


def _sender(entry: LedgerEntry, broker: Broker) -> Callable[[str], Reply[Deleted]]:
    def send(plan_id: str) -> Reply[Deleted]:
        ids = {"service_id": entry.service_id, "plan_id": plan_id}
        if entry.kind == "binding":
            return broker.unbind(entry.instance_id, entry.id, **ids)
        return broker.deprovision(entry.id, **ids)

    return send


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
