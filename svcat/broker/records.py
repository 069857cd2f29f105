"""What the broker remembers: instances, bindings and the operations on them.

Plain immutable values; ``state`` stores them, ``instances`` and ``bindings`` decide about them.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from svcat.osb.models import JsonObject


class Phase(StrEnum):
    """Where an instance or a binding stands."""

    CREATING = "creating"
    READY = "ready"
    UPDATING = "updating"  # instances only
    DELETING = "deleting"
    CREATE_FAILED = "create-failed"  # something may exist; only a delete ends it
    DELETE_FAILED = "delete-failed"  # something may be left; only a repeated delete ends it


class Kind(StrEnum):
    """What an operation does."""

    PROVISION = "provision"
    UPDATE = "update"
    DEPROVISION = "deprovision"
    BIND = "bind"
    UNBIND = "unbind"

    @property
    def deletes(self) -> bool:
        """Whether success means that the resource is gone."""
        return self in {Kind.DEPROVISION, Kind.UNBIND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an update turns an instance into."""

    plan_id: str
    parameters: JsonObject
    context: JsonObject
    maintenance_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A service instance; ``attributes`` is what its driver has to tell about it."""

    id: str
    service_id: str
    plan_id: str
    parameters: JsonObject = field(default_factory=dict)
    context: JsonObject = field(default_factory=dict)
    maintenance_version: str = ""
    attributes: JsonObject = field(default_factory=dict)
    phase: Phase = Phase.CREATING


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A service binding; ``secret`` is the password made for it, times are UNIX seconds."""

    id: str
    instance_id: str
    parameters: JsonObject = field(default_factory=dict)
    predecessor_id: str = ""
    secret: str = field(default="", repr=False)
    expires_at: float | None = None
    renew_before: float | None = None
    phase: Phase = Phase.CREATING


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One change under way or ended; written before its first side effect."""

    id: str
    kind: Kind
    instance_id: str
    binding_id: str = ""  # empty for operations on the instance itself
    due_at: float = 0.0  # UNIX seconds; a worker starts it no earlier
    change: Change | None = None  # of an update
    state: str = "in progress"  # svcat.osb.models.OperationState
    description: str = ""
    instance_usable: bool = True
    update_repeatable: bool = True
