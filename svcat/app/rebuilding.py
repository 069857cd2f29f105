"""A binding's record from what its Secret and its workloads still know of it.

The Secret names instance, broker, plan and binding id; the fields in workloads are held by a
manager named after the record that is gone, which the new one goes on using.
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from svcat.app import places
from svcat.app.bindings import Order
from svcat.app.facts import moved
from svcat.app.injection import require_workloads, served
from svcat.app.managed_fields import Step, held_at, keys_in
from svcat.app.operation import Session
from svcat.app.ports import Ports
from svcat.app.projection import items_at
from svcat.app.variables import ROOT
from svcat.app.workload_kinds import KINDS, Kind, containers_in
from svcat.errors import Conflict, Forbidden, NotFound
from svcat.objects import JsonObject
from svcat.store import names
from svcat.store.records import (
    BindingId,
    BindingPhase,
    BindingRecord,
    BrokerRecord,
    BrokerRef,
    Injection,
    InjectionState,
    InstanceRecord,
    Role,
)
from svcat.store.secrets import BINDING, CredentialsSecret


def rebuild(name: str, order: Order, session: Session) -> BindingRecord:
    """Make the record of binding ``name`` again. Raises NotFound, Conflict."""
    ports = session.ports
    secret = secret_of(name, order.namespace, ports, secret_name=order.secret_name)
    if secret is None:
        raise NotFound(
            f"binding {name!r} not found in namespace {order.namespace}, nor a Secret of it",
            hint="what brokers may still hold of it: svcat orphans list",
        )
    if not secret.held_id:
        raise Conflict(
            f"of binding {name!r} only an empty Secret is left",
            hint="delete what the broker may hold of it: svcat orphans clean",
        )
    record = _record_from(name, secret, order, session)
    stored, is_ours = ports.records.create(record)
    if is_ours:
        entry = places.binding_entry(
            stored, secret.held_id, places.place_of(order.namespace, ports), ports.holder
        )
        places.note_in_ledger(entry, ports)
        ports.say(f"binding {name}: its record was made again")
    return stored


def secret_of(
    name: str, namespace: str, ports: Ports, *, secret_name: str = ""
) -> CredentialsSecret | None:
    """Return the Secret of a binding whose record is gone; by its label where we may list."""
    found = ports.secrets.find(namespace, secret_name or name)
    if found is not None and _is_of(found, name):
        return found
    try:
        return next(iter(ports.secrets.list(namespace, name)), None)
    except Forbidden:
        return None


def _is_of(secret: CredentialsSecret, name: str) -> bool:
    labels = secret.obj["metadata"].get("labels") or {}
    return bool(secret.owner_uid) and labels.get(BINDING) == names.label_value(name)


def _record_from(
    name: str, secret: CredentialsSecret, order: Order, session: Session
) -> BindingRecord:
    ports, facts = session.ports, session.facts()
    instance_id = secret.noted("instance-id")
    broker = BrokerRef(name=secret.noted("broker"), namespace=secret.noted("broker-namespace"))
    instance = ports.records.find(InstanceRecord, order.namespace, secret.noted("instance"))
    if instance is not None and instance.instance_id != instance_id:
        instance = None
    manager_uid = secret.noted("manager-uid") or secret.owner_uid
    record = BindingRecord(
        namespace=order.namespace,
        name=name,
        broker=broker,
        broker_url=_url_of(broker, ports),
        service_id=secret.noted("service-id"),
        service_name=instance.service_name if instance else "",
        plan_id=secret.noted("plan-id"),
        plan_name=instance.plan_name if instance else "",
        instance=secret.noted("instance"),
        instance_uid=instance.uid if instance else "",
        instance_id=instance_id,
        parameters=order.parameters,
        # How often it was sent nobody knows: no refusal may count as proof that it is not there.
        ids=(BindingId(id=secret.held_id, role=Role.CURRENT, sends=2),),
        secret_name=secret.obj["metadata"]["name"],
        secret_type=str(secret.obj.get("type", "")),
        shape=secret.shape,
        expires_at=secret.expires_at,
        renew_before=secret.renew_before,
        phase=BindingPhase.READY,
        manager_uid=manager_uid,
    )
    record = replace(record, injections=tuple(_injections(record, ports)))
    return moved(record, BindingPhase.READY, "Rebuilt", facts, None)


def _url_of(ref: BrokerRef, ports: Ports) -> str:
    broker = ports.records.find(BrokerRecord, ref.namespace or ports.system_namespace, ref.name)
    return broker.url if broker is not None else ""


# --- what it is injected into ---------------------------------------------------------------------


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
