"""Provisioning: the intent is saved, the broker called, the outcome saved."""

from msgspec.structs import replace

from svcat.app import differences, preflight, secret_parameters, verdicts
from svcat.app import instance_lifecycle as lifecycle
from svcat.app.catalog import PlanOffer, find_class, find_plan
from svcat.app.facts import moved
from svcat.app.instance_driver import InstanceDriver
from svcat.app.instance_work import (
    Done,
    awaited,
    busy,
    driven,
    is_nothing,
    require_not_wished_away,
)
from svcat.app.opening import open_instance
from svcat.app.operation import Session
from svcat.app.places import place_of, strike_from_ledger
from svcat.app.ports import Patience, Ports
from svcat.app.requests import Place, merge_parameters
from svcat.errors import Conflict
from svcat.osb.jsontext import same
from svcat.osb.models import Confidential, JsonObject
from svcat.osb.plan_schema import Use
from svcat.store import names
from svcat.store.records import (
    InstancePhase,
    InstanceRecord,
    Operation,
    OperationType,
    Scope,
    SecretKeyRef,
)

# A record may change hands so often while one command looks at it.
ROUNDS = 10


class Order(Confidential, frozen=True, kw_only=True):
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
    unrecorded: JsonObject | None = None  # sent, and kept nowhere
    external_id: str = ""
    labels: dict[str, str] | None = None
    keep_failed: bool = False
    protect: bool = False


def provision(order: Order, ports: Ports, patience: Patience) -> Done:
    """Create an instance, or see that it is there as asked for.

    Raises Conflict if the name is another request's, BrokerRefused, OperationFailed, StillRunning,
    Unreachable, NotFound, AuthFailed.
    """
    return provision_plan(order, ordered_plan(order, ports), ports, patience)


def ordered_plan(order: Order, ports: Ports) -> PlanOffer:
    """Return the plan that an order names. Raises NotFound, Conflict, UsageError."""
    offering = find_class(
        order.class_name,
        order.namespace,
        ports,
        scope=order.scope,
        broker=order.broker_name,
        by_id=order.by_id,
    )
    return find_plan(offering, order.plan_name, by_id=order.by_id)


def provision_plan(order: Order, offer: PlanOffer, ports: Ports, patience: Patience) -> Done:
    """Create an instance of the plan that was found. Raises as ``provision`` does."""
    names.require_name(order.name, "an instance")
    # A namespace that is not there fails before anything else.
    place = place_of(order.namespace, ports, platform=offer.broker.platform)
    session = Session(ports, patience)
    refs, sources = secret_parameters.pin(order.secret_refs, order.namespace, ports)
    parameters = merge_parameters(order.parameters, [*sources, order.unrecorded or {}])
    for _ in range(ROUNDS):
        wanted = _intent(order, offer, refs, place, session)
        found = ports.records.find(InstanceRecord, order.namespace, order.name)
        if found is None:
            preflight.require(preflight.RECORDS, order.namespace, ports, "keep an instance")
            driver = _opened(wanted, parameters, session)
            found, is_mine = session.create(wanted)
            if is_mine:
                driver.note_intent(wanted)
                return _provisioned(driver, found)
        done = _provision_over(found, wanted, parameters, session)
        if done is not None:
            return done
    raise Conflict(f"instance {order.name!r} keeps changing under other commands", hint="try again")


