"""One command, one broker, one registration."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.hostile import HostileBroker
from tests.cli_updates.svcat import Svcat, ToldBroker, plan


@pytest.fixture
def svcat(tmp_path: Path) -> Svcat:
    return Svcat(tmp_path)


@pytest.fixture
def broker() -> Iterator[ToldBroker]:
    with HostileBroker() as hostile:
        yield ToldBroker(hostile, [plan("small"), plan("large")])


@pytest.fixture
def registered(svcat: Svcat, broker: ToldBroker) -> ToldBroker:
    """The broker, registered with the catalog that it has by default."""
    svcat.run("register", "b", "--url", broker.url)
    return broker
