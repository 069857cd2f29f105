"""SIGKILL of the broker at every step of its work on a real PostgreSQL."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.broker.platform_client import Platform
from tests.broker.story import AfterLoss, Story, kill_at, points_passed
from tests.brokers.bundled import start_bundled
from tests.postgres.server import Postgres


def _use(credentials: dict[str, Any]) -> None:
    with closing(psycopg.connect(credentials["uri"], autocommit=True)) as connection:
        connection.execute("CREATE TABLE letters (text text)")


def _live(
    directory: Path, postgres: Postgres, after_loss: AfterLoss, *numbers: int
) -> tuple[Story, list[str]]:
    directory.mkdir()
    before = postgres.names()
    (directory / "pg-password").write_text(postgres.broker_password)
    offering = {
        "driver": "postgresql",
        "dsn": postgres.broker_dsn,
        "password_file": str(directory / "pg-password"),
    }
    lives = [kill_at(directory, number) for number in numbers]
    with start_bundled(
        directory, offerings={"postgresql": offering}, environment=lives[0]
    ) as broker:
        platform = Platform.of(broker)
        target, larger = platform.target("small"), platform.target("large")
        story = Story(broker, target, after_loss, update=larger, next_lives=lives[:0:-1])
        story.live(_use)
        assert broker.contents() == (set(), set())
        assert postgres.names() == before
    return story, points_passed(directory)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("after_loss", AfterLoss)
def test_a_broker_killed_at_any_step_leaves_no_role_and_no_database(
    tmp_path: Path, postgres: Postgres, after_loss: AfterLoss
) -> None:
    story, points = _live(tmp_path / "0", postgres, after_loss, 0)
    assert story.deaths == 0

    for number in range(1, len(points) + 1):
        story, _ = _live(tmp_path / str(number), postgres, after_loss, number)
        assert story.deaths == 1, points[number - 1]
