"""What is not as it should be, each with the command that mends it: what records alone tell.

``status`` shows these; ``doctor`` looks further (``checkup``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from svcat.app import rotation_lifecycle
from svcat.app.brokers import is_outdated
from svcat.app.ports import Ports
from svcat.app.stale import halt_of, has_work
from svcat.app.verdicts import failed, kind_of
from svcat.errors import OperationFailed, SvcatError, Unreachable
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    BrokerRecord,
    InstancePhase,
    Scope,
    Work,
)

SOON = timedelta(days=7)  # before credentials end without a word of when to renew them
_BROKEN = frozenset({InstancePhase.FAILED, InstancePhase.UNUSABLE, BindingPhase.FAILED})


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    RUNNING = "running"  # somebody is at it
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``exit_code`` is what a problem means to scripts."""

    subject: str  # as "instance/db"
    level: Level
    message: str
    fix: str = ""
    namespace: str = ""
    exit_code: int = 0


def from_error(subject: str, error: SvcatError, *, namespace: str = "") -> Finding:
    """Return an error as a finding: its hint is the fix."""
    return Finding(
        subject=subject,
        level=Level.PROBLEM,
        message=error.message,
        fix=error.hint or "",
        namespace=namespace,
        exit_code=error.exit_code or 1,
    )


def of_brokers(brokers: Iterable[BrokerRecord], now: datetime) -> Iterator[Finding]:
    """Give what the registrations tell: a catalog that could not be fetched, or is old."""
    for broker in brokers:
        subject, namespace = f"broker/{broker.name}", namespace_of(broker)
        sync = f"svcat sync broker {broker.name}{place_of(broker)}"
        if broker.last_error:
            yield Finding(
                subject=subject,
                level=Level.PROBLEM,
                message=f"its catalog could not be fetched: {broker.last_error}",
                fix=sync,
                namespace=namespace,
                exit_code=Unreachable.exit_code,
            )
        elif is_outdated(broker, now):
            yield Finding(
                subject=subject,
                level=Level.WARNING,
                message="its catalog is older than it should get",
                fix=sync,
                namespace=namespace,
            )


def of_work(records: Iterable[Work], ports: Ports) -> Iterator[Finding]:
    """Give what instances and bindings tell: failed, left half way, or somebody is at it."""
    now = ports.records.now()
    for record in records:
        if found := _of_operation(record, now, ports) or _of_phase(record):
            yield found


def of_expiry(bindings: Iterable[BindingRecord], now: datetime) -> Iterator[Finding]:
    """Give the bindings whose credentials end, or have ended."""
    for binding in bindings:
        end, renew = _moment(binding.expires_at), _moment(binding.renew_before)
        if end is None or now < (renew or end - SOON):
            continue
        is_over = now >= end
        yield Finding(
            subject=f"binding/{binding.name}",
            level=Level.PROBLEM if is_over else Level.WARNING,
            message=f"its credentials {'ended' if is_over else 'end'} at {binding.expires_at}",
            fix=f"svcat rotate {binding.name} -n {binding.namespace}",
            namespace=binding.namespace,
            exit_code=OperationFailed.exit_code if is_over else 0,
        )


def namespace_of(broker: BrokerRecord) -> str:
    """Return the namespace of a broker; empty if it is everybody's."""
    return broker.namespace if broker.scope is Scope.NAMESPACE else ""


def _of_operation(record: Work, now: datetime, ports: Ports) -> Finding | None:
    if not has_work(record, now, ports):
        return None
    kind, operation = kind_of(record), record.operation
    doing = operation.type.value if operation else "cleaning up"
    claims = record.live_claims(now)
    if claims:
        return Finding(
            subject=f"{kind}/{record.name}",
            level=Level.RUNNING,
            message=f"{doing}: in progress by {claims[0].by}",
            fix=f"svcat wait {kind}/{record.name} -n {record.namespace}",
            namespace=record.namespace,
        )
    state = "was accepted" if operation and operation.accepted else "was interrupted"
    words = f"{doing} {state} and nobody waits for it"
    if isinstance(record, BindingRecord) and rotation_lifecycle.is_halted(record):
        words = halt_of(record)
    return Finding(
        subject=f"{kind}/{record.name}",
        level=Level.WARNING,
        message=words,
        fix=f"svcat resume {record.name} -n {record.namespace}",
        namespace=record.namespace,
    )


def _of_phase(record: Work) -> Finding | None:
    if getattr(record, "phase", None) not in _BROKEN:
        return None
    kind, last = kind_of(record), record.history[-1].reason if record.history else ""
    error = failed(record, last.lower() or "the last operation on")
    away = f"deprovision {record.name}" if kind == "instance" else f"unbind --name {record.name}"
    return Finding(
        subject=f"{kind}/{record.name}",
        level=Level.PROBLEM,
        message=f"{getattr(record, 'phase', '')}: {record.message or record.reason}",
        fix=f"svcat {away} -n {record.namespace}",
        namespace=record.namespace,
        exit_code=error.exit_code,
    )


def place_of(broker: BrokerRecord) -> str:
    """Return the options that say where a registration is."""
    return " --scope cluster" if broker.scope is Scope.CLUSTER else f" -n {broker.namespace}"


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else None
