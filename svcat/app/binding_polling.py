"""Asking a broker how an asynchronous bind or unbind goes, until it is over or overdue."""

from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from svcat.app import events
from svcat.app.bad_polls import BadPolls
from svcat.app.binding_secret import SecretKeeper
from svcat.app.echoes import without_echoes
from svcat.app.events import Event
from svcat.app.facts import Facts
from svcat.app.polling_limit import THE_LONGEST, PollingLimit
from svcat.app.ports import Broker
from svcat.osb.models import Call, JsonObject, LastOperation, Reply
from svcat.store.records import BindingId, BindingRecord, Role

DOOMED = frozenset({Role.RETIRED, Role.GONE})


@dataclass(slots=True, kw_only=True)
class BindingPoller(SecretKeeper):
    """What a command knows of one binding's broker."""

    broker: Broker
    parameters: JsonObject | None = None  # as read when this command recorded its intent
    limit: PollingLimit = THE_LONGEST
    _retry_after_s: float | None = field(default=None, init=False)
    _bad_polls: BadPolls = field(default_factory=BadPolls, init=False)

    def _poll(
        self, record: BindingRecord, polled: BindingId
    ) -> tuple[Event, Facts, Reply[LastOperation] | None]:
        self.session.pause(self._retry_after_s)
        deadline = record.operation.deadline if record.operation else None
        if deadline is not None and self.ports.records.now() >= deadline:
            return Event.OVERDUE, replace(self._now(), words=self.limit.words), None
        reply = self.broker.poll_binding(
            record.instance_id,
            polled.id,
            service_id=record.service_id,
            plan_id=record.plan_id,
            operation=polled.key or None,
        )
        reply = without_echoes(reply, self.parameters, record)
        self._retry_after_s = reply.retry_after_s
        event = events.of_poll(reply, deleting=polled.role in DOOMED)
        self.session.hear(record.name, reply, event)
        judged = self._judge_poll(event, reply, is_doomed=polled.role in DOOMED)
        return judged, self._facts(reply, Call.POLL_BINDING), reply

    def _judge_poll(self, event: Event, reply: Reply[LastOperation], *, is_doomed: bool) -> Event:
        if reply.refuses_login:
            self.session.stop(reply)
        is_over = self._bad_polls.end_it(reply.status, deleting=is_doomed)
        return Event.OVERDUE if is_over else event

    def _facts(self, reply: Reply[Any], call: Call) -> Facts:
        facts = self.session.facts_of(reply, call)
        return replace(facts, deadline=self.limit.end(facts.now))
