"""The nouns of the Open Service Broker API 2.17, spelled as the spec spells them.

Catalog and response bodies are msgspec Structs, so that ``wire`` can decode them typed and with a
JSON path in each error. Unknown fields are ignored everywhere (spec, Vendor Extension Fields).
Schemas and metadata stay raw JSON until somebody asks for them: a catalog of 10,000 plans is cheap.
Knows nothing of Kubernetes.
"""

from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

JsonObject = dict[str, Any]
T_co = TypeVar("T_co", covariant=True)


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all wire types: immutable, keyword-only, defaults left out when encoded."""


class Confidential(Struct, frozen=True, kw_only=True):
    """Base of what may hold credentials or parameters: its repr tells names, never values."""

    def __repr__(self) -> str:
        given = [n for n in self.__struct_fields__ if getattr(self, n) not in (None, (), {})]
        return f"{type(self).__name__}({', '.join(given)})"


class MaintenanceInfo(Struct, frozen=True, kw_only=True):
    """``maintenance_info``: only ``version`` counts on the wire."""

    version: str
    description: str = ""


class SchemaParameters(Struct, frozen=True, kw_only=True):
    """``{"parameters": <JSON schema>}``."""

    parameters: msgspec.Raw = msgspec.Raw()


class InstanceSchemas(Struct, frozen=True, kw_only=True):
    """Schemas for ``create`` and ``update`` of an instance."""

    create: SchemaParameters | None = None
    update: SchemaParameters | None = None


class BindingSchemas(Struct, frozen=True, kw_only=True):
    """Schema for ``create`` of a binding."""

    create: SchemaParameters | None = None


class Schemas(Struct, frozen=True, kw_only=True):
    """``plan.schemas``."""

    service_instance: InstanceSchemas | None = None
    service_binding: BindingSchemas | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """A service plan. ``None`` in an overriding field means "as the offering says"."""

    id: str
    name: str
    description: str = ""
    metadata: msgspec.Raw = msgspec.Raw()
    free: bool = True  # the spec's default; Service Catalog took absent for false
    bindable: bool | None = None
    binding_rotatable: bool = False
    plan_updateable: bool | None = None
    schemas: Schemas | None = None
    maximum_polling_duration: int | None = None  # seconds
    maintenance_info: MaintenanceInfo | None = None


class DashboardClient(Struct, frozen=True, kw_only=True):
    """``dashboard_client`` (profile, Cloud Foundry); its ``secret`` is never read in."""

    id: str = ""
    redirect_uri: str = ""


class ServiceOffering(Struct, frozen=True, kw_only=True):
    """A service offering: what svcat users call a class."""

    id: str
    name: str
    description: str = ""
    bindable: bool = False
    tags: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    instances_retrievable: bool = False
    bindings_retrievable: bool = False
    allow_context_updates: bool = False
    plan_updateable: bool = False
    metadata: msgspec.Raw = msgspec.Raw()
    dashboard_client: DashboardClient | None = None
    plans: tuple[Plan, ...] = ()

    def plan_is_bindable(self, plan: Plan) -> bool:
        """Whether instances of ``plan`` may be bound: the plan's own word counts first."""
        return self.bindable if plan.bindable is None else plan.bindable

    def plan_is_updateable(self, plan: Plan) -> bool:
        """Whether an instance of ``plan`` may change to another plan."""
        return self.plan_updateable if plan.plan_updateable is None else plan.plan_updateable


class Catalog(Struct, frozen=True, kw_only=True):
    """``GET /v2/catalog``; ``problems`` tells which entries were left out and why."""

    services: tuple[ServiceOffering, ...] = ()
    problems: tuple[str, ...] = ()


class FetchedCatalog(Struct, frozen=True, kw_only=True):
    """An answer to a conditional catalog request; ``catalog`` is None for 304 Not Modified."""

    catalog: Catalog | None
    raw: bytes = b""  # for keeping: ``wire.encode_catalog``, no ``dashboard_client.secret``
    etag: str = ""
    last_modified: str = ""
    api_version: str = ""  # the version the broker accepted


class Identity(Struct, frozen=True, kw_only=True):
    """``X-Broker-API-Originating-Identity``: all four members of the profile's kubernetes value."""

    username: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}


class PreviousValues(Struct, frozen=True, kw_only=True):
    """``previous_values`` of an update."""

    plan_id: str
    service_id: str
    organization_id: str = ""
    space_id: str = ""
    maintenance_info: MaintenanceInfo | None = None


class ProvisionRequest(Confidential, frozen=True, kw_only=True):
    """The body of ``PUT /v2/service_instances/:instance_id``."""

    service_id: str
    plan_id: str
    context: JsonObject
    organization_guid: str
    space_guid: str
    parameters: JsonObject | None = None
    maintenance_info: MaintenanceInfo | None = None


