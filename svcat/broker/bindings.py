"""Bind, rotate, fetch and unbind: OSB 2.17, Binding to Unbinding.

Idempotent by id; the intent and the password are saved before any side effect.
"""

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime

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
from svcat.broker.errors import Refusal, bad_request, busy, half_deleted
from svcat.broker.limits import LIMITS
from svcat.broker.parameters import check_parameters
from svcat.broker.records import Binding, Instance, Kind, Phase
from svcat.broker.requests import Call
from svcat.osb.models import JsonObject

_WHAT = "this binding"
_RENEW_AFTER = 2 / 3  # of the lifetime


def bind(core: Core, call: Call) -> Answer:
    """Make a binding, or rotate one: 201, 200 if it is there already, 202 while it is made."""
    with core.locks.holding(call.instance_id, wait_s=LIMITS.lock_wait_s):
        instance = _bindable_instance(core, call)
        offer = core.offer_of(instance)
        wanted = _wanted(core, call, instance, offer)
        existing = core.state.binding(call.instance_id, call.binding_id)
        if existing is not None and not _is_same(existing, wanted):
            raise Refusal(409, "this binding_id is taken by a different request")
        if existing is not None and existing.phase is not Phase.CREATE_FAILED:
            return _repeated(core, call, instance, existing)
        _check_usable(instance)
        if wanted.predecessor_id:
            _check_predecessor(core, wanted, offer)
        require_async(call, is_async=offer.is_async(Kind.BIND))
        if len(core.state.bindings(instance.id)) >= LIMITS.bindings_per_instance:
            raise Refusal(
                403, f"this instance has its limit of {LIMITS.bindings_per_instance} bindings"
            )
        return _start(core, call, offer, Kind.BIND, wanted)


def fetch(core: Core, call: Call) -> Answer:
    """Tell a binding with its credentials (404 unless it is made)."""
    call.check_hints()
    instance = core.state.instance(call.instance_id)
    binding = core.state.binding(call.instance_id, call.binding_id)
    if instance is None or binding is None or binding.phase is not Phase.READY:
        raise Refusal(404, "no such binding")
    body = _body(core, instance, binding)
    return Answer(200, {**body, "parameters": binding.parameters})


def unbind(core: Core, call: Call) -> Answer:
    """Remove a binding, in use or not: 200, 202, or 410 if it is gone."""
    service_id, plan_id = call.ids_from_query()
    offer = core.catalog.offer(service_id, plan_id)
    with core.locks.holding(call.instance_id, wait_s=LIMITS.lock_wait_s):
        instance = core.state.instance(call.instance_id)
        if instance is None:
            return _unbind_unknown(call, offer)
        if (instance.service_id, instance.plan_id) != (service_id, plan_id):
            raise bad_request("service_id and plan_id are not those of this binding")
        binding = core.state.binding(call.instance_id, call.binding_id)
        if binding is None:
            if not offer.driver.has_binding(call.instance_id, call.binding_id):
                return Answer(410)
            # The state was lost, the login was not: adopt it, to remove it.
            binding = Binding(id=call.binding_id, instance_id=call.instance_id)
        newest = core.state.last_operation(call.instance_id, call.binding_id)
        if newest is not None and binding.phase is Phase.DELETING:
            return still_running(newest, call, _WHAT)
        if instance.phase in {Phase.UPDATING, Phase.DELETING}:
            raise busy("this instance")
        require_async(call, is_async=offer.is_async(Kind.UNBIND))
        return _start(core, call, offer, Kind.UNBIND, binding)


def _unbind_unknown(call: Call, offer: Offer) -> Answer:
    """With an instance go its bindings, unless the broker lost its state and the server did not."""
    if not offer.driver.has_binding(call.instance_id, call.binding_id):
        return Answer(410)
    offer.driver.unbind(call.instance_id, call.binding_id)
    return Answer(200)


