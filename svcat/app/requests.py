"""Request bodies for a broker, made from records and the cluster they live in. Pure."""

from dataclasses import dataclass
from typing import Any

from svcat.errors import UsageError
from svcat.osb.models import (
    BindRequest,
    JsonObject,
    MaintenanceInfo,
    PreviousValues,
    ProvisionRequest,
    UpdateRequest,
)
from svcat.store.records import BindingRecord, InstanceRecord

PLATFORM = "kubernetes"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lives: what a broker is told of it (profile, Kubernetes Context Object)."""

    cluster_id: str
    namespace: str
    namespace_uid: str

    def context(self, instance_name: str = "") -> JsonObject:
        """Return the ``context`` object."""
        context = {
            "platform": PLATFORM,
            "namespace": self.namespace,
            "clusterid": self.cluster_id,
        }
        return {**context, "instance_name": instance_name} if instance_name else context


def provision(
    record: InstanceRecord, place: Place, parameters: JsonObject | None
) -> ProvisionRequest:
    """Return the body of a provision."""
    return ProvisionRequest(
        service_id=record.service_id,
        plan_id=record.plan_id,
        context=place.context(record.name),
        organization_guid=place.cluster_id,
        space_guid=place.namespace_uid,
        parameters=parameters,
        maintenance_info=_maintenance(record.maintenance_version),
    )


def update(record: InstanceRecord, place: Place, parameters: JsonObject | None) -> UpdateRequest:
    """Return the body of an update to the record's target: only what the user gave now."""
    target = record.target
    plan_id = target.plan_id if target else record.plan_id
    wanted = target.maintenance_version if target else ""
    return UpdateRequest(
        service_id=record.service_id,
        plan_id=plan_id,
        context=place.context(record.name),
        parameters=parameters,
        previous_values=PreviousValues(
            plan_id=record.plan_id,
            service_id=record.service_id,
            organization_id=place.cluster_id,
            space_id=place.namespace_uid,
            maintenance_info=_maintenance(record.maintenance_version),
        ),
        maintenance_info=_maintenance(wanted),
    )


def bind(record: BindingRecord, place: Place, parameters: JsonObject | None) -> BindRequest:
    """Return the body of a bind; the application is the namespace, as Service Catalog had it."""
    return BindRequest(
        service_id=record.service_id,
        plan_id=record.plan_id,
        context=place.context(record.instance),
        bind_resource={"app_guid": place.namespace_uid},
        parameters=parameters,
    )


def rotation(record: BindingRecord, place: Place, predecessor_id: str) -> BindRequest:
    """Return the body of a rotation: no parameters, the broker carries them over."""
    return BindRequest(
        service_id=record.service_id,
        plan_id=record.plan_id,
        context=place.context(record.instance),
        bind_resource={"app_guid": place.namespace_uid},
        predecessor_binding_id=predecessor_id,
    )


def merge_parameters(given: JsonObject | None, sources: list[JsonObject]) -> JsonObject | None:
    """Return parameters and those taken from Secrets as one object; None if there are none.

    A top-level name that comes twice is an error, as in Service Catalog. Raises UsageError.
    """
    merged: dict[str, Any] = dict(given or {})
    for source in sources:
        for key, value in source.items():
            if key in merged:
                raise UsageError(f"parameter {key!r} is given twice: by a Secret and besides")
            merged[key] = value
    if merged:
        return merged
    return given


def _maintenance(version: str) -> MaintenanceInfo | None:
    return MaintenanceInfo(version=version) if version else None
