"""Carrying a binding's operation out: reserve, send, put the credentials away, save.

Credentials exist only in memory between the broker's answer and the Secret; nothing is printed or
written elsewhere. What is lost on the way is fetched, or the id is retired and a new one written
ahead.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from svcat.app import binding_lifecycle as lifecycle
from svcat.app import events, lookup, places, requests, secret_layout, secret_parameters
from svcat.app.bad_polls import BadPolls
from svcat.app.binding_lifecycle import Step
from svcat.app.events import Event
from svcat.app.facts import Facts, troubled, with_reply
from svcat.app.operation import Session, drive
from svcat.app.ports import Broker, Ports
from svcat.errors import Forbidden, Interrupted, Invalid, NotFound, SvcatError, UsageError
from svcat.osb.models import Bound, Call, JsonObject, LastOperation, Reply
from svcat.store.records import BindingId, BindingPhase, BindingRecord, Role
from svcat.store.secrets import CredentialsSecret, decode_data

_LOGIN_REFUSED = (401, 403)
_DOOMED = frozenset({Role.RETIRED, Role.GONE})


@dataclass(slots=True)
class BindingDriver:
    """One command's work on one binding."""

    ports: Ports
    session: Session
    broker: Broker
    place: Callable[[], requests.Place]
    unsent: bool = False  # the intent was recorded by this command, its send counted, not yet made
    parameters: JsonObject | None = None  # as read when this command recorded the intent
    is_retrievable: bool = False  # the offering's bindings_retrievable
    max_polling_s: int | None = None
    lingers: bool = False
    name_taken: bool = field(default=False, init=False)
    _refusal: SvcatError | None = field(default=None, init=False)  # of the Secret's reservation
    _secret: CredentialsSecret | None = field(default=None, init=False)
    _stored: BindingRecord | None = field(default=None, init=False)  # as last read or written
    _retry_after_s: float | None = field(default=None, init=False)
    _bad_polls: BadPolls = field(default_factory=BadPolls, init=False)
    _in_ledger: set[str] = field(default_factory=set, init=False)
    _is_lingering: bool = field(default=False, init=False)
    _fetches_left: int = field(default=8, init=False)

    def run(self, record: BindingRecord) -> BindingRecord | None:
        """Drive ``record`` to rest; None if it is gone. Raises OutOfPatience, SvcatError."""
        ended = drive(record, self._step, self._is_at_rest, self.session)
        if self._refusal is not None:  # the attempt is undone; this is why
            raise self._refusal
        return ended

    def _is_at_rest(self, record: BindingRecord) -> bool:
        if self.session.is_stuck or self._is_lingering:
            return True
        target = lifecycle.target_of(record)
        is_making = record.phase in lifecycle.MAKING
        if is_making and target is not None and target.accepted and not self.session.patience.wait:
            return True
        now = self.ports.records.now()
        return lifecycle.is_settled(record, besides=self.ports.claim_id, now=now)

    def _step(self, record: BindingRecord) -> BindingRecord | None:
        if record is not self._stored:
            current = self._reload(record)  # the Secret must not be judged by an old record
            if current != record:
                return current
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
            Step.UNBIND: self._unbind,
            Step.POLL_UNBIND: self._poll_unbind,
            Step.RETIRE: self._retire,
            Step.DROP_SECRET: self._drop_secret,
            Step.LINGER: self._linger,
            Step.END: self._end,
        }
        return actions[step](record)

    # --- the Secret ----------------------------------------------------------------------------

    def _reserve(self, record: BindingRecord) -> BindingRecord | None:
        target = _target(record)
        try:
            self.ports.secrets.reserve(record, target.id)
        except (Forbidden, Invalid) as error:
            facts = replace(self._now(), words=error.message)
            self._refusal = error
            return self._give_up_unsent(record, "SecretRefused", facts)
        return record

    def _refuse_name(self, record: BindingRecord) -> BindingRecord | None:
        self.name_taken = True
        words = f"Secret {record.secret_name!r} exists and does not belong to this binding"
        facts = replace(self._now(), words=words)
        return self._give_up_unsent(record, "SecretNameTaken", facts)

    def _give_up_unsent(
        self, record: BindingRecord, reason: str, facts: Facts
    ) -> BindingRecord | None:
        """End an attempt before its request left; if another command may have sent it, undo it."""
        target = _target(record)
        if record.phase is not BindingPhase.BINDING or target.sends > 1 or not self.unsent:
            return self._change(record, lambda found: lifecycle.give_up(found, reason, facts))
        return self._change(
            record, lambda found: lifecycle.refused(found, target.id, facts, reason)
        )

    def _fence(self, record: BindingRecord) -> BindingRecord | None:
        if self._secret is not None and not self.ports.secrets.fence(
            self._secret, _target(record).id
        ):
            return self._reload(record)
        return record

    def _drop_secret(self, record: BindingRecord) -> BindingRecord | None:
        if self._secret is not None:
            self.ports.secrets.remove(self._secret)
        return record

    def _put_away(self, record: BindingRecord, body: Bound) -> BindingRecord | None:
        """Fill the Secret; what can never be stored is given up, for it would be lost."""
        if self._secret is None:
            return record
        metadata = body.metadata
        try:
            document = secret_layout.document_of(body)
            layout = secret_layout.lay_out_document(
                document, record, sources_of(record, self.ports)
            )
            is_filled = self.ports.secrets.fill(
                self._secret,
                _target(record).id,
                layout.contents,
                expires_at=(metadata.expires_at or "") if metadata else "",
                renew_before=(metadata.renew_before or "") if metadata else "",
                shape=record.shape,
            )
            for remark in layout.remarks if is_filled else ():
                self.ports.warn(f"Secret {record.secret_name}: {remark}")
        except (Forbidden, NotFound, UsageError) as error:
            facts = replace(self._now(), words=f"the Secret cannot be written: {error}")
            return self._change(
                record, lambda found: lifecycle.give_up(found, "ErrorInjectingBindResult", facts)
            )
        return record

    # --- making --------------------------------------------------------------------------------

    def _bind(self, record: BindingRecord) -> BindingRecord | None:
        target_id = _target(record).id
        if not self.unsent:
            if record.phase is BindingPhase.BINDING and not lookup.is_open_for(record, self.ports):
                facts = replace(self._now(), words=f"instance {record.instance} is not ready")
                return self._change(
                    record, lambda found: lifecycle.give_up(found, "ErrorInstanceNotReady", facts)
                )
            parameters = secret_parameters.read(
                record.parameters, record.parameters_from, record.namespace, self.ports
            )
            self.parameters, refs = parameters
            if refs != record.parameters_from and _target(record).sends > 0:
                return self._renew(record)  # the body could differ: a new id for a new request
        counted = self._count(record, target_id)
        if counted is None or not lifecycle.wants_bind(counted, target_id):
            return counted
        self._write_ledger(counted, target_id)
        sends = _target(counted).sends
        request = self._request(counted)
        return self._send_bind(counted, target_id, sends, request)

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
            self._note_late(record, target_id)
            raise
        event = events.of_create(reply, sends=sends)
        if event is Event.BUSY:
            self.session.busy(reply)
            return record
        if event is Event.NOT_SENT:
            self.session.in_vain(reply)
            return record
        self.unsent = False
        self._retry_after_s = reply.retry_after_s
        if reply.may_arrive_late:
            record = self._note_late(record, target_id) or record
        return self._after_bind(record, target_id, event, reply)

    def _after_bind(
        self, record: BindingRecord, target_id: str, event: Event, reply: Reply[Bound]
    ) -> BindingRecord | None:
        facts = self._facts(reply, Call.BIND)
        match event:
            case Event.SUCCEEDED if reply.body is not None:
                if reply.body.is_empty and self._was_sent_before(record):
                    return self._recover(record)
                return self._put_away(record, reply.body)
            case Event.ACCEPTED:
                return self._change(
                    record,
                    lambda found: lifecycle.accepted(found, target_id, _target(record).role, facts),
                )
            case Event.EXISTS:
                return self._recover(record)
            case Event.REFUSED:
                return self._change(
                    record, lambda found: lifecycle.refused(found, target_id, facts)
                )
            case Event.ORPHANED:
                return self._change(
                    record, lambda found: lifecycle.give_up(found, "BindCallFailed", facts)
                )
            case _:
                self.session.in_vain(reply)
                return record

    def _poll_bind(self, record: BindingRecord) -> BindingRecord | None:
        target = _target(record)
        event, facts, _ = self._poll(record, target)
        if event is Event.SUCCEEDED:
            done = replace(target, accepted=False, key="", succeeded=True)
            return self._change(record, lambda found: lifecycle.noted(found, done))
        if event in {Event.FAILED, Event.OVERDUE}:
            return self._change(
                record, lambda found: lifecycle.give_up(found, "BindCallFailed", facts)
            )
        return record

    def _fetch(self, record: BindingRecord) -> BindingRecord | None:
        reply = self._fetched(record)
        if reply.body is not None and not reply.body.is_empty:
            return self._put_away(record, reply.body)
        status = reply.error.status if reply.error else None
        if status in _LOGIN_REFUSED:
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
        return target is None or target.id != _target(record).id or target.sends > 1

    def _recover(self, record: BindingRecord) -> BindingRecord | None:
        """The id is bound, its credentials did not reach us: fetch them, or take a new id."""
        reply = self._fetched(record) if self.is_retrievable else None
        if reply is not None and reply.body is not None and not reply.body.is_empty:
            return self._put_away(record, reply.body)
        return self._renew(record)

    def _fetched(self, record: BindingRecord) -> Reply[Bound]:
        return self.broker.fetch_binding(
            record.instance_id,
            _target(record).id,
            service_id=record.service_id,
            plan_id=record.plan_id,
        )

    def _renew(self, record: BindingRecord) -> BindingRecord | None:
        lost_id = _target(record).id
        facts = replace(self._now(), new_id=self.ports.new_id())
        return self._change(record, lambda found: lifecycle.renew_id(found, lost_id, facts))

    def _finish(self, record: BindingRecord) -> BindingRecord | None:
        secret, target_id, facts = self._secret, _target(record).id, self._now()
        if secret is None:
            return record
        return self._change(record, lambda found: lifecycle.finish(found, target_id, secret, facts))

    # --- deleting ------------------------------------------------------------------------------

    def _unbind(self, record: BindingRecord) -> BindingRecord | None:
        doomed = self._doomed(record)
        reply = self.broker.unbind(
            record.instance_id, doomed.id, service_id=record.service_id, plan_id=record.plan_id
        )
        event = events.of_delete(reply)
        self._retry_after_s = reply.retry_after_s
        facts = self._facts(reply, Call.UNBIND)
        if event in events.DELETED:
            return self._forget_id(record, doomed.id)
        if event is Event.ACCEPTED:
            return self._change(
                record,
                lambda found: lifecycle.accepted(found, doomed.id, doomed.role, facts),
            )
        if event is Event.BUSY:
            self.session.busy(reply)
            return record
        self.session.in_vain(reply)
        return self._change(record, lambda found: troubled(found, facts))

    def _poll_unbind(self, record: BindingRecord) -> BindingRecord | None:
        doomed = self._doomed(record)
        event, facts, reply = self._poll(record, doomed)
        if event in events.DELETED:
            return self._forget_id(record, doomed.id)
        if event not in {Event.FAILED, Event.OVERDUE}:
            return record
        again = replace(doomed, accepted=False, key="")
        if reply is not None:
            self.session.in_vain(reply)
        return self._change(record, lambda found: _with_error(lifecycle.noted(found, again), facts))

    def _forget_id(self, record: BindingRecord, binding_id: str) -> BindingRecord | None:
        facts = self._now()
        after = self._change(record, lambda found: lifecycle.deleted(found, binding_id, facts))
        if after is not None and all(i.id != binding_id for i in after.ids):
            places.strike_from_ledger(binding_id, self.ports)
        return after

    def _retire(self, record: BindingRecord) -> BindingRecord | None:
        return self._change(record, lifecycle.retire_all)

    def _linger(self, record: BindingRecord) -> BindingRecord | None:
        if not self.lingers:
            self._is_lingering = True
            return record
        self.session.linger(record, [i.late_until for i in record.ids if i.late_until is not None])
        return self._reload(record)

    def _end(self, record: BindingRecord) -> BindingRecord | None:
        if record.phase is BindingPhase.MITIGATING:
            facts = self._now()
            return self._change(record, lambda found: lifecycle.ended(found, facts))
        if self.ports.records.remove(record):
            return None
        return self._reload(record)

    # --- details -------------------------------------------------------------------------------

    def _poll(
        self, record: BindingRecord, polled: BindingId
    ) -> tuple[Event, Facts, Reply[LastOperation] | None]:
        self.session.pause(self._retry_after_s)
        deadline = record.operation.deadline if record.operation else None
        if deadline is not None and self.ports.records.now() >= deadline:
            words = "the broker did not finish within the plan's maximum_polling_duration"
            return Event.OVERDUE, replace(self._now(), words=words), None
        reply = self.broker.poll_binding(
            record.instance_id,
            polled.id,
            service_id=record.service_id,
            plan_id=record.plan_id,
            operation=polled.key or None,
        )
        self._retry_after_s = reply.retry_after_s
        self.session.tell(record.name, reply.body.description if reply.body else "")
        event = events.of_poll(reply, deleting=polled.role in _DOOMED)
        judged = self._judge_poll(event, reply, is_doomed=polled.role in _DOOMED)
        return judged, self._facts(reply, Call.POLL_BINDING), reply

    def _judge_poll(self, event: Event, reply: Reply[LastOperation], *, is_doomed: bool) -> Event:
        status = reply.error.status if reply.error else None
        if status in _LOGIN_REFUSED:
            self.session.stop(reply)
        is_over = self._bad_polls.end_it(status, deleting=is_doomed)
        return Event.OVERDUE if is_over else event

    def _change(
        self, record: BindingRecord, decide: Callable[[BindingRecord], BindingRecord | None]
    ) -> BindingRecord | None:
        self._stored = self.ports.records.change(record, decide)
        return self._stored

    def _reload(self, record: BindingRecord) -> BindingRecord | None:
        found = self.ports.records.find(BindingRecord, record.namespace, record.name)
        self._stored = found if found is not None and found.uid == record.uid else None
        return self._stored

    def _count(self, record: BindingRecord, target_id: str) -> BindingRecord | None:
        if self.unsent:
            return record
        facts = self._now()
        return self._change(record, lambda found: lifecycle.resend(found, target_id, facts))

    def _note_late(self, record: BindingRecord, binding_id: str) -> BindingRecord | None:
        late = self.ports.records.now() + timedelta(seconds=self.ports.timing.late_s)

        def note(found: BindingRecord) -> BindingRecord | None:
            known = next((i for i in found.ids if i.id == binding_id), None)
            return None if known is None else found.with_id(replace(known, late_until=late))

        return self._change(record, note)

    def _write_ledger(self, record: BindingRecord, binding_id: str) -> None:
        if binding_id not in self._in_ledger:
            entry = places.binding_entry(record, binding_id, self.place(), self.ports.holder)
            places.note_in_ledger(entry, self.ports)
            self._in_ledger.add(binding_id)

    def _request(self, record: BindingRecord) -> Any:
        predecessor = record.id_in(Role.CURRENT)
        if record.phase is BindingPhase.ROTATING and predecessor is not None:
            return requests.rotation(record, self.place(), predecessor.id)
        return requests.bind(record, self.place(), self.parameters)

    def _doomed(self, record: BindingRecord) -> BindingId:
        now = self.ports.records.now()
        doomed = lifecycle.doomed_id(record, besides=self.ports.claim_id, now=now)
        if doomed is None:
            raise AssertionError("no id to delete")
        return doomed

    def _now(self) -> Facts:
        return self.session.facts()

    def _facts(self, reply: Reply[Any], call: Call) -> Facts:
        late = self.ports.records.now() + timedelta(seconds=self.ports.timing.late_s)
        facts = with_reply(self._now(), reply, call, late=late)
        return replace(facts, deadline=self._deadline(facts.now))

    def _deadline(self, now: datetime) -> datetime | None:
        if self.max_polling_s is None:
            return None
        return now + timedelta(seconds=self.max_polling_s)


def sources_of(record: BindingRecord, ports: Ports) -> dict[str, dict[str, bytes]]:
    """Read the Secrets that a binding's shape adds keys from. Raises NotFound."""
    read = ports.secrets.read
    return {name: decode_data(read(record.namespace, name)) for name in record.shape.add_from}


def _target(record: BindingRecord) -> BindingId:
    target = lifecycle.target_of(record)
    if target is None:
        raise AssertionError("a binding in the making has an id")
    return target


def _with_error(record: BindingRecord | None, facts: Facts) -> BindingRecord | None:
    if record is None:
        return None
    return troubled(record, facts)
