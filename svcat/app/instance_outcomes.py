"""What an answer makes of an instance's record, as a table: phase × event → phase. Pure.

``advance`` is applied to the record *found* when the outcome is saved, never to the one remembered
from before the call: another command may have moved it on meanwhile. Rules R1-R12 are those of the
write-ahead protocol (docs/explanation/lifecycle.md).
"""

from collections.abc import Callable

from msgspec.structs import replace

from svcat.app.events import MAY_HAVE_CREATED, Event
from svcat.app.facts import Facts, cause_of, moved, troubled
from svcat.app.instance_lifecycle import ENDED, ENDING, Step, mitigate
from svcat.app.overtaken_update import EITHER
from svcat.app.update_target import applied
from svcat.store.records import InstancePhase, InstanceRecord, Operation, OperationType


def advance(record: InstanceRecord, step: Step, event: Event, facts: Facts) -> InstanceRecord:
    """Return the record after ``event`` answered ``step``."""
    operation = record.operation
    if step is Step.PROVISION and record.phase is not InstancePhase.PROVISIONING:
        return _late_provision(record, event, facts)
    if operation is None or not _is_answered_by(record, operation, step):
        return record
    move = _TABLE.get((record.phase, event))
    return record if move is None else move(record, operation, facts)


def _ready(record: InstanceRecord, _: Operation, facts: Facts) -> InstanceRecord:
    done = _with_answer(record.released(facts.claim.id), facts)
    return moved(done, InstancePhase.READY, "ProvisionedSuccessfully", facts, None)


