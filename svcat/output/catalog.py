"""How classes, plans and the marketplace look. Pure."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from svcat.osb.metadata import is_free, plan_metadata
from svcat.osb.models import Plan, ServiceOffering
from svcat.output.prices import cost_words, costs_object
from svcat.output.view import (
    NONE,
    Block,
    Column,
    Fields,
    JsonObject,
    Section,
    Table,
    Text,
    View,
    envelope,
    list_of,
    name_of,
)
from svcat.output.words import status_word, yes_no
from svcat.redaction import shown_parameters
from svcat.store.kube_names import kube_name
from svcat.store.records import BrokerRecord, InstanceRecord, PresetRecord, Scope

EMPTY = "No services found. Register a broker: svcat register NAME --url URL"
_CLASS_COLUMNS = (
    Column("NAME"),
    Column("NAMESPACE"),
    Column("BROKER"),
    Column("DESCRIPTION"),
    Column("BINDABLE", wide=True),
    Column("PLANS", wide=True),
    Column("TAGS", wide=True),
    Column("ID", wide=True),
)
_PLAN_COLUMNS = (
    Column("NAME"),
    Column("NAMESPACE"),
    Column("CLASS"),
    Column("BROKER", wide=True),
    Column("DESCRIPTION"),
    Column("FREE", wide=True),
    Column("BINDABLE", wide=True),
    Column("COSTS", wide=True),
    Column("ID", wide=True),
)
ClassOffer = tuple[BrokerRecord, ServiceOffering]
ClassRow = tuple[BrokerRecord, ServiceOffering, PresetRecord | None]
PlanOffer = tuple[BrokerRecord, ServiceOffering, Plan]


def class_object(
    broker: BrokerRecord, service: ServiceOffering, preset: PresetRecord | None = None
) -> JsonObject:
    """Return a class as the JSON contract has it; ``preset`` if it is of the user's own making."""
    owner = preset or broker
    return envelope(
        "Class",
        {"name": service.name, "namespace": _namespace(owner)},
        {
            "broker": broker.name,
            "scope": owner.scope,
            "externalID": service.id,
            "description": service.description,
            "bindable": service.bindable,
            "planUpdatable": service.plan_updateable,
            "instancesRetrievable": service.instances_retrievable,
            "bindingsRetrievable": service.bindings_retrievable,
            "tags": list(service.tags),
            "requires": list(service.requires),
            "allowContextUpdates": service.allow_context_updates or None,
            "dashboardClient": service.dashboard_client
            and {
                "id": service.dashboard_client.id,
                "redirectURI": service.dashboard_client.redirect_uri,
            },
            "externalMetadata": raw_json(service.metadata),
            "plans": [plan.name for plan in service.plans],
            "madeOf": preset and preset.service_name,
            "defaultProvisionParameters": preset and shown_parameters(preset.parameters),
            "planDefaultProvisionParameters": preset and _by_plan(preset, service),
        },
    )


def plan_object(broker: BrokerRecord, service: ServiceOffering, plan: Plan) -> JsonObject:
    """Return a plan as the JSON contract has it."""
    said = plan_metadata(plan)
    return envelope(
        "Plan",
        {"name": plan.name, "namespace": _namespace(broker)},
        {
            "class": service.name,
            "broker": broker.name,
            "scope": broker.scope,
            "externalID": plan.id,
            "description": plan.description,
            "free": is_free(plan, said),
            "bindable": service.plan_is_bindable(plan),
            "planUpdatable": service.plan_is_updateable(plan),
            "bindingRotatable": plan.binding_rotatable,
            "maximumPollingDurationSeconds": plan.maximum_polling_duration,
            "maintenanceVersion": plan.maintenance_info.version if plan.maintenance_info else None,
            "costs": costs_object(said.costs),
            "externalMetadata": raw_json(plan.metadata),
            **{key: schema for key, _, schema in schemas(plan)},
        },
    )


def class_list(offers: Iterable[ClassRow]) -> View:
    """Return the View of ``get classes``."""
    shown = list(offers)
    rows = tuple(
        (
            s.name,
            _namespace(preset or b),
            b.name,
            s.description,
            yes_no(s.bindable),
            str(len(s.plans)),
            ", ".join(s.tags) or NONE,
            s.id,
        )
        for b, s, preset in shown
    )
    table = Table(_CLASS_COLUMNS, rows, empty=EMPTY)
    return list_of("Class", [class_object(*offer) for offer in shown], table)


def class_row(
    broker: BrokerRecord, service: ServiceOffering, preset: PresetRecord | None = None
) -> View:
    """Return the View of ``get class NAME``."""
    listed = class_list([(broker, service, preset)])
    return View(class_object(broker, service, preset), listed.blocks, listed.names)


def plan_row(broker: BrokerRecord, service: ServiceOffering, plan: Plan) -> View:
    """Return the View of ``get plan NAME``."""
    listed = plan_list([(broker, service, plan)])
    return View(plan_object(broker, service, plan), listed.blocks, listed.names)


