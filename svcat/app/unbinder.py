"""The deleting half of a binding's work: ids at the broker, the Secret's keeping, the record's end.

An id is forgotten when the broker has confirmed that it is gone, and no one is left who could bring
it back; the record goes when it has no id any more.
"""

from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from svcat.app import binding_lifecycle as lifecycle
from svcat.app import binding_outcomes as outcomes
from svcat.app import events
from svcat.app.binding_polling import BindingPoller
from svcat.app.events import Event
from svcat.app.facts import Facts, troubled
from svcat.app.operation import LONGEST_LINGER_S
from svcat.app.plan_in_doubt import delete_under, plans_of_binding
from svcat.osb.models import Call, Deleted, Reply
from svcat.store.records import BindingId, BindingPhase, BindingRecord


@dataclass(slots=True, kw_only=True)
class Unbinder(BindingPoller):
    """What ends a binding's ids, one step at a time."""

    lingers: bool = False  # wait for late arrivals and other commands rather than leave it to later
    # Ids that we noted there, and until when what we lost of them may still be carried out.
    _in_ledger: dict[str, datetime | None] = field(default_factory=dict, init=False)
    _is_lingering: bool = field(default=False, init=False)

    def _unbind(self, record: BindingRecord) -> BindingRecord | None:
        doomed = self._doomed(record)
        is_contested = self.session.is_contested(record, doomed.late_until)
        reply = self._delete_under_its_plan(record, doomed.id)
        event = events.of_delete(reply)
        self._retry_after_s = reply.retry_after_s
        facts = replace(self._facts(reply, Call.UNBIND), contested=is_contested)
        if event in events.DELETED:
            return self._forget_id(record, doomed.id, facts)
        if event is Event.ACCEPTED:
            return self._change(
                record,
                lambda found: outcomes.accepted(found, doomed.id, doomed.role, facts),
            )
        if event is Event.BUSY:
            self.session.busy(reply)
            return record
        self.session.in_vain(reply)
        return self._change(record, lambda found: troubled(found, facts))

    def _delete_under_its_plan(self, record: BindingRecord, binding_id: str) -> Reply[Deleted]:
        """Send the delete; if the plan turns out to be another, polls have to name that one."""
        reply, plan = delete_under(
            plans_of_binding(record, self.ports),
            lambda plan_id: self.broker.unbind(
                record.instance_id, binding_id, service_id=record.service_id, plan_id=plan_id
            ),
        )
        if plan.id != record.plan_id:
            self._change(record, lambda found: replace(found, plan_id=plan.id, plan_name=plan.name))
        return reply

    def _poll_unbind(self, record: BindingRecord) -> BindingRecord | None:
        doomed = self._doomed(record)
        event, facts, reply = self._poll(record, doomed)
        if event in events.DELETED:
            return self._forget_id(record, doomed.id, facts)
        if event not in {Event.FAILED, Event.OVERDUE}:
            return record
        again = replace(doomed, accepted=False, key="", contested=False)
        if reply is not None:
            self.session.in_vain(reply)
        return self._change(record, lambda found: _with_error(outcomes.noted(found, again), facts))

    def _forget_id(
        self, record: BindingRecord, binding_id: str, facts: Facts
    ) -> BindingRecord | None:
        """Forget it in the ledger first: a repair takes what stands there for alive."""

        def forget(found: BindingRecord) -> BindingRecord | None:
            return outcomes.deleted(found, binding_id, facts)

        after = forget(record)
        if after is not None and after.known(binding_id) is None:
            self.ports.ledger.remove(binding_id)
            self._in_ledger.pop(binding_id, None)
        return self._change(record, forget)

    def _retire(self, record: BindingRecord) -> BindingRecord | None:
        return self._change(record, outcomes.retire_all)

    def _keep(self, record: BindingRecord) -> BindingRecord | None:
        now = self.ports.records.now()
        until = lifecycle.kept_until(record, now, only=self.switch.awaits)
        if until is not None:
            self.session.wait(min((until - now).total_seconds(), LONGEST_LINGER_S))
        return self._reload(record)

    def _linger(self, record: BindingRecord) -> BindingRecord | None:
        if not self.lingers:
            self._is_lingering = True
            return record
        self.session.linger(record, [i.late_until for i in record.ids if i.late_until is not None])
        return self._reload(record)

    def _end(self, record: BindingRecord) -> BindingRecord | None:
        if record.phase is BindingPhase.MITIGATING:
            facts = self._now()
            return self._change(record, lambda found: outcomes.ended(found, facts))
        if self.ports.records.remove(record):
            return None
        return self._reload(record)

    def _doomed(self, record: BindingRecord) -> BindingId:
        now = self.ports.records.now()
        doomed = lifecycle.doomed_id(record, besides=self.ports.claim_id, now=now)
        if doomed is None:
            raise AssertionError("no id to delete")
        return doomed


def _with_error(record: BindingRecord | None, facts: Facts) -> BindingRecord | None:
    if record is None:
        return None
    return troubled(record, facts)
