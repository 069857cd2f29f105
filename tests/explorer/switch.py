"""A rule taken away for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.explorer.fates import Bounds

F, K = Bounds(1, 0, 0), Bounds(0, 1, 0)
FP, KP, FKP = Bounds(1, 0, 1), Bounds(0, 1, 1), Bounds(1, 1, 1)
PP, FPP = Bounds(0, 0, 2), Bounds(1, 0, 2)


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A rule taken away, and the scenario and bounds that must notice."""

    name: str
    scenario: str
    bounds: Bounds
    swaps: tuple[tuple[Any, Any, Any], ...]  # a class, a module or a table; a name; what it becomes

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Take the rule away for a while."""
        kept = [(place, name, _get(place, name)) for place, name, _ in self.swaps]
        for place, name, bad in self.swaps:
            _set(place, name, bad)
        try:
            yield
        finally:
            for place, name, good in kept:
                _set(place, name, good)


def _get(place: Any, name: Any) -> Any:
    return place[name] if isinstance(place, dict) else vars(place)[name]


def _set(place: Any, name: Any, value: Any) -> None:
    if isinstance(place, dict):
        place[name] = value
    else:
        setattr(place, name, value)
