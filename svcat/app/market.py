"""What the marketplace shows: offerings narrowed down, and found by words in order of fit. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from svcat.app.catalog import Offering, PlanOffer
from svcat.osb.metadata import is_free, plan_metadata, service_metadata
from svcat.osb.models import Plan, ServiceOffering
from svcat.store import names

# How much a field counts, and how well a word fits it.
_NAME, _TAG, _TITLE, _PROSE = 8, 6, 5, 1
_EXACT, _BEGINS, _WORD, _INSIDE = 8, 5, 3, 1

_PARTS = re.compile(r"[^\W_]{3,}")

_Field = tuple[str, int]  # its text in lower case, how much it counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the marketplace is to be narrowed to; None: either will do."""

    text: str = ""
    tags: tuple[str, ...] = ()
    is_free: bool | None = None
    is_bindable: bool | None = None


def narrowed(offerings: Iterable[Offering], wish: Wish) -> list[Offering]:
    """Return the offerings that have plans as wished, with those plans alone."""
    words = wish.text.casefold().split()
    tags = {tag.casefold() for tag in wish.tags}
    found = []
    for offering in offerings:
        service = offering.service
        if not tags <= {tag.casefold() for tag in service.tags}:
            continue
        plans = tuple(plan for plan in service.plans if _is_wished(plan, service, wish))
        if words:
            about = _about(offering)
            plans = tuple(p for p in plans if _fit(words, about, _about_plan(p)))
        if len(plans) == len(service.plans):
            found.append(offering)
        elif plans:
            narrower = msgspec.structs.replace(service, plans=plans)
            found.append(Offering(offering.broker, narrower, offering.preset))
    return found


def ranked(offerings: Iterable[Offering], text: str) -> list[PlanOffer]:
    """Return the plans that all words of ``text`` are found in, the best first."""
    words = text.casefold().split()
    found = [
        (_fit(words, about, _about_plan(offer.plan)), offer)
        for offering, about in ((o, _about(o)) for o in offerings)
        for offer in offering.with_plans()
    ]
    hits = sorted(
        ((score, offer) for score, offer in found if score),
        key=lambda hit: (-hit[0], hit[1].name, hit[1].broker.name),
    )
    return [offer for _, offer in hits]


def close_to(text: str, offerings: Iterable[Offering]) -> str:
    """Return ``did you mean …?`` for words that nothing is found for; empty if none is close."""
    known = {word for offering in offerings for word in _words_of(offering)}
    hints = []
    for word in text.casefold().split():
        if not any(word in each for each in known):
            hints.append(names.close_to(word, known))
    return next(filter(None, hints), "")


def _words_of(offering: Offering) -> Iterator[str]:
    """Give the names, the tags, and the words that these are made of."""
    service = offering.service
    for text in (service.name, *service.tags, *(plan.name for plan in service.plans)):
        yield text.casefold()
        yield from _PARTS.findall(text.casefold())


def _is_wished(plan: Plan, service: ServiceOffering, wish: Wish) -> bool:
    if wish.is_bindable is not None and service.plan_is_bindable(plan) is not wish.is_bindable:
        return False
    return wish.is_free is None or is_free(plan, plan_metadata(plan)) is wish.is_free


def _about(offering: Offering) -> list[_Field]:
    service = offering.service
    said = service_metadata(service)
    return _fields(
        (service.name, _NAME),
        *((tag, _TAG) for tag in service.tags),
        (said.display_name, _TITLE),
        (offering.broker.name, _TITLE),
        (service.description, _PROSE),
        (said.long_description, _PROSE),
        (said.provider, _PROSE),
    )


def _about_plan(plan: Plan) -> list[_Field]:
    said = plan_metadata(plan)
    return _fields(
        (plan.name, _NAME),
        (said.display_name, _TITLE),
        (plan.description, _PROSE),
        *((bullet, _PROSE) for bullet in said.bullets),
    )


def _fields(*given: _Field) -> list[_Field]:
    return [(text.casefold(), weight) for text, weight in given if text]


def _fit(words: list[str], *fields: list[_Field]) -> int:
    """Return how well the words fit; 0 if one of them is found nowhere."""
    total = 0
    for word in words:
        best = max(_fits(word, fields), default=0)
        if not best:
            return 0
        total += best
    return total


def _fits(word: str, fields: tuple[list[_Field], ...]) -> Iterator[int]:
    for each in fields:
        for text, weight in each:
            position = text.find(word)
            if position >= 0:
                yield weight * _closeness(word, text, position)


def _closeness(word: str, text: str, position: int) -> int:
    if position == 0:
        return _EXACT if word == text else _BEGINS
    return _INSIDE if text[position - 1].isalnum() else _WORD
