"""Provision, fetch, update and deprovision: OSB 2.17, Provisioning to Deprovisioning.

Idempotent by id; the intent is saved before any side effect.
"""

from dataclasses import replace

from svcat.broker.answers import Answer
from svcat.broker.catalog import Offer
from svcat.broker.core import (
    Core,
    accepted,
    new_operation,
    refuse_failed,
    require_async,
    still_running,
    supersede_open,
)
from svcat.broker.errors import Refusal, bad_request, busy, half_deleted, maintenance_conflict
from svcat.broker.limits import LIMITS
from svcat.broker.parameters import check_parameters
from svcat.broker.records import Change, Instance, Kind, Operation, Phase
from svcat.broker.requests import Call
from svcat.osb.models import JsonObject

_WHAT = "this instance"


def provision(core: Core, call: Call) -> Answer:
    """Make an instance: 201, 200 if it is there already, 202 while it is being made."""
    body = call.body
    if not body.organization_guid or not body.space_guid:
        raise bad_request("organization_guid and space_guid are required")
    offer = core.catalog.offer(body.service_id, body.plan_id)
    parameters = body.parameters or {}
    check_parameters(parameters, offer.offering.provision_parameters)
    _check_maintenance(call, offer)
    wanted = Instance(
        id=call.instance_id,
        service_id=body.service_id,
        plan_id=body.plan_id,
        parameters=parameters,
        context=body.context,
        maintenance_version=offer.plan.maintenance_version,
    )
    with core.locks.holding(call.instance_id, wait_s=LIMITS.lock_wait_s):
        existing = core.state.instance(call.instance_id)
        if existing is not None and existing.phase is not Phase.CREATE_FAILED:
            return _repeated(core, call, existing, wanted)
        if existing is not None and not _is_same(existing, wanted):
            raise Refusal(409, "this instance_id is taken by a different request")
        require_async(call, is_async=offer.is_async(Kind.PROVISION))
        if existing is None and core.state.instance_count() >= LIMITS.instances:
            raise Refusal(403, f"this broker holds its limit of {LIMITS.instances} instances")
        return _start(core, call, offer, Kind.PROVISION, wanted)


def fetch(core: Core, call: Call) -> Answer:
    """Tell what an instance is (404 until it is made, 422 while it changes)."""
    call.check_hints()
    instance = core.state.instance(call.instance_id)
    if instance is None or instance.phase in {Phase.CREATING, Phase.CREATE_FAILED}:
        raise Refusal(404, "no such instance")
    if instance.phase in {Phase.UPDATING, Phase.DELETING}:
        raise busy(_WHAT)
    body: JsonObject = {
        "service_id": instance.service_id,
        "plan_id": instance.plan_id,
        "parameters": instance.parameters,
        **_metadata(instance),
    }
    if instance.maintenance_version:
        body["maintenance_info"] = {"version": instance.maintenance_version}
    return Answer(200, body)


def update(core: Core, call: Call) -> Answer:
    """Change plan, parameters, context or maintenance version of an instance."""
    with core.locks.holding(call.instance_id, wait_s=LIMITS.lock_wait_s):
        before = core.state.instance(call.instance_id)
        if before is None or before.phase is Phase.CREATE_FAILED:
            raise Refusal(404, "no such instance")
        if before.service_id != call.body.service_id:
            raise bad_request("service_id is not that of this instance")
        offer = core.catalog.offer(before.service_id, call.body.plan_id or before.plan_id)
        check_parameters(call.body.parameters or {}, offer.offering.update_parameters)
        _check_maintenance(call, offer)
        change = _change(call, before, offer)
        if before.phase is not Phase.READY:
            return _update_under_way(core, call, before, change)
        after = replace(before, context=change.context)
        if _is_no_work(before, change):
            core.state.save_instance(after)
            return Answer(200, _metadata(before))
        slower = offer if offer.is_async(Kind.UPDATE) else core.offer_of(before)
        require_async(call, is_async=slower.is_async(Kind.UPDATE))
        return _start(core, call, slower, Kind.UPDATE, before, change=change)


