"""One command, one broker that gives what a test tells it to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.hostile import HostileBroker, answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.environment.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with HostileBroker() as hostile:
        broker = ToldBroker(hostile, [plan("small")], {"tags": ["sql"]})
        runtime = tmp_path / "runtime"
        runtime.mkdir(mode=0o700)
        svcat = Svcat(tmp_path, {"XDG_RUNTIME_DIR": str(runtime)})
        svcat.run("register", "b", "--url", broker.url)
        svcat.run("provision", "db", "--class", "thing")
        yield World(svcat, broker, runtime, answer)
