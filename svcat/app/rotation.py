"""Rotating a binding: new credentials in its Secret, workloads on them, then the old ones deleted.

The Secret holds working credentials at every instant: the new ones are written over the old ones
in one conditional write, and nothing is deleted at the broker before the record says ready again.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from svcat.app import (
    binding_work,
    expiry,
    lookup,
    places,
    preflight,
    rolling,
    secret_parameters,
    user_provided,
    verdicts,
)
from svcat.app import rotation_lifecycle as lifecycle
from svcat.app.binding_driver import BindingDriver
from svcat.app.catalog import plan_of
from svcat.app.lookup import broker_at
from svcat.app.opening import open_binding
from svcat.app.operation import OutOfPatience, Session
from svcat.app.ports import Patience, Ports
from svcat.app.switching import Switch
from svcat.errors import Conflict, SvcatError
from svcat.osb.models import JsonObject
from svcat.store.records import BindingPhase, BindingRecord, Role, SecretKeyRef

ROUNDS = 10


class Order(Struct, frozen=True, kw_only=True):
    """What ``rotate`` is asked for, of each binding."""

    namespace: str
    grace_s: int = 0  # how long the old credentials go on working after the switch
    rolls_back: bool = False
    replaces: str = ""  # only this id: a binding that has another by now is left as it is
    is_unrelated: bool = False  # the broker does not know the old id: it has no successor


class Rotated(Struct, frozen=True):
    """How rotating one binding went."""

    name: str
    record: BindingRecord | None = None
    error: SvcatError | None = None
    changed: bool = True


def rotate_all(
    names: Iterable[str], order: Order, ports: Ports, patience: Patience
) -> Iterator[Rotated]:
    """Rotate each binding in turn; what fails does not keep the others from it."""
    for name in names:
        before = ports.records.find(BindingRecord, order.namespace, name)
        try:
            record = rotate(name, order, ports, patience)
            yield Rotated(name, record=record, changed=before is None or before.ids != record.ids)
        except SvcatError as error:
            yield Rotated(name, error=error)


def rotate(
    name: str, order: Order, ports: Ports, patience: Patience, switch: Switch | None = None
) -> BindingRecord:
    """Rotate one binding, or see a rotation through that is under way.

    Raises NotFound, Conflict, BrokerRefused, OperationFailed (either credentials work then),
    StillRunning, Unreachable, AuthFailed.
    """
    if patience.wait and patience.timeout_s >= 0:
        patience = replace(patience, timeout_s=patience.timeout_s + order.grace_s)
    session, switch = Session(ports, patience), switch or Switch()
    switch.ends_in_time = order.rolls_back
    for _ in range(ROUNDS):
        record = ports.records.load(BindingRecord, order.namespace, name)
        old = record.id_in(Role.CURRENT)
        switch.awaits = old.id if old and patience.wait else ""
        if record.phase is BindingPhase.ROTATING:
            return _joined(record, order, session, switch)
        if record.phase is not BindingPhase.READY:
            raise _not_ready(record)
        if not _is_meant(record, order) or _has_nothing_new(record, ports):
            return record
        begun = _begun(record, order, session, switch)
        if begun is not None:
            return begun
    raise Conflict(f"binding {name!r} keeps changing under other commands", hint="try again")


def _begun(
    record: BindingRecord, order: Order, session: Session, switch: Switch
) -> BindingRecord | None:
    """Rotate a binding that is ready; None: another command came first, look again."""
    ports = session.ports
    if not lookup.is_open_for(record, ports):
        raise Conflict(
            f"instance {record.instance!r} is not ready: binding {record.name!r} stays as it is",
            hint=f"svcat describe instance {record.instance} -n {record.namespace}",
        )
    rights = (*preflight.RECORDS, *preflight.CREDENTIALS)
    preflight.require(rights, record.namespace, ports, "rotate a binding")
    if not order.grace_s:
        _require_pods_to_follow(record, ports)
    with_plan = binding_work.plan_now(record, ports)
    record = with_plan(record)
    predecessor = "" if order.is_unrelated else _predecessor(record, ports)
    parameters, refs = _parameters(record, predecessor, ports)
    driver = open_binding(record, ports, session.patience, parameters=parameters, switch=switch)
    facts = replace(session.facts(), new_id=ports.new_id(), refs=refs)

    def begin(found: BindingRecord) -> BindingRecord | None:
        return lifecycle.begin(
            with_plan(found),
            facts,
            predecessor=predecessor,
            grace_s=order.grace_s,
            rolls_back=order.rolls_back,
        )

    begun = session.begin(record, lambda found: begin(found) if _is_meant(found, order) else None)
    target = begun.id_in(Role.NEXT) if begun else None
    if begun is None or target is None or target.id != facts.new_id:
        return None
    driver.note_intent(begun)
    try:
        return _driven(driver, begun)
    except SvcatError:
        _take_back_unsent(driver, begun, target.id)
        raise


def _is_meant(record: BindingRecord, order: Order) -> bool:
    current = record.id_in(Role.CURRENT)
    return order.replaces in {"", current.id if current else ""}


def _has_nothing_new(record: BindingRecord, ports: Ports) -> bool:
    """Say so if only the user can make new credentials, and there are none."""
    if not user_provided.is_up_to_date(record, ports):
        return False
    ports.say(
        f"binding/{record.name} unchanged: it has the credentials that you gave; to give others: "
        f"svcat update {record.instance} --credentials-file FILE -n {record.namespace}"
    )
    return True


def _joined(record: BindingRecord, order: Order, session: Session, switch: Switch) -> BindingRecord:
    """See a rotation through that another command began."""
    current = binding_work.awaited(record, session)
    if current is None or current.phase is not BindingPhase.ROTATING:
        return _judged(current, record)
    if order.rolls_back:
        current = _turned_back(current, session)
        if current is None:
            return _judged(current, record)
    driver = open_binding(current, session.ports, session.rest_of_patience(), switch=switch)
    return _driven(driver, record)


def _turned_back(record: BindingRecord, session: Session) -> BindingRecord | None:
    """Let a rotation go back: at once if its rollout has failed, else when it does."""
    target, facts = record.id_in(Role.NEXT), replace(session.facts(), words=record.message)

    def turn(found: BindingRecord) -> BindingRecord | None:
        going_back = lifecycle.going_back(found)
        if going_back is None or target is None or found.reason != lifecycle.ROLLOUT_FAILED:
            return going_back
        return lifecycle.undo(going_back, target.id, lifecycle.ROLLOUT_FAILED, facts)

    return session.ports.records.change(record, turn)


def _driven(driver: BindingDriver, before: BindingRecord) -> BindingRecord:
    return _judged(binding_work.driven(driver, before, "rotating"), before)


def _judged(ended: BindingRecord | None, before: BindingRecord) -> BindingRecord:
    """Return a rotation's result, if it is one."""
    if ended is None:
        raise Conflict(f"binding {before.name!r} was unbound meanwhile")
    if ended.phase is BindingPhase.ROTATING:
        return ended
    if ended.phase is not BindingPhase.READY:
        raise _not_ready(ended)
    if lifecycle.is_undone(before, ended):
        raise verdicts.undone(ended)
    return ended