def plan_list(offers: Iterable[PlanOffer]) -> View:
    """Return the View of ``get plans``."""
    shown = list(offers)
    rows = tuple(
        (
            p.name,
            _namespace(b),
            s.name,
            b.name,
            p.description,
            yes_no(is_free(p, said)),
            yes_no(s.plan_is_bindable(p)),
            ", ".join(cost_words(said)) or NONE,
            p.id,
        )
        for (b, s, p), said in zip(shown, (plan_metadata(p) for _, _, p in shown), strict=True)
    )
    objects = [plan_object(b, s, p) for b, s, p in shown]
    columns = _telling_apart(_PLAN_COLUMNS, (b for b, _, _ in shown))
    return list_of("Plan", objects, Table(columns, rows, empty=EMPTY))


def _telling_apart(
    columns: tuple[Column, ...], brokers: Iterable[BrokerRecord]
) -> tuple[Column, ...]:
    """Show the broker always where there are several: equal names would look like one thing."""
    if len({(b.namespace, b.name) for b in brokers}) < 2:
        return columns
    return tuple(Column(c.title) if c.title == "BROKER" else c for c in columns)


def class_details(
    broker: BrokerRecord, service: ServiceOffering, preset: PresetRecord | None = None
) -> View:
    """Return the View of ``describe class``."""
    owner = preset or broker
    lines = [("Name", service.name)]
    if owner.scope is Scope.NAMESPACE:
        lines.append(("Namespace", owner.namespace))
    lines += [
        ("Scope", owner.scope.value),
        ("Description", service.description),
        ("Kubernetes Name", kube_name(service.id)),
        ("External ID", service.id),
        ("Status", "Active"),
        ("Tags", ", ".join(service.tags)),
        ("Broker", broker.name),
    ]
    if preset is not None:
        lines.append(("Made Of", preset.service_name))
    plans = Table(
        (Column("NAME"), Column("DESCRIPTION")),
        tuple((plan.name, plan.description) for plan in service.plans),
        empty="No plans defined",
    )
    obj = class_object(broker, service, preset)
    blocks: list[Block] = [Fields(tuple(lines))]
    if preset is not None and preset.parameters:
        blocks.append(_defaults_section(preset.parameters))
    return View(obj, (*blocks, Section("Plans", plans)), (name_of(obj),))


def plan_details(
    broker: BrokerRecord,
    service: ServiceOffering,
    plan: Plan,
    instances: Iterable[InstanceRecord],
    *,
    defaults: JsonObject | None = None,
    with_schemas: bool = True,
) -> View:
    """Return the View of ``describe plan``."""
    said = plan_metadata(plan)
    lines = [
        ("Name", plan.name),
        ("Description", plan.description),
        ("Kubernetes Name", kube_name(plan.id)),
        ("External ID", plan.id),
        ("Status", "Active"),
        ("Free", "true" if is_free(plan, said) else "false"),
        ("Class", service.name),
        ("Broker", broker.name),
    ]
    if costs := cost_words(said):
        lines.append(("Costs", ", ".join(costs)))
    users = Table(
        (Column("NAME"), Column("NAMESPACE"), Column("STATUS")),
        tuple((i.name, i.namespace, status_word(i.phase)) for i in instances),
        empty="No instances defined",
    )
    blocks: list[Block] = [Fields(tuple(lines))]
    if defaults:
        blocks.append(_defaults_section(defaults))
    blocks.append(Section("Instances", users))
    if with_schemas:
        blocks += [Section(title, Text(_indented(schema))) for _, title, schema in schemas(plan)]
    obj = plan_object(broker, service, plan)
    if defaults:
        obj["spec"]["defaultProvisionParameters"] = shown_parameters(defaults)
    return View(obj, tuple(blocks), (name_of(obj),))


def schemas(plan: Plan) -> list[tuple[str, str, Any]]:
    """Return a plan's schemas: JSON key, title, schema."""
    known = plan.schemas
    if known is None:
        return []
    instance, binding = known.service_instance, known.service_binding
    found = (
        (
            "instanceCreateParameterSchema",
            "Instance Create Parameter Schema",
            instance.create if instance else None,
        ),
        (
            "instanceUpdateParameterSchema",
            "Instance Update Parameter Schema",
            instance.update if instance else None,
        ),
        (
            "serviceBindingCreateParameterSchema",
            "Binding Create Parameter Schema",
            binding.create if binding else None,
        ),
    )
    decoded = [(key, title, raw_json(s.parameters)) for key, title, s in found if s is not None]
    return [(key, title, schema) for key, title, schema in decoded if schema is not None]


def raw_json(raw: msgspec.Raw) -> Any:
    """Return what a raw catalog member holds; None if there is none."""
    if not bytes(raw):
        return None
    try:
        return msgspec.json.decode(raw)
    except ValueError:
        return None


def _indented(schema: Any) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False)


def _defaults_section(defaults: JsonObject) -> Section:
    return Section("Default Provision Parameters", Text(_indented(shown_parameters(defaults))))


def _by_plan(preset: PresetRecord, service: ServiceOffering) -> JsonObject:
    names = {plan.id: plan.name for plan in service.plans}
    return {names.get(i, i): shown_parameters(p) for i, p in preset.plan_parameters.items()}


def _namespace(owner: BrokerRecord | PresetRecord) -> str:
    return owner.namespace if owner.scope is Scope.NAMESPACE else ""
