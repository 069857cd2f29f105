"""Classes of the user's own: a broker's class under another name, fewer plans, default parameters.

Defaults go under what is given, class < plan < instance, once, when an instance is made: the record
then holds them as if they had been given. Nothing else remembers the preset: instances outlive it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from svcat.app.ports import Ports
from svcat.errors import AlreadyExists, Forbidden, NotFound, UsageError
from svcat.osb.models import JsonObject
from svcat.store import names
from svcat.store.records import PresetRecord, Scope

if TYPE_CHECKING:
    from svcat.app.catalog import Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What ``create class`` is asked for; plans by name."""

    name: str
    namespace: str
    scope: Scope
    plans: tuple[str, ...] = ()
    parameters: JsonObject | None = None
    plan_parameters: Mapping[str, JsonObject] = field(default_factory=dict)


def create(wanted: Wanted, base: "Offering", ports: Ports) -> tuple["Offering", bool]:
    """Make a class out of another; return it, and whether it was not there already.

    Raises UsageError, NotFound (a plan), AlreadyExists.
    """
    names.require_name(wanted.name, "a class")
    is_cluster = wanted.scope is Scope.CLUSTER
    if is_cluster and base.broker.scope is not Scope.CLUSTER:
        raise UsageError(
            f"class {base.service.name!r} is of a broker of namespace {base.broker.namespace}",
            hint="a class for the whole cluster needs a broker for the whole cluster; leave out "
            "--scope cluster",
        )
    if is_cluster:
        ports.ledger.ensure_namespace()
    record = PresetRecord(
        namespace=ports.system_namespace if is_cluster else wanted.namespace,
        name=wanted.name,
        scope=wanted.scope,
        broker=base.broker.ref,
        service_id=base.service.id,
        service_name=base.service.name,
        plan_ids=tuple(_plan_id(base, plan) for plan in wanted.plans),
        parameters=wanted.parameters or None,
        plan_parameters={
            _plan_id(base, plan): value for plan, value in wanted.plan_parameters.items()
        },
    )
    stored, is_new = ports.records.create(record)
    if not is_new and _facts(stored) != _facts(record):
        raise AlreadyExists(
            f"class {wanted.name!r} is there already, made of {stored.service_name!r} or with "
            "other plans or defaults",
            hint=f"delete it first: svcat delete class {wanted.name}",
        )
    return _made(stored, base), is_new


def delete(name: str, namespace: str, scope: Scope | None, ports: Ports) -> PresetRecord:
    """Forget a class of the user's own; instances made of it stay. Raises NotFound."""
    found = _find(name, namespace, scope, ports)
    if not found:
        raise NotFound(
            f"class {name!r} of your own not found in namespace {namespace} or cluster-wide",
            hint="classes of brokers go with their brokers; see: svcat get classes",
        )
    ports.records.remove(found[0])
    return found[0]


def offered(
    namespace: str, known: Iterable["Offering"], scope: Scope | None, ports: Ports
) -> list["Offering"]:
    """Return the presets that ``namespace`` (all if empty) can use, of the classes ``known``."""
    bases = {(o.broker.ref, o.service.id): o for o in known}
    if not bases:
        return []
    found: list[PresetRecord] = []
    if not namespace:
        found = list(ports.records.list(PresetRecord))
    else:
        for place in _places(namespace, scope, ports):
            try:
                found += ports.records.list(PresetRecord, place)
            except Forbidden:  # what is cluster-wide is not for everybody's eyes
                if place == namespace:
                    raise
    wanted = [preset for preset in found if scope in {None, preset.scope}]
    return [
        _made(preset, base)
        for preset in wanted
        if (base := bases.get((preset.broker, preset.service_id))) is not None
    ]


def named(
    name: str, namespace: str, known: Iterable["Offering"], scope: Scope | None, ports: Ports
) -> list["Offering"]:
    """Return the preset of that name, of the classes ``known``."""
    bases = {(o.broker.ref, o.service.id): o for o in known}
    return [
        _made(preset, base)
        for preset in _find(name, namespace, scope, ports)
        if (base := bases.get((preset.broker, preset.service_id))) is not None
    ][:1]


def _find(name: str, namespace: str, scope: Scope | None, ports: Ports) -> list[PresetRecord]:
    """Return the presets of that name, one of the namespace before one of the cluster."""
    try:
        names.require_name(name, "a class")
    except UsageError:
        return []
    if not namespace:
        return [p for p in ports.records.list(PresetRecord) if p.name == name]
    places = _places(namespace, scope, ports)
    found = []
    for place in places:
        try:
            found.append(ports.records.find(PresetRecord, place, name))
        except Forbidden:
            continue
    return [preset for preset in found if preset is not None]


def _places(namespace: str, scope: Scope | None, ports: Ports) -> list[str]:
    places = [] if scope is Scope.CLUSTER else [namespace]
    if scope is not Scope.NAMESPACE and ports.system_namespace not in places:
        places.append(ports.system_namespace)
    return places


def _made(preset: PresetRecord, base: "Offering") -> "Offering":
    plans = base.service.plans
    if preset.plan_ids:
        plans = tuple(plan for plan in plans if plan.id in preset.plan_ids)
    service = msgspec.structs.replace(base.service, name=preset.name, plans=plans)
    return type(base)(base.broker, service, preset)


def _plan_id(base: "Offering", name: str) -> str:
    for plan in base.service.plans:
        if name in {plan.name, plan.id}:
            return plan.id
    raise NotFound(
        f"plan {name!r} not found in class {base.service.name!r}",
        hint=names.close_to(name, [plan.name for plan in base.service.plans])
        or f"see its plans: svcat get plans --class {base.service.name}",
    )


def _facts(preset: PresetRecord) -> tuple[object, ...]:
    return (
        preset.broker,
        preset.service_id,
        preset.plan_ids,
        preset.parameters,
        preset.plan_parameters,
    )
