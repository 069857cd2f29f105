"""SIGKILL at every step: whatever the moment, a restarted broker finishes, repeats or undoes.

The broker kills itself at its N-th kill point, for every N that a whole life passes.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.broker.platform_client import Platform, new_id
from tests.broker.story import AfterLoss, Story, kill_at, points_passed
from tests.brokers.bundled import BundledBroker, start_bundled

PLANS = ("file", "file-async", "file-async-bind")
UPDATE = {"parameters": {"journal_mode": "delete"}}


def _use(credentials: dict[str, Any]) -> None:
    with closing(sqlite3.connect(credentials["path"])) as database:
        database.execute("CREATE TABLE IF NOT EXISTS letters (text)")


def _live(
    directory: Path, plan: str, after_loss: AfterLoss, *numbers: int
) -> tuple[Story, list[str]]:
    """One life in which the broker dies at its first number's point, the next at the next …"""
    directory.mkdir()
    lives = [kill_at(directory, number) for number in numbers]
    with start_bundled(directory, environment=lives[0], async_delay_s=0.0) as broker:
        target = Platform.of(broker).target(plan)
        story = Story(broker, target, after_loss, update=UPDATE, next_lives=lives[:0:-1])
        story.live(_use)
        assert broker.contents() == (set(), set())
        assert list(broker.state_dir.glob("offerings/*/*")) == []
    return story, points_passed(directory)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("after_loss", AfterLoss)
@pytest.mark.parametrize("plan", PLANS)
def test_a_broker_killed_at_any_step_loses_nothing(
    tmp_path: Path, plan: str, after_loss: AfterLoss
) -> None:
    story, points = _live(tmp_path / "0", plan, after_loss, 0)
    assert story.deaths == 0
    assert len(points) >= 21

    for number in range(1, len(points) + 1):
        story, _ = _live(tmp_path / str(number), plan, after_loss, number)
        assert story.deaths == 1, points[number - 1]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("plan", PLANS)
def test_a_broker_killed_again_while_it_recovers_loses_nothing(tmp_path: Path, plan: str) -> None:
    _, points = _live(tmp_path / "0", plan, AfterLoss.REPEAT, 0)

    for number in range(1, len(points), 2):
        story, _ = _live(tmp_path / str(number), plan, AfterLoss.REPEAT, number, 1, 2)
        assert story.deaths >= 2, points[number - 1]


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
