"""The life of a rotation: how it begins, is held up, turns back and ends. Pure.

What a rotation has in common with a bind (its steps, the ids it renews, how it is finished) is in
``binding_lifecycle`` and ``binding_outcomes``.
"""

from msgspec.structs import replace

from svcat.app import binding_outcomes
from svcat.app.binding_lifecycle import is_undoing, target_of
from svcat.app.binding_outcomes import refused, with_retired
from svcat.app.facts import Facts, moved
from svcat.store.records import (
    BindingId,
    BindingPhase,
    BindingRecord,
    Operation,
    OperationType,
    Role,
)

ROLLOUT_FAILED = "RolloutFailed"


def begin(
    record: BindingRecord,
    facts: Facts,
    *,
    predecessor: str,
    grace_s: int,
    rolls_back: bool = False,
) -> BindingRecord | None:
    """Write the next id ahead; ``predecessor`` is what its request says that it replaces."""
    if record.phase is not BindingPhase.READY:
        return None
    fresh = BindingId(id=facts.new_id, role=Role.NEXT, sends=1, predecessor=predecessor)
    begun = replace(
        record.claimed(facts.claim, facts.now),
        ids=(*record.ids, fresh),
        parameters_from=facts.refs,
        keep_failed=False,
        last_error=None,
    )
    operation = Operation(
        type=OperationType.ROTATE, started=facts.now, grace_s=grace_s, rolls_back=rolls_back
    )
    return moved(begun, BindingPhase.ROTATING, "Rotating", facts, operation)


def halted(record: BindingRecord, next_id: str, facts: Facts) -> BindingRecord | None:
    """Record why the workloads do not follow; both ids stay."""
    target = target_of(record)
    if record.phase is not BindingPhase.ROTATING or target is None or target.id != next_id:
        return None
    return moved(record, BindingPhase.ROTATING, ROLLOUT_FAILED, facts, record.operation)


def is_halted(record: BindingRecord) -> bool:
    """Whether a rotation waits for workloads that do not get on with the new credentials."""
    is_forward = record.phase is BindingPhase.ROTATING and not is_undoing(record)
    return is_forward and record.reason == ROLLOUT_FAILED


def going_back(record: BindingRecord) -> BindingRecord | None:
    """Put on record that a failed rollout undoes the rotation, whoever sees it through."""
    if record.phase is not BindingPhase.ROTATING or record.operation is None:
        return None
    return replace(record, operation=replace(record.operation, rolls_back=True))


def goes_back(record: BindingRecord) -> bool:
    """Whether a failed rollout undoes the rotation."""
    return record.operation is not None and record.operation.rolls_back


def undo(record: BindingRecord, next_id: str, reason: str, facts: Facts) -> BindingRecord | None:
    """Let a rotation to ``next_id`` go back to the old credentials."""
    target = target_of(record)
    if record.phase is not BindingPhase.ROTATING or target is None or target.id != next_id:
        return None
    return None if is_undoing(record) else binding_outcomes.undone(record, reason, facts)


def go_on(record: BindingRecord, held_id: str, facts: Facts) -> BindingRecord | None:
    """The old credentials cannot be had again: the rotation goes on to those in the Secret."""
    if not is_undoing(record):
        return None
    held = record.known(held_id)
    if held is None or held.role is not Role.RETIRED:
        return end(record, record.reason, replace(facts, words=record.message))
    facts = replace(facts, words="the old credentials cannot be had again: the new ones stay")
    onward = record.with_id(replace(held, role=Role.NEXT, keep_until=None))
    operation = record.operation and replace(record.operation, rolls_back=False)
    return moved(onward, BindingPhase.ROTATING, "OldCredentialsLost", facts, operation)


def never_left(record: BindingRecord, next_id: str, facts: Facts) -> BindingRecord | None:
    """Undo a rotation whose request was never sent, by anybody."""
    known = record.known(next_id)
    if known is None or known.role is not Role.NEXT or known.sends > 1:
        return None
    return refused(record, next_id, facts)


def end(record: BindingRecord, reason: str, facts: Facts) -> BindingRecord | None:
    """End a rotation that has no Secret to write to: the current id stays, as it was before."""
    if record.phase is not BindingPhase.ROTATING:
        return None
    retired = with_retired(record, Role.NEXT)
    return moved(retired, BindingPhase.READY, reason, facts, None)


def is_undone(before: BindingRecord, after: BindingRecord) -> bool:
    """Whether a rotation ended with the credentials that it was to replace."""
    old, current = before.id_in(Role.CURRENT), after.id_in(Role.CURRENT)
    is_over = after.phase is BindingPhase.READY
    return is_over and old is not None and current is not None and old.id == current.id