class UpdateRequest(Confidential, frozen=True, kw_only=True):
    """The body of ``PATCH /v2/service_instances/:instance_id``."""

    service_id: str
    plan_id: str
    context: JsonObject
    previous_values: PreviousValues
    parameters: JsonObject | None = None
    maintenance_info: MaintenanceInfo | None = None


class BindRequest(Confidential, frozen=True, kw_only=True):
    """The body of ``PUT …/service_bindings/:binding_id``; a rotation names its predecessor."""

    service_id: str
    plan_id: str
    context: JsonObject
    bind_resource: JsonObject | None = None
    app_guid: str | None = None
    parameters: JsonObject | None = None
    predecessor_binding_id: str | None = None


class ResourceMetadata(Struct, frozen=True, kw_only=True):
    """``metadata`` of an instance: labels replace all earlier ones (spec, Updating).

    None: the answer does not speak of them.
    """

    labels: JsonObject | None = None
    attributes: JsonObject | None = None


class Provisioned(Struct, frozen=True, kw_only=True):
    """Body of a provision or update answer (200, 201, 202)."""

    dashboard_url: str | None = None
    operation: str | None = None
    metadata: ResourceMetadata | None = None


class Deleted(Struct, frozen=True, kw_only=True):
    """Body of a deprovision or unbind answer."""

    operation: str | None = None


class BindingMetadata(Struct, frozen=True, kw_only=True):
    """``metadata`` of a binding: RFC 3339 times, kept as the broker wrote them."""

    expires_at: str | None = None
    renew_before: str | None = None


class Endpoint(Struct, frozen=True, kw_only=True):
    """A network endpoint that the application will connect to."""

    host: str
    ports: tuple[str, ...]
    protocol: str = "tcp"


class Bound(Confidential, frozen=True, kw_only=True):
    """Body of a bind answer or of a fetched binding."""

    operation: str | None = None
    credentials: JsonObject | None = None
    syslog_drain_url: str | None = None
    route_service_url: str | None = None
    volume_mounts: tuple[JsonObject, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    metadata: BindingMetadata | None = None
    parameters: JsonObject | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it that an application could use."""
        return not (
            self.credentials
            or self.syslog_drain_url
            or self.route_service_url
            or self.volume_mounts
        )


class FetchedInstance(Confidential, frozen=True, kw_only=True):
    """Body of ``GET /v2/service_instances/:instance_id``; every field may be missing."""

    service_id: str | None = None
    plan_id: str | None = None
    dashboard_url: str | None = None
    parameters: JsonObject | None = None
    maintenance_info: MaintenanceInfo | None = None
    metadata: ResourceMetadata | None = None


class OperationState(StrEnum):
    """``state`` of a last operation."""

    IN_PROGRESS = "in progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class LastOperation(Struct, frozen=True, kw_only=True):
    """Body of a last_operation answer."""

    state: OperationState
    description: str = ""
    instance_usable: bool = True
    update_repeatable: bool = True


class Call(StrEnum):
    """The ten things a platform asks of a broker."""

    CATALOG = "catalog"
    PROVISION = "provision"
    FETCH_INSTANCE = "fetch-instance"
    UPDATE = "update"
    DEPROVISION = "deprovision"
    POLL_INSTANCE = "poll-instance"
    BIND = "bind"
    FETCH_BINDING = "fetch-binding"
    UNBIND = "unbind"
    POLL_BINDING = "poll-binding"


class Outcome(StrEnum):
    """What the broker did, as far as its answer (or the lack of one) proves it."""

    DONE = "done"  # carried out; the body says how
    ACCEPTED = "accepted"  # 202: poll
    REFUSED = "refused"  # 4xx: nothing changed
    RETRY_LATER = "retry-later"  # busy or throttled, nothing changed: same request again
    NOT_SENT = "not-sent"  # never reached the broker
    UNKNOWN = "unknown"  # may or may not have been carried out
    GONE = "gone"  # 410: not there


LOGIN_REFUSED = (401, 403)


class BrokerError(Struct, frozen=True, kw_only=True):
    """Why an answer was no success, in the broker's own (unsafe) words where it gave any."""

    status: int | None = None  # None: no answer came
    error: str = ""  # the spec's code, e.g. ConcurrencyError
    description: str = ""
    instance_usable: bool = True
    update_repeatable: bool = True


class Reply(Struct, Generic[T_co], frozen=True, kw_only=True):
    """One exchange with a broker: the outcome, and what supports it."""

    outcome: Outcome
    request_id: str
    body: T_co | None = None
    error: BrokerError | None = None
    retry_after_s: float | None = None
    may_arrive_late: bool = False  # the request may still be carried out after this moment
    needs_mitigation: bool = False  # the spec's orphan table says delete
    warnings: tuple[str, ...] = ()  # what the broker did differently from the spec

    @property
    def status(self) -> int | None:
        """The status of an answer that was no success; None if there was none."""
        return self.error.status if self.error else None

    @property
    def refuses_login(self) -> bool:
        """Whether the broker does not let us in, or not do that."""
        return self.status in LOGIN_REFUSED
