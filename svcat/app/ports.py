"""The doors through which the use-cases reach the world.

Everything with an effect (objects, brokers, time, ids, words to the user) is a port, so that the
crash explorer can drive the real use-cases through every fault, kill and interleaving.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from svcat.clock import Clock
from svcat.objects import Resource
from svcat.osb.models import (
    BindRequest,
    Bound,
    Deleted,
    FetchedCatalog,
    FetchedInstance,
    JsonObject,
    LastOperation,
    Provisioned,
    ProvisionRequest,
    Reply,
    UpdateRequest,
)
from svcat.store.catalogs import Catalogs
from svcat.store.ledger import Ledger
from svcat.store.names import SYSTEM_NAMESPACE
from svcat.store.records import BrokerRecord
from svcat.store.secrets import Secrets
from svcat.store.store import Records


class Broker(Protocol):
    """One Open Service Broker, logged in to. Only ``catalog`` raises; the rest give Replies."""

    def catalog(self, *, etag: str = "", last_modified: str = "") -> FetchedCatalog:
        """Fetch the catalog if it changed. Raises AuthFailed, Unreachable, BrokerRefused."""

    def provision(
        self, instance_id: str, request: ProvisionRequest, *, sends: int
    ) -> Reply[Provisioned]:
        """Create an instance; ``sends`` counts this send too."""

    def fetch_instance(
        self, instance_id: str, *, service_id: str, plan_id: str
    ) -> Reply[FetchedInstance]:
        """Fetch an instance."""

    def update(self, instance_id: str, request: UpdateRequest, *, sends: int) -> Reply[Provisioned]:
        """Change an instance."""

    def deprovision(self, instance_id: str, *, service_id: str, plan_id: str) -> Reply[Deleted]:
        """Delete an instance."""

    def poll_instance(
        self, instance_id: str, *, service_id: str, plan_id: str, operation: str | None
    ) -> Reply[LastOperation]:
        """Ask how an instance's operation goes."""

    def bind(
        self,
        instance_id: str,
        binding_id: str,
        request: BindRequest,
        *,
        sends: int,
        accepts_incomplete: bool,
    ) -> Reply[Bound]:
        """Create a binding."""

    def fetch_binding(
        self, instance_id: str, binding_id: str, *, service_id: str, plan_id: str
    ) -> Reply[Bound]:
        """Fetch a binding."""

    def unbind(
        self, instance_id: str, binding_id: str, *, service_id: str, plan_id: str
    ) -> Reply[Deleted]:
        """Delete a binding."""

    def poll_binding(
        self,
        instance_id: str,
        binding_id: str,
        *,
        service_id: str,
        plan_id: str,
        operation: str | None,
    ) -> Reply[LastOperation]:
        """Ask how a binding's operation goes."""


class Misfit(Struct, frozen=True):
    """One place where a value does not fit a JSON schema.

    ``limit`` is what the keyword asks for; for ``required`` and ``additionalProperties`` the names
    that are missing or too many (none named: all).
    """

    path: tuple[str | int, ...]
    keyword: str
    limit: Any = None


class Verdict(Struct, frozen=True):
    """What a validator says; ``skipped`` is the reason why it can say nothing."""

    misfits: tuple[Misfit, ...] = ()
    skipped: str = ""
    remarks: tuple[str, ...] = ()


class Schemas(Protocol):
    """A JSON Schema validator that fetches nothing and ends in time, whatever the schema."""

    def check(self, schema: bytes, value: JsonObject) -> Verdict:
        """Return what in ``value`` does not fit; raises nothing."""


class NoSchemas(Struct, frozen=True):
    """For where nothing is validated."""

    def check(self, schema: bytes, value: JsonObject) -> Verdict:  # noqa: ARG002 - the protocol's
        """Say nothing."""
        return Verdict()


class Workloads(Protocol):
    """Objects of others that svcat adds fields to. Raises as ``objects.ObjectApi`` does."""

    def find_kind(self, word: str) -> Resource:
        """Return the kind that a word with a group names. Raises NotFound."""

    def serves(self, resource: Resource) -> bool:
        """Whether the server has such objects at that version."""

    def mapping(self, resource: Resource) -> JsonObject | None:
        """Return the spec of the kind's ClusterWorkloadResourceMapping, if there is one."""

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Read one object. Raises NotFound."""

    def list_all(self, resource: Resource, namespace: str, *, selector: str) -> list[JsonObject]:
        """List objects."""

    def apply(self, resource: Resource, obj: JsonObject, *, manager: str) -> JsonObject:
        """Own exactly the fields of ``obj``, which carries the uid of what it is meant for.

        Raises Conflict naming who holds a field, Stale if it is another object.
        """

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Write over the object whose resourceVersion it carries. Raises Stale, NotFound."""


class Patience(Struct, frozen=True):
    """How long a command waits; the operation itself is not bounded by it."""

    timeout_s: float = 300.0  # negative: for ever
    interval_s: float | None = None  # a fixed poll interval; None: 1 s, growing to 30 s
    wait: bool = True  # False: return once the broker accepted


class Timing(Struct, frozen=True):
    """Bounds that the protocol's safety rests on, in seconds."""

    call_s: float = 60.0  # total deadline of one broker call
    lease_s: float = 90.0  # a claim outlives any call that was begun under it
    late_s: float = 120.0  # how long a lost request may still be carried out
    yields_to_others: bool = True  # wait for the claims of others (the explorer turns it off)

    @classmethod
    def for_calls_of(cls, call_s: float) -> "Timing":
        """Return the bounds that go with a call deadline of ``call_s``."""
        return cls(call_s=call_s, lease_s=1.5 * call_s, late_s=2 * call_s)


class Ports(Struct, frozen=True):
    """Everything a use-case may touch."""

    records: Records
    secrets: Secrets
    ledger: Ledger
    catalogs: Catalogs
    connect: Callable[[BrokerRecord, Mapping[str, bytes]], Broker]  # the login Secret's contents
    clock: Clock
    new_id: Callable[[], str]
    claim_id: str  # names this command in the records it works on
    holder: str  # the same for people: "alice@ci-7, pid 4711"
    say: Callable[[str], None] = lambda _: None  # what happened, a line each
    tell: Callable[[str], None] = lambda _: None  # how it goes; the next words take its place
    warn: Callable[[str], None] = lambda _: None
    remark: Callable[[str], None] = lambda _: None  # for who asked for details
    stopping: Callable[[], bool] = lambda: False  # the user asked us to stop waiting
    timing: Timing = field(default_factory=Timing)
    system_namespace: str = SYSTEM_NAMESPACE
    schemas: Schemas = field(default_factory=NoSchemas)
    workloads: Workloads | None = None  # None: there are none here, as on the local store