def _intent(
    order: Order,
    offer: PlanOffer,
    refs: tuple[SecretKeyRef, ...],
    place: Place,
    session: Session,
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
    record = replace(record, context=place.instance_context(record))
    operation = Operation(type=OperationType.PROVISION, started=facts.now, sends=1)
    return moved(record, InstancePhase.PROVISIONING, "Provisioning", facts, operation)


def _opened(
    wanted: InstanceRecord, parameters: JsonObject | None, session: Session
) -> InstanceDriver:
    """Return what will drive the record; a login that cannot be had is found out before it is."""
    ports, patience = session.ports, session.patience
    return open_instance(wanted, ports, patience, parameters=parameters)


def _provisioned(driver: InstanceDriver, record: InstanceRecord) -> Done:
    ended = driven(driver, record, "provisioning", judge=lambda r: _undone(r, driver))
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
    require_not_wished_away(found)
    match found.phase:
        case InstancePhase.READY | InstancePhase.UNUSABLE | InstancePhase.UPDATING:
            _require_same(found, wanted, ports)
            return Done(found, changed=False)
        case InstancePhase.PROVISIONING:
            _require_same(found, wanted, ports)
            current = awaited(found, session)
            if current is None or current.phase is not InstancePhase.PROVISIONING:
                return None
            return _provisioned(open_instance(current, ports, patience), current)
        case InstancePhase.FAILED if not found.leftover:
            driver = _opened(wanted, parameters, session)
            facts = session.facts()
            begun = session.begin(
                found,
                lambda now: lifecycle.begin_again(now, wanted, facts) if is_nothing(now) else None,
            )
            if begun is None or begun.instance_id != wanted.instance_id:
                return None
            driver.note_intent(wanted)
            return _provisioned(driver, begun)
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
                raise busy(found)
            _settle(found, session)
            return None


def _settle(found: InstanceRecord, session: Session) -> None:
    """See an ending through before something new begins under the name."""
    current = awaited(found, session)
    if current is not None and current.phase in lifecycle.ENDING:
        driver = open_instance(current, session.ports, session.patience, lingers=True)
        driven(driver, current, current.phase.value)


def _require_same(found: InstanceRecord, wanted: InstanceRecord, ports: Ports) -> None:
    differing = []
    if found.broker != wanted.broker:
        differing.append(f"broker {found.broker.name}")
    if found.service_id != wanted.service_id:
        differing.append(f"class {found.service_name}")
    if found.plan_id != wanted.plan_id:
        differing.append(f"plan {found.plan_name}")
    if not same(found.parameters or {}, wanted.parameters or {}):
        differing.append("other parameters")
    if not differences.same_sources(found, wanted):
        differing.append("parameters from other Secrets")
    is_other_id = wanted.adopted and found.instance_id != wanted.instance_id
    if is_other_id:
        differing.append(f"external id {found.instance_id}")
    if not differing:
        _warn_of_what_only_a_new_one_gets(found, wanted, ports)
        return
    details, hint = [], "take another name"
    if (found.broker, found.service_id) == (wanted.broker, wanted.service_id):
        plan = differences.offered_plan(wanted, ports)
        details = differences.of_parameters(found, wanted, plan, Use.PROVISION)
        if not is_other_id:
            change = differences.updating_command(found, wanted, plan)
            hint = f"change it: {change}; or {hint}"
    raise Conflict(
        f"instance {found.name!r} exists, with {', '.join(differing)}",
        details=tuple(details),
        hint=hint,
    )


def _warn_of_what_only_a_new_one_gets(
    found: InstanceRecord, wanted: InstanceRecord, ports: Ports
) -> None:
    for name, value in wanted.labels.items():
        if found.labels.get(name) != value:
            stands = f"{name}={found.labels[name]}" if name in found.labels else f"no label {name}"
            ports.warn(f"instance {found.name!r} has {stands}: --label is for a new instance")
    if wanted.finalizer and not found.finalizer:
        ports.warn(f"instance {found.name!r} is not protected: --protect is for a new instance")


def _undone(record: InstanceRecord, driver: InstanceDriver) -> InstanceRecord | None:
    """Take the record of a request that never left away again: nothing half-made stays behind."""
    never_left = driver.is_unsent(record) and driver.session.could_not_send
    if never_left and record.operation is not None and record.operation.sends == 1:
        alone = driver.session.leave(record)
        if alone is not None and not alone.claims and driver.ports.records.remove(alone):
            strike_from_ledger(record.instance_id, driver.ports)
    return record
