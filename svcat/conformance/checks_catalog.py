"""The catalog as a whole: its answer, its required members, what must be unique.

OSB 2.17, Catalog Management.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from svcat.conformance.judging import expect, expect_object, no_complaints
from svcat.conformance.model import Examine, Failed
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.osb.models import JsonObject

_PERMISSIONS = {"syslog_drain", "route_forwarding", "volume_mount"}
_KINDS = {bool: "a boolean", dict: "an object", int: "an integer", str: "a string"}
_OFFERING_TYPES = {
    "instances_retrievable": bool,
    "bindings_retrievable": bool,
    "allow_context_updates": bool,
    "plan_updateable": bool,
    "metadata": dict,
    "dashboard_client": dict,
}
_PLAN_TYPES = {
    "metadata": dict,
    "free": bool,
    "bindable": bool,
    "binding_rotatable": bool,
    "plan_updateable": bool,
    "schemas": dict,
    "maximum_polling_duration": int,
    "maintenance_info": dict,
}


def status(stage: Stage) -> Answer:
    """The catalog is answered with 200."""
    return expect(stage.catalog, 200)


def services(stage: Stage) -> Answer:
    """The body is a JSON object with an array of objects, ``services``."""
    listed = expect_object(stage.catalog).get("services")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Failed("services is no array of objects", stage.catalog)
    return stage.catalog


def offering_text(name: str) -> Examine:
    """Return the check that every offering has a text of that name."""

    def examine(stage: Stage) -> Answer:
        return no_complaints(_texts(stage.services, name), stage.catalog)

    return examine


def plan_text(name: str) -> Examine:
    """Return the check that every plan has a text of that name."""

    def examine(stage: Stage) -> Answer:
        return no_complaints(_texts(stage.plans, name), stage.catalog)

    return examine


def bindable(stage: Stage) -> Answer:
    """Every offering says whether it is bindable, with a boolean."""
    complaints = (
        f"{where}.bindable is {'missing' if 'bindable' not in service else 'no boolean'}"
        for where, service in stage.services
        if not isinstance(service.get("bindable"), bool)
    )
    return no_complaints(complaints, stage.catalog)


def plans(stage: Stage) -> Answer:
    """Every offering has an array of at least one plan."""
    return no_complaints(_plan_lists(stage), stage.catalog)


def unique_offering(name: str) -> Examine:
    """Return the check that no two offerings have the same id (or name)."""

    def examine(stage: Stage) -> Answer:
        found = _repeated(f"offering {name}", (s.get(name) for _, s in stage.services))
        return no_complaints(found, stage.catalog)

    return examine


def unique_plan_ids(stage: Stage) -> Answer:
    """No two plans have the same id."""
    found = _repeated("plan id", (plan.get("id") for _, plan in stage.plans))
    return no_complaints(found, stage.catalog)


def unique_plan_names(stage: Stage) -> Answer:
    """No two plans of an offering have the same name."""
    complaints = [
        complaint
        for where, service in stage.services
        for complaint in _repeated(f"{where}: plan name", _names(service.get("plans")))
    ]
    return no_complaints(complaints, stage.catalog)


def types(stage: Stage) -> Answer:
    """Members that need not be there are of their types if they are."""
    complaints = [
        *_mistyped(stage.services, _OFFERING_TYPES),
        *_mistyped(stage.plans, _PLAN_TYPES),
        *(
            f"{where}.{name} is no array of strings"
            for where, service in stage.services
            for name in ("tags", "requires")
            if service.get(name) is not None and not _is_texts(service[name])
        ),
    ]
    return no_complaints(complaints, stage.catalog)


def requires(stage: Stage) -> Answer:
    """Offerings require only permissions that there are."""
    complaints = (
        f"{where}.requires has an unknown permission"
        for where, service in stage.services
        if _is_texts(service.get("requires")) and not set(service["requires"]) <= _PERMISSIONS
    )
    return no_complaints(complaints, stage.catalog)


def stable_ids(stage: Stage) -> Answer:
    """Asked again it has the same ids for the same names."""
    before = {where: member.get("id") for where, member in (*stage.services, *stage.plans)}
    again = stage.platform.catalog()
    later = Stage(stage.platform, expect(again, 200))
    after = {where: member.get("id") for where, member in (*later.services, *later.plans)}
    changed = (f"{w}.id changed" for w in before if w in after and before[w] != after[w])
    return no_complaints(changed, again)


def _texts(found: Iterable[tuple[str, JsonObject]], name: str) -> Iterator[str]:
    for where, member in found:
        value = member.get(name)
        if value is None:
            yield f"{where}.{name} is missing"
        elif not isinstance(value, str):
            yield f"{where}.{name} is no string"
        elif not value:
            yield f"{where}.{name} is empty"


def _plan_lists(stage: Stage) -> Iterator[str]:
    for where, service in stage.services:
        listed = service.get("plans")
        if not isinstance(listed, list) or not all(isinstance(plan, dict) for plan in listed):
            yield f"{where}.plans is no array of objects"
        elif not listed:
            yield f"{where}.plans is empty"


def _names(plans_of_one: Any) -> Iterator[Any]:
    for plan in plans_of_one if isinstance(plans_of_one, list) else ():
        if isinstance(plan, dict):
            yield plan.get("name")


def _repeated(what: str, values: Iterable[Any]) -> Iterator[str]:
    counts = Counter(value for value in values if isinstance(value, str) and value)
    for value, count in counts.items():
        if count > 1:
            yield f"{what} {value[:80]!r} appears {count} times"


def _mistyped(found: Iterable[tuple[str, JsonObject]], wanted: dict[str, type]) -> Iterator[str]:
    for where, member in found:
        for name, kind in wanted.items():
            value = member.get(name)
            if value is not None and type(value) is not kind:
                yield f"{where}.{name} is not {_KINDS[kind]}"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
