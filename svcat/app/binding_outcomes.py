"""What an answer, or the want of one, makes of a binding's ids. Pure.

Each is applied to the record *found* when the outcome is saved, never to the one remembered from
before the call: another command may have moved it on meanwhile.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from svcat.app.binding_lifecycle import ENDING, MAKING, is_undoing, target_of
from svcat.app.facts import Facts, cause_of, moved
from svcat.store.records import (
    BindingId,
    BindingPhase,
    BindingRecord,
    Operation,
    OperationType,
    Role,
)
from svcat.store.secrets import CredentialsSecret


def give_up(record: BindingRecord, reason: str, facts: Facts) -> BindingRecord:
    """End the attempt: a bind is undone, a rotation keeps the credentials that work."""
    record = replace(record, last_error=facts.error or record.last_error)
    if record.phase is BindingPhase.ROTATING:
        return record if is_undoing(record) else undone(record, reason, facts)
    if record.phase is not BindingPhase.BINDING:
        return record
    if record.keep_failed or record.adopted:
        kept = record.released(facts.claim.id)
        return moved(kept, BindingPhase.FAILED, reason, facts, None)
    operation = Operation(type=OperationType.UNBIND, started=facts.now)
    return moved(record, BindingPhase.MITIGATING, reason, facts, operation)


def refused(
    record: BindingRecord, binding_id: str, facts: Facts, reason: str = "BindCallFailed"
) -> BindingRecord:
    """It is proved that nothing was made under ``binding_id``: drop the id, end the attempt."""
    known = record.known(binding_id)
    if known is None or known.sends > 1:
        return give_up(record, reason, facts)
    dropped = record.without_id(binding_id)
    if record.phase is not BindingPhase.ROTATING:
        return give_up(dropped, reason, facts)
    dropped = replace(dropped, last_error=facts.error or record.last_error)
    return dropped if is_undoing(record) else undone(dropped, reason, facts)


def undone(record: BindingRecord, reason: str, facts: Facts) -> BindingRecord:
    """Let a rotation be after the current credentials again: its next id is retired."""
    retired = with_retired(record, Role.NEXT)
    return moved(retired, BindingPhase.ROTATING, reason, facts, record.operation)


def noted(record: BindingRecord, changed: BindingId) -> BindingRecord | None:
    """Return the record with what was learned about one of its ids; None if it is not there."""
    known = record.known(changed.id)
    if known is None or known.role is not changed.role:
        return None
    return record.with_id(changed)


def accepted(
    record: BindingRecord, binding_id: str, role: Role, facts: Facts
) -> BindingRecord | None:
    """Note a 202 for ``binding_id`` in ``role``: poll from now on."""
    known = record.known(binding_id)
    if known is None or known.role is not role:
        return None
    noted_id = replace(known, accepted=True, key=facts.key, contested=facts.contested)
    record = record.with_id(noted_id)
    operation = record.operation
    if operation is not None and operation.deadline is None and role is not Role.RETIRED:
        operation = replace(operation, deadline=facts.deadline)
    record = replace(record, operation=operation)
    return record if facts.stays else record.released(facts.claim.id)


def renew_id(record: BindingRecord, lost_id: str, facts: Facts) -> BindingRecord | None:
    """Retire an id whose credentials cannot be had and write the next one ahead."""
    target = target_of(record)
    if record.phase not in MAKING or target is None or target.id != lost_id or is_undoing(record):
        return None
    lost = replace(target, role=Role.RETIRED, accepted=False, key="", succeeded=False)
    fresh = BindingId(id=facts.new_id, role=target.role, predecessor=target.predecessor)
    return replace(record.with_id(lost), ids=(*record.with_id(lost).ids, fresh))


def finish(
    record: BindingRecord, binding_id: str, secret: CredentialsSecret, facts: Facts
) -> BindingRecord | None:
    """The Secret holds the credentials of ``binding_id``: ready, and every other id retired."""
    target = target_of(record)
    if record.phase not in MAKING or target is None or target.id != binding_id:
        return None
    done = replace(target, role=Role.CURRENT, accepted=False, key="", succeeded=False)
    ready = replace(
        _with_old_retired(record, facts.now).with_id(done),
        expires_at=secret.expires_at,
        renew_before=secret.renew_before,
    )
    if len(ready.ids) == 1:  # nothing to retire: we are done
        ready = ready.released(facts.claim.id)
    if is_undoing(record):
        why = replace(facts, words=record.message)
        return moved(ready, BindingPhase.READY, record.reason, why, None)
    is_rotated = record.phase is BindingPhase.ROTATING
    ready = replace(ready, last_error=None, adopted=ready.adopted and not is_rotated)
    reason = "Rotated" if is_rotated else "InjectedBindResult"
    return moved(ready, BindingPhase.READY, reason, facts, None)


def _with_old_retired(record: BindingRecord, now: datetime) -> BindingRecord:
    """Doom every id; the one that was current is kept through the grace of a rotation."""
    retired = with_retired(record, Role.CURRENT, Role.NEXT)
    old, operation = record.id_in(Role.CURRENT), record.operation
    if old is None or operation is None or not operation.grace_s:
        return retired
    keep_until = now + timedelta(seconds=operation.grace_s)
    kept = replace(old, role=Role.RETIRED, accepted=False, key="", keep_until=keep_until)
    return retired.with_id(kept)


def retire_all(record: BindingRecord) -> BindingRecord | None:
    """Doom every id of a binding that is to go."""
    if record.phase not in ENDING:
        return None
    return with_retired(record, Role.CURRENT, Role.NEXT)


def deleted(record: BindingRecord, binding_id: str, facts: Facts) -> BindingRecord | None:
    """The broker has no ``binding_id`` (any more): forget it, unless it could return (rule R6)."""
    known = record.known(binding_id)
    if known is None or known.role not in {Role.RETIRED, Role.GONE}:
        return None
    others = record.echoing_claims(facts.now, besides=facts.claim.id)
    is_late = known.late_until is not None and facts.now < known.late_until
    to_be_sent = replace(known, accepted=False, key="", contested=False)
    if others or is_late:
        return record.with_id(replace(to_be_sent, role=Role.GONE))
    if facts.contested or known.contested:
        return record.with_id(to_be_sent)
    left = replace(record.without_id(binding_id), previous_ids=record.ids_after(binding_id))
    is_over = left.phase is BindingPhase.READY and len(left.ids) == 1
    return left.released(facts.claim.id) if is_over else left


def ended(record: BindingRecord, facts: Facts) -> BindingRecord | None:
    """A mitigated bind has nothing left at the broker: failed, and why."""
    if record.phase is not BindingPhase.MITIGATING or record.ids:
        return None
    why = replace(facts, words=cause_of(record))
    failed = record.released(facts.claim.id)
    return moved(failed, BindingPhase.FAILED, record.reason, why, None)


def with_retired(record: BindingRecord, *roles: Role) -> BindingRecord:
    """Doom the ids in ``roles``."""
    ids = tuple(
        replace(i, role=Role.RETIRED, accepted=False, key="", succeeded=False)
        if i.role in roles
        else i
        for i in record.ids
    )
    return replace(record, ids=ids)
