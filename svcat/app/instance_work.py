"""Work on an instance, whichever command does it: waiting, driving, and ends that are none."""

from collections.abc import Callable
from dataclasses import dataclass

from svcat.app import instance_lifecycle as lifecycle
from svcat.app import verdicts
from svcat.app.instance_driver import InstanceDriver
from svcat.app.lookup import bindings_of
from svcat.app.operation import OutOfPatience, Session, await_others
from svcat.errors import Conflict, NotFound
from svcat.store.records import BindingRecord, InstancePhase, InstanceRecord


@dataclass(frozen=True, slots=True)
class Done:
    """How a command left an instance: None if it is gone."""

    record: InstanceRecord | None
    changed: bool = True

    @property
    def is_gone(self) -> bool:
        """Whether it is confirmed that nothing is left at the broker."""
        operation = self.record.operation if self.record else None
        return self.record is None or (operation is not None and operation.deleted)


def driven(
    driver: InstanceDriver,
    record: InstanceRecord,
    doing: str,
    *,
    judge: Callable[[InstanceRecord], InstanceRecord | None] = lambda record: record,
) -> InstanceRecord | None:
    """Drive to rest; turn an end that is none into its error."""
    try:
        ended = driver.run(record)
    except OutOfPatience as error:
        no_news = driver.session.no_news
        raise verdicts.still_running(record, doing, no_news=no_news) from error
    if ended is None:
        return None
    if driver.session.is_stuck:
        if driver.session.trouble is None:
            raise has_bindings(ended, bindings_of(ended, driver.ports))
        judge(ended)
        raise verdicts.stuck(ended, driver.session, doing)
    if ended.phase is InstancePhase.MITIGATING and not ended.live_claims(
        driver.ports.records.now()
    ):
        raise verdicts.mitigating(ended, doing)
    return ended


def awaited(record: InstanceRecord, session: Session) -> InstanceRecord | None:
    """Wait for other commands at work on ``record``; None if it is gone then. Raises Conflict."""
    try:
        return await_others(record, session)
    except OutOfPatience as error:
        raise busy(record) from error


def awaited_alive(record: InstanceRecord, session: Session) -> InstanceRecord:
    """Wait for other commands at work on ``record``. Raises NotFound if they deleted it."""
    current = awaited(record, session)
    if current is None:
        raise NotFound(f"instance {record.name!r} was deprovisioned meanwhile")
    return current


def busy(record: InstanceRecord) -> Conflict:
    """Another operation is in the way."""
    by = f" by {record.claims[0].by}" if record.claims else ""
    return Conflict(
        f"instance {record.name!r} is {record.phase}{by}",
        hint=f"see it through: svcat resume {record.name} -n {record.namespace}",
    )


def has_bindings(record: InstanceRecord, bindings: list[BindingRecord]) -> Conflict:
    """Bindings are in the way of a deprovision."""
    return Conflict(
        f"instance {record.name!r} still has bindings: {', '.join(b.name for b in bindings)}",
        hint=f"remove them first: svcat unbind {record.name} -n {record.namespace}",
    )


def require_not_wished_away(record: InstanceRecord) -> None:
    """Raise Conflict if the record's object was deleted and only waits for a deprovision."""
    if lifecycle.is_wished_away(record):
        raise Conflict(
            f"instance {record.name!r} is to go: its record was deleted",
            hint=f"deprovision it: svcat resume {record.name} -n {record.namespace}",
        )


def require_ready(record: InstanceRecord) -> None:
    """Raise Conflict unless new bindings may be made (spec, Updating: not while unusable)."""
    require_not_wished_away(record)
    if record.phase is InstancePhase.READY:
        return
    is_coming = record.phase in {InstancePhase.PROVISIONING, InstancePhase.UPDATING}
    verb = "wait instance/" if is_coming else "describe instance "
    raise Conflict(
        f"instance {record.name!r} is {record.phase}, not ready"
        + (f": {record.message}" if record.message else ""),
        hint=f"svcat {verb}{record.name} -n {record.namespace}",
    )


def is_nothing(record: InstanceRecord) -> bool:
    """Whether a failed record has nothing behind it."""
    return record.phase is InstancePhase.FAILED and not record.leftover and not record.claims
