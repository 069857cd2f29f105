"""Provisioning, updating and deprovisioning: intent saved, broker called, outcome saved."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from svcat.app import instance_lifecycle as lifecycle
from svcat.app import preflight, secret_parameters, verdicts
from svcat.app.catalog import PlanOffer, find_plan, plan_of
from svcat.app.catalog import find_class as find_offering
from svcat.app.facts import moved
from svcat.app.instance_driver import InstanceDriver
from svcat.app.lookup import bindings_of, broker_at
from svcat.app.opening import open_instance
from svcat.app.operation import OutOfPatience, Session, await_others
from svcat.app.places import place_of
from svcat.app.ports import Patience, Ports
from svcat.app.requests import merge_parameters
from svcat.errors import Conflict, NotFound, UsageError
from svcat.osb.models import JsonObject, Outcome
from svcat.store import names
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    InstancePhase,
    InstanceRecord,
    Operation,
    OperationType,
    Scope,
    SecretKeyRef,
    UpdateTarget,
)

# A record may change hands so often while one command looks at it.
ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What ``provision`` is asked for."""

    name: str
    namespace: str
    class_name: str
    plan_name: str = ""
    broker_name: str = ""
    scope: Scope | None = None
    by_id: bool = False
    parameters: JsonObject | None = None
    secret_refs: tuple[SecretKeyRef, ...] = ()
    external_id: str = ""
    labels: dict[str, str] | None = None
    keep_failed: bool = False
    protect: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """How a command left an instance: None if it is gone."""

    record: InstanceRecord | None
    changed: bool = True

    @property
    def is_gone(self) -> bool:
        """Whether it is confirmed that nothing is left at the broker."""
        operation = self.record.operation if self.record else None
        return self.record is None or (operation is not None and operation.deleted)


def provision(order: Order, ports: Ports, patience: Patience) -> Done:
    """Create an instance, or see that it is there as asked for.

    Raises Conflict if the name is another request's, BrokerRefused, OperationFailed, StillRunning,
    Unreachable, NotFound, AuthFailed.
    """
    names.require_name(order.name, "an instance")
    offering = find_offering(
        order.class_name,
        order.namespace,
        ports,
        scope=order.scope,
        broker=order.broker_name,
        by_id=order.by_id,
    )
    offer = find_plan(offering, order.plan_name, by_id=order.by_id)
    place_of(order.namespace, ports)  # a namespace that is not there fails before anything else
    session = Session(ports, patience)
    refs, sources = secret_parameters.pin(order.secret_refs, order.namespace, ports)
    parameters = merge_parameters(order.parameters, sources)
    for _ in range(ROUNDS):
        wanted = _intent(order, offer, refs, session)
        found = ports.records.find(InstanceRecord, order.namespace, order.name)
        if found is None:
            preflight.require(preflight.RECORDS, order.namespace, ports, "keep an instance")
            found, is_mine = ports.records.create(wanted)
            if is_mine:
                return _begun(found, parameters, ports, patience)
        done = _provision_over(found, wanted, parameters, session)
        if done is not None:
            return done
    raise Conflict(f"instance {order.name!r} keeps changing under other commands", hint="try again")


def update(
    name: str, namespace: str, target: UpdateTarget, ports: Ports, patience: Patience
) -> Done:
    """Change an instance's plan, parameters or maintenance version.

    ``target.plan_id`` empty keeps the plan. Raises as ``provision`` does.
    """
    session = Session(ports, patience)
    record = ports.records.load(InstanceRecord, namespace, name)
    record = _await(record, session)
    target = _completed(target, record)
    _require_updateable(record, target, ports)
    refs, sources = secret_parameters.pin(target.parameters_from, namespace, ports)
    parameters = merge_parameters(target.parameters, sources)
    target = replace(target, parameters_from=refs)
    facts = session.facts()

    def begin(found: InstanceRecord) -> InstanceRecord | None:
        if found.phase not in {InstancePhase.READY, InstancePhase.UNUSABLE}:
            return None
        return lifecycle.begin_update(found, target, facts)

    begun = ports.records.change(record, begin)
    if begun is None or begun.target != target:
        raise _busy(begun or record)
    driver = open_instance(begun, ports, patience, parameters=parameters, unsent=True)
    ended = _driven(driver, begun, "updating")
    if ended is not None and ended.reason == "UpdateOutcomeUnknown":
        raise verdicts.failed(ended, "updating")
    if ended is None or ended.last_error is not None:
        raise verdicts.failed(ended or begun, "updating")
    return Done(ended)


