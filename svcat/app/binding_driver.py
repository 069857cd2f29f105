"""Carrying a binding's operation out: reserve, send, put the credentials away, save.

Credentials exist only in memory between the broker's answer and the Secret; nothing is printed or
written elsewhere. What is lost on the way is fetched, or the id is retired and a new one written
ahead.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from svcat.app import binding_lifecycle as lifecycle
from svcat.app import binding_outcomes as outcomes
from svcat.app import (
    events,
    lookup,
    places,
    requests,
    rotation_lifecycle,
    secret_parameters,
    strays,
)
from svcat.app.binding_lifecycle import Step
from svcat.app.binding_polling import DOOMED
from svcat.app.binding_secret import current_target
from svcat.app.echoes import without_echoes
from svcat.app.events import Event
from svcat.app.facts import Facts
from svcat.app.operation import OutOfPatience, drive
from svcat.app.unbinder import Unbinder
from svcat.errors import Interrupted, SvcatError
from svcat.osb.models import Bound, Call, Outcome, Reply
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingPhase, BindingRecord, Role


@dataclass(slots=True, kw_only=True)
class BindingDriver(Unbinder):
    """One command's work on one binding: the making half of it, and which half is next."""

    place: Callable[[], requests.Place]
    is_retrievable: bool = False  # the offering's bindings_retrievable
    _reminded_of: set[str] = field(default_factory=set, init=False)
    _fetches_left: int = field(default=8, init=False)

    def run(self, record: BindingRecord) -> BindingRecord | None:
        """Drive ``record`` to rest; None if it is gone. Raises OutOfPatience, SvcatError."""
        try:
            ended = drive(record, self._step, self._is_at_rest, self.session)
        except (OutOfPatience, SvcatError):
            with suppress(SvcatError):  # what is about to be said matters more
                self._clean_up(record, self._left_of(record))
            raise
        self._clean_up(record, ended)
        if self._refusal is not None:  # the attempt is undone; this is why
            raise self._refusal
        return ended

    def _is_at_rest(self, record: BindingRecord) -> bool:
        if self.session.is_stuck or self._is_lingering or self.switch.is_halted:
            return True
        now = self.ports.records.now()
        if not self.session.patience.wait and self._is_accepted(record, now):
            return True
        if lifecycle.kept_until(record, now, only=self.switch.awaits) is not None:
            return False
        if self.lingers and any(known.role is Role.GONE for known in record.ids):
            return record.keep_failed
        return lifecycle.is_settled(record, besides=self.ports.claim_id, now=now)

    def _is_accepted(self, record: BindingRecord, now: datetime) -> bool:
        """Whether the broker has accepted what the record is in the middle of."""
        asked = None
        if record.phase in lifecycle.MAKING:
            asked = lifecycle.target_of(record)
        elif record.phase is BindingPhase.UNBINDING:
            asked = lifecycle.doomed_id(record, besides=self.ports.claim_id, now=now)
        return asked is not None and asked.accepted

    def _step(self, record: BindingRecord) -> BindingRecord | None:
        if record is not self._stored:
            current = self._reload(record)  # the Secret must not be judged by an old record
            if current != record:
                return current
        self._remind_ledger(record)
        self._secret = None
        if record.phase in lifecycle.MAKING or record.phase in lifecycle.ENDING:
            self._secret = self.ports.secrets.find(record.namespace, record.secret_name)
        now = self.ports.records.now()
        step = lifecycle.next_step(record, self._secret, besides=self.ports.claim_id, now=now)
        self._stored = None
        if step is None:
            return record
        return self._perform(step, record)

    def _perform(self, step: Step, record: BindingRecord) -> BindingRecord | None:
        actions: dict[Step, Callable[[BindingRecord], BindingRecord | None]] = {
            Step.RESERVE: self._reserve,
            Step.REFUSE_NAME: self._refuse_name,
            Step.FENCE: self._fence,
            Step.BIND: self._bind,
            Step.POLL_BIND: self._poll_bind,
            Step.FETCH: self._fetch,
            Step.FINISH: self._finish,
            Step.RESTORE: self._restore,
            Step.UNBIND: self._unbind,
            Step.POLL_UNBIND: self._poll_unbind,
            Step.RETIRE: self._retire,
            Step.DROP_SECRET: self._drop_secret,
            Step.KEEP: self._keep,
            Step.LINGER: self._linger,
            Step.END: self._end,
        }
        return actions[step](record)

    def _bind(self, record: BindingRecord) -> BindingRecord | None:
        target_id = current_target(record).id
        if not self.is_unsent(record):
            if record.phase is BindingPhase.BINDING and not lookup.is_open_for(record, self.ports):
                facts = replace(self._now(), words=f"instance {record.instance} is not ready")
                return self._change(
                    record, lambda found: outcomes.give_up(found, "ErrorInstanceNotReady", facts)
                )
            if not current_target(record).predecessor and self._has_other_parameters(record):
                return self._renew(record)  # the body could differ: a new id for a new request
        counted = self._count(record, target_id)
        if counted is None or not lifecycle.wants_bind(counted, target_id):
            return counted
        self._write_ledger(counted, target_id)
        sends = current_target(counted).sends
        request = self._request(counted)
        return self._send_bind(counted, target_id, sends, request)

    def _has_other_parameters(self, record: BindingRecord) -> bool:
        """Read the parameters again; whether they may differ from those that were sent."""
        self.parameters, refs = secret_parameters.read(
            record.parameters, record.parameters_from, record.namespace, self.ports
        )
        return refs != record.parameters_from and current_target(record).sends > 0

    def _send_bind(
        self, record: BindingRecord, target_id: str, sends: int, request: Any
    ) -> BindingRecord | None:
        try:
            reply = self.broker.bind(
                record.instance_id,
                target_id,
                request,
                sends=sends,
                accepts_incomplete=self.is_retrievable,
            )
        except Interrupted:
            self._in_ledger[target_id] = self.session.late_until()
            self._note_late(record, target_id)
            raise
        reply = without_echoes(reply, self.parameters, record)
        event = events.of_create(reply, sends=sends)
        if event is Event.BUSY:
            self.session.busy(reply)
            return record
        if event is Event.NOT_SENT:
            self.session.in_vain(reply)
            return record
        self._unsent_id = ""
        self._retry_after_s = reply.retry_after_s
        if reply.may_arrive_late:
            record = self._note_late(record, target_id) or record
        return self._after_bind(record, target_id, event, reply)

    def _after_bind(
        self, record: BindingRecord, target_id: str, event: Event, reply: Reply[Bound]
    ) -> BindingRecord | None:
        facts = self._facts(reply, Call.BIND)
        if facts.late_until is not None:
            self._in_ledger[target_id] = facts.late_until
        match event:
            case Event.SUCCEEDED if reply.body is not None:
                if reply.body.is_empty and self._was_sent_before(record):
                    return self._recover(record)
                return self._put_away(record, reply.body)
            case Event.ACCEPTED:
                return self._change(
                    record,
                    lambda found: outcomes.accepted(
                        found, target_id, current_target(record).role, facts
                    ),
                )
            case Event.EXISTS:
                return self._recover(record)
            case Event.REFUSED:
                return self._refused(record, target_id, facts)
            case Event.ORPHANED:
                return self._change(
                    record, lambda found: outcomes.give_up(found, "BindCallFailed", facts)
                )
            case _:
                self.session.in_vain(reply)
                return record

    def _refused(self, record: BindingRecord, target_id: str, facts: Facts) -> BindingRecord | None:
        after = self._change(record, lambda found: outcomes.refused(found, target_id, facts))
        if after is not None and after.known(target_id) is None:
            places.strike_from_ledger(target_id, self.ports)
            self._in_ledger.pop(target_id, None)
        return after

    def _poll_bind(self, record: BindingRecord) -> BindingRecord | None:
        target = current_target(record)
        event, facts, _ = self._poll(record, target)
        if event is Event.SUCCEEDED:
            done = replace(target, accepted=False, key="", succeeded=True)
            return self._change(record, lambda found: outcomes.noted(found, done))
        if event in {Event.FAILED, Event.OVERDUE}:
            return self._change(
                record, lambda found: outcomes.give_up(found, "BindCallFailed", facts)
            )
        return record

    def _fetch(self, record: BindingRecord) -> BindingRecord | None:
        current = self._reload(record)  # it must be so after the Secret was read, too (rule R10)
        if current != record:
            return current
        reply = self._fetched(record)
        if reply.body is not None and not reply.body.is_empty:
            return self._put_away(record, reply.body)
        if reply.refuses_login:
            self.session.stop(reply)
            return record
        self._fetches_left -= 1
        if self._fetches_left <= 0:
            return self._renew(record)
        self.session.busy(reply)  # it may not be there yet: brokers are eventually consistent
        return record

    def _was_sent_before(self, record: BindingRecord) -> bool:
        """Whether another send may have got the credentials that this answer lacks."""
        current = self._reload(record)
        target = lifecycle.target_of(current) if current else None
        return target is None or target.id != current_target(record).id or target.sends > 1

    def _recover(self, record: BindingRecord) -> BindingRecord | None:
        """The id is bound, its credentials did not reach us: fetch them, or take a new id."""
        reply = self._fetched(record) if self.is_retrievable else None
        if reply is not None and reply.body is not None and not reply.body.is_empty:
            return self._put_away(record, reply.body)
        return self._renew(record)

    def _fetched(self, record: BindingRecord) -> Reply[Bound]:
        return self.broker.fetch_binding(
            record.instance_id,
            current_target(record).id,
            service_id=record.service_id,
            plan_id=record.plan_id,
        )

    def _renew(self, record: BindingRecord) -> BindingRecord | None:
        lost_id = current_target(record).id
        facts = replace(self._now(), new_id=self.ports.new_id())
        return self._change(record, lambda found: outcomes.renew_id(found, lost_id, facts))

    def _finish(self, record: BindingRecord) -> BindingRecord | None:
        secret, target_id, facts = self._secret, current_target(record).id, self._now()
        if secret is None:
            return record
        if record.phase is BindingPhase.ROTATING and not self.switch.has_followed(target_id):
            return self.switch.follow(record, self.session)
        return self._change(record, lambda found: outcomes.finish(found, target_id, secret, facts))

    def _restore(self, record: BindingRecord) -> BindingRecord | None:
        """Put the old credentials back, as remembered or fetched; else the new ones stay."""
        secret = self._secret
        current = self._reload(record)  # it must be so after the Secret was read, too (rule R10)
        if secret is None or current != record:
            return current
        if self.switch.put_back(secret, record, self.ports):
            return record
        if self.is_retrievable and not self.switch.is_one_way:
            reply = self._fetched(record)
            if reply.body is not None and not reply.body.is_empty:
                return self._put_away(record, reply.body)
            if reply.outcome in {Outcome.NOT_SENT, Outcome.RETRY_LATER}:
                self.session.in_vain(reply)
                return record
        self.switch.is_one_way = True
        facts = self._now()
        return self._change(
            record, lambda found: rotation_lifecycle.go_on(found, secret.held_id, facts)
        )

    def _count(self, record: BindingRecord, target_id: str) -> BindingRecord | None:
        if self.is_unsent(record):
            return record
        facts = self._now()
        return self._change(record, lambda found: lifecycle.resend(found, target_id, facts))

    def _left_of(self, record: BindingRecord) -> BindingRecord | None:
        has_made_something = self._has_reserved or self._in_ledger
        return self.ports.records.reload(record) if has_made_something else record

    def _clean_up(self, record: BindingRecord, left: BindingRecord | None) -> None:
        """Take away what we made, if whoever ended the record did not wait for us any more."""
        if left is None and self._has_reserved:
            self._drop_reservation(record)
        for binding_id, late_until in self._in_ledger.items():
            if left is None or left.known(binding_id) is None:
                entry = self._entry(record, binding_id)
                is_contested = self.session.is_contested(record, late_until)
                strays.delete(entry, self.broker, self.session, is_contested=is_contested)

    def _note_late(self, record: BindingRecord, binding_id: str) -> BindingRecord | None:
        late = self.session.late_until()

        def note(found: BindingRecord) -> BindingRecord | None:
            known = found.known(binding_id)
            return None if known is None else found.with_id(replace(known, late_until=late))

        with self.session.noting(late):
            return self._change(record, note)

    def _write_ledger(self, record: BindingRecord, binding_id: str) -> None:
        if binding_id not in self._in_ledger:
            places.note_in_ledger(self._entry(record, binding_id), self.ports)
            self._in_ledger[binding_id] = None

    def _remind_ledger(self, record: BindingRecord) -> None:
        """Note our ids again once they are to go: who took us for dead may have struck them."""
        for known in record.ids:
            is_ours = known.id in self._in_ledger and known.id not in self._reminded_of
            if is_ours and known.role in DOOMED:
                self._reminded_of.add(known.id)
                places.note_again_in_ledger(self._entry(record, known.id), self.ports)

    def _entry(self, record: BindingRecord, binding_id: str) -> LedgerEntry:
        return places.binding_entry(record, binding_id, self.place(), self.ports.holder)

    def _request(self, record: BindingRecord) -> Any:
        if predecessor := current_target(record).predecessor:
            return requests.rotation(record, self.place(), predecessor)
        return requests.bind(record, self.place(), self.parameters)
