"""An instance that is there: changing it, and finishing what it is in the middle of."""

from msgspec.structs import replace

from svcat.app import instance_lifecycle as lifecycle
from svcat.app import places, secret_parameters, verdicts
from svcat.app.catalog import plan_of
from svcat.app.deprovisioning import deprovision
from svcat.app.instance_work import (
    Done,
    awaited,
    awaited_alive,
    busy,
    driven,
    require_not_wished_away,
)
from svcat.app.lookup import broker_at
from svcat.app.opening import open_instance
from svcat.app.operation import OutOfPatience, Session
from svcat.app.ports import Patience, Ports
from svcat.app.requests import merge_parameters
from svcat.errors import Conflict, UsageError
from svcat.osb.models import JsonObject
from svcat.store.records import InstancePhase, InstanceRecord, UpdateTarget


def update(
    name: str,
    namespace: str,
    target: UpdateTarget,
    ports: Ports,
    patience: Patience,
    *,
    unrecorded: JsonObject | None = None,
) -> Done:
    """Change an instance's plan, parameters or maintenance version.

    ``target.plan_id`` empty keeps the plan; ``unrecorded`` parameters are sent and kept nowhere.
    Raises as ``provision`` does.
    """
    session = Session(ports, patience)
    record = ports.records.load(InstanceRecord, namespace, name)
    record = awaited_alive(record, session)
    _await_late_updates(record, session)
    target = _completed(target, record)
    _require_updateable(record, target, ports)
    refs, sources = secret_parameters.pin(target.parameters_from, namespace, ports)
    parameters = merge_parameters(target.parameters, [*sources, unrecorded or {}])
    driver = open_instance(record, ports, patience, parameters=parameters)
    context = target.context or driver.place().instance_context(record)
    target = replace(target, parameters_from=refs, context=context)
    facts = session.facts()

    def begin(found: InstanceRecord) -> InstanceRecord | None:
        if found.phase not in {InstancePhase.READY, InstancePhase.UNUSABLE}:
            return None
        if lifecycle.lost_update_until(found, facts.now) is not None:
            return None
        return lifecycle.begin_update(found, target, facts)

    begun = session.begin(record, begin)
    if begun is None or begun.target != target:
        raise busy(begun or record)
    driver.note_intent(begun)
    ended = driven(driver, begun, "updating")
    if ended is not None and ended.reason == "UpdateOutcomeUnknown":
        raise verdicts.failed(ended, "updating")
    if ended is None or ended.last_error is not None:
        raise verdicts.failed(ended or begun, "updating")
    return Done(ended)


def resume(record: InstanceRecord, ports: Ports, patience: Patience) -> Done:
    """Finish what ``record`` is in the middle of. Raises as ``provision`` does."""
    session = Session(ports, patience)
    current = awaited(record, session)
    if current is None:
        return Done(None)
    if not lifecycle.has_work(current):
        return Done(current, changed=False)
    if lifecycle.is_wished_away(current):
        rest = session.rest_of_patience()
        is_doomed = places.is_ending(current.namespace, ports)
        return deprovision(
            current.name, current.namespace, ports, rest, cascades=is_doomed, ejects=is_doomed
        )
    driver = open_instance(current, ports, patience, lingers=True)
    doing = current.phase.value
    ended = driven(driver, current, doing)
    if ended is not None and ended.phase is InstancePhase.FAILED:
        raise verdicts.failed(ended, doing)
    return Done(ended)


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


def _await_late_updates(record: InstanceRecord, session: Session) -> None:
    """Wait until what was lost of an earlier update cannot come after this one. Raises Conflict."""
    ports = session.ports
    while (until := lifecycle.lost_update_until(record, ports.records.now())) is not None:
        left_s = (until - ports.records.now()).total_seconds()
        words = f"an earlier update was lost and may still be carried out for {left_s:.0f} s"
        session.tell(record.name, f"{words}; waiting")
        try:
            session.wait(left_s)
        except OutOfPatience as error:
            raise Conflict(
                f"instance {record.name!r}: {words}", hint="the same again when that is over"
            ) from error


def _completed(target: UpdateTarget, record: InstanceRecord) -> UpdateTarget:
    if target.plan_id:
        return target
    return replace(target, plan_id=record.plan_id, plan_name=record.plan_name)


def _require_updateable(record: InstanceRecord, target: UpdateTarget, ports: Ports) -> None:
    require_not_wished_away(record)
    if record.phase not in {InstancePhase.READY, InstancePhase.UNUSABLE}:
        raise busy(record)
    require_plan_may_change(record, target.plan_id, ports)
