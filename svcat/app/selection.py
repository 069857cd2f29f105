"""``-l`` over classes and plans, which are no objects: what stands for their labels. Pure.

A class has the labels of the object that holds it (its broker's, or its own if the user made it),
its tags as labels without a value, and ``svcat.dev/`` ones like those of records.
"""

from collections.abc import Iterable, Mapping

import msgspec

from svcat import selectors
from svcat.app.catalog import Offering, PlanOffer
from svcat.osb.metadata import is_free, plan_metadata
from svcat.store.names import DOMAIN, label_value


def classes(offerings: Iterable[Offering], selector: str) -> list[Offering]:
    """Return the classes that a selector finds."""
    wanted = selectors.parse(selector)
    return [each for each in offerings if selectors.matches(wanted, labels_of_class(each))]


def plans(offers: Iterable[PlanOffer], selector: str) -> list[PlanOffer]:
    """Return the plans that a selector finds."""
    wanted = selectors.parse(selector)
    return [each for each in offers if selectors.matches(wanted, labels_of_plan(each))]


def with_plans(offerings: Iterable[Offering], selector: str) -> list[Offering]:
    """Return the classes that have plans which a selector finds, with those alone."""
    wanted = selectors.parse(selector)
    found = []
    for offering in offerings:
        offers = offering.with_plans()
        kept = tuple(o.plan for o in offers if selectors.matches(wanted, labels_of_plan(o)))
        if kept:
            service = msgspec.structs.replace(offering.service, plans=kept)
            found.append(Offering(offering.broker, service, offering.preset))
    return found


def labels_of_class(offering: Offering) -> Mapping[str, str]:
    """Return what a class is found by."""
    service, holder = offering.service, offering.preset or offering.broker
    return {
        **dict.fromkeys(service.tags, ""),
        **holder.labels,
        **_own(
            ("class", service.name),
            ("broker", offering.broker.name),
            ("scope", holder.scope.value),
            ("bindable", service.bindable),
        ),
    }


def labels_of_plan(offer: PlanOffer) -> Mapping[str, str]:
    """Return what a plan is found by: what its class is found by, and facts of its own."""
    plan, service = offer.plan, offer.service
    return {
        **labels_of_class(Offering(offer.broker, service, offer.preset)),
        **_own(
            ("plan", plan.name),
            ("bindable", service.plan_is_bindable(plan)),
            ("free", is_free(plan, plan_metadata(plan))),
        ),
    }


def _own(*facts: tuple[str, str | bool]) -> dict[str, str]:
    words = {name: fact if isinstance(fact, str) else str(fact).lower() for name, fact in facts}
    return {f"{DOMAIN}/{name}": label_value(word) for name, word in words.items()}
