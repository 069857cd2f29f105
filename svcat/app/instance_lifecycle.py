"""The life of an instance: what to do next, and what is on record before a call leaves. Pure.

What an answer makes of the record is in ``instance_outcomes``. Rules R1-R12 are those of the
write-ahead protocol (docs/explanation/lifecycle.md).
"""

from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from svcat.app.facts import Facts, moved
from svcat.store.records import (
    InstancePhase,
    InstanceRecord,
    Operation,
    OperationType,
    UpdateTarget,
)

ENDED = frozenset({InstancePhase.READY, InstancePhase.UNUSABLE, InstancePhase.FAILED})
ENDING = frozenset({InstancePhase.DEPROVISIONING, InstancePhase.MITIGATING})


class Step(StrEnum):
    """What a command does next for an instance."""

    PROVISION = "provision"
    UPDATE = "update"
    DEPROVISION = "deprovision"
    POLL = "poll"


def next_step(record: InstanceRecord) -> Step | None:
    """Return what is to be done for ``record``; None when it is at rest."""
    operation = record.operation
    if operation is None or record.phase in ENDED:
        return None
    if operation.accepted:
        return Step.POLL
    if record.phase is InstancePhase.PROVISIONING:
        return Step.PROVISION
    if record.phase is InstancePhase.UPDATING:
        return Step.UPDATE
    return Step.DEPROVISION


def is_over(record: InstanceRecord) -> bool:
    """Whether the record's instance is deleted and only the record is left."""
    return record.phase is InstancePhase.DEPROVISIONING and record.operation is None


def is_wished_away(record: InstanceRecord) -> bool:
    """Whether somebody deleted the object, which waits for the instance to be deprovisioned."""
    return record.deleting and record.phase not in ENDING


def has_work(record: InstanceRecord) -> bool:
    """Whether something is left to be done for the record."""
    return record.deleting or is_over(record) or next_step(record) is not None


def is_confirmed_gone(record: InstanceRecord, now: datetime, *, besides: str) -> bool:
    """Whether nobody can bring the instance back: the record may be forgotten (rule R6).

    ``besides`` is our own claim's id.
    """
    return is_over(record) and not record.echoing_claims(now, besides=besides)


def begin_deprovision(record: InstanceRecord, facts: Facts) -> InstanceRecord:
    """Close the door: from here on no binding is begun (rule R12)."""
    before = record.operation
    operation = Operation(
        type=OperationType.DEPROVISION,
        started=facts.now,
        sends=before.sends if before else 0,
        late_until=before.late_until if before else None,
        previous_phase=record.phase,
    )
    claimed = record.claimed(facts.claim, facts.now)
    return moved(claimed, InstancePhase.DEPROVISIONING, "Deprovisioning", facts, operation)


def count_delete(record: InstanceRecord) -> InstanceRecord | None:
    """Note that a delete is about to leave; None if it is not wanted any more."""
    operation = record.operation
    if operation is None or next_step(record) is not Step.DEPROVISION:
        return None
    return replace(record, operation=replace(operation, deletes=operation.deletes + 1))


def reopen(record: InstanceRecord, facts: Facts, *, own_deletes: int = 0) -> InstanceRecord | None:
    """Undo ``begin_deprovision`` if no delete left: a binding came first, or the broker is away.

    ``own_deletes`` are those that we counted and know not to have left.
    """
    operation = record.operation
    if record.phase is not InstancePhase.DEPROVISIONING or operation is None:
        return None
    phase = InstancePhase(operation.previous_phase or InstancePhase.READY)
    if operation.deletes != own_deletes or phase not in ENDED:
        return None
    return moved(record.released(facts.claim.id), phase, "DeprovisionBlocked", facts, None)


def lost_update_until(record: InstanceRecord, now: datetime) -> datetime | None:
    """Return until when a lost update may undo another one; None if that is over, or never was."""
    until = record.update_late_until
    return until if until is not None and now < until else None


def begin_update(record: InstanceRecord, target: UpdateTarget, facts: Facts) -> InstanceRecord:
    """Record what the update wants before the broker hears of it."""
    operation = Operation(
        type=OperationType.UPDATE, started=facts.now, sends=1, previous_phase=record.phase
    )
    claimed = replace(record.claimed(facts.claim, facts.now), target=target)
    return moved(claimed, InstancePhase.UPDATING, "Updating", facts, operation)


def begin_again(record: InstanceRecord, wanted: InstanceRecord, facts: Facts) -> InstanceRecord:
    """Reuse a failed record for a new attempt: new request, new id, the old one remembered."""
    again = replace(
        wanted.in_place_of(record),
        previous_ids=record.ids_after(record.instance_id),
        history=record.history,
    )
    return moved(again, wanted.phase, wanted.reason, facts, wanted.operation)


def resend(record: InstanceRecord, step: Step, facts: Facts) -> InstanceRecord | None:
    """Register another send before it leaves (rule R5); None if the record wants no such send."""
    operation = record.operation
    if operation is None or next_step(record) is not step:
        return None
    counted = replace(operation, sends=operation.sends + 1)
    return replace(record.claimed(facts.claim, facts.now), operation=counted)


def mitigate(record: InstanceRecord, facts: Facts, *, restart: bool = False) -> InstanceRecord:
    """Give the id up: whatever exists under it is deleted, and the id never used again."""
    before = record.operation
    operation = Operation(
        type=OperationType.DEPROVISION,
        started=facts.now,
        sends=before.sends if before else 1,
        late_until=facts.late_until or (before.late_until if before else None),
        restart=restart,
    )
    return moved(record, InstancePhase.MITIGATING, "OrphanMitigation", facts, operation)