def deprovision(name: str, namespace: str, ports: Ports, patience: Patience) -> Done:
    """Delete an instance. Raises Conflict while it has bindings, else as ``provision`` does."""
    session = Session(ports, patience)
    record = ports.records.load(InstanceRecord, namespace, name)
    _require_no_bindings(record, ports)
    if record.phase is InstancePhase.DEPROVISIONING:
        waited = _awaited(record, session)
        if waited is None:
            return Done(None)
        record = waited
    if _is_nothing(record) and ports.records.remove(record):
        ports.ledger.remove(record.instance_id)
        return Done(None)
    preflight.require(preflight.RECORDS_AWAY, namespace, ports, "deprovision an instance")
    facts = session.facts()
    closed = ports.records.change(
        record,
        lambda found: (
            None
            if found.phase is InstancePhase.DEPROVISIONING
            else lifecycle.begin_deprovision(found, facts)
        ),
    )
    if closed is None:
        return Done(None)
    driver = open_instance(closed, ports, patience)
    ended = _driven(driver, closed, "deprovisioning", judge=lambda r: _reopened(r, driver))
    if ended is not None and ended.phase in lifecycle.ENDED:
        raise verdicts.failed(ended, "deprovisioning")
    return Done(ended)


def resume(record: InstanceRecord, ports: Ports, patience: Patience) -> Done:
    """Finish what ``record`` is in the middle of. Raises as ``provision`` does."""
    session = Session(ports, patience)
    current = _awaited(record, session)
    if current is None:
        return Done(None)
    if not lifecycle.has_work(current):
        return Done(current, changed=False)
    driver = open_instance(current, ports, patience, lingers=True)
    doing = current.phase.value
    ended = _driven(driver, current, doing)
    if ended is not None and ended.phase is InstancePhase.FAILED:
        raise verdicts.failed(ended, doing)
    return Done(ended)


def require_ready(record: InstanceRecord) -> None:
    """Raise Conflict unless new bindings may be made (spec, Updating: not while unusable)."""
    if record.phase is InstancePhase.READY:
        return
    raise Conflict(
        f"instance {record.name!r} is {record.phase}, not ready"
        + (f": {record.message}" if record.message else ""),
        hint=f"svcat describe instance {record.name} -n {record.namespace}",
    )


def require_plan_may_change(record: InstanceRecord, plan_id: str, ports: Ports) -> None:
    """Raise UsageError if the instance is to get another plan and its own allows no other."""
    if plan_id == record.plan_id:
        return
    offer = plan_of(broker_at(record.broker, ports), record.service_id, record.plan_id, ports)
    if offer is not None and not offer.service.plan_is_updateable(offer.plan):
        raise UsageError(
            f"class {record.service_name!r} does not allow its instances to change from plan "
            f"{record.plan_name!r}",
            hint="provision a new instance of the other plan and move the data",
        )


# --- provision ---------------------------------------------------------------------------------


def _intent(
    order: Order, offer: PlanOffer, refs: tuple[SecretKeyRef, ...], session: Session
) -> InstanceRecord:
    facts = session.facts()
    if order.external_id:
        names.require_osb_id(order.external_id, "an instance id")
    maintenance = offer.plan.maintenance_info
    record = InstanceRecord(
        namespace=order.namespace,
        name=order.name,
        labels=order.labels or {},
        broker=offer.broker.ref,
        broker_url=offer.broker.url,
        service_id=offer.service.id,
        service_name=offer.service.name,
        plan_id=offer.plan.id,
        plan_name=offer.plan.name,
        parameters=order.parameters,
        parameters_from=refs,
        instance_id=order.external_id or session.ports.new_id(),
        adopted=bool(order.external_id),
        keep_failed=order.keep_failed,
        finalizer=order.protect,
        maintenance_version=maintenance.version if maintenance else "",
        phase=InstancePhase.PROVISIONING,
        claims=(facts.claim,),
    )
    operation = Operation(type=OperationType.PROVISION, started=facts.now, sends=1)
    return moved(record, InstancePhase.PROVISIONING, "Provisioning", facts, operation)


