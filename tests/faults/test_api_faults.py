"""Every call of every command to the API server × every fault on the wire, with real processes.

After each cell one plain ``resume``: the broker holds exactly what the records say. Then the same
command again: it ends well, or says that there is nothing to end.
"""

import os
from itertools import count

import pytest

from tests.faults.api_proxy import ApiFault
from tests.faults.api_stage import LIVES, OK, ApiStage, Life
from tests.faults.cells import Cells

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

# In the suite: of each command the calls that write, lost before and after, and refused.
IN_THE_SUITE = frozenset({ApiFault.RESET_BEFORE, ApiFault.RESET_AFTER, ApiFault.FORBIDDEN})
LIVES_IN_THE_SUITE = frozenset({"provision", "bind", "unbind", "deprovision"})
EVERYTHING = bool(os.environ.get("SVCAT_TEST_EVERYTHING"))


@pytest.fixture(autouse=True)
def cells_of_the_suite(request: pytest.FixtureRequest) -> None:
    """Skip, before anything is set up, what only the whole matrix has."""
    cell = request.node.callspec.params
    is_chosen = cell["fault"] in IN_THE_SUITE and cell["life"] in LIVES_IN_THE_SUITE
    if not (is_chosen or EVERYTHING):
        pytest.skip("these cells run with SVCAT_TEST_EVERYTHING=1")


@pytest.mark.parametrize("fault", ApiFault, ids=lambda fault: fault.name.lower())
@pytest.mark.parametrize("life", LIVES)
def test_after_a_fault_of_the_api_server_records_and_broker_agree(
    api_stage: ApiStage, life: str, fault: ApiFault, cells: Cells
) -> None:
    calls = api_stage.calls_of(LIVES[life])
    for nth in count():
        if nth < len(calls) and not is_of_interest(calls[nth], fault):
            continue
        api_stage.told.clear()
        try:
            if not happens(api_stage, LIVES[life], nth, fault):
                return
        except AssertionError as failed:
            spoiled = api_stage.proxy.seen[nth] if nth < len(api_stage.proxy.seen) else "nothing"
            story = "\n".join(api_stage.told)
            pytest.fail(f"call {nth} ({spoiled}), {fault}: {failed}\n{story}", pytrace=False)
        cells.count("faults of the API server")


def is_of_interest(call: str, fault: ApiFault) -> bool:
    is_read = call.startswith("GET") or "selfsubject" in call
    if fault is ApiFault.REPLAYED and is_read:
        return False
    return EVERYTHING or not is_read


def happens(api_stage: ApiStage, life: Life, nth: int, fault: ApiFault) -> bool:
    """Play one cell; False if the command makes no such call."""
    api_stage.lead_up_to(life)
    api_stage.proxy.arm(nth, fault)
    first = api_stage.attempt(*life.command, "--timeout", "20s")
    api_stage.proxy.disarm()
    if first.code == OK:
        api_stage.require_truth()  # what ended well needs no second command
    assert api_stage.attempt("resume", "--timeout", "60s").code != 1
    api_stage.require_truth()
    assert api_stage.attempt(*life.command).code in life.again
    api_stage.require_truth()
    api_stage.clear()
    return api_stage.proxy.is_spent
