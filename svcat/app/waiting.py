"""``wait``: until something is as wanted. With no controller, waiting drives what nobody drives."""

from collections.abc import Callable
from dataclasses import dataclass

from svcat.app import stale, unfinished, verdicts
from svcat.app.operation import OTHERS_PAUSE_S, OutOfPatience, Session
from svcat.app.ports import Patience, Ports
from svcat.errors import NotFound, UsageError
from svcat.store.records import BindingPhase, InstancePhase, Work

_READY = frozenset({InstancePhase.READY, BindingPhase.READY})
_FAILED = frozenset({InstancePhase.FAILED, InstancePhase.UNUSABLE, BindingPhase.FAILED})


@dataclass(frozen=True, slots=True)
class Wish:
    """What to wait for; ``is_met`` gets None once the record is gone."""

    words: str
    is_met: Callable[[Work | None], bool]
    option: str  # how it is asked for, with --for
    gives_up_on_failure: bool = True


def ready() -> Wish:
    """Wait until it is ready."""
    return Wish(
        "ready",
        lambda record: record is not None and _phase(record) in _READY,
        "condition=Ready",
    )


def deleted() -> Wish:
    """Wait until it is gone."""
    return Wish("gone", lambda record: record is None, "delete", gives_up_on_failure=False)


def phase(wanted: str) -> Wish:
    """Wait until its phase is ``wanted``. Raises UsageError if there is no such phase."""
    known = sorted({*InstancePhase, *BindingPhase})
    if wanted.lower() not in known:
        raise UsageError(f"there is no phase {wanted!r}", hint=f"there are: {', '.join(known)}")
    return Wish(
        wanted,
        lambda record: record is not None and _phase(record) == wanted.lower(),
        f"phase={wanted}",
        gives_up_on_failure=wanted.lower() not in _FAILED,
    )


def wait(what: str, namespace: str, wish: Wish, ports: Ports, patience: Patience) -> Work | None:
    """Wait for ``wish`` of TYPE/NAME, driving the record on when no other command does.

    Raises UsageError, NotFound, OperationFailed (it ended otherwise), StillRunning.
    """
    session = Session(ports, patience)
    try:
        record: Work | None = unfinished.load(what, namespace, ports)
    except NotFound:
        if not wish.is_met(None):
            raise
        return None
    while not wish.is_met(record):
        if record is None:
            raise NotFound(
                f"{what} in namespace {namespace} was deleted meanwhile",
                hint=f"see what there is: svcat tree -n {namespace}",
            )
        if wish.gives_up_on_failure and _phase(record) in _FAILED:
            raise verdicts.failed(record, "waiting for")
        record = _next(record, session, wish)
    return record


def _next(record: Work, session: Session, wish: Wish) -> Work | None:
    ports = session.ports
    now = ports.records.now()
    if stale.has_work(record, now, ports) and not record.live_claims(now):
        return unfinished.resume_one(record, ports, session.rest_of_patience())
    try:
        session.wait(OTHERS_PAUSE_S)
    except OutOfPatience as error:
        raise verdicts.still_running(record, _phase(record), wish=wish.option) from error
    return ports.records.reload(record)


def _phase(record: Work) -> str:
    return str(getattr(record, "phase", ""))
