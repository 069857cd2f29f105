"""Deprovisioning: the door is closed, bindings are looked for, then the broker is told."""

from msgspec.structs import replace

from svcat.app import binding_work, bindings, orphans, preflight, releasing, unbinding, verdicts
from svcat.app import instance_lifecycle as lifecycle
from svcat.app.catalog import plan_of
from svcat.app.instance_driver import InstanceDriver
from svcat.app.instance_work import Done, awaited, driven, has_bindings, is_nothing
from svcat.app.lookup import bindings_of, broker_at
from svcat.app.opening import open_instance
from svcat.app.operation import Session
from svcat.app.places import strike_from_ledger
from svcat.app.ports import Patience, Ports
from svcat.errors import BrokerRefused
from svcat.store.records import BindingPhase, InstancePhase, InstanceRecord


def deprovision(
    name: str,
    namespace: str,
    ports: Ports,
    patience: Patience,
    *,
    cascades: bool = False,
    ejects: bool = False,
) -> Done:
    """Delete an instance; ``cascades`` unbinds each of its bindings before.

    ``ejects`` takes these out of their workloads before that.

    Raises Conflict while it has bindings, else as ``provision`` does.
    """
    session = Session(ports, patience)
    record = ports.records.load(InstanceRecord, namespace, name)
    if cascades and not ejects:
        way_out = f"svcat deprovision {name} -n {namespace} --cascade --eject"
        releasing.require_free(bindings_of(record, ports), ports, way_out)
    _see_bindings_off(record, session, cascades=cascades, ejects=ejects)
    _see_lost_bindings_off(record, session)
    if record.phase is InstancePhase.DEPROVISIONING:
        waited = awaited(record, session)
        if waited is None:
            return Done(None)
        record = waited
    if is_nothing(record) and ports.records.remove(record):
        strike_from_ledger(record.instance_id, ports)
        return Done(None)
    preflight.require(preflight.RECORDS_AWAY, namespace, ports, "deprovision an instance")
    driver = open_instance(record, ports, patience)
    facts = session.facts()
    closed = session.begin(
        record,
        lambda found: (
            None
            if found.phase is InstancePhase.DEPROVISIONING
            else lifecycle.begin_deprovision(found, facts)
        ),
    )
    if closed is None:
        return Done(None)
    try:
        ended = driven(driver, closed, "deprovisioning", judge=lambda r: _reopened(r, driver))
        if ended is not None and ended.phase in lifecycle.ENDED:
            raise verdicts.failed(ended, "deprovisioning")
    except BrokerRefused as error:
        raise _of_what_is_offered_no_more(error, closed, ports) from error
    return Done(ended)


def require_deletable(name: str, namespace: str, ports: Ports, *, cascades: bool) -> None:
    """Find out before somebody is asked. Raises NotFound, Conflict if bindings are in the way."""
    record = ports.records.load(InstanceRecord, namespace, name)
    left = [
        binding
        for binding in bindings_of(record, ports)
        if binding.phase is not BindingPhase.UNBINDING and not binding_work.is_nothing(binding)
    ]
    if left and not cascades:
        raise has_bindings(record, left)


def _of_what_is_offered_no_more(
    error: BrokerRefused, record: InstanceRecord, ports: Ports
) -> BrokerRefused:
    """Return ``error`` with the way out if the broker does not know the plan any more."""
    broker = broker_at(record.broker, ports)
    if plan_of(broker, record.service_id, record.plan_id, ports) is not None:
        return error
    return BrokerRefused(
        f"{error.message}; its catalog has plan {record.service_name}/{record.plan_name} no more",
        hint="ask whoever runs the broker; to forget the instance here all the same: "
        f"svcat deprovision {record.name} -n {record.namespace} --abandon",
    )


def _see_bindings_off(
    record: InstanceRecord, session: Session, *, cascades: bool, ejects: bool
) -> None:
    """Wait for the bindings that are on their way out. Raises Conflict if others are left."""
    ports, left = session.ports, []
    for binding in bindings_of(record, ports):
        if binding.phase is BindingPhase.UNBINDING:
            bindings.resume(binding, ports, session.rest_of_patience())
        elif binding_work.is_nothing(binding):
            ports.records.remove(binding)
        elif cascades:
            unbinding.end(binding, ports, session.rest_of_patience(), ejects=ejects)
            ports.say(f"binding/{binding.name} deleted")
        else:
            left.append(binding)
    if left:
        raise has_bindings(record, left)


def _see_lost_bindings_off(record: InstanceRecord, session: Session) -> None:
    """Unbind what only the ledger knows, for all bindings go first (spec, Deprovisioning).

    A record is lost with its namespace, or by hand.
    """
    lost = orphans.lost_bindings_of(record, session.ports)
    for cleaned in orphans.clean(lost, session.ports, session.rest_of_patience()):
        if cleaned.error is not None:
            raise cleaned.error


def _reopened(record: InstanceRecord, driver: InstanceDriver) -> InstanceRecord | None:
    """Undo a deprovision of which nothing left, for the broker is away."""
    if not (driver.delete_never_left and driver.session.could_not_send):
        return record
    facts = replace(driver.session.facts(), words="the broker could not be reached")
    return driver.ports.records.change(
        record, lambda found: lifecycle.reopen(found, facts, own_deletes=1)
    )
