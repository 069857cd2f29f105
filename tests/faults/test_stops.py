"""SIGSTOP at every effect boundary, until others took the command for dead; then it goes on.

What it sends late may be carried out although no record leads to it any more: it cleans up itself.
"""

import signal

import pytest

from tests.faults.cells import Cells
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
from tests.faults.truth import FAIR_ENDS
from tests.fleet.fleet import Running, shared

MOST_POINTS = 60
UNKNOWN = 8
DEPROVISION_ALL = (*DEPROVISION, "--cascade")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

IN_THE_SUITE = frozenset({"provision", "bind"})
LIVES = {
    "provision": ((), PROVISION, DEPROVISION),
    "provision, async": ((), PROVISION_SLOW, DEPROVISION),
    "update": ((PROVISION,), UPDATE, DEPROVISION),
    "bind": ((PROVISION,), BIND, UNBIND),
    "bind, async": ((PROVISION_SLOW_BIND,), BIND, DEPROVISION_ALL),
    "unbind": ((PROVISION, BIND), UNBIND, UNBIND),
    "rotate": ((PROVISION, BIND), ROTATE, UNBIND),
    "deprovision": ((PROVISION,), DEPROVISION, DEPROVISION),
}


@pytest.fixture(autouse=True)
def lives_of_the_suite(request: pytest.FixtureRequest) -> None:
    """Skip, before anything is set up, the lives that only the whole matrix has."""
    play_only(IN_THE_SUITE, request)


@pytest.mark.parametrize("life", LIVES)
def test_stopped_anywhere_and_overtaken_a_command_leaves_nothing_behind(
    stage: Stage, life: str, cells: Cells
) -> None:
    before, command, overtaker = LIVES[life]
    empty = stage.place.objects_of_ours()
    for point in range(1, MOST_POINTS):
        stage.lead_up_to(*before)
        running = _started(stage, command, str(point))
        is_stopped = running.comes_to_a_stop()
        if is_stopped:
            stage.let_claims_run_out()
            stage.attempt(*overtaker)
            stage.recover()

            running.signal(signal.SIGCONT)
        done = running.wait()

        print(f"stopped at {point}: svcat {' '.join(command)} -> {done.code}\n{done.err}")
        assert done.code in FAIR_ENDS, done.err
        assert "Traceback" not in done.err
        stage.recover()
        stage.attempt(*DEPROVISION_ALL)
        assert (stage.offer.instances(), stage.offer.bindings()) == (set(), set())
        assert stage.place.objects_of_ours() == empty
        if not is_stopped:
            cells.count("effects at which a command was stopped and overtaken", point - 1)
            return
    pytest.fail("the command passes more points than expected")


def test_an_update_that_was_stopped_and_overtaken_is_said_to_be_of_unknown_outcome(
    stage: Stage,
) -> None:
    stage.lead_up_to(PROVISION)
    running = _started(stage, UPDATE, "update:before")
    assert running.comes_to_a_stop()
    stage.let_claims_run_out()
    stage.recover()  # it takes the update over
    stage.lead_up_to(("update", "db", "--plan", "file"))

    running.signal(signal.SIGCONT)
    done = running.wait()

    assert done.code == UNKNOWN, done.err
    assert "the broker may have either" in done.err
    assert "UpdateOutcomeUnknown" in stage.place.run("get", "instance", "db", "-o", "json").out
    stage.lead_up_to(("update", "db", "--plan", "file"))
    shown = stage.place.run("get", "instance", "db", "-o", "json").json
    assert (shown["spec"]["plan"], shown["status"]["phase"]) == ("file", "ready")


def _started(stage: Stage, command: tuple[str, ...], point: str) -> Running:
    environment = {**stage.place.full_environment(), "SVCAT_STOP_POINT": point}
    return shared().start(*command, environment=environment, directory=stage.place.home)