def _start(core: Core, call: Call, offer: Offer, kind: Kind, binding: Binding) -> Answer:
    is_async = offer.is_async(kind)
    operation = new_operation(kind, call, delay_s=offer.plan.delay_s if is_async else 0.0)
    phase = Phase.CREATING if kind is Kind.BIND else Phase.DELETING
    with core.state.transaction():
        if kind is Kind.UNBIND:
            supersede_open(core, call.instance_id, call.binding_id)
        core.state.save_binding(replace(binding, phase=phase))
        core.state.add_operation(operation)
    if is_async:
        core.work.queue(operation)
        return accepted(operation)
    error = core.work.perform(operation).error
    if error is not None:
        if kind is Kind.BIND:
            core.work.undo(operation)
        raise refuse_failed(error, kind)
    if kind is Kind.UNBIND:
        return Answer(200)
    instance = core.state.instance(call.instance_id)
    made = core.state.binding(call.instance_id, call.binding_id)
    if instance is None or made is None:
        raise Refusal(500, "the binding is not on record")
    return Answer(201, _body(core, instance, made))


def _bindable_instance(core: Core, call: Call) -> Instance:
    instance = core.state.instance(call.instance_id)
    if instance is None or instance.phase is Phase.CREATE_FAILED:
        raise Refusal(404, "no such instance")
    ids = (call.body.service_id, call.body.plan_id)
    # A rotation need not repeat them (OSB 2.17, Rotating a Service Binding, table).
    if ids != (instance.service_id, instance.plan_id) and not (
        call.body.predecessor_binding_id and ids == ("", "")
    ):
        raise bad_request("service_id and plan_id are not those of this instance")
    return instance


def _check_usable(instance: Instance) -> None:
    if instance.phase is Phase.DELETE_FAILED:
        raise half_deleted("this instance", "deprovision")
    if instance.phase is not Phase.READY:
        raise busy("this instance")


def _wanted(core: Core, call: Call, instance: Instance, offer: Offer) -> Binding:
    body = call.body
    if body.predecessor_binding_id and body.parameters:
        raise bad_request("a rotation takes the parameters of its predecessor: send none")
    parameters = body.parameters or {}
    if body.predecessor_binding_id:
        predecessor = core.state.binding(instance.id, body.predecessor_binding_id)
        parameters = predecessor.parameters if predecessor else {}
    check_parameters(parameters, offer.offering.bind_parameters)
    lifetime_s = offer.offering.binding_lifetime_s
    now = time.time()
    return Binding(
        id=call.binding_id,
        instance_id=instance.id,
        parameters=parameters,
        predecessor_id=body.predecessor_binding_id or "",
        secret=secrets.token_urlsafe(24),
        expires_at=now + lifetime_s if lifetime_s else None,
        renew_before=now + lifetime_s * _RENEW_AFTER if lifetime_s else None,
    )


def _check_predecessor(core: Core, wanted: Binding, offer: Offer) -> None:
    if not offer.offering.rotatable:
        raise bad_request("bindings of this plan cannot be rotated")
    predecessor = core.state.binding(wanted.instance_id, wanted.predecessor_id)
    if predecessor is None or predecessor.phase is not Phase.READY:
        raise bad_request("predecessor_binding_id is no binding of this instance")
    if predecessor.expires_at is not None and predecessor.expires_at <= time.time():
        raise bad_request("the predecessor has expired: make a new binding")


def _repeated(core: Core, call: Call, instance: Instance, existing: Binding) -> Answer:
    newest = core.state.last_operation(call.instance_id, call.binding_id)
    if newest is not None and existing.phase is Phase.CREATING:
        return still_running(newest, call, _WHAT)
    if existing.phase is Phase.DELETE_FAILED:
        raise half_deleted(_WHAT, "unbind")
    if existing.phase is not Phase.READY:
        raise busy(_WHAT)
    return Answer(200, _body(core, instance, existing))


def _is_same(existing: Binding, wanted: Binding) -> bool:
    if existing.predecessor_id != wanted.predecessor_id:
        return False
    # A rotation repeated after its predecessor is gone is still the same rotation.
    return bool(wanted.predecessor_id) or existing.parameters == wanted.parameters


def _body(core: Core, instance: Instance, binding: Binding) -> JsonObject:
    body: JsonObject = {
        "credentials": core.offer_of(instance).driver.credentials(instance, binding)
    }
    if binding.expires_at is not None and binding.renew_before is not None:
        body["metadata"] = {
            "expires_at": _timestamp(binding.expires_at),
            "renew_before": _timestamp(binding.renew_before),
        }
    return body


def _timestamp(seconds: float) -> str:
    """As the spec writes it: ``yyyy-mm-ddThh:mm:ss.sZ``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 100_000}Z"
