"""What ``bind`` is asked for: the record that it makes, and whether one that stands is the same."""

from msgspec import Struct
from msgspec.structs import replace

from svcat.app import differences, secret_layout
from svcat.app.facts import moved
from svcat.app.operation import Session
from svcat.app.ports import Ports
from svcat.errors import Conflict
from svcat.osb.jsontext import same
from svcat.osb.models import JsonObject
from svcat.osb.plan_schema import Use
from svcat.store import names
from svcat.store.records import (
    BindingId,
    BindingPhase,
    BindingRecord,
    InstanceRecord,
    Operation,
    OperationType,
    Role,
    SecretKeyRef,
)
from svcat.store.shape import Shape


class Order(Struct, frozen=True, kw_only=True):
    """What ``bind`` is asked for."""

    instance: str
    namespace: str
    name: str = ""  # the instance's, if empty
    secret_name: str = ""  # the binding's, if empty
    parameters: JsonObject | None = None
    secret_refs: tuple[SecretKeyRef, ...] = ()
    external_id: str = ""
    service_type: str = ""
    route: str = ""  # for a class that forwards routes
    shape: Shape = Shape()
    keep_failed: bool = False


def intent(
    order: Order, instance: InstanceRecord, refs: tuple[SecretKeyRef, ...], session: Session
) -> BindingRecord:
    """Return the record of a binding that is about to be asked for. Raises UsageError."""
    name = names.require_name(order.name or instance.name, "a binding")
    secret_name = names.require_object_name(order.secret_name or name, "a Secret")
    if order.external_id:
        names.require_osb_id(order.external_id, "a binding id")
    facts = session.facts()
    binding_id = order.external_id or session.ports.new_id()
    service_type = secret_layout.require_type(
        order.service_type or secret_layout.service_type(instance.service_name)
    )
    record = BindingRecord(
        namespace=instance.namespace,
        name=name,
        broker=instance.broker,
        broker_url=instance.broker_url,
        service_id=instance.service_id,
        service_name=instance.service_name,
        plan_id=instance.plan_id,
        plan_name=instance.plan_name,
        instance=instance.name,
        instance_uid=instance.uid,
        instance_id=instance.instance_id,
        parameters=order.parameters,
        parameters_from=refs,
        adopted=bool(order.external_id),
        keep_failed=order.keep_failed,
        ids=(BindingId(id=binding_id, role=Role.CURRENT, sends=1),),
        route=order.route,
        secret_name=secret_name,
        secret_type=f"{secret_layout.TYPE_PREFIX}{service_type}",
        shape=replace(order.shape, service_type=order.service_type),
        phase=BindingPhase.BINDING,
        claims=(facts.claim,),
    )
    operation = Operation(type=OperationType.BIND, started=facts.now)
    return moved(record, BindingPhase.BINDING, "Binding", facts, operation)


def require_same(found: BindingRecord, wanted: BindingRecord, ports: Ports) -> None:
    """Raise Conflict if a binding that stands is not what is wanted: what differs, what helps."""
    differing = []
    if (found.instance, found.instance_id) != (wanted.instance, wanted.instance_id):
        differing.append(f"instance {found.instance}")
    if found.secret_name != wanted.secret_name:
        differing.append(f"Secret {found.secret_name}")
    if found.route != wanted.route:
        differing.append(f"route {found.route}" if found.route else "no route")
    if not same(found.parameters or {}, wanted.parameters or {}):
        differing.append("other parameters")
    if not differences.same_sources(found, wanted):
        differing.append("parameters from other Secrets")
    if differing:
        raise Conflict(
            f"binding {found.name!r} exists, with {', '.join(differing)}",
            details=tuple(
                differences.of_parameters(
                    found, wanted, differences.offered_plan(wanted, ports), Use.BIND
                )
            ),
            hint="take another name: --name",
        )
    if _layout_of(found) != _layout_of(wanted):
        raise Conflict(
            f"binding {found.name!r} exists, with another layout of its Secret",
            hint=f"change it: svcat update binding {found.name} -n {found.namespace}",
        )


def _layout_of(record: BindingRecord) -> tuple[Shape, str]:
    return replace(record.shape, service_type=""), secret_layout.type_of(record)
