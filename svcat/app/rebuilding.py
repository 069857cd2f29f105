"""A binding's record from what is left of it: its Secret or the ledger, and its workloads.

The fields in workloads are held by a manager named after the record that is gone, which the new one
goes on using.
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from svcat.app import secret_layout, traces
from svcat.app.binding_order import Order
from svcat.app.facts import Facts, moved
from svcat.app.injection import require_workloads, served
from svcat.app.instance_lifecycle import ENDING
from svcat.app.managed_fields import Step, held_at, keys_in
from svcat.app.operation import Session
from svcat.app.ports import Ports
from svcat.app.projection import items_at
from svcat.app.traces import Trace
from svcat.app.variables import ROOT
from svcat.app.workload_kinds import KINDS, Kind, containers_in
from svcat.errors import Conflict, Forbidden, NotFound
from svcat.objects import JsonObject
from svcat.store.injections import Injection, InjectionState
from svcat.store.records import (
    BindingId,
    BindingPhase,
    BindingRecord,
    InstanceRecord,
    Operation,
    OperationType,
    Role,
)

RECORD_LOST = "RecordLost"


def rebuild(name: str, order: Order, session: Session) -> BindingRecord:
    """Make the record of binding ``name`` again, to be proved. Raises NotFound, Conflict."""
    ports = session.ports
    trace = traces.find(name, order.namespace, ports, secret_name=order.secret_name)
    if trace is None:
        raise NotFound(
            f"binding {name!r} not found in namespace {order.namespace}, nor a Secret of it, nor "
            "an entry of it in the ledger",
            hint=f"make a new one: svcat bind {order.instance} --name {name} -n {order.namespace}",
        )
    instance = ports.records.find(InstanceRecord, order.namespace, trace.instance)
    if instance is None or instance.instance_id != trace.instance_id:
        raise _without_instance(name, trace, order)
    if instance.phase in ENDING:
        raise _of_closed_instance(name, instance)
    record = _record_from(trace, instance, name, order, session)
    stored, is_ours = ports.records.create(record)
    if is_ours:
        ports.say(f"binding {name}: its record was made again{_what_is_lost(trace, order)}")
    return stored


def is_to_be_proved(record: BindingRecord) -> bool:
    """Whether the record was made again, and nobody has looked yet if it is true."""
    return record.phase is BindingPhase.FAILED and record.reason == RECORD_LOST


def prove(record: BindingRecord, session: Session) -> BindingRecord | None:
    """Make the record a ready binding's, or, if its id is gone or going, that of a bind anew.

    Whoever deletes an id that is on record nowhere says so in the ledger, and only then looks for
    a record; ours stands. Returns None if the record is gone.
    """
    ports = session.ports
    if _is_alive(record, ports):
        facts = session.facts()
        return ports.records.change(record, lambda found: _proved(found, facts))
    facts = replace(session.facts(), new_id=ports.new_id())
    return ports.records.change(record, lambda found: _anew(found, facts))


def _is_alive(record: BindingRecord, ports: Ports) -> bool:
    """Whether the current id is in the ledger, which has each until its end is confirmed."""
    current = record.id_in(Role.CURRENT)
    if current is None:
        return False
    try:
        entry = ports.ledger.find(current.id)
    except Forbidden:  # the ledger is not for everybody's eyes
        return True
    return entry is not None and not entry.ending


def _proved(found: BindingRecord, facts: Facts) -> BindingRecord | None:
    if not is_to_be_proved(found):
        return None
    return moved(found, BindingPhase.READY, "Rebuilt", facts, None)


def _anew(found: BindingRecord, facts: Facts) -> BindingRecord | None:
    if not is_to_be_proved(found):
        return None
    gone = (replace(known, role=Role.RETIRED, keep_until=None) for known in found.ids)
    ids = (*gone, BindingId(id=facts.new_id, role=Role.CURRENT, sends=1))
    operation = Operation(type=OperationType.BIND, started=facts.now)
    begun = replace(found.claimed(facts.claim, facts.now), ids=ids)
    return moved(begun, BindingPhase.BINDING, "Binding", facts, operation)


def _what_is_lost(trace: Trace, order: Order) -> str:
    lost = []
    if not order.parameters and not order.secret_refs:
        lost.append("the parameters that it may have had")
    if not trace.secret_type:
        lost.append("the layout of its Secret (another one: svcat update binding)")
    return f", without {' and '.join(lost)}" if lost else ""


def _without_instance(name: str, trace: Trace, order: Order) -> NotFound:
    """A binding ends before its instance does: what is left of it is no proof that it is there."""
    return NotFound(
        f"what is left of binding {name!r} is of an instance {trace.instance!r} that is not on "
        f"record in namespace {order.namespace}",
        hint="see what is left behind: svcat orphans list",
        details=(
            f"if it is there: svcat provision {trace.instance} --external-id {trace.instance_id} "
            "--class CLASS --plan PLAN, then the same again",
        ),
    )


def _of_closed_instance(name: str, instance: InstanceRecord) -> Conflict:
    """A deprovision ends the bindings that it finds on record nowhere, too."""
    return Conflict(
        f"instance {instance.name!r} is {instance.phase}: whether binding {name!r} lives to be "
        "repaired nobody knows yet",
        hint=f"see that through: svcat resume {instance.name} -n {instance.namespace}",
    )


def _record_from(
    trace: Trace, instance: InstanceRecord, name: str, order: Order, session: Session
) -> BindingRecord:
    ports, facts = session.ports, session.facts()
    usual_type = f"{secret_layout.TYPE_PREFIX}{secret_layout.service_type(instance.service_name)}"
    record = BindingRecord(
        namespace=order.namespace,
        name=name,
        broker=trace.broker,
        broker_url=trace.broker_url,
        service_id=trace.service_id,
        service_name=instance.service_name,
        plan_id=trace.plan_id,
        plan_name=instance.plan_name,
        instance=trace.instance,
        instance_uid=instance.uid,
        instance_id=trace.instance_id,
        parameters=order.parameters,
        parameters_from=order.secret_refs,
        ids=trace.ids,
        secret_name=trace.secret_name,
        secret_type=trace.secret_type or usual_type,
        shape=trace.shape,
        expires_at=trace.expires_at,
        renew_before=trace.renew_before,
        phase=BindingPhase.FAILED,
        manager_uid=trace.manager_uid,
    )
    record = replace(record, injections=tuple(_injections(record, ports)))
    facts = replace(facts, words="its record was lost; whether it lives is yet to be seen")
    return moved(record, BindingPhase.FAILED, RECORD_LOST, facts, None)


def _injections(record: BindingRecord, ports: Ports) -> Iterator[Injection]:
    if ports.workloads is None:
        return
    for kind in KINDS:
        if kind.is_fixed:
            continue
        resource = served(kind, ports.workloads)
        try:
            found = require_workloads(ports).list_all(resource, record.namespace, selector="")
        except Forbidden as error:
            ports.warn(f"whether it is in any {kind.resource.kind} nobody knows: {error.message}")
            continue
        for obj in found:
            injection = _injection_in(obj, kind, resource.api_version, record)
            if injection is not None:
                yield injection


def _injection_in(
    obj: JsonObject, kind: Kind, api_version: str, record: BindingRecord
) -> Injection | None:
    """Return what ``obj`` holds by the binding's field manager; None if nothing."""
    if not held_at(obj, record.field_manager, ()):
        return None
    env: dict[str, str] = {}
    chosen, is_mounted, everything = [], False, containers_in(obj, kind.mapping)
    for path, container in everything:
        name = str(container.get("name"))
        at: tuple[Step, ...] = (*kind.template, "spec", path.group, {"name": name})
        if not held_at(obj, record.field_manager, at):
            continue
        chosen.append(name)
        variables = keys_in(held_at(obj, record.field_manager, (*at, "env")), "name")
        mounts = held_at(obj, record.field_manager, (*at, "volumeMounts"))
        is_mounted = is_mounted or bool(mounts)
        env |= {v: _key_of(container, v) for v in variables if v != ROOT}
    return Injection(
        api_version=api_version,
        kind=kind.resource.kind,
        plural=kind.resource.plural,
        name=obj["metadata"]["name"],
        uid=obj["metadata"]["uid"],
        state=InjectionState.INJECTED,
        containers=() if len(chosen) == len(everything) else tuple(chosen),
        env=tuple(sorted((key, variable) for variable, key in env.items() if key)),
        files=is_mounted,
        variables=tuple(sorted(env)),
    )


def _key_of(container: JsonObject, variable: str) -> str:
    for entry in items_at(container, ("env",)):
        if entry.get("name") == variable:
            reference: dict[str, Any] = (entry.get("valueFrom") or {}).get("secretKeyRef") or {}
            return str(reference.get("key", ""))
    return ""
