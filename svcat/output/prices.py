"""What plans cost, in words. Pure."""

from collections.abc import Iterable

from svcat.osb.metadata import Cost, PlanMetadata
from svcat.osb.models import Plan
from svcat.output.view import JsonObject

_UNITS = {
    "monthly": "month",
    "yearly": "year",
    "daily": "day",
    "hourly": "hour",
    "annually": "year",
}


def cost_word(plan: Plan, said: PlanMetadata) -> str:
    """Return what a plan costs in one line: ``99 EUR / month``, ``free`` or ``paid``."""
    if said.costs and (said.has_price or not plan.free):
        return " + ".join(cost_words(said))
    return "free" if plan.free else "paid"


def cost_words(said: PlanMetadata) -> list[str]:
    """Return what a plan costs, as its metadata says (profile, Plan Metadata Fields)."""
    return [_words(cost) for cost in said.costs]


def costs_object(costs: Iterable[Cost]) -> list[JsonObject]:
    """Return costs as the JSON contract has them."""
    return [{"amount": dict(cost.amounts), "unit": cost.unit} for cost in costs]


def _words(cost: Cost) -> str:
    prices = " or ".join(
        f"{_number(value)} {currency.upper()}".strip() for currency, value in cost.amounts
    )
    unit = " ".join(cost.unit.split())
    return f"{prices} / {_UNITS.get(unit.lower(), unit)}" if unit else prices


def _number(value: float) -> str:
    if abs(value) >= 1e15:
        return f"{value:g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")