def _begun(
    record: InstanceRecord, parameters: JsonObject | None, ports: Ports, patience: Patience
) -> Done:
    driver = open_instance(record, ports, patience, parameters=parameters, unsent=True)
    return _provisioned(driver, record)


def _provisioned(driver: InstanceDriver, record: InstanceRecord) -> Done:
    ended = _driven(driver, record, "provisioning", judge=lambda r: _undone(r, driver))
    if ended is None:
        raise Conflict(f"instance {record.name!r} was deprovisioned meanwhile")
    if ended.phase is InstancePhase.FAILED:
        raise verdicts.failed(ended, "provisioning")
    return Done(ended)


def _provision_over(
    found: InstanceRecord,
    wanted: InstanceRecord,
    parameters: JsonObject | None,
    session: Session,
) -> Done | None:
    """Provision where a record of that name stands already; None: look again."""
    ports, patience = session.ports, session.patience
    match found.phase:
        case InstancePhase.READY | InstancePhase.UNUSABLE | InstancePhase.UPDATING:
            _require_same(found, wanted)
            return Done(found, changed=False)
        case InstancePhase.PROVISIONING:
            _require_same(found, wanted)
            current = _awaited(found, session)
            if current is None or current.phase is not InstancePhase.PROVISIONING:
                return None
            return _provisioned(open_instance(current, ports, patience), current)
        case InstancePhase.FAILED if not found.leftover:
            facts = session.facts()
            begun = ports.records.change(
                found,
                lambda now: lifecycle.begin_again(now, wanted, facts) if _is_nothing(now) else None,
            )
            if begun is None or begun.instance_id != wanted.instance_id:
                return None
            return _begun(begun, parameters, ports, patience)
        case InstancePhase.FAILED:
            facts = session.facts()
            ports.records.change(
                found, lambda now: lifecycle.mitigate(now, facts) if now.leftover else None
            )
            return None
        case InstancePhase.MITIGATING:
            _settle(found, session)
            return None
        case InstancePhase.DEPROVISIONING:
            if found.operation is not None and not found.operation.deleted:
                raise _busy(found)
            _settle(found, session)
            return None


def _settle(found: InstanceRecord, session: Session) -> None:
    """See an ending through before something new begins under the name."""
    current = _awaited(found, session)
    if current is not None and current.phase in lifecycle.ENDING:
        driver = open_instance(current, session.ports, session.patience, lingers=True)
        _driven(driver, current, current.phase.value)


def _require_same(found: InstanceRecord, wanted: InstanceRecord) -> None:
    differing = []
    if found.broker != wanted.broker:
        differing.append(f"broker {found.broker.name}")
    if found.service_id != wanted.service_id:
        differing.append(f"class {found.service_name}")
    if found.plan_id != wanted.plan_id:
        differing.append(f"plan {found.plan_name}")
    if (found.parameters or None) != (wanted.parameters or None):
        differing.append("other parameters")
    if _sources(found) != _sources(wanted):
        differing.append("parameters from other Secrets")
    if wanted.adopted and found.instance_id != wanted.instance_id:
        differing.append(f"external id {found.instance_id}")
    if differing:
        raise Conflict(
            f"instance {found.name!r} exists, with {', '.join(differing)}",
            hint=f"change it: svcat update {found.name}; or take another name",
        )


def _sources(record: InstanceRecord) -> list[tuple[str, str]]:
    return sorted((ref.name, ref.key) for ref in record.parameters_from)


