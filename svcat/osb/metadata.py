"""What catalogs say in ``metadata`` by the profile's conventions (profile.md, Catalog Metadata).

Free-form broker text: what has another type than the conventions say counts as not there. Links are
taken only if they are plain http(s) ones; pictures only by https.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from svcat.osb.models import Plan, ServiceOffering

MAX_BULLETS = 20
_MAX_COSTS = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """One entry of ``costs``: the amount by currency, and for what."""

    amounts: tuple[tuple[str, float], ...]
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMetadata:
    """What a plan's metadata say."""

    display_name: str = ""
    bullets: tuple[str, ...] = ()
    costs: tuple[Cost, ...] = ()

    @property
    def has_price(self) -> bool:
        """Whether anything of it costs more than nothing."""
        return any(amount > 0 for cost in self.costs for _, amount in cost.amounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMetadata:
    """What an offering's metadata say."""

    display_name: str = ""
    long_description: str = ""
    provider: str = ""
    documentation_url: str = ""
    support_url: str = ""
    image_url: str = ""


def plan_metadata(plan: Plan) -> PlanMetadata:
    """Return what the metadata of ``plan`` say."""
    members = _members(plan.metadata)
    if not members:
        return PlanMetadata()
    bullets = members.get("bullets")
    costs = members.get("costs")
    return PlanMetadata(
        display_name=_text(members, "displayName"),
        bullets=tuple(b for b in _listed(bullets) if isinstance(b, str))[:MAX_BULLETS],
        costs=tuple(_costs(_listed(costs)))[:_MAX_COSTS],
    )


def service_metadata(service: ServiceOffering) -> ServiceMetadata:
    """Return what the metadata of ``service`` say."""
    members = _members(service.metadata)
    if not members:
        return ServiceMetadata()
    return ServiceMetadata(
        display_name=_text(members, "displayName"),
        long_description=_text(members, "longDescription"),
        provider=_text(members, "providerDisplayName"),
        documentation_url=_link(members, "documentationUrl", {"https", "http"}),
        support_url=_link(members, "supportUrl", {"https", "http"}),
        image_url=_link(members, "imageUrl", {"https"}),
    )


def is_free(plan: Plan, said: PlanMetadata) -> bool:
    """Whether a plan costs nothing: a price counts more than ``free``, which is true by default."""
    return plan.free and not said.has_price


def _costs(listed: Iterable[Any]) -> Iterable[Cost]:
    for entry in listed:
        amount = entry.get("amount") if isinstance(entry, dict) else None
        if isinstance(amount, dict):
            amounts = tuple((c, v) for c, v in amount.items() if _is_number(v))
            if amounts:
                yield Cost(amounts, _text(entry, "unit"))


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool | str) and math.isfinite(value)
    except (TypeError, OverflowError):
        return False


def _members(raw: msgspec.Raw) -> Mapping[str, Any]:
    if not bytes(raw):
        return {}
    try:
        found = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _link(members: Mapping[str, Any], name: str, schemes: set[str]) -> str:
    text = _text(members, name).strip()
    try:
        parts = urlsplit(text)
        is_plain = parts.scheme.lower() in schemes and parts.hostname and not parts.username
    except ValueError:
        return ""
    return text if is_plain and text.isprintable() and " " not in text else ""