def _require_pods_to_follow(record: BindingRecord, ports: Ports) -> None:
    """Fail, before anything is changed, if pods would be left with deleted credentials."""
    for words, why in rolling.stubborn(record, ports):
        raise Conflict(
            f"{words} would go on with credentials that are deleted: {why}",
            hint="say how long the old ones must go on working: "
            f"svcat rotate {record.name} --grace 1h -n {record.namespace}",
        )


def _predecessor(record: BindingRecord, ports: Ports) -> str:
    """Return the id to rotate at the broker; empty if it can only make another binding."""
    current = record.id_in(Role.CURRENT)
    offer = plan_of(broker_at(record.broker, ports), record.service_id, record.plan_id, ports)
    is_rotatable = offer is not None and offer.plan.binding_rotatable
    if current is None or not is_rotatable or expiry.has_ended(record, ports.records.now()):
        return ""
    return current.id


def _parameters(
    record: BindingRecord, predecessor: str, ports: Ports
) -> tuple[JsonObject | None, tuple[SecretKeyRef, ...]]:
    """Return what the request takes; of a rotation the broker has the parameters already."""
    if predecessor:
        return None, record.parameters_from
    return secret_parameters.read(
        record.parameters, record.parameters_from, record.namespace, ports
    )


def _take_back_unsent(driver: BindingDriver, record: BindingRecord, next_id: str) -> None:
    """Let a rotation whose request never left be as if it had not begun."""
    ports = driver.ports
    if not (driver.is_unsent(record) and driver.session.could_not_send):
        return
    facts = replace(driver.session.facts(), words="the broker could not be reached")
    left = ports.records.change(record, lambda found: lifecycle.never_left(found, next_id, facts))
    if left is None or left.known(next_id) is not None:
        return
    places.strike_from_ledger(next_id, ports)
    try:
        open_binding(left, ports, driver.session.rest_of_patience()).run(left)
    except OutOfPatience:
        return  # the record says what is left to do


def _not_ready(record: BindingRecord) -> Conflict:
    return Conflict(
        f"binding {record.name!r} is {record.phase}, not ready",
        hint=f"svcat describe binding {record.name} -n {record.namespace}",
    )
