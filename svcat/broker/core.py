"""What the life-cycle code works with, and how it starts an operation and tells its outcome."""

import math
import time
import uuid
from dataclasses import dataclass, replace

from svcat.broker.answers import Answer
from svcat.broker.catalog import Catalog, Offer
from svcat.broker.errors import DriverError, DriverRefusal, Refusal, async_required, busy
from svcat.broker.limits import LIMITS
from svcat.broker.locks import InstanceLocks
from svcat.broker.records import Change, Instance, Kind, Operation
from svcat.broker.requests import Call
from svcat.broker.state import State
from svcat.broker.work import Work
from svcat.osb.models import JsonObject, OperationState


@dataclass(frozen=True, slots=True)
class Core:
    """The parts of a running broker."""

    state: State
    catalog: Catalog
    locks: InstanceLocks
    work: Work

    def offer_of(self, instance: Instance) -> Offer:
        """The offer that the instance was made from."""
        return self.catalog.offer(instance.service_id, instance.plan_id)


def new_operation(
    kind: Kind, call: Call, *, delay_s: float, change: Change | None = None
) -> Operation:
    """An operation for what the call names, due after ``delay_s`` seconds."""
    on_binding = kind in {Kind.BIND, Kind.UNBIND}
    return Operation(
        id=f"{kind}-{uuid.uuid4().hex}",
        kind=kind,
        instance_id=call.instance_id,
        binding_id=call.binding_id if on_binding else "",
        due_at=time.time() + delay_s,
        change=change,
    )


def require_async(call: Call, *, is_async: bool) -> None:
    """Refuse (422) an asynchronous operation to a platform that cannot wait for it."""
    if is_async and not call.accepts_incomplete:
        raise async_required()


def accepted(operation: Operation) -> Answer:
    """202: poll."""
    return Answer(202, {"operation": operation.id}, retry_after(operation))


def still_running(operation: Operation, call: Call, what: str) -> Answer:
    """The answer to a repeated request: the same 202 again, or ConcurrencyError."""
    if not call.accepts_incomplete:
        raise busy(what)
    return accepted(operation)


def retry_after(operation: Operation) -> dict[str, str]:
    """The ``Retry-After`` header, while the operation cannot be done for another second."""
    left_s = operation.due_at - time.time()
    return {"Retry-After": str(math.floor(left_s))} if left_s >= 1 else {}


def refuse_failed(error: DriverError, kind: Kind) -> Refusal:
    """The refusal that tells of a synchronous failure: 400 for a request that cannot be met."""
    body: JsonObject = {}
    if kind in {Kind.UPDATE, Kind.DEPROVISION}:
        body["instance_usable"] = error.instance_usable and kind is Kind.UPDATE
    if kind is Kind.UPDATE:
        body["update_repeatable"] = error.update_repeatable
    return Refusal(400 if isinstance(error, DriverRefusal) else 500, error.description, body=body)


def last_operation(core: Core, call: Call) -> Answer:
    """Answer a poll (OSB 2.17, Polling Last Operation, for instances and bindings alike)."""
    call.check_hints()
    name = call.query.get("operation")
    newest = core.state.last_operation(call.instance_id, call.binding_id)
    operation = core.state.operation(name) if name else newest
    if operation is None or not _is_of(operation, call):
        return _unknown_operation(core, call, name)
    body: JsonObject = {"state": operation.state}
    if operation.description:
        body["description"] = operation.description[: LIMITS.description_characters]
    if operation.state == OperationState.FAILED and operation.kind in {
        Kind.UPDATE,
        Kind.DEPROVISION,
    }:
        body["instance_usable"] = operation.instance_usable
        if operation.kind is Kind.UPDATE:
            body["update_repeatable"] = operation.update_repeatable
    is_open = operation.state == OperationState.IN_PROGRESS
    return Answer(200, body, retry_after(operation) if is_open else {})


def _unknown_operation(core: Core, call: Call, name: str | None) -> Answer:
    if call.binding_id:
        exists = core.state.binding(call.instance_id, call.binding_id) is not None
    else:
        exists = core.state.instance(call.instance_id) is not None
    if exists:
        raise Refusal(400, "no such operation on this resource")
    # Long after a delete its operation is forgotten, but its id still says what it was.
    if name is not None and name.startswith((Kind.DEPROVISION, Kind.UNBIND)):
        return Answer(410)
    raise Refusal(404, "no such resource")


def _is_of(operation: Operation, call: Call) -> bool:
    return (operation.instance_id, operation.binding_id) == (call.instance_id, call.binding_id)


def supersede_open(core: Core, instance_id: str, binding_id: str = "") -> None:
    """End what still runs on a resource that is about to be deleted (inside a transaction)."""
    for operation in core.state.open_operations(instance_id):
        if binding_id in ("", operation.binding_id):
            failed = OperationState.FAILED.value
            core.state.end_operation(
                replace(operation, state=failed, description="ended by a delete request")
            )
