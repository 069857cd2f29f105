"""Carrying an instance's operation out: each step is count, send, save, then on.

The tables say what an answer means; this file makes the calls, in the order that loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from svcat.app import events, requests, secret_parameters
from svcat.app.bad_polls import BadPolls
from svcat.app.echoes import without_echoes
from svcat.app.events import Event
from svcat.app.facts import Facts
from svcat.app.instance_keeper import InstanceKeeper
from svcat.app.instance_lifecycle import (
    ENDING,
    Step,
    count_delete,
    mitigate,
    next_step,
    reopen,
)
from svcat.app.lookup import bindings_of
from svcat.app.operation import drive
from svcat.app.plan_in_doubt import delete_under, plans_of
from svcat.app.polling_limit import THE_LONGEST, PollingLimit
from svcat.errors import Interrupted
from svcat.osb.models import Call, Deleted, JsonObject, LastOperation, Reply
from svcat.store.records import InstancePhase, InstanceRecord, SecretKeyRef


@dataclass(slots=True, kw_only=True)
class InstanceDriver(InstanceKeeper):
    """One command's work on one instance."""

    parameters: JsonObject | None = None  # as read when this command recorded its intent
    limit: PollingLimit = THE_LONGEST
    lingers: bool = False  # wait for late arrivals and other commands rather than leave it to later
    delete_never_left: bool = field(default=True, init=False)
    _bad_polls: BadPolls = field(default_factory=BadPolls, init=False)
    _delete_counted: bool = field(default=False, init=False)
    _retry_after_s: float | None = field(default=None, init=False)

    def run(self, record: InstanceRecord) -> InstanceRecord | None:
        """Drive ``record`` to rest; None if it is gone. Raises OutOfPatience, SvcatError."""
        return drive(record, self._step, self._is_at_rest, self.session)

    def _is_at_rest(self, record: InstanceRecord) -> bool:
        operation = record.operation
        if self.session.is_stuck:
            return True
        if operation is None:
            return not self._is_confirmed_gone(record)
        if operation.deleted:
            return not self.lingers
        return next_step(record) is None or (operation.accepted and not self.session.patience.wait)

    def _step(self, record: InstanceRecord) -> InstanceRecord | None:
        match next_step(record):
            case Step.PROVISION:
                return self._provision(record)
            case Step.UPDATE:
                return self._update(record)
            case Step.DEPROVISION:
                return self._deprovision(record)
            case Step.POLL:
                return self._poll(record)
            case None:
                return self._forget(record)

    def _provision(self, record: InstanceRecord) -> InstanceRecord | None:
        refs = self._read_parameters(record, record.parameters, record.parameters_from)
        if refs != record.parameters_from:  # the body could differ: a new id for a new request
            return self.ports.records.change(record, self._give_up_id)
        counted = self._count(record, Step.PROVISION)
        if counted is None or next_step(counted) is not Step.PROVISION:
            return counted
        self._write_ledger(counted)
        sends = counted.operation.sends if counted.operation else 1
        request = requests.provision(counted, self.place(), self.parameters)
        return self._send(
            counted,
            Step.PROVISION,
            Call.PROVISION,
            lambda: self.broker.provision(counted.instance_id, request, sends=sends),
            lambda reply: events.of_create(reply, sends=sends),
        )

    def _update(self, record: InstanceRecord) -> InstanceRecord | None:
        target = record.target
        if target is not None:
            self._read_parameters(record, target.parameters, target.parameters_from)
        counted = self._count(record, Step.UPDATE)
        if counted is None or next_step(counted) is not Step.UPDATE:
            return counted
        sends = counted.operation.sends if counted.operation else 1
        request = requests.update(counted, self.place(), self.parameters)
        return self._send(
            counted,
            Step.UPDATE,
            Call.UPDATE,
            lambda: self.broker.update(counted.instance_id, request, sends=sends),
            lambda reply: events.of_update(reply, sends=sends),
        )

    def _deprovision(self, record: InstanceRecord) -> InstanceRecord | None:
        self._linger(record)
        if any(not binding.is_empty for binding in bindings_of(record, self.ports)):
            return self._reopen(record)  # all bindings are deleted first (spec, Deprovisioning)
        if not self._delete_counted:
            counted = self.ports.records.change(record, count_delete)
            if counted is None or next_step(counted) is not Step.DEPROVISION:
                return counted
            record, self._delete_counted = counted, True
        return self._send(
            record,
            Step.DEPROVISION,
            Call.DEPROVISION,
            lambda: self._delete_under_its_plan(record),
            events.of_delete,
        )

    def _delete_under_its_plan(self, record: InstanceRecord) -> Reply[Deleted]:
        """Send the delete; if the plan turns out to be another, polls have to name that one."""
        reply, plan = delete_under(
            plans_of(record),
            lambda plan_id: self.broker.deprovision(
                record.instance_id, service_id=record.service_id, plan_id=plan_id
            ),
        )
        if plan.id != record.plan_id:
            self.ports.records.change(
                record, lambda found: replace(found, plan_id=plan.id, plan_name=plan.name)
            )
        return reply

    def _reopen(self, record: InstanceRecord) -> InstanceRecord | None:
        self.session.stop()
        facts = replace(self.session.facts(), words="it has bindings")
        return self.ports.records.change(record, lambda found: reopen(found, facts))

    def _poll(self, record: InstanceRecord) -> InstanceRecord | None:
        operation = record.operation
        if operation is None:
            return record
        self.session.pause(self._retry_after_s)
        if operation.deadline is not None and self.ports.records.now() >= operation.deadline:
            overdue = replace(self.session.facts(), words=self.limit.words)
            return self._save(record, Step.POLL, Event.OVERDUE, overdue)
        reply = self.broker.poll_instance(
            record.instance_id,
            service_id=record.service_id,
            plan_id=record.plan_id,  # of an update: the plan before it (spec, Polling)
            operation=operation.key or None,
        )
        reply = without_echoes(reply, self.parameters, record)
        self._retry_after_s = reply.retry_after_s
        event = self._judge_poll(reply, record)
        if event in {Event.RUNNING, Event.NO_NEWS}:
            return record
        is_to_delete_again = event is Event.OVERDUE or record.phase is InstancePhase.MITIGATING
        if is_to_delete_again and event not in events.DELETED and record.phase in ENDING:
            self.session.in_vain(reply)
        return self._save(record, Step.POLL, event, self._facts(reply, Call.POLL_INSTANCE))

    def _send(
        self,
        record: InstanceRecord,
        step: Step,
        call: Call,
        exchange: Callable[[], Reply[Any]],
        judge: Callable[[Reply[Any]], Event],
    ) -> InstanceRecord | None:
        is_contested = step is Step.DEPROVISION and self._is_contested(record)
        try:
            reply = without_echoes(exchange(), self.parameters, record)
        except Interrupted:
            lost = replace(self.session.facts(), late_until=self.session.late_until())
            self._save(record, step, Event.UNCLEAR, lost)
            raise
        event = judge(reply)
        if event is Event.BUSY:
            self.session.busy(reply)
            return record
        if event is Event.NOT_SENT:
            self.session.in_vain(reply)
            return record
        self._unsent = None
        self._retry_after_s = reply.retry_after_s
        self.delete_never_left = self.delete_never_left and step is not Step.DEPROVISION
        facts = replace(self._facts(reply, call), contested=is_contested)
        saved = self._save(record, step, event, facts)
        if event is Event.UNCLEAR or (event is Event.REFUSED and step is Step.DEPROVISION):
            self.session.in_vain(reply)
        return saved

    def _is_contested(self, record: InstanceRecord) -> bool:
        late_until = record.operation.late_until if record.operation else None
        return self.session.is_contested(record, late_until)

    def _read_parameters(
        self, record: InstanceRecord, given: JsonObject | None, refs: tuple[SecretKeyRef, ...]
    ) -> tuple[SecretKeyRef, ...]:
        """Read the parameters if this command did not yet; return the references as they are."""
        if self.is_unsent(record):
            return refs
        self.parameters, current = secret_parameters.read(given, refs, record.namespace, self.ports)
        return current

    def _give_up_id(self, found: InstanceRecord) -> InstanceRecord | None:
        if next_step(found) is not Step.PROVISION:
            return None
        words = "a Secret that parameters come from has changed: starting again under a new id"
        return mitigate(found, replace(self.session.facts(), words=words), restart=True)

    def _linger(self, record: InstanceRecord) -> None:
        operation = record.operation
        if operation is None or not operation.deleted:
            return
        late = [operation.late_until] if operation.late_until else []
        self.session.linger(record, late)

    def _judge_poll(self, reply: Reply[LastOperation], record: InstanceRecord) -> Event:
        event = events.of_poll(reply, deleting=record.phase in ENDING)
        self.session.hear(record.name, reply, event)
        if reply.refuses_login:
            self.session.stop(reply)
        operation = record.operation
        is_guess = operation is not None and operation.sends > 1 and not operation.key
        is_over = self._bad_polls.end_it(
            reply.status if event is Event.NO_NEWS else None,
            deleting=record.phase in ENDING,
            is_guess=is_guess,
        )
        return Event.OVERDUE if is_over else event

    def _facts(self, reply: Reply[Any], call: Call) -> Facts:
        facts = self.session.facts_of(reply, call)
        return replace(facts, deadline=self.limit.end(facts.now), new_id=self.ports.new_id())
