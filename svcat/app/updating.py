"""Updates planned before they are sent: what would change, and whether that is anything.

``update``, ``upgrade`` and ``touch`` are three ways to the same PATCH.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from svcat.app import brokers, instances, secret_parameters, user_provided
from svcat.app.catalog import Offering, PlanOffer, find_plan, offered_catalog, plan_of
from svcat.app.differences import Change, parameter_changes, source_name
from svcat.app.instance_work import Done
from svcat.app.lookup import broker_at
from svcat.app.parameter_check import checked
from svcat.app.parameters import Given
from svcat.app.places import place_of
from svcat.app.ports import Patience, Ports
from svcat.app.update_target import changes_nothing
from svcat.errors import BrokerRefused, Conflict, NotFound, SvcatError, UsageError
from svcat.osb.plan_schema import PlanSchema, Use, schema_of
from svcat.store.records import InstanceRecord, UpdateTarget

_CONFLICT = "MaintenanceInfoConflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An update that was not sent yet; ``remarks`` are to be read before it is."""

    record: InstanceRecord
    target: UpdateTarget
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    is_needed: bool = True


def plan_update(
    name: str,
    namespace: str,
    given: Given,
    ports: Ports,
    *,
    plan_name: str = "",
    is_forced: bool = False,
) -> Planned:
    """Return the update to another plan, other parameters, or both.

    Raises UsageError, Invalid, NotFound; Conflict for what the broker said must not be repeated.
    """
    if given.is_nothing and not plan_name:
        raise UsageError(
            "nothing to update is given",
            hint="give --plan, -p NAME=VALUE, --params-file, --secret or --unset",
        )
    record = ports.records.load(InstanceRecord, namespace, name)
    user_provided.require_no_parameters(record)
    offer = _offer(record, plan_name, ports)
    plan_id = offer.plan.id if offer else record.plan_id
    instances.require_plan_may_change(record, plan_id, ports)
    parameters = checked(given, offer, Use.UPDATE, namespace, ports)
    refs, _ = secret_parameters.pin(given.secret_refs, namespace, ports)
    target = UpdateTarget(
        plan_id=plan_id,
        plan_name=offer.plan.name if offer else record.plan_name,
        parameters=parameters,
        parameters_from=refs,
        maintenance_version=_version(offer) if plan_id != record.plan_id else "",
    )
    if not is_forced:
        _require_repeatable(record, target)
    schema = schema_of(offer.plan, Use.UPDATE) if offer else None
    return Planned(
        record=record,
        target=target,
        changes=tuple(_changes(record, target, schema)),
        remarks=tuple(_remarks(record, target)),
        is_needed=not changes_nothing(record, target),
    )


def plan_upgrade(name: str, namespace: str, ports: Ports) -> Planned:
    """Return the update to the maintenance version that the plan has in the catalog."""
    record = ports.records.load(InstanceRecord, namespace, name)
    offer = _offer(record, "", ports)
    info = offer.plan.maintenance_info if offer else None
    target = UpdateTarget(
        plan_id=record.plan_id,
        plan_name=record.plan_name,
        maintenance_version=info.version if info else "",
    )
    change = Change("maintenance version", record.maintenance_version or None, _version(offer))
    return Planned(
        record=record,
        target=target,
        changes=(change,),
        remarks=(info.description,) if info and info.description else (),
        is_needed=info is not None and not changes_nothing(record, target),
    )


def plan_touch(name: str, namespace: str, ports: Ports) -> Planned:
    """Return the update that sends again what changed here: Secrets, and the context if wanted.

    The context alone is sent only to a class that has ``allow_context_updates``.
    """
    record = ports.records.load(InstanceRecord, namespace, name)
    current, _ = secret_parameters.pin(record.parameters_from, namespace, ports)
    changed = tuple(ref for ref in current if ref not in record.parameters_from)
    target = UpdateTarget(
        plan_id=record.plan_id, plan_name=record.plan_name, parameters_from=changed
    )
    context = _changed_context(record, ports)
    return Planned(
        record=record,
        target=target,
        changes=(*_changes(record, target, None), *context),
        is_needed=bool(changed or context),
    )


def _changed_context(record: InstanceRecord, ports: Ports) -> tuple[Change, ...]:
    broker = broker_at(record.broker, ports)
    offer = plan_of(broker, record.service_id, record.plan_id, ports)
    if offer is None or not offer.service.allow_context_updates:
        return ()
    place = place_of(record.namespace, ports, platform=broker.platform)
    old, new = record.context or place.context(record.name), place.instance_context(record)
    return tuple(
        Change(f"context.{member}", old.get(member), new.get(member))
        for member in sorted({*old, *new})
        if old.get(member) != new.get(member)
    )


