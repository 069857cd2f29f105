"""Work on a binding, whichever command does it: waiting, driving, and ends that are none."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from svcat.app import verdicts
from svcat.app.binding_driver import BindingDriver
from svcat.app.operation import OutOfPatience, Session, await_others
from svcat.app.places import strike_from_ledger
from svcat.app.ports import Ports
from svcat.errors import Conflict
from svcat.store.records import BindingPhase, BindingRecord, InstanceRecord, Role


@dataclass(frozen=True, slots=True)
class Done:
    """How a command left a binding: None if it is gone."""

    record: BindingRecord | None
    changed: bool = True

    @property
    def is_gone(self) -> bool:
        """Whether it is confirmed that nothing is left at the broker."""
        return self.record is None or (
            self.record.phase is BindingPhase.UNBINDING
            and all(known.role is Role.GONE for known in self.record.ids)
        )


def driven(driver: BindingDriver, record: BindingRecord, doing: str) -> BindingRecord | None:
    """Drive to rest; turn an end that is none into its error."""
    try:
        ended = driver.run(record)
    except OutOfPatience as error:
        no_news = driver.session.no_news
        raise verdicts.still_running(record, doing, no_news=no_news) from error
    if driver.switch.problem is not None:
        raise driver.switch.problem
    if ended is None:
        return None
    if driver.session.is_stuck:
        if ended.phase not in {BindingPhase.READY, BindingPhase.ROTATING}:
            _undo_unsent(driver, ended)
        raise verdicts.stuck(ended, driver.session, doing)
    if ended.phase is BindingPhase.MITIGATING:
        raise verdicts.mitigating(ended, doing)
    return ended


def _undo_unsent(driver: BindingDriver, record: BindingRecord) -> None:
    """Take the record of a request that never left away again: nothing half-made stays behind."""
    never_left = driver.is_unsent(record) and driver.session.could_not_send
    if not never_left or len(record.ids) > 1 or record.ids[0].sends > 1:
        return
    secret = driver.ports.secrets.find(record.namespace, record.secret_name)
    alone = driver.session.leave(record)
    if alone is None or alone.claims:
        return
    if secret is not None and secret.is_of(record):
        driver.ports.secrets.remove(secret)
    if driver.ports.records.remove(alone):
        for known in record.ids:
            strike_from_ledger(known.id, driver.ports)


def awaited(record: BindingRecord, session: Session) -> BindingRecord | None:
    """Wait for other commands at work on ``record``; None if it is gone then. Raises Conflict."""
    try:
        return await_others(record, session)
    except OutOfPatience as error:
        raise Conflict(
            f"binding {record.name!r} is {record.phase}"
            + (f" by {record.claims[0].by}" if record.claims else ""),
            hint=f"see it through: svcat resume {record.name} -n {record.namespace}",
        ) from error


def is_nothing(record: BindingRecord) -> bool:
    """Whether a failed record has nothing behind it."""
    return record.phase is BindingPhase.FAILED and record.is_empty and not record.claims


def plan_now(record: BindingRecord, ports: Ports) -> Callable[[BindingRecord], BindingRecord]:
    """Return what gives a binding the plan of its instance, which may have changed since."""
    instance = ports.records.find(InstanceRecord, record.namespace, record.instance)
    if instance is None or not record.is_of(instance):
        return lambda found: found
    plan_id, plan_name = instance.plan_id, instance.plan_name
    return lambda found: replace(found, plan_id=plan_id, plan_name=plan_name)
