"""What svcat remembers: one frozen record per broker, instance and binding.

A record in progress is a resumption point, never a lock: it says what was about to happen, under
which ids, and who is at it until when. ``codec`` turns records into cluster objects and back;
``docs/reference/annotations.md`` documents what is stored where.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from svcat.objects import JsonObject
from svcat.store.claims import Claim
from svcat.store.injections import Injection
from svcat.store.shape import Shape

HISTORY_LENGTH = 20
RELIST_DURATION_S = 24 * 3600  # as Service Catalog's controller had it
WRITES_REMEMBERED = 8
PREVIOUS_IDS_REMEMBERED = 20


class Scope(StrEnum):
    """Who sees a broker."""

    CLUSTER = "cluster"
    NAMESPACE = "namespace"


class AuthKind(StrEnum):
    """How a broker is logged in to."""

    NONE = "none"
    BASIC = "basic"
    BEARER = "bearer"
    OAUTH = "oauth"
    CLIENT_CERT = "client-cert"


class RelistBehavior(StrEnum):
    """Whether a cached catalog grows old."""

    DURATION = "duration"
    MANUAL = "manual"


class OperationType(StrEnum):
    """What a record is in the middle of."""

    PROVISION = "provision"
    UPDATE = "update"
    DEPROVISION = "deprovision"
    BIND = "bind"
    UNBIND = "unbind"
    ROTATE = "rotate"


class InstancePhase(StrEnum):
    """Where an instance stands."""

    PROVISIONING = "provisioning"
    READY = "ready"
    UPDATING = "updating"
    UNUSABLE = "unusable"
    DEPROVISIONING = "deprovisioning"
    MITIGATING = "mitigating"  # deleting what a lost or failed provision may have left
    FAILED = "failed"


class BindingPhase(StrEnum):
    """Where a binding stands."""

    BINDING = "binding"
    READY = "ready"
    ROTATING = "rotating"
    UNBINDING = "unbinding"
    MITIGATING = "mitigating"  # deleting what a lost or failed bind may have left
    FAILED = "failed"


class Role(StrEnum):
    """What a binding id is to its binding record."""

    CURRENT = "current"
    NEXT = "next"  # a rotation is creating it
    RETIRED = "retired"  # to be deleted at the broker
    GONE = "gone"  # deleted, but a registered command might still send it


class Operation(Struct, frozen=True, kw_only=True):
    """The operation that a record is in the middle of."""

    type: OperationType
    started: datetime
    sends: int = 0  # how often the request may have left; a 4xx proves absence only at 1
    deletes: int = 0  # how many commands may have sent a delete; at 0 the door may open again
    accepted: bool = False  # the broker answered 202: poll, do not send again
    key: str = ""  # the broker's ``operation``
    deadline: datetime | None = None  # maximum_polling_duration, absolute
    late_until: datetime | None = None  # a lost request may still be carried out until then
    previous_phase: str = ""  # where a refused operation returns to
    restart: bool = False  # after the mitigation, try again under a new id
    deleted: bool = False  # confirmed gone, but a registered or late request may bring it back
    contested: bool = False  # what its answer says may have been undone: another sent meanwhile
    grace_s: int = 0  # of a rotation: how long the id that is replaced is kept
    rolls_back: bool = False  # of a rotation: a failed rollout undoes it

    def may_arrive_late(self, now: datetime) -> bool:
        """Whether a lost request may still be carried out."""
        return self.late_until is not None and now < self.late_until


class Transition(Struct, frozen=True, kw_only=True):
    """One line of a record's history."""

    at: datetime
    phase: str
    reason: str
    message: str = ""
    by: str = ""


class LastError(Struct, frozen=True, kw_only=True):
    """The last answer that was no success, in full."""

    at: datetime
    call: str
    status: int | None = None
    error: str = ""
    description: str = ""
    request_id: str = ""


class SecretKeyRef(Struct, frozen=True, kw_only=True):
    """A Secret value that parameters were taken from, as read when the intent was recorded.

    ``key`` empty: the whole Secret, each key a parameter.
    """

    name: str
    key: str = ""
    resource_version: str = ""


class PreviousId(Struct, frozen=True, kw_only=True):
    """An id that was used before, and what became of it at the broker."""

    id: str
    fate: str


class BrokerRef(Struct, frozen=True, kw_only=True):
    """Which broker: its registration's name, and its namespace unless it is cluster-wide."""

    name: str
    namespace: str = ""

    @property
    def scope(self) -> Scope:
        """Cluster-wide or of one namespace."""
        return Scope.NAMESPACE if self.namespace else Scope.CLUSTER


