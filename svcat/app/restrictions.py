"""Catalog restrictions: which classes and plans of a broker are offered. Pure.

The grammar and the properties are Service Catalog's: label selectors over ``spec.externalName`` and
the like; all of them must hold. A value in double quotes may hold anything.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from svcat.errors import UsageError
from svcat.osb.models import Catalog, Plan, ServiceOffering
from svcat.store.kube_names import kube_name

Tell = Callable[[ServiceOffering, Plan | None], str]

CLASS_PROPERTIES: Mapping[str, Tell] = {
    "name": lambda service, _: kube_name(service.id),
    "spec.externalName": lambda service, _: service.name,
    "spec.externalID": lambda service, _: service.id,
}
PLAN_PROPERTIES: Mapping[str, Tell] = {
    "name": lambda _, plan: kube_name(plan.id) if plan else "",
    "spec.externalName": lambda _, plan: plan.name if plan else "",
    "spec.externalID": lambda _, plan: plan.id if plan else "",
    "spec.free": lambda _, plan: "true" if plan and plan.free else "false",
    "spec.clusterServiceClass.name": lambda service, _: kube_name(service.id),
    "spec.serviceClass.name": lambda service, _: kube_name(service.id),
}

_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^\s=!(),<>"]+)'
_SET = rf"\(\s*{_VALUE}(?:\s*,\s*{_VALUE})*\s*\)"
_REQUIREMENT = re.compile(
    rf"\s*(?P<key>[^\s=!(),<>\"]+)\s*"
    rf"(?:(?P<equals>==|=|!=)\s*(?P<value>{_VALUE})|\b(?P<set>in|notin)\s*(?P<values>{_SET}))\s*"
)
_EXAMPLES = (
    'for example "spec.externalName in (postgresql, redis)", "spec.free=true", '
    '"spec.externalName!=legacy"'
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One property, and the values that it must have, or must not."""

    key: str
    is_excluding: bool
    values: tuple[str, ...]
    is_set: bool = False

    def __str__(self) -> str:
        values = ",".join(_spelled(value) for value in self.values)
        if self.is_set:
            return f"{self.key} {'notin' if self.is_excluding else 'in'} ({values})"
        return f"{self.key}{'!=' if self.is_excluding else '='}{values}"

    def holds(
        self, properties: Mapping[str, Tell], service: ServiceOffering, plan: Plan | None
    ) -> bool:
        """Whether a class or a plan may be offered, as far as this goes."""
        return (properties[self.key](service, plan) in self.values) is not self.is_excluding


def for_classes(texts: Iterable[str]) -> tuple[Requirement, ...]:
    """Read restrictions on classes. Raises UsageError."""
    return _parsed(texts, CLASS_PROPERTIES, "--class-restrictions")


def for_plans(texts: Iterable[str]) -> tuple[Requirement, ...]:
    """Read restrictions on plans. Raises UsageError."""
    return _parsed(texts, PLAN_PROPERTIES, "--plan-restrictions")


def offered(catalog: Catalog, classes: Iterable[str], plans: Iterable[str]) -> Catalog:
    """Return ``catalog`` with what restrictions let through; a class without plans left goes."""
    of_class, of_plan = for_classes(classes), for_plans(plans)
    if not of_class and not of_plan:
        return catalog
    services = [s for s in catalog.services if _all_hold(of_class, CLASS_PROPERTIES, s, None)]
    if of_plan:
        services = [
            msgspec.structs.replace(service, plans=kept)
            for service in services
            if (
                kept := tuple(
                    p for p in service.plans if _all_hold(of_plan, PLAN_PROPERTIES, service, p)
                )
            )
        ]
    return msgspec.structs.replace(catalog, services=tuple(services))


def _all_hold(
    requirements: tuple[Requirement, ...],
    properties: Mapping[str, Tell],
    service: ServiceOffering,
    plan: Plan | None,
) -> bool:
    return all(requirement.holds(properties, service, plan) for requirement in requirements)


def _parsed(
    texts: Iterable[str], properties: Mapping[str, Tell], option: str
) -> tuple[Requirement, ...]:
    found = tuple(requirement for text in texts for requirement in _requirements(text, option))
    for requirement in found:
        if requirement.key not in properties:
            raise UsageError(
                f"invalid {option}: there is no property {requirement.key!r}",
                hint=f"there are {', '.join(properties)}",
            )
    return found


def _requirements(text: str, option: str) -> Iterable[Requirement]:
    position = 0
    while True:
        match = _REQUIREMENT.match(text, position)
        if match is None:
            raise UsageError(f"invalid {option} ({text})", hint=_EXAMPLES)
        yield _requirement(match)
        position = match.end()
        if position == len(text):
            return
        if text[position] != ",":
            raise UsageError(f"invalid {option} ({text})", hint=_EXAMPLES)
        position += 1


def _requirement(match: re.Match[str]) -> Requirement:
    if match["set"]:
        listed = {_plain(value) for value in re.findall(_VALUE, match["values"])}
        return Requirement(
            match["key"], match["set"] == "notin", tuple(sorted(listed)), is_set=True
        )
    return Requirement(match["key"], match["equals"] == "!=", (_plain(match["value"]),))


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _spelled(value: str) -> str:
    if re.fullmatch(r'[^\s=!(),<>"]+', value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
