"""The command on a local store, and a shop that it has registered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.hostile import HostileBroker
from tests.catalog.shop import Shop
from tests.cli_updates.svcat import Svcat


@pytest.fixture
def svcat(tmp_path: Path) -> Svcat:
    return Svcat(tmp_path)


@pytest.fixture
def new_shop() -> Iterator[Shop]:
    """A broker that nobody has registered yet."""
    with HostileBroker() as broker:
        yield Shop(broker)


@pytest.fixture
def shop(svcat: Svcat, new_shop: Shop) -> Shop:
    """The same, registered as ``team``."""
    svcat.run("register", "team", "--url", new_shop.url)
    return new_shop
