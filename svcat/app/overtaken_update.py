"""What an update makes of a record that does not wait for it any more. Pure.

An update has no id of its own. Its command was stopped for so long that others took it for dead and
went on; now it was answered, and nobody knows which came last at the broker.
"""

from msgspec.structs import replace

from svcat.app.events import MAY_HAVE_CREATED, Event
from svcat.app.facts import Facts, moved
from svcat.app.instance_lifecycle import ENDED
from svcat.app.update_target import changes_nothing
from svcat.store.records import (
    InstancePhase,
    InstanceRecord,
    Operation,
    OperationType,
    UpdateTarget,
)

EITHER = (
    "another update came before this one was answered: the broker may have either; "
    "the next update settles it"
)


def overtaken(
    record: InstanceRecord, sent: UpdateTarget | None, event: Event, facts: Facts
) -> InstanceRecord:
    """Return the record after ``event`` answered the update to ``sent``."""
    operation = record.operation
    if sent is None or event not in MAY_HAVE_CREATED:
        return record
    if record.phase is InstancePhase.UPDATING and operation is not None:
        return replace(record, operation=replace(operation, contested=True))
    if record.phase not in ENDED:
        return replace(record, target=sent)  # its plan may be that one (see plan_in_doubt)
    if event is Event.ACCEPTED:
        return _still_going_on(record, sent, facts)
    if changes_nothing(record, sent):
        return record  # others saw to the same
    late_until = facts.late_until or record.update_late_until
    unknown = replace(record, target=sent, update_late_until=late_until)
    return moved(unknown, record.phase, "UpdateOutcomeUnknown", replace(facts, words=EITHER), None)


def _still_going_on(record: InstanceRecord, sent: UpdateTarget, facts: Facts) -> InstanceRecord:
    operation = Operation(
        type=OperationType.UPDATE,
        started=facts.now,
        sends=2,
        accepted=True,
        key=facts.key,
        deadline=facts.deadline,
        contested=True,
        previous_phase=record.phase,
    )
    claimed = replace(record.claimed(facts.claim, facts.now), target=sent)
    return moved(claimed, InstancePhase.UPDATING, "Updating", facts, operation)
