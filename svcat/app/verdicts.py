"""How a piece of work ended, in the words and exit codes of ``errors``."""

from svcat.app.events import in_words
from svcat.app.operation import Session
from svcat.errors import (
    AuthFailed,
    BrokerRefused,
    OperationFailed,
    StillRunning,
    SvcatError,
    Unreachable,
)
from svcat.osb.models import LOGIN_REFUSED, Call, Outcome, Reply
from svcat.store.records import BindingRecord, InstanceRecord, LastError, Work

_POLLS = (Call.POLL_INSTANCE, Call.POLL_BINDING)


def still_running(record: Work, doing: str, *, wish: str = "", no_news: str = "") -> StillRunning:
    """The waiting is over, the operation is not, as far as is known.

    ``wish``: what was waited for with --for; ``no_news``: why the broker has not said of late.
    """
    kind, name = kind_of(record), record.name
    unsure = f", as far as is known: broker {record.broker.name!r} gives no news ({no_news})"
    unsure = unsure if no_news else ""
    wanted = f" --for={wish}" if wish not in {"", "condition=Ready"} else ""
    return StillRunning(
        f"{kind} {name} is still {doing}{unsure}; nothing is lost, the record goes on",
        hint=f"go on waiting: svcat wait {kind}/{name}{wanted} -n {record.namespace}",
    )


def stuck(record: Work, session: Session, doing: str) -> SvcatError:
    """The broker could not be brought to an answer that settles it."""
    resume = f"svcat resume {record.name} -n {record.namespace}"
    reply = session.trouble
    if reply is None:
        return OperationFailed(f"{_at(record, doing)} came to a stop", hint=resume)
    words = _words(reply)
    if reply.outcome is Outcome.NOT_SENT:
        return Unreachable(
            f"{_at(record, doing)}: broker {record.broker.name!r} cannot be reached: {words}",
            hint=f"when it is back: {resume if _goes_on(record, session) else 'the same again'}",
        )
    if reply.refuses_login:
        return AuthFailed(
            f"{_at(record, doing)}: broker {record.broker.name!r} refuses the login: {words}",
            hint=f"mend its login Secret, then: {resume}",
        )
    if reply.outcome is Outcome.RETRY_LATER:
        return StillRunning(
            f"{_at(record, doing)}: broker {record.broker.name!r} is busy: {words}", hint=resume
        )
    if reply.outcome is Outcome.REFUSED:
        return BrokerRefused(
            f"{_at(record, doing)}: broker {record.broker.name!r} refused: {words}", hint=resume
        )
    return OperationFailed(
        f"{_at(record, doing)}: the outcome is unknown: {words}", hint=f"find out: {resume}"
    )


def failed(record: Work, doing: str) -> SvcatError:
    """The operation came to an end, and it is no good one."""
    kind, name = kind_of(record), record.name
    words = in_words(record.last_error) or record.message or record.reason
    where = f"{_at(record, doing)} failed"
    error = record.last_error
    asked = _request_of(error)
    more = f"svcat describe {kind} {name} -n {record.namespace}"
    if error is not None and error.status in LOGIN_REFUSED:
        return AuthFailed(
            f"{where}: broker {record.broker.name!r} refuses the login: {words}{asked}",
            hint=f"mend its login Secret, then try again; {more}",
        )
    if _is_refusal(error):
        return BrokerRefused(
            f"{where}: broker {record.broker.name!r} refused: {words}{asked}", hint=more
        )
    return OperationFailed(f"{where}: {words}{asked}", hint=more)


def undone(record: Work) -> SvcatError:
    """A rotation failed, and left nothing changed."""
    error = failed(record, "rotating")
    error.details = (*error.details, f"{kind_of(record)} {record.name} is as it was before")
    return error


def mitigating(record: Work, doing: str) -> OperationFailed:
    """The operation failed and what it may have left is still being deleted."""
    words = in_words(record.last_error) or record.message
    return OperationFailed(
        f"{_at(record, doing)} failed: {words}{_request_of(record.last_error)}; what it may have "
        "left at the broker is being deleted",
        hint=f"see that through: svcat resume {record.name} -n {record.namespace}",
    )


def _at(record: Work, doing: str) -> str:
    """Return what was being done: ``binding`` is the act and the thing in one word."""
    kind = kind_of(record)
    return f"{kind} {record.name}" if doing == kind else f"{doing} {kind} {record.name}"


def _request_of(error: LastError | None) -> str:
    """Return which request it was: whoever runs the broker finds it by that."""
    return f" (request {error.request_id})" if error is not None and error.request_id else ""


def _goes_on(record: Work, session: Session) -> bool:
    """Whether there is something to resume, or all was undone since nothing had left."""
    found = session.ports.records.find(type(record), record.namespace, record.name)
    return found is not None and found.operation is not None


def kind_of(record: Work) -> str:
    """Return what people call such a record."""
    if isinstance(record, InstanceRecord):
        return "instance"
    assert isinstance(record, BindingRecord)  # noqa: S101 - there are no others
    return "binding"


def _is_refusal(error: LastError | None) -> bool:
    """Whether the broker said no; a 4xx to a poll says nothing about the operation."""
    if error is None or error.status is None or error.call in _POLLS:
        return False
    return 400 <= error.status < 500


def _words(reply: Reply[object]) -> str:
    error = reply.error
    if error is None:
        return "no usable answer"
    code = f"HTTP {error.status} {error.error}".strip() if error.status else ""
    words = ": ".join(part for part in (code, error.description) if part)
    return f"{words} (request {reply.request_id})"
