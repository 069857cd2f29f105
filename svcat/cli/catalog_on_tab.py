"""What Tab offers out of cached catalogs, for no broker is asked: classes, plans, parameters."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svcat.cli.completion_words import Point
    from svcat.cli.deps import Deps
    from svcat.osb.models import Plan

Name = tuple[str, str, bool]  # the word, what it is, whether more follows


def classes(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give the classes that may be named there; a class is made of a broker's only."""
    from svcat.app.catalog import offerings

    for offering in offerings(
        deps.namespace, deps.ports, broker=point.first("broker"), names_only=True
    ):
        if point.name != "from_class" or offering.preset is None:
            yield offering.service.name, offering.service.description, False


def own_classes(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give the classes of the user's own making."""
    from svcat.store.glance import glance

    del point
    for preset in glance(deps.api, "class", deps.namespace, deps.system_namespace):
        yield preset.name, f"made of {preset.annotation('service-name')}", False


def plans(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give the plans of the class that is given or meant; else CLASS/PLAN where one must say."""
    from svcat.app.catalog import offerings

    wanted = point.first("class_name", "from_class")
    if point.path[0] in {"update", "upgrade"}:
        wanted = _class_of(point.first("name"), deps)
    is_plain = bool(wanted) or point.parameter.param_type_name == "option"
    broker = point.first("broker")
    for offering in offerings(deps.namespace, deps.ports, broker=broker, names_only=True):
        if wanted not in {"", offering.service.name}:
            continue
        for plan in offering.service.plans:
            word = plan.name if is_plain else f"{offering.service.name}/{plan.name}"
            yield word, plan.description, False


def tags(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give the tags of all classes."""
    from svcat.app.catalog import offerings

    del point
    known = offerings(deps.namespace, deps.ports, names_only=True)
    yield from ((tag, "", False) for tag in sorted({t for o in known for t in o.service.tags}))


def parameters(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give the parameters of the plan that is given or meant, or the values that one may have."""
    from svcat.osb.plan_schema import Use, schema_of

    makes = {"provision": Use.PROVISION, "create": Use.PROVISION, "bind": Use.BIND}
    plan = _plan(point, deps)
    schema = schema_of(plan, makes.get(point.path[0], Use.UPDATE)) if plan is not None else None
    if schema is None or schema.root is None:
        return
    name, equals, _ = point.current.partition("=")
    if equals:
        choices = schema.choices_at(tuple(name.split(".")))
        yield from ((f"{name}={choice}", "", False) for choice in choices)
        return
    is_whole = point.name != "param"  # --unset takes the name alone
    for parameter in schema.parameters():
        if not schema.names(parameter.path):  # objects are given by their members
            word = ".".join(parameter.path) + ("" if is_whole else "=")
            yield word, parameter.description or parameter.title, not is_whole


def _plan(point: "Point", deps: "Deps") -> "Plan | None":
    from svcat.app.catalog import find_class, find_plan, plan_of
    from svcat.app.lookup import broker_at
    from svcat.store.records import InstanceRecord

    ports = deps.ports
    if named := point.first("class_name", "from_class"):
        offering = find_class(named, deps.namespace, ports, broker=point.first("broker"))
        plan = point.first("plan")
        if not plan and point.path[0] == "create":  # typed by its first plan, as create does
            return next((offer.plan for offer in offering.with_plans()), None)
        return find_plan(offering, plan).plan
    name = point.first("instance", "name")
    instance = ports.records.load(InstanceRecord, deps.namespace, name)
    broker = broker_at(instance.broker, ports)
    offer = plan_of(broker, instance.service_id, instance.plan_id, ports)
    return offer.plan if offer is not None else None


def _class_of(instance: str, deps: "Deps") -> str:
    from svcat.store.records import InstanceRecord

    found = deps.ports.records.find(InstanceRecord, deps.namespace, instance) if instance else None
    return found.service_name if found else ""
