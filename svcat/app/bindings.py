"""Binding: the Secret reserved, the broker called, the credentials put away."""

from svcat.app import binding_lifecycle as lifecycle
from svcat.app import (
    lookup,
    preflight,
    rotation_lifecycle,
    secret_layout,
    secret_parameters,
    shaping,
    verdicts,
)
from svcat.app.binding_driver import BindingDriver
from svcat.app.binding_order import Order, intent, require_same
from svcat.app.binding_secret import sources_of
from svcat.app.binding_work import Done, awaited, driven, is_nothing
from svcat.app.catalog import plan_of
from svcat.app.credential_state import Flaw, state_of
from svcat.app.facts import Facts
from svcat.app.instance_work import require_ready
from svcat.app.lookup import broker_at
from svcat.app.opening import open_binding
from svcat.app.operation import OutOfPatience, Session, await_others, on_record
from svcat.app.ports import Patience, Ports
from svcat.app.requests import merge_parameters
from svcat.errors import Conflict, NotFound, UsageError
from svcat.osb.models import JsonObject
from svcat.store.records import BindingPhase, BindingRecord, InstancePhase, InstanceRecord

ROUNDS = 10
_ROUTES = "route_forwarding"


def bind(order: Order, ports: Ports, patience: Patience) -> Done:
    """Create a binding and its Secret, or see that they are there as asked for.

    Raises Conflict (the instance is not ready, the name or the Secret is another's), BrokerRefused,
    OperationFailed, StillRunning, Unreachable, NotFound, AuthFailed.
    """
    session = Session(ports, patience)
    shaping.check(order.shape, secret_layout.is_key)
    instance = _ready_instance(order, session)
    refs, sources = secret_parameters.pin(order.secret_refs, order.namespace, ports)
    parameters = merge_parameters(order.parameters, sources)
    for _ in range(ROUNDS):
        wanted = intent(order, instance, refs, session)
        found = ports.records.find(BindingRecord, wanted.namespace, wanted.name)
        if found is None:
            sources_of(wanted, ports)  # what is missing fails before the broker is asked
            _require_free_secret(wanted, ports)
            rights = preflight.RECORDS + preflight.CREDENTIALS
            preflight.require(rights, order.namespace, ports, "keep a binding")
            driver = _opened(wanted, parameters, session)
            found, is_mine = session.create(wanted)
            if is_mine:
                driver.note_intent(wanted)
                return _begun(driver, found)
        done = _bind_over(found, wanted, parameters, session)
        if done is not None:
            return done
    raise Conflict(f"binding {order.name!r} keeps changing under other commands", hint="try again")


def resume(record: BindingRecord, ports: Ports, patience: Patience) -> Done:
    """Finish what ``record`` is in the middle of. Raises as ``bind`` does."""
    session = Session(ports, patience)
    current = awaited(record, session)
    if current is None:
        return Done(None)
    now = ports.records.now()
    if lifecycle.is_settled(current, besides=ports.claim_id, now=now):
        return Done(current, changed=False)
    driver = open_binding(current, ports, patience, lingers=True)
    doing = current.phase.value
    ended = driven(driver, current, doing)
    if ended is not None and ended.phase is BindingPhase.FAILED:
        raise verdicts.failed(ended, doing)
    was_rotating = current.phase is BindingPhase.ROTATING
    if ended is not None and was_rotating and rotation_lifecycle.is_undone(current, ended):
        raise verdicts.undone(ended)
    return Done(ended)


def _ready_instance(order: Order, session: Session) -> InstanceRecord:
    ports = session.ports
    instance = ports.records.load(InstanceRecord, order.namespace, order.instance)
    if instance.phase is InstancePhase.PROVISIONING:
        instance = _after_provision(instance, session)
    require_ready(instance)
    offer = plan_of(broker_at(instance.broker, ports), instance.service_id, instance.plan_id, ports)
    if offer is not None and not offer.service.plan_is_bindable(offer.plan):
        raise UsageError(
            f"instance {instance.name!r} cannot be bound: plan {offer.name} is not bindable",
            hint="see which plans are: svcat marketplace",
        )
    if order.route and offer is not None and _ROUTES not in offer.service.requires:
        raise UsageError(
            f"instance {instance.name!r} takes no route: class {offer.service.name!r} does not "
            f"require {_ROUTES!r}",
            hint="bind it without --route",
        )
    return instance


def _after_provision(instance: InstanceRecord, session: Session) -> InstanceRecord:
    try:
        current = await_others(instance, session)
    except OutOfPatience as error:
        raise verdicts.still_running(instance, "provisioning") from error
    if current is None:
        raise NotFound(f"instance {instance.name!r} was deprovisioned meanwhile")
    return current


