"""Which workloads were given a binding's credentials, and how."""

from enum import StrEnum

from msgspec import Struct

from svcat.objects import JsonObject
from svcat.store.shape import Pair


class InjectionState(StrEnum):
    """Where an injection stands; only ``injected`` is at rest."""

    INJECTING = "injecting"
    INJECTED = "injected"
    EJECTING = "ejecting"


class Injection(Struct, frozen=True, kw_only=True):
    """A workload that was given the credentials, and how.

    The fields in it are owned by the binding's field manager, if the server merges its lists by
    name; of a kind with a ``mapping``, the last three say what was added besides.
    """

    api_version: str
    kind: str
    plural: str
    name: str
    uid: str  # of the workload: one of the same name is another
    state: InjectionState
    containers: tuple[str, ...] = ()  # none named: all
    env: tuple[Pair, ...] = ()  # (key of the Secret, variable)
    env_all: bool = False
    prefix: str = ""
    files: bool = False
    mapping: JsonObject | None = None  # of a custom kind: where its containers and volumes are
    variables: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()  # containers that got SERVICE_BINDING_ROOT
    made: tuple[Pair, ...] = ()  # (container or nothing, path) of what was not there