class Record(Struct, frozen=True, kw_only=True):
    """What every record has: identity, and the traces of the commands that wrote it."""

    namespace: str
    name: str
    uid: str = ""
    resource_version: str = ""
    created: datetime | None = None
    deleting: bool = False  # somebody deleted the object; a finalizer still holds it
    seq: int = 0
    writes: tuple[str, ...] = ()  # ids of the last writes, so that a lost one is recognised
    labels: Mapping[str, str] = field(default_factory=dict)  # the user's own
    # Annotations, finalizers and owners that others put on the object: carried along untouched.
    foreign: JsonObject = field(default_factory=dict)

    def in_place_of(self, found: "Record") -> Self:
        """Return a copy that is to be written over ``found``, as the same object."""
        return replace(
            self,
            uid=found.uid,
            resource_version=found.resource_version,
            created=found.created,
            seq=found.seq,
            writes=found.writes,
            foreign=found.foreign,
        )


class BrokerRecord(Record, frozen=True, kw_only=True):
    """A broker's registration. ``namespace`` is where its object lives, for either scope."""

    scope: Scope
    url: str
    auth: AuthKind = AuthKind.NONE
    auth_namespace: str = ""
    auth_secret: str = ""
    auth_owned: bool = False  # register made the Secret, deregister removes it
    ca_pem: str = ""
    skip_tls: bool = False
    allow_plain_http: bool = False
    api_version: str = ""
    etag: str = ""
    last_modified: str = ""
    fetched_at: datetime | None = None
    catalog_digest: str = ""
    catalog_parts: int = 0
    catalog_outline: bool = False  # its names are kept beside it, for what needs no more
    last_error: str = ""
    relist_behavior: RelistBehavior = RelistBehavior.DURATION
    relist_duration_s: int = RELIST_DURATION_S
    class_restrictions: tuple[str, ...] = ()
    plan_restrictions: tuple[str, ...] = ()
    login_version: str = ""  # of the login Secret that the catalog was fetched with
    platform: str = ""  # what the broker is told that we are; empty: kubernetes
    proxy: str = ""
    catalog_limit_mib: int = 0  # how large a catalog may be; 0: as usual

    @property
    def ref(self) -> BrokerRef:
        """How instances refer to it."""
        return BrokerRef(
            name=self.name, namespace=self.namespace if self.scope is Scope.NAMESPACE else ""
        )


class PresetRecord(Record, frozen=True, kw_only=True):
    """A class of the user's own: a broker's class under another name, with defaults.

    ``parameters`` are those of every plan; the ones of a plan, by its id, go over them.
    """

    scope: Scope
    broker: BrokerRef
    service_id: str
    service_name: str
    plan_ids: tuple[str, ...] = ()  # none named: all of the class
    parameters: JsonObject | None = None
    plan_parameters: dict[str, JsonObject] = {}


class Work(Record, frozen=True, kw_only=True):
    """What instances and bindings share: an operation, its participants, how it went."""

    broker: BrokerRef
    broker_url: str = ""
    service_id: str
    service_name: str
    plan_id: str
    plan_name: str
    parameters: JsonObject | None = None
    parameters_from: tuple[SecretKeyRef, ...] = ()
    operation: Operation | None = None
    claims: tuple[Claim, ...] = ()
    previous_ids: tuple[PreviousId, ...] = ()
    reason: str = ""
    message: str = ""
    last_error: LastError | None = None
    history: tuple[Transition, ...] = ()
    adopted: bool = False  # its id came from the user: never mitigated automatically
    keep_failed: bool = False  # the user wants to look before anything is deleted
    finalizer: bool = False

    def claimed(self, claim: Claim, now: datetime) -> Self:
        """Return a copy in which ``claim`` is registered (or renewed), and dead ones are not.

        Dead claims may go here because whoever registers sends its deletes afterwards.
        """
        others = tuple(c.in_time(now) for c in self.echoing_claims(now, besides=claim.id))
        return replace(self, claims=(*others, claim))

    def in_time(self, now: datetime) -> Self:
        """Return a copy in which no claim begins in the future."""
        return replace(self, claims=tuple(c.in_time(now) for c in self.claims))

    def released(self, claim_id: str) -> Self:
        """Return a copy in which ``claim_id`` is registered no more."""
        return replace(self, claims=tuple(c for c in self.claims if c.id != claim_id))

    def ids_after(self, gone_id: str) -> tuple[PreviousId, ...]:
        """Return the ids that were used before, once ``gone_id`` is one of them."""
        gone = PreviousId(id=gone_id, fate="gone")
        return (*self.previous_ids, gone)[-PREVIOUS_IDS_REMEMBERED:]

    def live_claims(self, now: datetime, *, besides: str = "") -> tuple[Claim, ...]:
        """Return the claims of other commands that still count."""
        return tuple(c for c in self.claims if c.id != besides and c.is_live(now))

    def echoing_claims(self, now: datetime, *, besides: str = "") -> tuple[Claim, ...]:
        """Return the claims of other commands by which a deleted id may still come back."""
        return tuple(c for c in self.claims if c.id != besides and c.may_echo(now))


