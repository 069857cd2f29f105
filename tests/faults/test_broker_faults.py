"""Every call to a broker × every fault, with real processes on real sockets, on both stores."""

import os

import pytest

from tests.e2e.place import KUBE
from tests.faults.conftest import Stage
from tests.faults.proxy import Fault
from tests.faults.scenes import SCENES, Scene

pytestmark = pytest.mark.slow

# In the suite: every fault of the two calls that create; of the others, and on a real server, one
# of each kind. All cells on both stores with SVCAT_TEST_EVERYTHING=1.
CREATES = frozenset({"provision", "bind"})
ONE_OF_EACH_KIND = frozenset(
    {
        Fault.RESET_BEFORE,
        Fault.RESET_AFTER,
        Fault.SILENCE_AFTER,
        Fault.FAILED_AFTER,
        Fault.BUSY,
        Fault.TRUNCATED_JSON,
        Fault.HTML,
    }
)


@pytest.fixture(autouse=True)
def cells_of_the_suite(request: pytest.FixtureRequest) -> None:
    """Skip, before anything is set up, the cells that only the whole matrix has."""
    cell = request.node.callspec.params
    is_create = cell["scene"].name in CREATES
    is_kind = cell["fault"] in ONE_OF_EACH_KIND
    is_chosen = is_create and is_kind if cell["store_place"] == KUBE else is_create or is_kind
    if not (is_chosen or os.environ.get("SVCAT_TEST_EVERYTHING")):
        pytest.skip("this cell runs with SVCAT_TEST_EVERYTHING=1")


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_after_a_fault_one_resume_makes_records_and_broker_agree(
    stage: Stage, scene: Scene, fault: Fault
) -> None:
    stage.lead_up_to(*scene.before)
    stage.proxy.spoil(scene.method, scene.path, fault)

    stage.attempt(*scene.command, "--timeout", "20s")

    assert stage.proxy.plan is not None
    assert stage.proxy.plan.is_spent, "the command did not make the call"
    stage.recover()
