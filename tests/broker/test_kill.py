"""SIGKILL at every step: whatever the moment, a restarted broker finishes, repeats or undoes.

The broker kills itself at its N-th kill point, for every N that a whole life passes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.broker.platform_client import Platform, new_id
from tests.broker.story import AfterLoss, KillPoints, Story
from tests.brokers.bundled import BundledBroker, start_bundled

PLANS = ("file", "file-async", "file-async-bind")
# Where a platform may choose to delete instead of repeating.
MAKING = ("provision:", "sqlite:file-made", "sqlite:page-size-set", "bind:")
UPDATE = {"parameters": {"journal_mode": "delete"}}


def _use(credentials: dict[str, Any]) -> None:
    with closing(sqlite3.connect(credentials["path"])) as database:
        database.execute("CREATE TABLE IF NOT EXISTS letters (text)")


class Lives:
    """Lives one story after another against one broker and its successors."""

    def __init__(self, broker: BundledBroker, points: KillPoints, plan: str) -> None:
        self._broker = broker
        self._points = points
        self._target = Platform.of(broker).target(plan)

    def live(self, after_loss: AfterLoss, *kills: int) -> Story:
        story = Story(
            self._broker, self._points, self._target, after_loss, update=UPDATE, kills=kills
        )
        story.live(_use)
        assert self._broker.contents() == (set(), set())
        assert list(self._broker.state_dir.glob("offerings/*/*")) == []
        return story


@pytest.fixture
def points(tmp_path: Path) -> KillPoints:
    return KillPoints(tmp_path / "points")


@pytest.fixture
def mortal_broker(tmp_path: Path, points: KillPoints) -> Iterator[BundledBroker]:
    with start_bundled(tmp_path, environment=points.environment, async_delay_s=0.0) as broker:
        yield broker


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("plan", PLANS)
def test_a_broker_killed_at_any_step_loses_nothing(
    mortal_broker: BundledBroker, points: KillPoints, plan: str
) -> None:
    lives = Lives(mortal_broker, points, plan)
    assert lives.live(AfterLoss.REPEAT).deaths == 0
    steps = points.passed(at_least=21)
    assert len(steps) >= 21

    for number, step in enumerate(steps, 1):
        assert lives.live(AfterLoss.REPEAT, number).deaths == 1, step
        if step.startswith(MAKING):
            assert lives.live(AfterLoss.DELETE, number).deaths == 1, step


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("plan", PLANS[:2])
def test_a_broker_killed_again_while_it_recovers_loses_nothing(
    mortal_broker: BundledBroker, points: KillPoints, plan: str
) -> None:
    lives = Lives(mortal_broker, points, plan)
    lives.live(AfterLoss.REPEAT)
    steps = points.passed()

    for number in range(1, len(steps), 2):
        assert lives.live(AfterLoss.REPEAT, number, 1, 2).deaths >= 2, steps[number - 1]


def test_without_the_hook_there_are_no_kill_points(own_broker: BundledBroker) -> None:
    platform = Platform.of(own_broker)

    assert platform.provision(new_id(), platform.target("file")).status == 201
    assert not list(own_broker.state_dir.parent.glob("points"))


def test_what_is_due_later_is_done_after_a_restart(tmp_path: Path) -> None:
    with start_bundled(tmp_path, async_delay_s=1.0) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        operation = platform.provision(instance_id, platform.target("file-async")).body["operation"]
        broker.kill()
        broker.restart()

        assert platform.poll(instance_id, operation=operation).body["state"] == "in progress"
        assert platform.wait(instance_id, operation=operation).body == {"state": "succeeded"}


def test_what_the_state_lost_can_still_be_deleted(tmp_path: Path) -> None:
    with start_bundled(tmp_path) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("file")
        platform.provision(instance_id, target)
        broker.kill()
        for file in broker.state_dir.glob("broker.db*"):
            file.unlink()
        broker.restart()

        assert platform.fetch(instance_id).status == 404
        assert platform.deprovision(instance_id, target).status == 200
        assert platform.deprovision(instance_id, target).status == 410
        assert list(broker.state_dir.glob("offerings/*/*")) == []
