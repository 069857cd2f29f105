"""Plans side by side: what each is, costs, allows and takes. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from svcat.osb.metadata import plan_metadata
from svcat.osb.models import Plan, ServiceOffering
from svcat.osb.plan_schema import Parameter, PlanSchema, Use, schema_of
from svcat.output.catalog import PlanOffer
from svcat.output.plan_schema import limit_words, type_words
from svcat.output.prices import cost_word
from svcat.output.view import Column, JsonObject, Table, View, envelope
from svcat.output.words import duration, yes_no
from svcat.store.records import BrokerRecord

_DIFFERS = "*"
_ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a comparison: what it is about, and what it is for each plan."""

    about: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the plans are not all alike in this."""
        return len(set(self.values)) > 1


def comparison(offers: Iterable[PlanOffer], *, only_differences: bool = False) -> View:
    """Return the View of ``compare``."""
    plans = list(offers)
    facts = [f for f in facts_of(plans) if f.differs or not only_differences]
    names = _titles(plans)
    columns = (Column("FACT"), Column("DIFF"), *(Column(name, prose=True) for name in names))
    rows = tuple((f.about, _DIFFERS if f.differs else "", *f.values) for f in facts)
    obj = envelope(
        "Comparison",
        {"name": ",".join(names)},
        {"plans": [_plan(*offer) for offer in plans], "facts": [_fact(f) for f in facts]},
    )
    table = Table(columns, rows, empty="The plans do not differ.")
    return View(obj, (table,), tuple(f"plan/{plan.name}" for _, _, plan in plans))


def facts_of(plans: list[PlanOffer]) -> list[Fact]:
    """Return everything that plans can be compared by; what none of them says is left out."""
    said = [plan_metadata(p) for _, _, p in plans]
    found = [
        Fact("Broker", tuple(b.name for b, _, _ in plans)),
        Fact("Description", tuple(p.description for _, _, p in plans)),
        Fact("Cost", tuple(cost_word(p, m) for (_, _, p), m in zip(plans, said, strict=True))),
        Fact("Includes", tuple("\n".join(m.bullets) for m in said)),
        Fact("Bindable", tuple(yes_no(s.plan_is_bindable(p)) for _, s, p in plans)),
        Fact("Updateable", tuple(yes_no(s.plan_is_updateable(p)) for _, s, p in plans)),
        Fact("Rotatable", tuple(yes_no(p.binding_rotatable) for _, _, p in plans)),
        Fact("Version", tuple(_version(p) for _, _, p in plans)),
        Fact("Longest wait", tuple(map(_longest_wait, plans))),
        *_parameters([p for _, _, p in plans]),
    ]
    return [fact for fact in found if any(fact.values)]


def _titles(plans: list[PlanOffer]) -> list[str]:
    """Return what to call the plans: no longer than it takes to tell them apart."""
    brokers = {(b.namespace, b.name) for b, _, _ in plans}
    classes = {s.id for _, s, _ in plans}
    if len(brokers) > 1:
        return [f"{b.name}: {s.name}/{p.name}" for b, s, p in plans]
    return [f"{s.name}/{p.name}" if len(classes) > 1 else p.name for _, s, p in plans]


def _parameters(plans: list[Plan]) -> Iterator[Fact]:
    for use in Use:
        schemas = [_usable(plan, use) for plan in plans]
        listed = [{p.path: p for p in s.parameters()} if s else {} for s in schemas]
        paths = dict.fromkeys(path for each in listed for path in each)
        for path in paths:
            values = tuple(_taken(each[path]) if path in each else _ABSENT for each in listed)
            yield Fact(f"{use} -p {'.'.join(path)}", values)


def _usable(plan: Plan, use: Use) -> PlanSchema | None:
    schema = schema_of(plan, use)
    return None if schema is None or schema.problem else schema


def _taken(parameter: Parameter) -> str:
    parts = [type_words(parameter) or "any", limit_words(parameter.rules)]
    if "default" in parameter.rules:
        parts.append(f"default {json.dumps(parameter.rules['default'], ensure_ascii=False)}")
    if parameter.is_required:
        parts.append("required")
    return ", ".join(part for part in parts if part)


def _version(plan: Plan) -> str:
    return plan.maintenance_info.version if plan.maintenance_info else ""


def _longest_wait(offer: tuple[BrokerRecord, ServiceOffering, Plan]) -> str:
    seconds = offer[2].maximum_polling_duration
    return "" if seconds is None else duration(seconds)


def _plan(broker: BrokerRecord, service: ServiceOffering, plan: Plan) -> JsonObject:
    return {"broker": broker.name, "class": service.name, "plan": plan.name}


def _fact(fact: Fact) -> JsonObject:
    return {"about": fact.about, "values": list(fact.values), "differs": fact.differs}
