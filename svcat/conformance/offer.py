"""The catalog as it came, read without trust: what may be asked of each plan.

Checks look for mistakes in the raw JSON, so nothing is mended here as ``osb.catalog`` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from svcat.errors import NotFound
from svcat.osb.models import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One plan of one offering."""

    service_id: str
    plan_id: str
    service_name: str = ""
    plan_name: str = ""
    bindable: bool = False
    rotatable: bool = False
    updateable: bool = False
    instances_retrievable: bool = False
    bindings_retrievable: bool = False
    allow_context_updates: bool = False
    requires: tuple[str, ...] = ()
    maintenance_version: str = ""
    schemas: JsonObject = field(default_factory=dict, repr=False)

    @property
    def ids(self) -> dict[str, str]:
        """``service_id`` and ``plan_id``, as queries and bodies have them."""
        return {"service_id": self.service_id, "plan_id": self.plan_id}

    @property
    def name(self) -> str:
        """``CLASS/PLAN``."""
        return f"{self.service_name}/{self.plan_name}"

    def schema(self, of: str, action: str) -> Any:
        """Return the schema of ``service_instance``/``service_binding``, ``create``/``update``."""
        return _object(_object(_object(self.schemas, of), action), "parameters") or None


def offers(catalog: object) -> Iterator[Offer]:
    """Give every plan that has ids, whatever else may be wrong with it."""
    for service in _objects(catalog, "services"):
        for plan in _objects(service, "plans"):
            if _text(service, "id") and _text(plan, "id"):
                yield _offer(service, plan)


def chosen(catalog: object, words: str) -> Offer:
    """Return the plan that ``CLASS/PLAN`` names, by names or ids. Raises NotFound."""
    found = list(offers(catalog))
    for offer in found:
        if words in (offer.name, f"{offer.service_id}/{offer.plan_id}"):
            return offer
    listed = ", ".join(offer.name for offer in found[:10]) or "no plans at all"
    raise NotFound(f"there is no plan {words!r} in the catalog", hint=f"it has {listed}")


def sibling(catalog: object, offer: Offer, name: str = "") -> Offer | None:
    """Return another plan of the same offering: the one of that name or id, or any."""
    for other in offers(catalog):
        if other.service_id != offer.service_id or other.plan_id == offer.plan_id:
            continue
        if name in ("", other.plan_name, other.plan_id):
            return other
    return None


def _offer(service: JsonObject, plan: JsonObject) -> Offer:
    return Offer(
        service_id=_text(service, "id"),
        plan_id=_text(plan, "id"),
        service_name=_text(service, "name"),
        plan_name=_text(plan, "name"),
        bindable=_overridden(service, plan, "bindable"),
        rotatable=plan.get("binding_rotatable") is True,
        updateable=_overridden(service, plan, "plan_updateable"),
        instances_retrievable=service.get("instances_retrievable") is True,
        bindings_retrievable=service.get("bindings_retrievable") is True,
        allow_context_updates=service.get("allow_context_updates") is True,
        requires=tuple(_texts(service.get("requires"))),
        maintenance_version=_text(_object(plan, "maintenance_info"), "version"),
        schemas=_object(plan, "schemas"),
    )


def _overridden(service: JsonObject, plan: JsonObject, name: str) -> bool:
    own = plan.get(name)
    return (service.get(name) if own is None else own) is True


def _objects(value: object, name: str) -> Iterator[JsonObject]:
    members = value.get(name) if isinstance(value, dict) else None
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict):
            yield member


def _object(value: JsonObject, name: str) -> JsonObject:
    member = value.get(name)
    return member if isinstance(member, dict) else {}


def _text(value: JsonObject, name: str) -> str:
    member = value.get(name)
    return member if isinstance(member, str) else ""


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
