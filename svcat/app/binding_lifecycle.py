"""The life of a binding: what to do next, and what begins. Pure (moves: ``binding_outcomes``).

A binding is a list of ids, of which the Secret holds one's credentials. An id whose credentials
are lost, refused a place, or replaced is retired: deleted at the broker until it says 200 or 410,
and forgotten only when no other command is registered that could still send it (rule R6).

A rotation is after the credentials of the next id; without one it is after those of the current
id again: it is being undone. Until it ends nothing is deleted, so what the Secret holds works.
"""

from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from svcat.app.facts import Facts, moved
from svcat.store.records import (
    BindingId,
    BindingPhase,
    BindingRecord,
    Operation,
    OperationType,
    Role,
)
from svcat.store.secrets import CredentialsSecret

MAKING = frozenset({BindingPhase.BINDING, BindingPhase.ROTATING})
ENDING = frozenset({BindingPhase.UNBINDING, BindingPhase.MITIGATING})


class Step(StrEnum):
    """What a command does next for a binding."""

    RESERVE = "reserve"  # create the Secret, empty and owned (rule R9)
    REFUSE_NAME = "refuse-name"  # the Secret's name is another's
    FENCE = "fence"  # make the Secret be for our id (rule R10)
    BIND = "bind"
    POLL_BIND = "poll-bind"
    FETCH = "fetch"
    FINISH = "finish"  # the Secret holds the credentials: ready (rule R11)
    RESTORE = "restore"  # of a rotation that is undone: the old credentials into the Secret again
    UNBIND = "unbind"
    POLL_UNBIND = "poll-unbind"
    RETIRE = "retire"
    DROP_SECRET = "drop-secret"
    KEEP = "keep"  # an id that was replaced is still of use to somebody
    LINGER = "linger"  # another command, or a lost request, could bring an id back
    END = "end"


def target_of(record: BindingRecord) -> BindingId | None:
    """Return the id whose credentials the record is after."""
    if record.phase is BindingPhase.ROTATING and (new := record.id_in(Role.NEXT)) is not None:
        return new
    return record.id_in(Role.CURRENT)


def is_undoing(record: BindingRecord) -> bool:
    """Whether a rotation is on its way back to the old credentials."""
    return record.phase is BindingPhase.ROTATING and record.id_in(Role.NEXT) is None


def wants_bind(record: BindingRecord, binding_id: str) -> bool:
    """Whether ``binding_id`` is still to be bound, and no answer to that is waited for."""
    target = target_of(record)
    if record.phase not in MAKING or is_undoing(record) or target is None:
        return False
    return target.id == binding_id and not target.accepted


def kept_until(record: BindingRecord, now: datetime, *, only: str | None = None) -> datetime | None:
    """Return until when an id that was replaced (``only`` this one) is kept; None if none is."""
    if record.phase in ENDING:
        return None
    kept = [i for i in record.ids if i.role is Role.RETIRED and only in {None, i.id}]
    ends = [i.keep_until for i in kept if i.keep_until is not None and i.keep_until > now]
    return max(ends, default=None)


def doomed_id(record: BindingRecord, *, besides: str, now: datetime) -> BindingId | None:
    """Return an id to delete now: retired, or gone and no one left who could bring it back."""
    others = record.echoing_claims(now, besides=besides)
    for known in record.ids:
        is_late = known.late_until is not None and now < known.late_until
        is_kept = known.keep_until is not None and now < known.keep_until
        if known.role is Role.RETIRED and (record.phase in ENDING or not is_kept):
            return known
        if known.role is Role.GONE and not others and not is_late:
            return known
    return None


def is_settled(record: BindingRecord, *, besides: str, now: datetime) -> bool:
    """Whether nothing is left to do for the record."""
    if record.phase in MAKING or record.phase in ENDING:
        return False
    return record.keep_failed or doomed_id(record, besides=besides, now=now) is None


def next_step(
    record: BindingRecord, secret: CredentialsSecret | None, *, besides: str, now: datetime
) -> Step | None:
    """Return what is to be done; ``besides`` is our own claim's id."""
    if record.phase in MAKING and (step := _secret_step(record, secret)) is not None:
        return step
    if record.phase is BindingPhase.ROTATING:
        return _making_step(record, secret)
    if (doomed := doomed_id(record, besides=besides, now=now)) is not None:
        return Step.POLL_UNBIND if doomed.accepted else Step.UNBIND
    if record.phase in ENDING:
        return _ending_step(record, secret, besides, now)
    if record.phase in MAKING:
        return _making_step(record, secret)
    if any(known.role is Role.GONE for known in record.ids):
        return Step.LINGER
    return Step.KEEP if kept_until(record, now) else None


def _making_step(record: BindingRecord, secret: CredentialsSecret | None) -> Step | None:
    target = target_of(record)
    if target is None:
        return None
    if secret is not None and secret.held_id == target.id:
        return Step.FINISH
    if is_undoing(record):
        return Step.RESTORE
    if target.succeeded:
        return Step.FETCH
    return Step.POLL_BIND if target.accepted else Step.BIND


def _secret_step(record: BindingRecord, secret: CredentialsSecret | None) -> Step | None:
    target = target_of(record)
    if target is None:
        return Step.RETIRE
    if secret is None:
        return Step.RESERVE
    if not secret.is_of(record):
        return Step.REFUSE_NAME
    return Step.FENCE if secret.wanted_id != target.id else None


def _ending_step(
    record: BindingRecord, secret: CredentialsSecret | None, besides: str, now: datetime
) -> Step:
    if record.id_in(Role.CURRENT, Role.NEXT) is not None:
        return Step.RETIRE
    if secret is not None and secret.is_of(record):
        return Step.DROP_SECRET
    if record.ids or record.echoing_claims(now, besides=besides):
        return Step.LINGER
    return Step.END


def begin_unbind(record: BindingRecord, facts: Facts) -> BindingRecord:
    """Record that the binding is to go."""
    if record.phase is BindingPhase.UNBINDING:
        return record.claimed(facts.claim, facts.now)
    operation = Operation(type=OperationType.UNBIND, started=facts.now)
    claimed = replace(record.claimed(facts.claim, facts.now), keep_failed=False)
    return moved(claimed, BindingPhase.UNBINDING, "Unbinding", facts, operation)


def begin_again(record: BindingRecord, wanted: BindingRecord, facts: Facts) -> BindingRecord:
    """Reuse a failed record for a new attempt under a new id."""
    again = replace(
        wanted.in_place_of(record),
        previous_ids=record.previous_ids,
        injections=record.injections,
        manager_uid=record.manager_uid,
        history=record.history,
    )
    return moved(again, wanted.phase, wanted.reason, facts, wanted.operation)


def resend(record: BindingRecord, binding_id: str, facts: Facts) -> BindingRecord | None:
    """Count another send of ``binding_id`` before it leaves; None if it is not wanted any more."""
    target = target_of(record)
    if target is None or not wants_bind(record, binding_id):
        return None
    counted = record.with_id(replace(target, sends=target.sends + 1))
    return counted.claimed(facts.claim, facts.now)
