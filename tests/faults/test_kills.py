"""SIGKILL at every effect boundary of every command, on both stores."""

import pytest

from tests.faults.conftest import Stage, play_only
from tests.faults.scenes import (
    BIND,
    DEPROVISION,
    PROVISION,
    PROVISION_SLOW,
    PROVISION_SLOW_BIND,
    ROTATE,
    UNBIND,
    UPDATE,
)
from tests.faults.truth import require_working_credentials

SIGKILL = -9
MOST_POINTS = 60
WAITING_IN_EARNEST = 5  # after every fifth kill the claim of the dead command is waited for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

IN_THE_SUITE = frozenset({"provision", "bind", "unbind", "rotate", "deprovision"})
LIVES = {
    "provision": ((), PROVISION),
    "provision, async": ((), PROVISION_SLOW),
    "update": ((PROVISION,), UPDATE),
    "bind": ((PROVISION,), BIND),
    "bind, async": ((PROVISION_SLOW_BIND,), BIND),
    "unbind": ((PROVISION, BIND), UNBIND),
    "rotate": ((PROVISION, BIND), ROTATE),
    "rotate, async": ((PROVISION_SLOW_BIND, BIND), ROTATE),
    "deprovision": ((PROVISION,), DEPROVISION),
}


@pytest.fixture(autouse=True)
def lives_of_the_suite(request: pytest.FixtureRequest) -> None:
    """Skip, before anything is set up, the lives that only the whole matrix has."""
    play_only(IN_THE_SUITE, request)


@pytest.mark.parametrize("life", LIVES)
def test_killed_anywhere_one_resume_makes_records_and_broker_agree(stage: Stage, life: str) -> None:
    before, command = LIVES[life]
    for point in range(1, MOST_POINTS):
        stage.lead_up_to(*before)

        code = stage.attempt(*command, SVCAT_KILL_POINT=str(point))

        if command is ROTATE:
            require_working_credentials(stage.place, stage.offer.bindings())
        if point % WAITING_IN_EARNEST:
            stage.let_claims_run_out()
        stage.recover()
        stage.clear()
        if code != SIGKILL:
            assert code == 0
            print(f"{life}: killed at {point - 1} points")
            return
    pytest.fail("the command passes more points than expected")