def carry_out(planned: Planned, ports: Ports, patience: Patience) -> Done:
    """Send the update. Raises as ``instances.update`` does."""
    record = planned.record
    with refetching(record.name, record.namespace, ports):
        return instances.update(record.name, record.namespace, planned.target, ports, patience)


@contextmanager
def refetching(name: str, namespace: str, ports: Ports) -> Iterator[None]:
    """Fetch the catalog again if the broker says that our maintenance version is not its own.

    The request is not sent again: a new version is a new decision (OSB 2.17,
    MaintenanceInfoConflict).
    """
    try:
        yield
    except BrokerRefused as error:
        record = ports.records.find(InstanceRecord, namespace, name)
        last = record.last_error if record else None
        if record is None or last is None or last.error != _CONFLICT:
            raise
        raise BrokerRefused(error.message, hint=_after_conflict(record, ports)) from error


def _after_conflict(record: InstanceRecord, ports: Ports) -> str:
    try:
        synced = brokers.sync(broker_at(record.broker, ports), ports)
    except SvcatError as error:
        return f"the catalog could not be fetched again ({error.message}): svcat sync broker " + (
            record.broker.name
        )
    offer = plan_of(synced.broker, record.service_id, record.plan_id, ports)
    version = _version(offer) or "none"
    return (
        f"the catalog was fetched again: the maintenance version of plan {record.plan_name} is "
        f"{version} now; if that is what you want, run the command again"
    )


def _offer(record: InstanceRecord, plan_name: str, ports: Ports) -> PlanOffer | None:
    """Return the plan wanted; None if it stays and the catalog has it no more."""
    broker = broker_at(record.broker, ports)
    if not plan_name or plan_name == record.plan_name:
        return plan_of(broker, record.service_id, record.plan_id, ports)
    for service in offered_catalog(broker, ports).services:
        if service.id == record.service_id:
            return find_plan(Offering(broker, service), plan_name)
    raise NotFound(
        f"class {record.service_name!r} is offered by broker {broker.name!r} no more",
        hint=f"fetch it again: svcat sync broker {broker.name}",
    )


def _version(offer: PlanOffer | None) -> str:
    info = offer.plan.maintenance_info if offer else None
    return info.version if info else ""


def _require_repeatable(record: InstanceRecord, target: UpdateTarget) -> None:
    failed = record.failed_target
    if failed is None or _request(failed) != _request(target):
        return
    raise Conflict(
        f"this very update of instance {record.name!r} failed and is not to be repeated",
        hint="the broker said so; send another one, or this one all the same with --force",
    )


def _request(target: UpdateTarget) -> tuple[Any, ...]:
    return (
        target.plan_id,
        target.parameters or {},
        sorted((r.name, r.key, r.resource_version) for r in target.parameters_from),
        target.maintenance_version,
    )


def _changes(
    record: InstanceRecord, target: UpdateTarget, schema: PlanSchema | None
) -> Iterator[Change]:
    if target.plan_id != record.plan_id:
        yield Change("plan", record.plan_name, target.plan_name)
    yield from parameter_changes(record.parameters or {}, target.parameters or {}, schema)
    before = {(ref.name, ref.key): ref for ref in record.parameters_from}
    for ref in target.parameters_from:
        old = before.get((ref.name, ref.key))
        if old != ref:
            state = "not used" if old is None else "as sent before"
            yield Change(source_name(ref), state, "used" if old is None else "as it is now")
    version = target.maintenance_version
    if version and version != record.maintenance_version:
        yield Change("maintenance version", record.maintenance_version or None, version)


def _remarks(record: InstanceRecord, target: UpdateTarget) -> Iterator[str]:
    known = record.parameters or {}
    for name, value in (target.parameters or {}).items():
        before = known.get(name)
        if left := _members(before) - _members(value) if isinstance(value, dict) else set():
            yield (
                f"parameter {name!r} is sent without its members {', '.join(sorted(left))}: "
                "whether they stay is for the broker to say"
            )
        if value is None:
            yield (
                f"parameter {name!r} is sent as null: brokers differ in whether that takes it back"
            )


def _members(value: Any) -> set[str]:
    return set(value) if isinstance(value, dict) else set()
