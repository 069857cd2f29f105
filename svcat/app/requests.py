"""Request bodies for a broker, made from records and the cluster they live in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

KUBERNETES = "kubernetes"
CLOUD_FOUNDRY = "cloudfoundry"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_LONGEST_ANNOTATION = 4096
PLATFORMS = (KUBERNETES, CLOUD_FOUNDRY)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lives: what a broker is told of it (profile, Context Object)."""

    cluster_id: str
    namespace: str
    namespace_uid: str
    namespace_annotations: Mapping[str, str] = field(default_factory=dict)
    platform: str = KUBERNETES

    def context(self, instance_name: str) -> JsonObject:
        """Return the ``context`` object, without what others write at things."""
        if self.platform == CLOUD_FOUNDRY:  # for brokers that understand nothing else
            return {
                "platform": self.platform,
                "organization_guid": self.cluster_id,
                "organization_name": self.cluster_id,
                "space_guid": self.namespace_uid,
                "space_name": self.namespace,
                "instance_name": instance_name,
            }
        return {
            "platform": self.platform,
            "namespace": self.namespace,
            "clusterid": self.cluster_id,
            "instance_name": instance_name,
        }

    def instance_context(self, record: InstanceRecord) -> JsonObject:
        """Return the ``context`` of an instance as it is now, annotations included."""
        context = self.context(record.name)
        if self.platform != KUBERNETES:
            return context
        annotations = {
            "namespace_annotations": dict(self.namespace_annotations),
            "instance_annotations": told_annotations(record.foreign.get("annotations")),
        }
        return context | {name: each for name, each in annotations.items() if each}


def told_annotations(annotations: Mapping[str, str] | None) -> dict[str, str]:
    """Return the annotations that brokers are told of: not the copies that tools keep there."""
    return {
        name: text
        for name, text in (annotations or {}).items()
        if name != _LAST_APPLIED and len(text) <= _LONGEST_ANNOTATION
    }


def provision(
    record: InstanceRecord, place: Place, parameters: JsonObject | None
) -> ProvisionRequest:
    """Return the body of a provision."""
    return ProvisionRequest(
        service_id=record.service_id,
        plan_id=record.plan_id,
        context=record.context or place.context(record.name),
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
        context=(target.context if target else None) or place.context(record.name),
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
        bind_resource=_bind_resource(record, place),
        parameters=parameters,
    )


def rotation(record: BindingRecord, place: Place, predecessor_id: str) -> BindRequest:
    """Return the body of a rotation: no parameters, the broker carries them over."""
    return BindRequest(
        service_id=record.service_id,
        plan_id=record.plan_id,
        context=place.context(record.instance),
        bind_resource=_bind_resource(record, place),
        predecessor_binding_id=predecessor_id,
    )


def _bind_resource(record: BindingRecord, place: Place) -> JsonObject:
    if record.route:
        return {"route": record.route}
    return {"app_guid": place.namespace_uid}


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