def _opened(
    wanted: BindingRecord, parameters: JsonObject | None, session: Session
) -> BindingDriver:
    """Return what will drive the record; a login that cannot be had is found out before it is."""
    ports, patience = session.ports, session.patience
    return open_binding(wanted, ports, patience, parameters=parameters)


def _begun(driver: BindingDriver, record: BindingRecord) -> Done:
    """Look at the instance once more, now that our record is to be seen (rule R12)."""
    with on_record(record, driver.session):
        is_open = lookup.is_open_for(record, driver.ports)
    if is_open:
        return _bound(driver, record)
    facts = driver.session.facts()
    driver.ports.records.change(record, lambda found: _withdrawn(found, facts))
    driven(driver, record, "binding")
    raise Conflict(
        f"instance {record.instance!r} is not ready any more",
        hint=f"svcat describe instance {record.instance} -n {record.namespace}",
    )


def _withdrawn(found: BindingRecord, facts: Facts) -> BindingRecord | None:
    """Take a bind back that was never sent; others may have sent it since."""
    if found.phase is not BindingPhase.BINDING:
        return None
    return lifecycle.begin_unbind(found, facts)


def _bound(driver: BindingDriver, record: BindingRecord) -> Done:
    ended = driven(driver, record, "binding")
    if ended is None:
        raise Conflict(f"binding {record.name!r} was unbound meanwhile")
    if ended.phase is BindingPhase.FAILED:
        if driver.name_taken:
            raise _secret_taken(record)
        raise verdicts.failed(ended, "binding")
    return Done(ended)


def _bind_over(
    found: BindingRecord,
    wanted: BindingRecord,
    parameters: JsonObject | None,
    session: Session,
) -> Done | None:
    """Bind where a record of that name stands already; None: look again."""
    ports, patience = session.ports, session.patience
    match found.phase:
        case BindingPhase.READY | BindingPhase.ROTATING:
            require_same(found, wanted, ports)
            return Done(found, changed=False) if _is_intact(found, ports) else None
        case BindingPhase.BINDING:
            require_same(found, wanted, ports)
            current = awaited(found, session)
            if current is None or current.phase is not BindingPhase.BINDING:
                return None
            return _bound(open_binding(current, ports, patience), current)
        case BindingPhase.FAILED if is_nothing(found):
            driver = _opened(wanted, parameters, session)
            facts = session.facts()
            begun = session.begin(
                found,
                lambda now: lifecycle.begin_again(now, wanted, facts) if is_nothing(now) else None,
            )
            if begun is None or begun.ids != wanted.ids:
                return None
            driver.note_intent(wanted)
            return _begun(driver, begun)
        case BindingPhase.FAILED:
            raise Conflict(
                f"binding {found.name!r} failed and what it may have left at the broker was kept",
                hint=f"remove it first: svcat unbind --name {found.name} -n {found.namespace}",
            )
        case BindingPhase.UNBINDING | BindingPhase.MITIGATING:
            current = awaited(found, session)
            if current is not None:
                driver = open_binding(current, ports, patience, lingers=True)
                driven(driver, current, current.phase.value)
            return None


def _require_free_secret(wanted: BindingRecord, ports: Ports) -> None:
    """Fail before anything is written, let alone sent, if the Secret's name is another's."""
    if ports.secrets.find(wanted.namespace, wanted.secret_name) is not None:
        raise _secret_taken(wanted)


def _secret_taken(record: BindingRecord) -> Conflict:
    return Conflict(
        f"Secret {record.secret_name!r} exists in namespace {record.namespace} and does not "
        f"belong to binding {record.name!r}",
        hint="choose another name: --secret-name",
    )


def _is_intact(found: BindingRecord, ports: Ports) -> bool:
    """Whether the Secret is as it was left; False: look again. Raises Conflict if it is of no use.

    What somebody changed on purpose may well be of use: that is only said.
    """
    state = state_of(found, ports.secrets.find(found.namespace, found.secret_name))
    if state is None:
        return True
    now = ports.records.find(BindingRecord, found.namespace, found.name)
    if now is None or now.resource_version != found.resource_version:
        return False
    if state.flaw in {Flaw.CHANGED, Flaw.LAID_OUT_OTHERWISE}:
        ports.warn(f"{state.words}; bring it back: {state.fix}")
        return True
    raise Conflict(
        f"binding {found.name!r} is there, but {state.words}", hint=f"mend it: {state.fix}"
    )
