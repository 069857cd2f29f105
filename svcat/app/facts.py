"""What saving an outcome takes from outside the record, and how a record moves to a phase. Pure."""

from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from svcat.app import events
from svcat.osb.models import Call, JsonObject, LastOperation, Provisioned, Reply
from svcat.store import names
from svcat.store.claims import Claim
from svcat.store.records import (
    HISTORY_LENGTH,
    InstancePhase,
    LastError,
    Operation,
    SecretKeyRef,
    Transition,
    Work,
)

W = TypeVar("W", bound=Work)
MESSAGE_LENGTH = 1000
_TROUBLE = "; deleting what it may have left: "


class Facts(Struct, frozen=True, kw_only=True):
    """The answer's details, the time, and who saves them."""

    now: datetime
    claim: Claim
    stays: bool = True  # the command goes on working on the record
    key: str = ""  # the broker's ``operation``
    dashboard_url: str | None = None
    broker_labels: dict[str, str] | None = None
    deadline: datetime | None = None
    error: LastError | None = None
    words: str = ""  # why, in one line
    late_until: datetime | None = None  # the request may still be carried out until then
    contested: bool = False  # when a delete left, its id could still be made again (R6)
    usable: bool = True
    repeatable: bool = True
    new_id: str = ""  # for another attempt under a new id
    refs: tuple[SecretKeyRef, ...] = ()


def with_reply(facts: Facts, reply: Reply[Any], call: Call, *, late: datetime) -> Facts:
    """Return ``facts`` with what ``reply`` says; ``late`` is when a lost request is dead."""
    error = events.error_of(reply, call, facts.now)
    facts = replace(
        facts,
        error=error,
        words=events.in_words(error),
        late_until=late if reply.may_arrive_late else None,
        key=getattr(reply.body, "operation", None) or "",
    )
    if reply.error is not None:
        usable, repeatable = reply.error.instance_usable, reply.error.update_repeatable
        return replace(facts, usable=usable, repeatable=repeatable)
    if isinstance(reply.body, LastOperation):
        return replace(
            facts,
            words=reply.body.description,
            usable=reply.body.instance_usable,
            repeatable=reply.body.update_repeatable,
        )
    if isinstance(reply.body, Provisioned):
        return _with_provisioned(facts, reply.body)
    return facts


def _with_provisioned(facts: Facts, body: Provisioned) -> Facts:
    labels = body.metadata.labels if body.metadata else None
    return replace(
        facts,
        dashboard_url=body.dashboard_url,
        broker_labels=None if labels is None else fitting_labels(labels),
    )


def fitting_labels(labels: JsonObject) -> dict[str, str]:
    """Return the labels that Kubernetes could have too; others are ignored (spec, Updating)."""
    texts = {key: str(value) for key, value in labels.items()}
    return {k: v for k, v in texts.items() if names.is_label_key(k) and names.is_label_value(v)}


def troubled(record: W, facts: Facts) -> W:
    """Note the answer to a delete that did not end it.

    In a mitigation what called for it stays on record: that is why the attempt failed.
    """
    if getattr(record, "phase", "") != InstancePhase.MITIGATING:
        message = facts.words or record.message
        return replace(record, last_error=facts.error, message=message)
    if not facts.words:
        return record
    return replace(record, message=f"{cause_of(record)}{_TROUBLE}{facts.words}"[:MESSAGE_LENGTH])


def cause_of(record: Work) -> str:
    """Return why what is being mitigated failed, without the trouble of deleting it."""
    return record.message.partition(_TROUBLE)[0]


def moved(record: W, phase: Any, reason: str, facts: Facts, operation: Operation | None) -> W:
    """Return ``record`` in ``phase``, with the move in its history."""
    words = facts.words[:MESSAGE_LENGTH]
    line = Transition(at=facts.now, phase=phase, reason=reason, message=words, by=facts.claim.by)
    changes: dict[str, Any] = {
        "phase": phase,
        "reason": reason,
        "message": words,
        "operation": operation,
        "history": (*record.history, line)[-HISTORY_LENGTH:],
    }
    return replace(record, **changes)