class UpdateTarget(Struct, frozen=True, kw_only=True):
    """What an update in progress wants; parameters are those given now, never merged ones."""

    plan_id: str
    plan_name: str
    parameters: JsonObject | None = None
    parameters_from: tuple[SecretKeyRef, ...] = ()
    maintenance_version: str = ""
    context: JsonObject | None = None  # what the broker is told with it


class InstanceRecord(Work, frozen=True, kw_only=True):
    """A service instance."""

    instance_id: str
    phase: InstancePhase
    leftover: bool = False  # FAILED, yet something may exist at the broker under the id
    dashboard_url: str = ""
    maintenance_version: str = ""
    broker_labels: Mapping[str, str] = field(default_factory=dict)
    context: JsonObject | None = None  # what the broker was told last
    target: UpdateTarget | None = None  # of the update that is on, or whose outcome is unknown
    update_late_until: datetime | None = None  # a lost update may still be carried out until then
    update_repeatable: bool = True
    failed_target: UpdateTarget | None = None  # not to be repeated, the broker says


class BindingId(Struct, frozen=True, kw_only=True):
    """One id of a binding, and what is known of it at the broker."""

    id: str
    role: Role
    sends: int = 0  # how often its bind request may have left
    accepted: bool = False  # the last request for it (bind or, if retired, unbind) answered 202
    contested: bool = False  # when that unbind left, the id could still be made again
    key: str = ""  # that answer's ``operation``
    succeeded: bool = False  # the asynchronous bind is through: fetch the credentials
    late_until: datetime | None = None  # a lost bind request may still be carried out until then
    predecessor: str = ""  # the id that its bind request names as the one it replaces
    keep_until: datetime | None = None  # retired, but still of use to somebody until then


class BindingRecord(Work, frozen=True, kw_only=True):
    """A service binding: a list of ids, of which the Secret holds one's credentials."""

    instance: str
    instance_uid: str
    instance_id: str
    phase: BindingPhase
    ids: tuple[BindingId, ...] = ()
    secret_name: str
    secret_type: str = "Opaque"
    shape: Shape = Shape()
    route: str = ""  # what a route service is to stand before (bind_resource.route)
    expires_at: str = ""
    renew_before: str = ""
    injections: tuple[Injection, ...] = ()
    manager_uid: str = ""  # of the record that this one was rebuilt or moved from

    def is_of(self, instance: InstanceRecord) -> bool:
        """Whether it is of exactly this instance; its uid is unknown after a move."""
        return (
            self.namespace == instance.namespace
            and self.instance_id == instance.instance_id
            and self.instance_uid in {"", instance.uid}
        )

    @property
    def field_manager(self) -> str:
        """Who owns the binding's fields in workloads."""
        return f"svcat-b-{self.manager_uid or self.uid}"

    def id_in(self, *roles: Role) -> BindingId | None:
        """Return the newest id in one of ``roles``."""
        return next((i for i in reversed(self.ids) if i.role in roles), None)

    def known(self, binding_id: str) -> BindingId | None:
        """Return what is known of an id; None if it is not one of ours."""
        return next((i for i in self.ids if i.id == binding_id), None)

    def with_id(self, changed: BindingId) -> Self:
        """Return a copy in which the id of that name is ``changed``."""
        return replace(self, ids=tuple(changed if i.id == changed.id else i for i in self.ids))

    def without_id(self, binding_id: str) -> Self:
        """Return a copy that forgets an id."""
        return replace(self, ids=tuple(i for i in self.ids if i.id != binding_id))

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it can exist at the broker."""
        return not self.ids