def _accepted(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    record = _with_answer(record if facts.stays else record.released(facts.claim.id), facts)
    deadline = operation.deadline or facts.deadline
    accepted = replace(
        operation,
        accepted=True,
        key=facts.key,
        deadline=deadline,
        contested=facts.contested or operation.contested,
    )
    return replace(record, operation=accepted)


def _refused_provision(
    record: InstanceRecord, operation: Operation, facts: Facts
) -> InstanceRecord:
    if operation.sends > 1:  # another command sent it too (rule R7)
        is_there = facts.error is not None and facts.error.status == 409
        return (_accepted if is_there else _orphaned)(record, operation, facts)
    refused = replace(record.released(facts.claim.id), last_error=facts.error, leftover=False)
    return moved(refused, InstancePhase.FAILED, "ProvisionCallFailed", facts, None)


def _orphaned(record: InstanceRecord, _: Operation, facts: Facts) -> InstanceRecord:
    record = replace(record, last_error=facts.error or record.last_error)
    if record.adopted or record.keep_failed:
        kept = replace(record.released(facts.claim.id), leftover=True)
        return moved(kept, InstancePhase.FAILED, "ProvisionCallFailed", facts, None)
    return mitigate(record, facts)


def _unclear(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    late = replace(operation, late_until=facts.late_until or operation.late_until)
    return replace(record, operation=late, last_error=facts.error, message=facts.words)


def _updated(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    if operation.contested:
        return _update_unknown(record, operation, replace(facts, words=EITHER))
    if record.target is not None:
        record = applied(record, record.target)
    done = _with_answer(_after_update(record, operation, facts), facts)
    done = replace(done, update_repeatable=True, last_error=None)
    return moved(done, InstancePhase.READY, "InstanceUpdatedSuccessfully", facts, None)


def _update_failed(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    is_known = operation.accepted or operation.sends == 1
    if operation.contested or not is_known:  # another send may have been applied
        return _update_unknown(record, operation, facts)
    phase = InstancePhase.READY if facts.usable else InstancePhase.UNUSABLE
    failed = replace(
        _after_update(record, operation, facts),
        target=None,
        failed_target=record.failed_target if facts.repeatable else record.target,
        last_error=facts.error,
        update_repeatable=facts.repeatable,
    )
    return moved(failed, phase, "UpdateInstanceCallFailed", facts, None)


def _update_unknown(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    phase = InstancePhase.READY if facts.usable else InstancePhase.UNUSABLE
    # The target stays: to delete the instance it has to be named as the broker knows it.
    unknown = replace(_after_update(record, operation, facts), last_error=facts.error)
    return moved(unknown, phase, "UpdateOutcomeUnknown", facts, None)


def _after_update(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    """Register off, and note until when what was lost of the update may still be carried out.

    By us, or by a command that was killed before it could say so.
    """
    left = record.released(facts.claim.id)
    ends = [claim.echoes_until or claim.until for claim in left.echoing_claims(facts.now)]
    if operation.late_until is not None and operation.may_arrive_late(facts.now):
        ends.append(operation.late_until)
    return replace(left, update_late_until=max(ends, default=None))


def _deprovision_failed(
    record: InstanceRecord, operation: Operation, facts: Facts
) -> InstanceRecord:
    previous = InstancePhase(operation.previous_phase or InstancePhase.READY)
    if previous not in ENDED:  # it was being provisioned: nobody knows what there is
        return _delete_again(record, operation, facts)
    phase = previous if facts.usable else InstancePhase.UNUSABLE
    failed = replace(record.released(facts.claim.id), last_error=facts.error)
    return moved(failed, phase, "DeprovisionCallFailed", facts, None)


def _delete_again(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    return replace(troubled(record, facts), operation=_to_be_sent(operation))


def _to_be_sent(operation: Operation) -> Operation:
    return replace(operation, accepted=False, key="", deleted=False, contested=False)


def _gone(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    """Let go of a deleted id only if nobody could send it since the delete left (rule R6)."""
    left = record.released(facts.claim.id)
    if left.claims or operation.may_arrive_late(facts.now):
        return replace(left, operation=replace(_to_be_sent(operation), deleted=True))
    if facts.contested or operation.contested:
        return replace(record, operation=_to_be_sent(operation))
    if record.phase is InstancePhase.DEPROVISIONING:
        return moved(left, record.phase, "DeprovisionedSuccessfully", facts, None)
    if operation.restart:
        return _restarted(left, facts)
    why = replace(facts, words=cause_of(record))
    failed = replace(left, leftover=False)
    return moved(failed, InstancePhase.FAILED, "OrphanMitigationSuccessful", why, None)


def _restarted(record: InstanceRecord, facts: Facts) -> InstanceRecord:
    again = replace(
        record.claimed(facts.claim, facts.now),
        instance_id=facts.new_id,
        previous_ids=record.ids_after(record.instance_id),
        parameters_from=facts.refs or record.parameters_from,
    )
    operation = Operation(type=OperationType.PROVISION, started=facts.now, sends=1)
    return moved(again, InstancePhase.PROVISIONING, "Provisioning", facts, operation)


_Move = Callable[[InstanceRecord, Operation, Facts], InstanceRecord]
_P, _U, _D, _M = (
    InstancePhase.PROVISIONING,
    InstancePhase.UPDATING,
    InstancePhase.DEPROVISIONING,
    InstancePhase.MITIGATING,
)
# What is not in the table leaves the record as it is.
_TABLE: dict[tuple[InstancePhase, Event], _Move] = {
    (_P, Event.SUCCEEDED): _ready,
    (_P, Event.ACCEPTED): _accepted,
    (_P, Event.EXISTS): _accepted,
    (_P, Event.REFUSED): _refused_provision,
    (_P, Event.UNCLEAR): _unclear,
    (_P, Event.ORPHANED): _orphaned,
    (_P, Event.FAILED): _orphaned,
    (_P, Event.OVERDUE): _orphaned,
    (_U, Event.SUCCEEDED): _updated,
    (_U, Event.ACCEPTED): _accepted,
    (_U, Event.EXISTS): _accepted,
    (_U, Event.REFUSED): _update_failed,
    (_U, Event.FAILED): _update_failed,
    (_U, Event.UNCLEAR): _unclear,
    (_U, Event.OVERDUE): _update_unknown,
    (_D, Event.ACCEPTED): _accepted,
    (_D, Event.SUCCEEDED): _gone,
    (_D, Event.GONE): _gone,
    (_D, Event.REFUSED): _deprovision_failed,
    (_D, Event.FAILED): _deprovision_failed,
    (_D, Event.UNCLEAR): _delete_again,
    (_D, Event.OVERDUE): _delete_again,
    (_M, Event.ACCEPTED): _accepted,
    (_M, Event.SUCCEEDED): _gone,
    (_M, Event.GONE): _gone,
    (_M, Event.REFUSED): _delete_again,
    (_M, Event.FAILED): _delete_again,
    (_M, Event.UNCLEAR): _delete_again,
    (_M, Event.OVERDUE): _delete_again,
}
_PHASES_OF = {
    Step.PROVISION: frozenset({_P}),
    Step.UPDATE: frozenset({_U}),
    Step.DEPROVISION: ENDING,
}


def _is_answered_by(record: InstanceRecord, operation: Operation, step: Step) -> bool:
    """Whether the record still waits for the answer to ``step``."""
    if step is Step.POLL:
        return operation.accepted
    return record.phase in _PHASES_OF[step] and not operation.accepted


def _late_provision(record: InstanceRecord, event: Event, facts: Facts) -> InstanceRecord:
    """A provision was answered after somebody else ended the attempt: delete once more."""
    if event not in MAY_HAVE_CREATED:
        return record
    if record.phase is InstancePhase.FAILED and not record.leftover:
        return mitigate(record, facts)
    if record.phase in ENDING:
        operation = record.operation or Operation(
            type=OperationType.DEPROVISION, started=facts.now, previous_phase=_P
        )
        late_until = facts.late_until or operation.late_until
        again = replace(
            _to_be_sent(operation),
            late_until=late_until,
            deletes=operation.deletes + 1,  # what an earlier one achieved says nothing any more
        )
        return replace(record, operation=again)
    return record


def _with_answer(record: InstanceRecord, facts: Facts) -> InstanceRecord:
    # An absent or null dashboard_url keeps the old one, labels replace all (spec, Updating).
    labels = record.broker_labels if facts.broker_labels is None else facts.broker_labels
    url = facts.dashboard_url or record.dashboard_url
    return replace(record, dashboard_url=url, broker_labels=labels)
