"""An instance's record and its ledger entry, as one command works on them: every write of either.

A send is counted before it leaves, its outcome saved in what is found then. What may have been made
for a record that is gone meanwhile is deleted again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from svcat.app import places, requests, strays
from svcat.app.events import Event
from svcat.app.facts import Facts
from svcat.app.instance_lifecycle import Step, is_confirmed_gone, resend
from svcat.app.instance_outcomes import advance
from svcat.app.operation import Session
from svcat.app.overtaken_update import overtaken
from svcat.app.ports import Broker, Ports
from svcat.store.records import InstancePhase, InstanceRecord


@dataclass(slots=True, kw_only=True)
class InstanceKeeper:
    """What a command knows of one instance and its record."""

    ports: Ports
    session: Session
    broker: Broker
    place: Callable[[], requests.Place]
    _unsent: tuple[Any, ...] | None = field(default=None, init=False)
    _in_ledger: set[str] = field(default_factory=set, init=False)

    def note_intent(self, record: InstanceRecord) -> None:
        """Take note that this command wrote ``record``, which counts its first send.

        It is not to be what was read afterwards: another command may have come between.
        """
        self._unsent = _attempt(record)

    def is_unsent(self, record: InstanceRecord) -> bool:
        """Whether the next send is the one counted ahead: another command may have come between."""
        return self._unsent == _attempt(record)

    def _count(self, record: InstanceRecord, step: Step) -> InstanceRecord | None:
        """Count the send ahead, unless the intent that we recorded did."""
        if self.is_unsent(record):
            return record
        facts = self.session.facts()
        return self.ports.records.change(record, lambda found: resend(found, step, facts))

    def _save(
        self, record: InstanceRecord, step: Step, event: Event, facts: Facts
    ) -> InstanceRecord | None:
        sent_id = record.instance_id

        def outcome(found: InstanceRecord) -> InstanceRecord | None:
            if found.instance_id != sent_id:
                return None
            if step is Step.DEPROVISION and _is_outdated(record, found):
                return found
            if step is Step.UPDATE and _is_of_another_update(record, found):
                return overtaken(found, record.target, event, facts)
            return advance(found, step, event, facts)

        after = outcome(record)
        if after is not None and self._is_confirmed_gone(after):
            return self._forget(record)
        with self.session.noting(facts.late_until if step is Step.PROVISION else None):
            saved = self.ports.records.change(record, outcome)
        is_lost = saved is None or saved.instance_id != sent_id
        if is_lost and step is Step.PROVISION:
            self._delete_stray(record, facts)
        if saved is not None:
            self._settle_ledger(saved)
        return saved

    def _forget(self, record: InstanceRecord) -> InstanceRecord | None:
        """Remove the record of what is confirmed gone; if it changed meanwhile, look again."""
        if self.ports.records.remove(record):
            places.strike_from_ledger(record.instance_id, self.ports)
            return None
        return self.ports.records.reload(record)

    def _is_confirmed_gone(self, record: InstanceRecord) -> bool:
        now = self.ports.records.now()
        return is_confirmed_gone(record, now, besides=self.ports.claim_id)

    def _delete_stray(self, record: InstanceRecord, facts: Facts) -> None:
        """Delete what we may have made for a record that is gone or has another id by now."""
        is_contested = self.session.is_contested(record, facts.late_until)
        entry = places.instance_entry(record, self.place(), self.ports.holder)
        strays.delete(entry, self.broker, self.session, is_contested=is_contested)

    def _write_ledger(self, record: InstanceRecord) -> None:
        if record.instance_id not in self._in_ledger:
            entry = places.instance_entry(record, self.place(), self.ports.holder)
            places.note_in_ledger(entry, self.ports)
            self._in_ledger.add(record.instance_id)

    def _settle_ledger(self, saved: InstanceRecord) -> None:
        """Take ids that are over off the ledger."""
        over = {previous.id for previous in saved.previous_ids} & self._in_ledger
        if saved.phase is InstancePhase.FAILED and not saved.leftover:
            over.add(saved.instance_id)
        for instance_id in over:
            places.strike_from_ledger(instance_id, self.ports)
        self._in_ledger -= over


def _is_outdated(sent: InstanceRecord, found: InstanceRecord) -> bool:
    """Whether a delete left before another was called for: it may have come before a provision."""
    before, now = sent.operation, found.operation
    return before is not None and now is not None and now.deletes > before.deletes


def _is_of_another_update(sent: InstanceRecord, found: InstanceRecord) -> bool:
    return (_attempt(sent), sent.target) != (_attempt(found), found.target)


def _attempt(record: InstanceRecord) -> tuple[Any, ...]:
    """Return what tells an attempt from those that others may have begun in its place."""
    operation = record.operation
    # On record a time has whole seconds.
    begun = (operation.type, operation.started.replace(microsecond=0)) if operation else ()
    return (record.instance_id, *begun)
