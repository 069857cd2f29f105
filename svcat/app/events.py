"""What a broker's reply means to a record: Reply → Event. Pure.

``osb.outcome`` says what an answer proves by itself; here it is read against the operation that a
record is in. The tables in ``instance_lifecycle`` and ``binding_lifecycle`` take it from there.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from svcat.osb.models import BrokerError, Call, LastOperation, OperationState, Outcome, Reply
from svcat.store.records import LastError


class Event(StrEnum):
    """What happened, as far as it is proved."""

    SUCCEEDED = "succeeded"
    ACCEPTED = "accepted"  # 202: poll
    REFUSED = "refused"  # proved: nothing changed
    EXISTS = "exists"  # 409 to a request sent before: ours landed, ask how it went
    ORPHANED = "orphaned"  # may exist, and the spec says delete
    UNCLEAR = "unclear"  # may have happened; the spec says do not delete: ask again
    GONE = "gone"  # proved: not there (any more)
    FAILED = "failed"  # the asynchronous operation ended in failure
    RUNNING = "running"  # in progress
    NO_NEWS = "no-news"  # an answer to a poll that says nothing
    OVERDUE = "overdue"  # maximum_polling_duration is over
    BUSY = "busy"  # nothing changed, the same request again later
    NOT_SENT = "not-sent"


DELETED = frozenset({Event.GONE, Event.SUCCEEDED})
MAY_HAVE_CREATED = frozenset(
    {Event.SUCCEEDED, Event.ACCEPTED, Event.ORPHANED, Event.UNCLEAR, Event.EXISTS}
)

_BY_OUTCOME = {
    Outcome.DONE: Event.SUCCEEDED,
    Outcome.ACCEPTED: Event.ACCEPTED,
    Outcome.REFUSED: Event.REFUSED,
    Outcome.RETRY_LATER: Event.BUSY,
    Outcome.NOT_SENT: Event.NOT_SENT,
    Outcome.GONE: Event.GONE,
}


def of_create(reply: Reply[Any], *, sends: int) -> Event:
    """Read the reply to a provision or bind; ``sends`` is how often it may have left."""
    status = reply.status
    if status == 409 and sends > 1:
        return Event.EXISTS
    if reply.outcome is Outcome.UNKNOWN:
        return Event.ORPHANED if reply.needs_mitigation else Event.UNCLEAR
    if reply.outcome is Outcome.REFUSED and sends > 1:
        return Event.ORPHANED  # rule R7: a 4xx proves absence only on the first send
    if reply.outcome is Outcome.GONE:
        return Event.REFUSED if sends == 1 else Event.ORPHANED
    return _BY_OUTCOME[reply.outcome]


def of_update(reply: Reply[Any], *, sends: int) -> Event:
    """Read the reply to an update: never a reason to delete anything.

    A 409 to our own request sent again is no refusal: ask how it went (spec, Synchronous and
    Asynchronous Operations). Any other 4xx refuses this send, whatever became of earlier ones: the
    table knows of those. To send again would be refused again, for ever.
    """
    status = reply.status
    if sends > 1 and status == 409:
        return Event.EXISTS
    if reply.outcome is Outcome.UNKNOWN:
        is_refusal = status is not None and 400 <= status <= 499
        return Event.REFUSED if is_refusal else Event.UNCLEAR
    if reply.outcome is Outcome.GONE:
        return Event.REFUSED
    return _BY_OUTCOME[reply.outcome]


def of_delete(reply: Reply[Any]) -> Event:
    """Read the reply to a deprovision or unbind; only 200 and 410 let go."""
    if reply.outcome is Outcome.UNKNOWN:
        return Event.UNCLEAR
    return _BY_OUTCOME[reply.outcome]


def of_poll(reply: Reply[LastOperation], *, deleting: bool) -> Event:
    """Read a last_operation answer (spec, Polling Last Operation)."""
    if reply.outcome is Outcome.GONE:
        return Event.GONE if deleting else Event.NO_NEWS
    if reply.outcome is not Outcome.DONE or reply.body is None:
        return Event.NO_NEWS
    match reply.body.state:
        case OperationState.SUCCEEDED:
            return Event.SUCCEEDED
        case OperationState.FAILED:
            return Event.FAILED
        case OperationState.IN_PROGRESS:
            return Event.RUNNING


def error_of(reply: Reply[Any], call: Call, now: datetime) -> LastError | None:
    """Return what the reply complains of, for the record."""
    if reply.error is None:
        return None
    return LastError(
        at=now,
        call=call,
        status=reply.error.status,
        error=reply.error.error[:200],
        description=reply.error.description[:4000],
        request_id=reply.request_id,
    )


def in_words(error: LastError | BrokerError | None) -> str:
    """Return the broker's complaint in one line (unsafe text: ``output`` makes it safe)."""
    if error is None:
        return ""
    if error.status is None:
        return error.description or "no answer"
    code = f" {error.error}" if error.error else ""
    text = f": {error.description}" if error.description else ""
    return f"HTTP {error.status}{code}{text}"
