"""When two executions have come to the same state: what follows is the same and is walked once.

A command is deterministic: where it stands follows from what it has been told. So each answer is
mixed into the past of the process that heard it; the pasts, the servers, the clock and what may
still befall them are the state. It may tell states apart that are alike (a path too many), never
take two for one.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from svcat.objects import JsonObject, Resource
from tests.sim.objects import SimulatedObjects

Found = TypeVar("Found")
Budget = tuple[int, ...]

MOST_REMEMBERED = 2_000


class OncePerObject(Generic[Found]):
    """A function of an object on the simulated shelf, which is never changed in place."""

    def __init__(self, compute: Callable[[JsonObject], Found]) -> None:
        self._compute = compute
        self._known: dict[int, tuple[JsonObject, Found]] = {}

    def __call__(self, obj: JsonObject) -> Found:
        known = self._known.get(id(obj))
        if known is None or known[0] is not obj:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[id(obj)] = (obj, self._compute(obj))
        return known[1]


content = OncePerObject(lambda obj: hash(repr(obj)))
"""What an object is, to the last version and time stamp."""


def of_cluster(objects: SimulatedObjects) -> Hashable:
    """Return what tells a cluster from others: its objects and what names the next ones."""
    contents = frozenset((key, content(obj)) for key, obj in objects.contents.items())
    return hash(contents), objects.counters()


def told_by(
    objects: SimulatedObjects, verb: str, resource: Resource, namespace: str, name: str
) -> Hashable:
    """Return all that the answer to a verb can depend on, besides the request."""
    if verb == "list":
        return hash(
            tuple(
                (key, content(obj))
                for key, obj in objects.contents.items()
                if key[0] == resource.plural
            )
        )
    obj = objects.contents.get((resource.plural, namespace, name))
    found = content(obj) if obj is not None else None
    return (found,) if verb == "get" else (found, objects.counters())


class Seen:
    """The states that were met, with what could still befall them then."""

    def __init__(self) -> None:
        self._budgets: dict[Hashable, list[Budget]] = {}

    def __len__(self) -> int:
        return len(self._budgets)

    def met_before(self, state: Hashable, budget: Budget) -> bool:
        """Whether ``state`` was met with at least this budget; takes note of it if not."""
        known = self._budgets.setdefault(state, [])
        for other in known:
            if all(had >= has for had, has in zip(other, budget, strict=True)):
                return True
        known.append(budget)
        return False
