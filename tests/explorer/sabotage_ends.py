"""Switches of the rules about ends: what is forgotten, by whom, and what the ledger is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from svcat.app import (
    binding_outcomes,
    orphans,
    places,
    rebuilding,
    strays,
)
from svcat.app.binding_driver import BindingDriver
from svcat.app.binding_secret import SecretKeeper
from svcat.app.facts import Facts
from svcat.app.instance_keeper import InstanceKeeper
from svcat.app.operation import Session
from svcat.app.ports import Ports
from svcat.app.unbinder import Unbinder
from svcat.store.claims import Claim
from svcat.store.ledger import Ledger
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import (
    BindingRecord,
    InstanceRecord,
    Work,
)
from tests.explorer.fates import Bounds
from tests.explorer.switch import FKP, FP, FPP, PP, K, Sabotage


def _always_open(record: BindingRecord, ports: Any) -> bool:
    del record, ports
    return True


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


def _left_where_it_is(entry: LedgerEntry, broker: Any, session: Session, **_: Any) -> None:
    del entry, broker, session


def _kept(self: SecretKeeper, record: BindingRecord) -> None:
    del self, record


def _marked_only(entry: LedgerEntry, ports: Ports) -> bool:
    ports.ledger.mark_ending(entry.id)
    return True


def _marked_by_nobody(self: Ledger, osb_id: str) -> None:
    del self, osb_id


OF_ENDS = (
    Sabotage(
        "what a killed command sent is over with its claim (R6)",
        "bind ∥ unbind for good",
        FKP,
        ((Claim, "may_echo", Claim.is_live),),
    ),
    Sabotage(
        "a delete proves what it says, whoever was registered (R6)",
        "provision ∥ deprovision",
        FPP,
        ((Session, "is_contested", _proved_at_once),),
    ),
    Sabotage(
        "an unbind proves what it says, whoever was registered (R6)",
        "bind ∥ unbind for good",
        FPP,
        ((Session, "is_contested", _proved_at_once),),
    ),
    Sabotage(
        "the ledger forgets what may still be made again (R6)",
        "provision ∥ abandon",
        FKP,
        ((Session, "is_contested", _proved_at_once),),
    ),
    Sabotage(
        "who registers off leaves no word of what was lost (R6)",
        "provision ∥ deprovision",
        Bounds(2, 0, 1),
        ((Session, "noting", _noting_nothing),),
    ),
    Sabotage(
        "who was stopped and overtaken leaves an instance",
        "provision ∥ deprovision, provision",
        FP,
        ((strays, "delete", _left_where_it_is),),
    ),
    Sabotage(
        "who was stopped and overtaken leaves a binding",
        "bind ∥ unbind for good",
        FP,
        ((strays, "delete", _left_where_it_is),),
    ),
    Sabotage(
        "who was stopped and overtaken leaves a Secret",
        "bind ∥ unbind for good",
        FP,
        ((SecretKeeper, "_drop_reservation", _kept),),
    ),
    Sabotage(
        "who was stopped does not tell the ledger again what is to go",
        "bind ∥ unbind for good, slow deletes",
        Bounds(1, 1, 0),
        ((BindingDriver, "_remind_ledger", _kept),),
    ),
    Sabotage(
        "the ledger still has what is on record no more",
        "repair ∥ unbind",
        FP,
        ((Unbinder, "_forget_id", _forgotten_on_record_first),),
    ),
    Sabotage(
        "an id is nowhere in the ledger",
        "provision",
        Bounds(0, 0, 0),
        ((InstanceKeeper, "_write_ledger", _noted_nowhere),),
    ),
    Sabotage(
        "a record is made again of an id that the ledger has no more",
        "clean, repair, no record",
        K,
        ((rebuilding, "_is_alive", _always_open),),
    ),
    Sabotage(
        "what is deleted without a record is marked nowhere",
        "repair ∥ clean, no record",
        PP,
        ((Ledger, "mark_ending", _marked_by_nobody),),
    ),
    Sabotage(
        "what is deleted is marked, and not looked for again",
        "repair ∥ clean, no record",
        PP,
        ((orphans, "is_beyond_repair", _marked_only),),
    ),
    Sabotage(
        "what is abandoned is nowhere on record (R1)",
        "abandon",
        K,
        ((Ledger, "mark_abandoned", _marked_by_nobody),),
    ),
)
