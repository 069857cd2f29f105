"""What a driver is: one kind of service that the bundled broker can hand out.

A driver makes and removes things on a server; the broker does the protocol, the state and the
retries. Every method may be called again after a crash in the middle and must then finish the
work (idempotent by id). Names of things on the server come from ids only, never from user text.
How to write one: docs/how-to/write-a-broker-driver.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from svcat.broker.records import Binding, Instance, Kind
from svcat.osb.models import JsonObject

ENTRY_POINT_GROUP = "svcat.broker.drivers"


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For what takes no parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSpec:
    """A plan. ``asynchronous`` kinds are answered 202 and start ``delay_s`` later."""

    name: str
    description: str
    bullets: tuple[str, ...] = ()
    asynchronous: frozenset[Kind] = frozenset()
    delay_s: float = 0.0
    maintenance_version: str = ""  # semantic version of the recipe; empty: no maintenance
    maintenance_description: str = ""
    maximum_polling_duration_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingSpec:
    """An offering: its plans, and msgspec Structs that say which parameters it takes.

    The Structs become the catalog's JSON schemas and check every request.
    """

    description: str
    display_name: str
    long_description: str
    plans: tuple[PlanSpec, ...]
    tags: tuple[str, ...] = ()
    provision_parameters: type[msgspec.Struct] = NoParameters
    update_parameters: type[msgspec.Struct] = NoParameters
    bind_parameters: type[msgspec.Struct] = NoParameters
    rotatable: bool = True
    binding_lifetime_s: float | None = None  # None: bindings do not expire


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverContext:
    """What a driver is given: its offering's name, its options, a directory of its own."""

    name: str
    directory: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    async_delay_s: float = 0.0
    test_plans: bool = False


class Driver(Protocol):
    """Make and remove things for instances and bindings. Any method may raise DriverError."""

    offering: OfferingSpec

    def check(self) -> None:
        """Look once, at start, whether this can work. Raises BrokerSetupError."""

    def provision(self, instance: Instance, plan: PlanSpec) -> JsonObject:
        """Make the instance; return what the platform may know of it (metadata attributes)."""

    def update(self, before: Instance, after: Instance, plan: PlanSpec) -> JsonObject:
        """Turn ``before`` into ``after``, whose plan is ``plan``; return the attributes."""

    def deprovision(self, instance_id: str) -> None:
        """Remove the instance with all that belongs to it; fine if nothing is there."""

    def bind(self, instance: Instance, binding: Binding, plan: PlanSpec) -> None:
        """Make the login (or the like) of the binding, with ``binding.secret`` as password."""

    def credentials(self, instance: Instance, binding: Binding) -> JsonObject:
        """Say how to use the binding; no side effect, the same answer every time."""

    def unbind(self, instance_id: str, binding_id: str) -> None:
        """Remove the binding, also while it is in use; fine if nothing is there."""

    def has_instance(self, instance_id: str) -> bool:
        """Whether the server still has something of an instance that the broker lost track of."""

    def has_binding(self, instance_id: str, binding_id: str) -> bool:
        """Whether the server still has something of a binding that the broker lost track of."""


DriverFactory = Callable[[DriverContext], Driver]
