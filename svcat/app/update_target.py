"""What an update makes of a record, and whether it makes anything at all. Pure.

Only what the user gives now is sent (OSB 2.17, Updating a Service Instance). The spec has no word
for taking a parameter back; svcat sends null, and the record then has it no more. What a broker
does with members that a new object leaves out is for the broker: the record holds what was last
sent under each name.
"""

from typing import Any

from msgspec.structs import replace

from svcat.osb.jsontext import same
from svcat.osb.models import JsonObject
from svcat.store.records import InstancePhase, InstanceRecord, SecretKeyRef, UpdateTarget

# After these the broker may have something else than the record says.
_DOUBTFUL = frozenset({"UpdateOutcomeUnknown", "UpdateInstanceCallFailed"})


def applied(record: InstanceRecord, target: UpdateTarget) -> InstanceRecord:
    """Return the record after the broker carried ``target`` out."""
    version = target.maintenance_version
    if not version and target.plan_id == record.plan_id:
        version = record.maintenance_version
    return replace(
        record,
        target=None,
        failed_target=None,
        plan_id=target.plan_id,
        plan_name=target.plan_name,
        parameters=merged(record.parameters, target.parameters),
        parameters_from=with_refs(record.parameters_from, target.parameters_from),
        maintenance_version=version,
        context=target.context or record.context,
    )


def merged(known: JsonObject | None, given: JsonObject | None) -> JsonObject | None:
    """Return parameters with those given now over them; null takes one back."""
    if given is None:
        return known
    left = {**(known or {}), **given}
    return {name: value for name, value in left.items() if value is not None} or None


def with_refs(
    known: tuple[SecretKeyRef, ...], given: tuple[SecretKeyRef, ...]
) -> tuple[SecretKeyRef, ...]:
    """Return references with those read now in place of the same ones read before."""
    fresh = {(ref.name, ref.key): ref for ref in given}
    kept = tuple(fresh.pop((ref.name, ref.key), ref) for ref in known)
    return (*kept, *fresh.values())


def changes_nothing(record: InstanceRecord, target: UpdateTarget) -> bool:
    """Whether the instance is known to be as ``target`` wants it; its references are read now."""
    if record.phase is not InstancePhase.READY or record.reason in _DOUBTFUL:
        return False
    parameters: dict[str, Any] = record.parameters or {}
    version = target.maintenance_version
    return (
        target.plan_id in {"", record.plan_id}
        and all(same(parameters.get(k), v) for k, v in (target.parameters or {}).items())
        and all(ref in record.parameters_from for ref in target.parameters_from)
        and version in {"", record.maintenance_version}
    )
