"""Switches that take one rule away: each must be caught by a scenario, or the explorer is blind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from svcat.app import (
    binding_lifecycle,
    binding_outcomes,
    bindings,
    events,
    instance_driver,
    instance_keeper,
    instance_lifecycle,
    instance_outcomes,
    lookup,
    mending,
    orphans,
    places,
    rebuilding,
    reshaping,
    secret_layout,
    strays,
)
from svcat.app.binding_driver import BindingDriver
from svcat.app.binding_secret import SecretKeeper, current_target
from svcat.app.events import Event
from svcat.app.facts import Facts, moved
from svcat.app.instance_keeper import InstanceKeeper
from svcat.app.instance_lifecycle import Step
from svcat.app.operation import Session
from svcat.app.plan_in_doubt import Named
from svcat.app.ports import Ports
from svcat.app.unbinder import Unbinder
from svcat.objects import JsonObject, Resource
from svcat.osb.models import Bound, Outcome, Reply
from svcat.store.claims import Claim
from svcat.store.ledger import Ledger
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    InstancePhase,
    InstanceRecord,
    Operation,
    Record,
    Role,
    Work,
)
from svcat.store.secrets import CredentialsSecret, Secrets
from svcat.store.store import Records
from tests.explorer.fates import Bounds
from tests.sim.objects import SimulatedObjects


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A rule taken away, and the scenario and bounds that must notice."""

    name: str
    scenario: str
    bounds: Bounds
    swaps: tuple[tuple[Any, Any, Any], ...]  # a class, a module or a table; a name; what it becomes

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Take the rule away for a while."""
        kept = [(place, name, _get(place, name)) for place, name, _ in self.swaps]
        for place, name, bad in self.swaps:
            _set(place, name, bad)
        try:
            yield
        finally:
            for place, name, good in kept:
                _set(place, name, good)


def _get(place: Any, name: Any) -> Any:
    return place[name] if isinstance(place, dict) else vars(place)[name]


def _set(place: Any, name: Any, value: Any) -> None:
    if isinstance(place, dict):
        place[name] = value
    else:
        setattr(place, name, value)


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


_secret_step = binding_lifecycle._secret_step


def _take_any_secret(self: Secrets, binding: BindingRecord, wanted_id: str) -> Any:
    """R9: a Secret of that name is ours, whose ever it was."""
    found = self.find(binding.namespace, binding.secret_name)
    if found is not None and found.owner_uid != binding.uid:
        self.remove(found)
    return _reserve(self, binding, wanted_id)


_reserve = Secrets.reserve


def _any_name_is_free(record: BindingRecord, secret: CredentialsSecret | None) -> Any:
    step = _secret_step(record, secret)
    return binding_lifecycle.Step.RESERVE if step is binding_lifecycle.Step.REFUSE_NAME else step


def _ready_before_the_secret(
    self: BindingDriver, record: BindingRecord, body: Bound
) -> BindingRecord | None:
    """R11: say ready, then put the credentials away."""
    ready = self._change(
        record, lambda found: replace(found, phase=BindingPhase.READY, operation=None)
    )
    if ready is not None and self._secret is not None:
        target = current_target(record)
        document = secret_layout.document_of(body)
        contents = secret_layout.lay_out_document(document, record, {}).contents
        self.ports.secrets.fill(self._secret, target.id, contents)
    return ready


def _over_at_once(record: BindingRecord, reason: str, facts: Facts) -> BindingRecord:
    """R11: a rotation that is undone is over, whatever the Secret holds by then."""
    roles = {Role.NEXT: Role.RETIRED}
    ids = tuple(replace(i, role=roles.get(i.role, i.role)) for i in record.ids)
    return moved(replace(record, ids=ids), BindingPhase.READY, reason, facts, None)


_making_step = binding_lifecycle._making_step


def _deleting_first(record: BindingRecord, secret: CredentialsSecret | None) -> Any:
    """R10: during a rotation, too, what is doomed goes before anything else."""
    if any(known.role is Role.RETIRED for known in record.ids):
        return binding_lifecycle.Step.UNBIND
    return _making_step(record, secret)


def _always_open(record: BindingRecord, ports: Any) -> bool:
    del record, ports
    return True


def _never_late(self: Operation, now: datetime) -> bool:
    del self, now
    return False


def _without_counting(self: InstanceKeeper, record: InstanceRecord, step: Step) -> InstanceRecord:
    del self, step
    return record


def _nothing_sent_yet(self: SecretKeeper, record: BindingRecord) -> bool:
    del record
    return bool(self._unsent_id)


def _uncounted(record: InstanceRecord) -> InstanceRecord:
    return record


def _remembered(self: BindingDriver, record: BindingRecord) -> BindingRecord:
    del self
    return record


def _free(wanted: BindingRecord, ports: Ports) -> None:
    del wanted, ports


def _mended_by_nobody(record: BindingRecord, session: Session, mender: mending.Mender) -> bool:
    del session
    return mender.mend(record)


def _proved_at_once(self: Session, record: Work, late_until: datetime | None) -> bool:
    del self, record, late_until
    return False


@contextmanager
def _noting_nothing(self: Session, lost_until: datetime | None) -> Iterator[None]:
    del self, lost_until
    yield


def _forgotten_on_record_first(
    self: Unbinder, record: BindingRecord, binding_id: str, facts: Facts
) -> BindingRecord | None:
    after = self._change(record, lambda found: binding_outcomes.deleted(found, binding_id, facts))
    if after is not None and after.known(binding_id) is None:
        places.strike_from_ledger(binding_id, self.ports)
    return after


def _noted_nowhere(self: InstanceKeeper, record: InstanceRecord) -> None:
    del self, record


def _never_late_update(record: InstanceRecord, now: datetime) -> None:
    del record, now


def _of_any_update(sent: InstanceRecord, found: InstanceRecord) -> bool:
    del sent, found
    return False


def _only_the_one_on_record(instance: InstanceRecord) -> Iterator[Named]:
    yield Named(instance.plan_id, instance.plan_name)


def _left_where_it_is(entry: LedgerEntry, broker: Any, session: Session, **_: Any) -> None:
    del entry, broker, session


def _kept(self: SecretKeeper, record: BindingRecord) -> None:
    del self, record


def _as_remembered(record: BindingRecord, ports: Ports) -> BindingRecord:
    del ports
    return record


def _marked_only(entry: LedgerEntry, ports: Ports) -> bool:
    ports.ledger.mark_ending(entry.id)
    return True


def _marked_by_nobody(self: Ledger, osb_id: str) -> None:
    del self, osb_id


_F, _K = Bounds(1, 0, 0), Bounds(0, 1, 0)
_FP, _KP, _FKP = Bounds(1, 0, 1), Bounds(0, 1, 1), Bounds(1, 1, 1)
_PP, _FPP = Bounds(0, 0, 2), Bounds(1, 0, 2)
_INSTANCES = instance_outcomes._TABLE
_P, _D = InstancePhase.PROVISIONING, InstancePhase.DEPROVISIONING

ALL = (
    Sabotage(
        "no write-ahead (R1)",
        "provision",
        _K,
        ((Records, "create", _create_after_the_call), (Records, "change", _change_or_create)),
    ),
    Sabotage(
        "blind writes (R2)",
        "provision ∥ deprovision",
        _FKP,
        ((SimulatedObjects, "replace", _blind_replace),),
    ),
    Sabotage(
        "no registration (R5)",
        "provision ∥ deprovision",
        _FP,
        ((Work, "claimed", _claim_nothing),),
    ),
    Sabotage(
        "no tombstones (R6)",
        "provision ∥ deprovision",
        _FP,
        (
            (Work, "live_claims", _no_live_claims),
            (_INSTANCES, (_D, Event.SUCCEEDED), _released_at_once),
            (_INSTANCES, (_D, Event.GONE), _released_at_once),
        ),
    ),
    Sabotage(
        "every 4xx is trusted (R7)",
        "provision, 409 to replays",
        _K,
        (
            (events, "of_create", _trusting_every_4xx),
            (_INSTANCES, (_P, Event.REFUSED), _refused_for_good),
        ),
    ),
    Sabotage(
        "sends are not counted (R7)",
        "provision, 409 to replays",
        _FKP,
        ((InstanceKeeper, "_count", _without_counting),),
    ),
    Sabotage(
        "a send counted for one id serves for any (R7)",
        "bind ∥ bind anew, 409",
        _KP,
        ((SecretKeeper, "is_unsent", _nothing_sent_yet),),
    ),
    Sabotage(
        "lost means refused (R8)", "provision", _F, ((events, "of_create", _lost_means_refused),)
    ),
    Sabotage(
        "a lost delete means gone (R8)",
        "deprovision",
        _F,
        ((events, "of_delete", _lost_delete_means_gone),),
    ),
    Sabotage(
        "nothing arrives late (R8)", "provision", _F, ((Operation, "may_arrive_late", _never_late),)
    ),
    Sabotage(
        "any Secret is ours (R9)",
        "bind, Secret name taken",
        _F,
        (
            (Secrets, "reserve", _take_any_secret),
            (binding_lifecycle, "_secret_step", _any_name_is_free),
            (bindings, "_require_free_secret", _free),
        ),
    ),
    Sabotage(
        "the Secret is judged by an old record (R10)",
        "bind ∥ bind, credentials once",
        _FP,
        ((SecretKeeper, "_reload", _remembered),),
    ),
    Sabotage(
        "ready before the Secret (R11)",
        "bind",
        _K,
        ((SecretKeeper, "_put_away", _ready_before_the_secret),),
    ),
    Sabotage(
        "a rotation is undone before the Secret is (R11)",
        "rotate, rolled back",
        _F,
        ((binding_outcomes, "undone", _over_at_once),),
    ),
    Sabotage(
        "what the Secret holds is deleted (R10)",
        "rotate, rolled back",
        _F,
        ((binding_lifecycle, "_making_step", _deleting_first),),
    ),
    Sabotage(
        "what a killed command sent is over with its claim (R6)",
        "bind ∥ unbind for good",
        _FKP,
        ((Claim, "may_echo", Claim.is_live),),
    ),
    Sabotage(
        "a delete proves what it says, whoever was registered (R6)",
        "provision ∥ deprovision",
        _FPP,
        ((Session, "is_contested", _proved_at_once),),
    ),
    Sabotage(
        "an unbind proves what it says, whoever was registered (R6)",
        "bind ∥ unbind for good",
        _FPP,
        ((Session, "is_contested", _proved_at_once),),
    ),
    Sabotage(
        "the ledger forgets what may still be made again (R6)",
        "provision ∥ abandon",
        _FKP,
        ((Session, "is_contested", _proved_at_once),),
    ),
    Sabotage(
        "who registers off leaves no word of what was lost (R6)",
        "provision ∥ deprovision",
        Bounds(2, 0, 1),
        ((Session, "noting", _noting_nothing),),
    ),
    Sabotage(
        "a lost update is over when it was sent again",
        "update and back",
        _F,
        ((instance_lifecycle, "lost_update_until", _never_late_update),),
    ),
    Sabotage(
        "an update that was overtaken is taken for the one that is on record",
        "update ∥ update and back",
        _FP,
        ((instance_keeper, "_is_of_another_update", _of_any_update),),
    ),
    Sabotage(
        "an instance has the plan that is on record, whatever became of its update",
        "update ∥ deprovision",
        _KP,
        ((instance_driver, "plans_of", _only_the_one_on_record),),
    ),
    Sabotage(
        "who was stopped and overtaken leaves an instance",
        "provision ∥ deprovision, provision",
        _FP,
        ((strays, "delete", _left_where_it_is),),
    ),
    Sabotage(
        "who was stopped and overtaken leaves a binding",
        "bind ∥ unbind for good",
        _FP,
        ((strays, "delete", _left_where_it_is),),
    ),
    Sabotage(
        "who was stopped and overtaken leaves a Secret",
        "bind ∥ unbind for good",
        _FP,
        ((SecretKeeper, "_drop_reservation", _kept),),
    ),
    Sabotage(
        "the ledger still has what is on record no more",
        "repair ∥ unbind",
        _FP,
        ((Unbinder, "_forget_id", _forgotten_on_record_first),),
    ),
    Sabotage(
        "an id is nowhere in the ledger",
        "provision",
        Bounds(0, 0, 0),
        ((InstanceKeeper, "_write_ledger", _noted_nowhere),),
    ),
    Sabotage(
        "no second look at the instance (R12)",
        "bind ∥ deprovision",
        Bounds(0, 0, 2),
        ((lookup, "is_open_for", _always_open),),
    ),
    Sabotage(
        "deletes are not counted (R12)",
        "bind ∥ deprovision",
        _FKP,
        ((instance_driver, "count_delete", _uncounted),),
    ),
    Sabotage(
        "the Secret is changed by who is not registered (R5)",
        "update binding ∥ unbind",
        _PP,
        ((reshaping, "under_claim", _mended_by_nobody),),
    ),
    Sabotage(
        "the Secret is mended for the id that was (R10)",
        "repair ∥ rotate",
        _PP,
        ((mending, "_require_ready", _as_remembered),),
    ),
    Sabotage(
        "a record is made again of an id that the ledger has no more",
        "clean, repair, no record",
        _K,
        ((rebuilding, "_is_alive", _always_open),),
    ),
    Sabotage(
        "what is deleted without a record is marked nowhere",
        "repair ∥ clean, no record",
        _PP,
        ((Ledger, "mark_ending", _marked_by_nobody),),
    ),
    Sabotage(
        "what is deleted is marked, and not looked for again",
        "repair ∥ clean, no record",
        _PP,
        ((orphans, "is_beyond_repair", _marked_only),),
    ),
    Sabotage(
        "what is abandoned is nowhere on record (R1)",
        "abandon",
        _K,
        ((Ledger, "mark_abandoned", _marked_by_nobody),),
    ),
)
