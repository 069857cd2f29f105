"""From the n-th call of a command on, the API server is gone, or a right is: for good.

The command says what it could not do and how to go on. What the broker holds is on record at every
moment; once the server is back, one plain ``resume`` makes records and broker agree.
"""

import os
from dataclasses import dataclass
from itertools import count

import pytest

from svcat.store.records import BindingRecord, InstanceRecord
from tests.e2e.place import Done
from tests.faults.api_proxy import Outage
from tests.faults.api_stage import LIVES, OK, ApiStage, Life
from tests.faults.cells import Cells
from tests.faults.truth import RESTING, records

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

PATIENCE = {"SVCAT_STORE_PATIENCE": "0.2"}
NO_RIGHT, FAILED_AND_UNDONE, UNREACHABLE = 4, 8, 10
CODES = {
    Outage.GONE: {UNREACHABLE},
    Outage.GONE_AFTER: {UNREACHABLE},
    Outage.REVOKED: {NO_RIGHT, FAILED_AND_UNDONE},
}
WORDS = {
    Outage.GONE: {"no answer from"},
    Outage.GONE_AFTER: {"no answer from"},
    Outage.REVOKED: {"not allowed to", "no right to"},
}
# In the suite: the calls of six commands that write; what is hardest of each command, and every
# outage of one, once at every call. All calls of all with SVCAT_TEST_EVERYTHING=1.
LIVES_IN_THE_SUITE = frozenset({"provision", "update", "bind", "unbind", "deprovision", "rotate"})
HARDEST = Outage.GONE_AFTER
MOST_FAILURES = 5  # are told of one life
EVERYTHING = bool(os.environ.get("SVCAT_TEST_EVERYTHING"))


@pytest.fixture(autouse=True)
def cells_of_the_suite(request: pytest.FixtureRequest) -> None:
    """Skip, before anything is set up, what only the whole matrix has."""
    cell = request.node.callspec.params
    is_chosen = cell["outage"] is HARDEST and cell["life"] in LIVES_IN_THE_SUITE
    if not (is_chosen or cell["life"] == "bind" or EVERYTHING):
        pytest.skip("these cells run with SVCAT_TEST_EVERYTHING=1")


@pytest.mark.parametrize("outage", Outage, ids=lambda outage: outage.name.lower())
@pytest.mark.parametrize("life", LIVES)
def test_what_an_outage_interrupts_is_on_record_and_goes_on_afterwards(
    api_stage: ApiStage, life: str, outage: Outage, cells: Cells
) -> None:
    api_stage.place.environment |= PATIENCE
    calls = api_stage.calls_of(LIVES[life])
    failures = []
    for nth in count():
        if nth < len(calls) and not is_of_interest(calls[nth], life, outage):
            continue
        api_stage.told.clear()
        cell = Cell(api_stage, LIVES[life], nth, outage)
        try:
            if not cell.happens():
                break
        except AssertionError as failed:
            story = "\n".join(api_stage.told)
            failures.append(f"call {nth} ({cell.call}), {outage}: {failed}\n{story}")
            if len(failures) == MOST_FAILURES:
                break
            api_stage.clear()
        cells.count("outages of the API server")
    if failures:
        pytest.fail("\n\n".join(failures), pytrace=False)


def is_of_interest(call: str, life: str, outage: Outage) -> bool:
    return EVERYTHING or (life, outage) == ("bind", Outage.GONE) or not is_read(call)


def is_read(call: str) -> bool:
    return call.startswith("GET") or "selfsubject" in call


@dataclass(slots=True)
class Cell:
    """One command, and the call of it at which the outage begins."""

    stage: ApiStage
    life: Life
    nth: int
    outage: Outage

    @property
    def call(self) -> str:
        seen = self.stage.proxy.seen
        return seen[self.nth] if self.nth < len(seen) else "none"

    def happens(self) -> bool:
        """Play it; False if the command makes no such call."""
        stage = self.stage
        stage.lead_up_to(self.life)
        stage.proxy.arm(self.nth, self.outage)
        first = stage.attempt(*self.life.command, "--timeout", "20s")
        is_spent = stage.proxy.is_spent
        stage.proxy.disarm()
        self.require_nothing_lost()
        if first.code == OK:
            stage.require_truth()  # what ended well needs no second command
        else:
            self.require_words(first)
        self.require_finished_by(stage.attempt("resume", "--timeout", "60s"))
        stage.require_truth()
        stage.clear()
        return is_spent

    def require_nothing_lost(self) -> None:
        place, offer = self.stage.place, self.stage.offer
        assert offer.instances() <= {i.instance_id for i in records(place, InstanceRecord)}
        known = {i.id for b in records(place, BindingRecord) for i in b.ids}
        assert offer.bindings() <= known, "a binding without a record"

    def require_words(self, ended: Done) -> None:
        assert ended.code in CODES[self.outage]
        message, *rest = [line for line in ended.err.splitlines() if line.startswith("error:")]
        assert rest == []
        assert any(words in message for words in WORDS[self.outage])
        if self.outage is Outage.GONE_AFTER and not is_read(self.call):
            assert "it may have happened" in ended.err, "what could not be saved is not said"
        assert "hint:" in ended.err
        for record in self.left_halfway():
            assert f"svcat resume {record.name} -n {record.namespace}" in ended.err

    def require_finished_by(self, resumed: Done) -> None:
        is_undone = resumed.code == FAILED_AND_UNDONE and "as it was before" in resumed.err
        assert resumed.code == OK or (self.outage is Outage.REVOKED and is_undone)
        assert self.left_halfway() == []

    def left_halfway(self) -> list[InstanceRecord | BindingRecord]:
        place = self.stage.place
        found = [*records(place, InstanceRecord), *records(place, BindingRecord)]
        return [record for record in found if record.phase not in RESTING]