def _undone(record: InstanceRecord, driver: InstanceDriver) -> InstanceRecord | None:
    """Take the record of a request that never left away again: nothing half-made stays behind."""
    reply = driver.session.trouble
    never_left = driver.unsent and reply is not None and reply.outcome is Outcome.NOT_SENT
    if never_left and record.operation is not None and record.operation.sends == 1:
        alone = driver.session.leave(record)
        if alone is not None and not alone.claims and driver.ports.records.remove(alone):
            driver.ports.ledger.remove(record.instance_id)
    return record


# --- update and deprovision --------------------------------------------------------------------


def _completed(target: UpdateTarget, record: InstanceRecord) -> UpdateTarget:
    if target.plan_id:
        return target
    return replace(target, plan_id=record.plan_id, plan_name=record.plan_name)


def _require_updateable(record: InstanceRecord, target: UpdateTarget, ports: Ports) -> None:
    if record.phase not in {InstancePhase.READY, InstancePhase.UNUSABLE}:
        raise _busy(record)
    require_plan_may_change(record, target.plan_id, ports)


def _require_no_bindings(record: InstanceRecord, ports: Ports) -> None:
    bindings = bindings_of(record, ports)
    for binding in bindings:
        if binding.phase is BindingPhase.FAILED and binding.is_empty and not binding.claims:
            ports.records.remove(binding)  # a failed bind that left nothing
    if left := [binding for binding in bindings if not binding.is_empty]:
        raise _has_bindings(record, left)


def _has_bindings(record: InstanceRecord, bindings: list[BindingRecord]) -> Conflict:
    return Conflict(
        f"instance {record.name!r} still has bindings: {', '.join(b.name for b in bindings)}",
        hint=f"remove them first: svcat unbind {record.name} -n {record.namespace}",
    )


def _reopened(record: InstanceRecord, driver: InstanceDriver) -> InstanceRecord | None:
    """Undo a deprovision of which nothing left, for the broker is away."""
    reply = driver.session.trouble
    if not driver.delete_never_left or reply is None or reply.outcome is not Outcome.NOT_SENT:
        return record
    facts = replace(driver.session.facts(), words="the broker could not be reached")
    return driver.ports.records.change(
        record, lambda found: lifecycle.reopen(found, facts, own_deletes=1)
    )


def _is_nothing(record: InstanceRecord) -> bool:
    """Whether a failed record has nothing behind it."""
    return record.phase is InstancePhase.FAILED and not record.leftover and not record.claims


# --- shared ------------------------------------------------------------------------------------


def _driven(
    driver: InstanceDriver,
    record: InstanceRecord,
    doing: str,
    *,
    judge: Callable[[InstanceRecord], InstanceRecord | None] = lambda record: record,
) -> InstanceRecord | None:
    """Drive to rest; turn an end that is none into its error."""
    try:
        ended = driver.run(record)
    except OutOfPatience as error:
        raise verdicts.still_running(record, doing) from error
    if ended is None:
        return None
    if driver.session.is_stuck:
        if driver.session.trouble is None:
            raise _has_bindings(ended, bindings_of(ended, driver.ports))
        judge(ended)
        raise verdicts.stuck(ended, driver.session, doing)
    if ended.phase is InstancePhase.MITIGATING and not ended.live_claims(
        driver.ports.records.now()
    ):
        raise verdicts.mitigating(ended, doing)
    return ended


def _awaited(record: InstanceRecord, session: Session) -> InstanceRecord | None:
    ports = session.ports

    def load() -> InstanceRecord | None:
        found = ports.records.find(InstanceRecord, record.namespace, record.name)
        return found if found is not None and found.uid == record.uid else None

    try:
        return await_others(record, load, session)
    except OutOfPatience as error:
        raise _busy(record) from error


def _await(record: InstanceRecord, session: Session) -> InstanceRecord:
    current = _awaited(record, session)
    if current is None:
        raise NotFound(f"instance {record.name!r} was deprovisioned meanwhile")
    return current


def _busy(record: InstanceRecord) -> Conflict:
    by = f" by {record.claims[0].by}" if record.claims else ""
    return Conflict(
        f"instance {record.name!r} is {record.phase}{by}",
        hint=f"see it through: svcat resume {record.name} -n {record.namespace}",
    )
