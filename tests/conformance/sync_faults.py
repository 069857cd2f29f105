"""What faults of brokers that answer at once have in common."""

from collections.abc import Callable

from tests.conformance.faults import SYNC, Fault, Make
from tests.conformance.spoiling import Asked, Told

OUTDATED = "9999.9.9-svcat-check"
MADE = (200, 201)


def fault(name: str, caught_by: str, make: Make, *with_it: str) -> Fault:
    """Return a fault that shows in the life of a synchronous plan."""
    return Fault(name=name, caught_by=caught_by, make=make, plan=SYNC, with_it=with_it)


def is_done(asked: Asked, told: Told) -> bool:
    return told.status in MADE


def has_extension(asked: Asked) -> bool:
    return any(name.startswith("svcat.dev/") for name in asked.body)


def is_outdated(asked: Asked) -> bool:
    return bool((asked.body.get("maintenance_info") or {}).get("version") == OUTDATED)


def without(*names: str) -> Callable[[Asked], Asked]:
    """Leave members of a request out."""
    return lambda asked: asked.with_body({k: v for k, v in asked.body.items() if k not in names})
