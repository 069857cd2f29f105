"""SIGKILL of the broker at every step of its work on a real PostgreSQL."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.broker.platform_client import Platform
from tests.broker.story import AfterLoss, KillPoints, Story
from tests.brokers.bundled import start_bundled
from tests.postgres.server import Postgres


def _use(credentials: dict[str, Any]) -> None:
    with closing(psycopg.connect(credentials["uri"], autocommit=True)) as connection:
        connection.execute("CREATE TABLE letters (text text)")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_broker_killed_at_any_step_leaves_no_role_and_no_database(
    tmp_path: Path, postgres: Postgres
) -> None:
    points = KillPoints(tmp_path / "points")
    (tmp_path / "pg-password").write_text(postgres.broker_password)
    offering = {
        "driver": "postgresql",
        "dsn": postgres.broker_dsn,
        "password_file": str(tmp_path / "pg-password"),
    }
    with start_bundled(
        tmp_path, offerings={"postgresql": offering}, environment=points.environment
    ) as broker:
        platform = Platform.of(broker)
        small, large = platform.target("small"), platform.target("large")
        before = postgres.names()

        def live(after_loss: AfterLoss, *kills: int) -> int:
            story = Story(broker, points, small, after_loss, update=large, kills=kills)
            story.live(_use)
            assert broker.contents() == (set(), set())
            assert postgres.names() == before
            return story.deaths

        assert live(AfterLoss.REPEAT) == 0
        steps = points.passed()
        assert len(steps) >= 30
        bound = steps.index("bind:outcome-saved") + 1
        for number, step in enumerate(steps, 1):
            assert live(AfterLoss.REPEAT, number) == 1, step
            if number <= bound and number % 2:
                assert live(AfterLoss.DELETE, number) == 1, step
