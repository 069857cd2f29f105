"""Switches of the rules about an instance's record: intent, claims, counting, doubt, updates."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from svcat.app import (
    events,
    instance_driver,
    instance_keeper,
    instance_lifecycle,
    instance_outcomes,
)
from svcat.app.events import Event
from svcat.app.facts import Facts, moved
from svcat.app.instance_keeper import InstanceKeeper
from svcat.app.instance_lifecycle import Step
from svcat.app.plan_in_doubt import PlanRef
from svcat.objects import JsonObject, Resource
from svcat.osb.models import Outcome, Reply
from svcat.store.claims import Claim
from svcat.store.records import (
    InstancePhase,
    InstanceRecord,
    Operation,
    Record,
    Work,
)
from svcat.store.store import Records
from tests.explorer.switch import FKP, FP, KP, F, K, Sabotage
from tests.sim.objects import SimulatedObjects


def _create_after_the_call(self: Records, record: Record) -> tuple[Record, bool]:
    """R1: pretend that the intent is on record; it is written with the outcome."""
    if not isinstance(record, InstanceRecord):
        return _create(self, record)
    found = self.find(type(record), record.namespace, record.name)
    if found is not None:
        return found, False
    return replace(record, uid="later", resource_version="later"), True


def _change_or_create(self: Records, record: Any, decide: Any) -> Any:
    if record.uid != "later":
        return _change(self, record, decide)
    wanted = decide(record)
    return _create(self, replace(wanted, uid="", resource_version=""))[0] if wanted else None


_create, _change = Records.create, Records.change

_replace = SimulatedObjects.replace


def _blind_replace(self: SimulatedObjects, resource: Resource, obj: JsonObject) -> JsonObject:
    """R2: write over whatever stands there."""
    current = self._get(resource, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
    version = current["metadata"]["resourceVersion"]
    metadata = {**obj["metadata"], "resourceVersion": version, "uid": current["metadata"]["uid"]}
    return _replace(self, resource, {**obj, "metadata": metadata})


def _claim_nothing(self: Work, claim: Claim, now: datetime) -> Work:
    del claim, now
    return self


def _no_live_claims(self: Work, now: datetime, *, besides: str = "") -> tuple[Claim, ...]:
    del self, now, besides
    return ()


def _released_at_once(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    """R6: a deleted id is forgotten, whoever may still send it."""
    alone = replace(record, claims=())
    return _gone(alone, replace(operation, late_until=None), facts)


_gone = instance_outcomes._gone


def _trusting_every_4xx(reply: Reply[Any], *, sends: int) -> Event:
    if reply.outcome in {Outcome.REFUSED, Outcome.UNKNOWN} and _is_4xx(reply):
        return Event.REFUSED
    return _of_create(reply, sends=sends)


def _is_4xx(reply: Reply[Any]) -> bool:
    status = reply.status
    return status is not None and 400 <= status < 500


def _refused_for_good(record: InstanceRecord, operation: Operation, facts: Facts) -> InstanceRecord:
    del operation
    failed = replace(record.released(facts.claim.id), leftover=False)
    return moved(failed, InstancePhase.FAILED, "Refused", facts, None)


_of_create, _of_delete = events.of_create, events.of_delete


def _lost_means_refused(reply: Reply[Any], *, sends: int) -> Event:
    event = _of_create(reply, sends=sends)
    return Event.REFUSED if event in {Event.ORPHANED, Event.UNCLEAR} else event


def _lost_delete_means_gone(reply: Reply[Any]) -> Event:
    event = _of_delete(reply)
    return Event.GONE if event is Event.UNCLEAR else event


def _never_late(self: Operation, now: datetime) -> bool:
    del self, now
    return False


def _without_counting(self: InstanceKeeper, record: InstanceRecord, step: Step) -> InstanceRecord:
    del self, step
    return record


def _uncounted(record: InstanceRecord) -> InstanceRecord:
    return record


def _never_late_update(record: InstanceRecord, now: datetime) -> None:
    del record, now


def _of_any_update(sent: InstanceRecord, found: InstanceRecord) -> bool:
    del sent, found
    return False


def _only_the_one_on_record(instance: InstanceRecord) -> Iterator[PlanRef]:
    yield PlanRef(instance.plan_id, instance.plan_name)


_INSTANCES = instance_outcomes._TABLE

_P, _D = InstancePhase.PROVISIONING, InstancePhase.DEPROVISIONING

OF_RECORDS = (
    Sabotage(
        "no write-ahead (R1)",
        "provision",
        K,
        ((Records, "create", _create_after_the_call), (Records, "change", _change_or_create)),
    ),
    Sabotage(
        "blind writes (R2)",
        "provision ∥ deprovision",
        FKP,
        ((SimulatedObjects, "replace", _blind_replace),),
    ),
    Sabotage(
        "no registration (R5)",
        "provision ∥ deprovision",
        FP,
        ((Work, "claimed", _claim_nothing),),
    ),
    Sabotage(
        "no tombstones (R6)",
        "provision ∥ deprovision",
        FP,
        (
            (Work, "live_claims", _no_live_claims),
            (_INSTANCES, (_D, Event.SUCCEEDED), _released_at_once),
            (_INSTANCES, (_D, Event.GONE), _released_at_once),
        ),
    ),
    Sabotage(
        "every 4xx is trusted (R7)",
        "provision, 409 to replays",
        K,
        (
            (events, "of_create", _trusting_every_4xx),
            (_INSTANCES, (_P, Event.REFUSED), _refused_for_good),
        ),
    ),
    Sabotage(
        "sends are not counted (R7)",
        "provision, 409 to replays",
        FKP,
        ((InstanceKeeper, "_count", _without_counting),),
    ),
    Sabotage(
        "lost means refused (R8)", "provision", F, ((events, "of_create", _lost_means_refused),)
    ),
    Sabotage(
        "a lost delete means gone (R8)",
        "deprovision",
        F,
        ((events, "of_delete", _lost_delete_means_gone),),
    ),
    Sabotage(
        "nothing arrives late (R8)", "provision", F, ((Operation, "may_arrive_late", _never_late),)
    ),
    Sabotage(
        "a lost update is over when it was sent again",
        "update and back",
        F,
        ((instance_lifecycle, "lost_update_until", _never_late_update),),
    ),
    Sabotage(
        "an update that was overtaken is taken for the one that is on record",
        "update ∥ update and back",
        FP,
        ((instance_keeper, "_is_of_another_update", _of_any_update),),
    ),
    Sabotage(
        "an instance has the plan that is on record, whatever became of its update",
        "update ∥ deprovision",
        KP,
        ((instance_driver, "plans_of", _only_the_one_on_record),),
    ),
    Sabotage(
        "deletes are not counted (R12)",
        "bind ∥ deprovision",
        FKP,
        ((instance_driver, "count_delete", _uncounted),),
    ),
)
