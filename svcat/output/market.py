"""How the marketplace looks: classes by broker, what their plans cost, what they can do. Pure."""

from collections.abc import Iterable

from svcat.osb.metadata import is_free, plan_metadata
from svcat.osb.models import Plan, ServiceOffering
from svcat.osb.plan_schema import Use, outline
from svcat.output.catalog import EMPTY, ClassOffer, PlanOffer, class_object, plan_object
from svcat.output.prices import cost_word, costs_object
from svcat.output.view import NONE, Column, JsonObject, Table, View, list_of
from svcat.output.words import yes_no
from svcat.store.records import BrokerRecord, Scope

_COLUMNS = (
    Column("CLASS"),
    Column("PLANS"),
    Column("COST"),
    Column("DESCRIPTION"),
    Column("BINDABLE", wide=True),
    Column("UPDATEABLE", wide=True),
    Column("PARAMETERS", wide=True),
    Column("TAGS", wide=True),
)
_FOUND_COLUMNS = (Column("PLAN"), Column("COST"), Column("DESCRIPTION"), Column("TAGS", wide=True))


_SEE_ALL = "see all there is: svcat marketplace"


def marketplace(offers: Iterable[ClassOffer], *, is_narrow: bool = False, close: str = "") -> View:
    """Return the View of ``marketplace``: the classes that have plans, by broker.

    ``is_narrow``: there are more than those shown. ``close``: what may have been meant.
    """
    shown = sorted(
        ((b, s) for b, s in offers if s.plans),
        key=lambda offer: (offer[0].name, offer[0].namespace, offer[1].name),
    )
    brokers = _names([b for b, _ in shown])
    rows = tuple((name, *_cells(s)) for name, (_, s) in zip(brokers, shown, strict=True))
    objects = [_market_object(b, s) for b, s in shown]
    empty = f"Nothing there is like that; {close or _SEE_ALL}" if is_narrow else EMPTY
    return list_of("Class", objects, _by_broker(_COLUMNS, rows, empty))


def found_plans(
    offers: Iterable[PlanOffer], text: str, *, is_empty: bool = False, close: str = ""
) -> View:
    """Return the View of ``search``: plans, in the order given.

    ``is_empty``: there is nothing to find. ``close``: what may have been meant.
    """
    shown = list(offers)
    brokers = _names([b for b, _, _ in shown])
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            name,
            f"{s.name}/{p.name}",
            cost_word(p, plan_metadata(p)),
            p.description or s.description,
            ", ".join(s.tags) or NONE,
        )
        for name, (_, s, p) in zip(brokers, shown, strict=True)
    )
    empty = EMPTY if is_empty else f"Nothing is found for {text!r}; {close or _SEE_ALL}"
    if len(set(brokers)) > 1:
        columns = (_FOUND_COLUMNS[0], Column("BROKER"), *_FOUND_COLUMNS[1:])
        rows = tuple((plan, broker, *rest) for broker, plan, *rest in rows)
    else:
        columns = (*_FOUND_COLUMNS, Column("BROKER", wide=True))
        rows = tuple((*rest, broker) for broker, *rest in rows)
    objects = [plan_object(b, s, p) for b, s, p in shown]
    return list_of("Plan", objects, Table(columns, rows, empty=empty))


def parameters_hint(plan: Plan) -> str:
    """Return how many parameters a plan takes, and how many of them it must be given."""
    known = outline(plan, Use.PROVISION)
    if known is None:
        return ""
    count, required = len(known.names), len(known.required)
    return f"{count} ({required} required)" if required else str(count)


def _cells(service: ServiceOffering) -> tuple[str, ...]:
    plans = service.plans
    return (
        service.name,
        "\n".join(" ".join(plan.name.split("\n")) for plan in plans),
        "\n".join(cost_word(plan, plan_metadata(plan)) for plan in plans),
        service.description,
        "\n".join(yes_no(service.plan_is_bindable(plan)) for plan in plans),
        "\n".join(yes_no(service.plan_is_updateable(plan)) for plan in plans),
        "\n".join(parameters_hint(plan) for plan in plans),
        ", ".join(service.tags),
    )


def _by_broker(columns: tuple[Column, ...], rows: tuple[tuple[str, ...], ...], empty: str) -> Table:
    """Return the rows, whose first cells are brokers, under a broker each if there are several."""
    if len({row[0] for row in rows}) > 1:
        return Table((Column("BROKER"), *columns), rows, empty=empty, is_grouped=True)
    last = tuple((*rest, broker) for broker, *rest in rows)
    return Table((*columns, Column("BROKER", wide=True)), last, empty=empty)


def _names(brokers: list[BrokerRecord]) -> list[str]:
    """Return what to call the brokers: with their namespaces where one name stands for two."""
    known = {(b.name, b.namespace) for b in brokers}
    twice = len(known) > len({name for name, _ in known})
    return [_place(b) if twice else b.name for b in brokers]


def _place(broker: BrokerRecord) -> str:
    if broker.scope is Scope.CLUSTER:
        return f"{broker.name} (cluster)"
    return f"{broker.name} ({broker.namespace})"


def _market_object(broker: BrokerRecord, service: ServiceOffering) -> JsonObject:
    obj = class_object(broker, service)
    obj["spec"]["offers"] = [_offer(service, plan) for plan in service.plans]
    return obj


def _offer(service: ServiceOffering, plan: Plan) -> JsonObject:
    said = plan_metadata(plan)
    offer: JsonObject = {
        "name": plan.name,
        "description": plan.description,
        "free": is_free(plan, said),
        "bindable": service.plan_is_bindable(plan),
        "planUpdatable": service.plan_is_updateable(plan),
    }
    if said.costs:
        offer["costs"] = costs_object(said.costs)
    return offer