def deprovision(core: Core, call: Call) -> Answer:
    """Remove an instance with what is left of its bindings: 200, 202, or 410 if it is gone."""
    service_id, plan_id = call.ids_from_query()
    offer = core.catalog.offer(service_id, plan_id)
    with core.locks.holding(call.instance_id, wait_s=LIMITS.lock_wait_s):
        instance = core.state.instance(call.instance_id)
        if instance is None:
            if not offer.driver.has_instance(call.instance_id):
                return Answer(410)
            # The state was lost, the thing was not: adopt it, to remove it.
            instance = Instance(id=call.instance_id, service_id=service_id, plan_id=plan_id)
        if (instance.service_id, instance.plan_id) != (service_id, plan_id):
            raise bad_request("service_id and plan_id are not those of this instance")
        newest = core.state.last_operation(call.instance_id)
        if newest is not None and instance.phase is Phase.DELETING:
            return still_running(newest, call, _WHAT)
        if instance.phase is Phase.UPDATING:
            raise busy(_WHAT)
        require_async(call, is_async=offer.is_async(Kind.DEPROVISION))
        return _start(core, call, offer, Kind.DEPROVISION, instance)


def _start(
    core: Core,
    call: Call,
    offer: Offer,
    kind: Kind,
    instance: Instance,
    *,
    change: Change | None = None,
) -> Answer:
    is_async = offer.is_async(kind)
    delay_s = offer.plan.delay_s if is_async else 0.0
    operation = new_operation(kind, call, delay_s=delay_s, change=change)
    phase = {
        Kind.PROVISION: Phase.CREATING,
        Kind.UPDATE: Phase.UPDATING,
        Kind.DEPROVISION: Phase.DELETING,
    }[kind]
    with core.state.transaction():
        if kind is Kind.DEPROVISION:
            supersede_open(core, call.instance_id)
        core.state.save_instance(replace(instance, phase=phase))
        core.state.add_operation(operation)
    if is_async:
        core.work.queue(operation)
        return accepted(operation)
    return _perform(core, call, operation)


def _perform(core: Core, call: Call, operation: Operation) -> Answer:
    error = core.work.perform(operation).error
    if error is not None:
        if operation.kind is Kind.PROVISION:
            core.work.undo(operation)
        raise refuse_failed(error, operation.kind)
    instance = core.state.instance(call.instance_id)
    body = _metadata(instance) if instance else {}
    return Answer(201 if operation.kind is Kind.PROVISION else 200, body)


def _repeated(core: Core, call: Call, existing: Instance, wanted: Instance) -> Answer:
    if not _is_same(existing, wanted):
        raise Refusal(409, "this instance_id is taken by a different request")
    newest = core.state.last_operation(call.instance_id)
    if newest is not None and existing.phase is Phase.CREATING:
        return still_running(newest, call, _WHAT)
    if existing.phase is Phase.DELETE_FAILED:
        raise half_deleted(_WHAT, "deprovision")
    if existing.phase is not Phase.READY:
        raise busy(_WHAT)
    return Answer(200, _metadata(existing))


def _is_same(existing: Instance, wanted: Instance) -> bool:
    """Same service, plan and parameters; a context may have changed since (a renamed instance)."""
    return (existing.service_id, existing.plan_id, existing.parameters) == (
        wanted.service_id,
        wanted.plan_id,
        wanted.parameters,
    )


def _change(call: Call, before: Instance, offer: Offer) -> Change:
    body = call.body
    moves = body.maintenance_info is not None or offer.plan_id != before.plan_id
    return Change(
        plan_id=offer.plan_id,
        parameters={**before.parameters, **(body.parameters or {})},
        context=body.context or before.context,
        maintenance_version=(
            offer.plan.maintenance_version if moves else before.maintenance_version
        ),
    )


def _is_no_work(before: Instance, change: Change) -> bool:
    return (before.plan_id, before.parameters, before.maintenance_version) == (
        change.plan_id,
        change.parameters,
        change.maintenance_version,
    )


def _update_under_way(core: Core, call: Call, before: Instance, change: Change) -> Answer:
    if before.phase is Phase.DELETE_FAILED:
        raise half_deleted(_WHAT, "deprovision")
    newest = core.state.last_operation(call.instance_id)
    if newest is not None and newest.change == change:
        return still_running(newest, call, _WHAT)
    raise busy(_WHAT)


def _check_maintenance(call: Call, offer: Offer) -> None:
    wanted = call.body.maintenance_info
    if wanted is not None and wanted.version != offer.plan.maintenance_version:
        raise maintenance_conflict(wanted.version, offer.plan.maintenance_version)


def _metadata(instance: Instance) -> JsonObject:
    if not instance.attributes:
        return {}
    return {"metadata": {"labels": {}, "attributes": instance.attributes}}
