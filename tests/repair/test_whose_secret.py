"""Whose a Secret is: by uids, to change or delete it; by ids, to belong again after a restore."""

from itertools import product

import pytest
from msgspec.structs import replace

from svcat.app.binding_lifecycle import Step, next_step
from svcat.app.credential_state import Flaw, flaw_of
from svcat.store.records import BindingId, BindingPhase, BindingRecord, Role
from svcat.store.secrets import FOR, HOLDS, MANAGER, OWNER, CredentialsSecret
from tests.credentials.records import binding
from tests.sim.objects import BEGIN

OURS, FORMER, OTHER = "uid-of-app", "uid-before", "uid-of-another"
CURRENT, EARLIER = "id-now", "id-before"
UIDS = (OURS, FORMER, OTHER, "")
IDS = (CURRENT, EARLIER, "")


def secret(owner: str, manager: str, wanted: str, held: str) -> CredentialsSecret:
    notes = {OWNER: owner, MANAGER: manager, FOR: wanted, HOLDS: held}
    annotations = {key: value for key, value in notes.items() if value}
    return CredentialsSecret({"metadata": {"annotations": annotations}})


def record(former: str) -> BindingRecord:
    current = BindingId(id=CURRENT, role=Role.CURRENT)
    return replace(binding(), uid=OURS, manager_uid=former, ids=(current,))


@pytest.mark.parametrize("former", ["", FORMER])
@pytest.mark.parametrize(
    ("owner", "manager", "wanted", "held"), [*product(UIDS, ("", FORMER, OTHER), IDS, IDS)]
)
def test_uids_alone_decide_what_may_be_changed_or_deleted(
    owner: str, manager: str, wanted: str, held: str, former: str
) -> None:
    found, ours = secret(owner, manager, wanted, held), record(former)

    is_ours = owner == OURS or (former != "" and former in {owner, manager})
    assert found.is_of(ours) is is_ours
    assert (flaw_of(ours, found) is Flaw.FOREIGN) is not is_ours

    ending = replace(ours, phase=BindingPhase.UNBINDING, ids=())
    step = next_step(ending, found, besides="", now=BEGIN)
    assert step is (Step.DROP_SECRET if is_ours else Step.END)


@pytest.mark.parametrize(
    ("owner", "manager", "wanted", "held"), [*product(UIDS, ("", OTHER), IDS, IDS)]
)
def test_a_secret_of_svcat_that_holds_what_the_record_has_belongs_to_it_again(
    owner: str, manager: str, wanted: str, held: str
) -> None:
    may_belong = owner != "" and (wanted, held) == (CURRENT, CURRENT)

    assert secret(owner, manager, wanted, held).came_back_with(record("")) is may_belong


def test_a_record_without_an_id_takes_no_secret_over() -> None:
    empty = replace(record(""), ids=())

    assert not secret(OTHER, "", "", "").came_back_with(empty)
    assert not secret(OTHER, "", CURRENT, CURRENT).came_back_with(empty)
