"""Where the checks stand: the broker, its catalog, and what is done to one plan of it."""

from collections.abc import Callable
from typing import Any

from svcat.conformance.binding_life import BindingLife
from svcat.conformance.instance_life import InstanceLife, new_id
from svcat.conformance.judging import expect_object
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.offer import Offer, offers
from svcat.conformance.platform import Platform
from svcat.conformance.session import Answer
from svcat.osb.models import JsonObject


class Stage:
    """Everything that checks look at."""

    def __init__(
        self, platform: Platform, catalog: Answer, life: InstanceLife | None = None
    ) -> None:
        self.platform = platform
        self.session = platform.session
        self.catalog = catalog
        self._instance = life
        self._bindings = None if life is None else BindingLife(life)
        self._known_plan = next(iter(offers(catalog.value)), None)

    @property
    def known_plan(self) -> Offer:
        """A plan that the broker knows. Raises Skipped if its catalog names none."""
        if self._known_plan is None:
            raise Skipped("the catalog names no plan with its ids")
        return self._known_plan

    @property
    def some_ids(self) -> dict[str, str]:
        """The ids of that plan; of none if there is none, where they are not looked at."""
        nobody = Offer(service_id=new_id(), plan_id=new_id())
        return (self._known_plan or nobody).ids

    @property
    def instance(self) -> InstanceLife:
        """The one instance that a full check makes. Raises Skipped if there is none."""
        if self._instance is None:
            raise Skipped("no instance is made")
        return self._instance

    @property
    def bindings(self) -> BindingLife:
        """Its bindings. Raises Skipped if there is no instance."""
        if self._bindings is None:
            raise Skipped("no instance is made")
        return self._bindings

    @property
    def services(self) -> list[tuple[str, JsonObject]]:
        """The offerings of the catalog with where they stand. Raises Skipped if it has none."""
        found = located("services", expect_or_skip(self.catalog).get("services"))
        if not found:
            raise Skipped("the catalog has no offerings")
        return found

    @property
    def plans(self) -> list[tuple[str, JsonObject]]:
        """All plans with where they stand. Raises Skipped if there are none."""
        found = [p for w, s in self.services for p in located(f"{w}.plans", s.get("plans"))]
        if not found:
            raise Skipped("the catalog has no plans")
        return found

    def has(self, capability: Callable[[Offer], bool]) -> bool:
        """Whether any plan of the catalog can do something."""
        return any(map(capability, offers(self.catalog.value)))


def located(where: str, value: Any) -> list[tuple[str, JsonObject]]:
    """Return the objects of a list, each with its JSON path and name."""
    found = enumerate(value if isinstance(value, list) else ())
    return [(_place(where, i, each), each) for i, each in found if isinstance(each, dict)]


def _place(where: str, index: int, member: JsonObject) -> str:
    name = member.get("name")
    return f"{where}[{index}]" + (f" ({name[:80]})" if isinstance(name, str) and name else "")


def expect_or_skip(catalog: Answer) -> JsonObject:
    """Return the catalog's members. Raises Skipped if it cannot be read."""
    try:
        members = expect_object(catalog)
    except Failed as failed:
        raise Skipped(f"the catalog cannot be read: {failed.reason}") from failed
    if catalog.status != 200:
        raise Skipped(f"there is no catalog: status {catalog.status}")
    return members
