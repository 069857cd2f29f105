"""The command against a broker that says what it is told; use-cases whose sleep is free."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from svcat.app.ports import Broker, Ports
from svcat.cli.deps import Deps
from svcat.cli.settings import Settings
from svcat.http import HttpClient
from svcat.local.client import LocalObjects
from svcat.osb.client import BrokerClient
from svcat.osb.login import NoLogin
from svcat.store.records import BrokerRecord
from tests.brokers.hostile import HostileBroker
from tests.cli_updates.conftest import broker, registered
from tests.cli_updates.svcat import Svcat

__all__ = ["broker", "registered"]


@pytest.fixture
def svcat(tmp_path: Path) -> Svcat:
    return Svcat(tmp_path)


@dataclass(slots=True)
class Desk:
    """The use-cases on the store of ``svcat``; sleeping takes no time and is written down."""

    ports: Ports
    slept: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)


@pytest.fixture
def desk(svcat: Svcat) -> Iterator[Desk]:
    clients: list[HttpClient] = []

    def connect(record: BrokerRecord, _: Mapping[str, bytes]) -> Broker:
        clients.append(HttpClient())
        return BrokerClient(record.url, login=NoLogin(), http=clients[-1])

    slept: list[float] = []
    said: list[str] = []
    warned: list[str] = []
    deps = Deps(
        settings=Settings(),
        say=said.append,
        warn=warned.append,
        stopping=lambda: False,
        sleep=slept.append,
        environ=svcat.full_environment(),
    )
    yield Desk(replace(deps.ports, connect=connect), slept, said, warned)
    for client in clients:
        client.close()
    assert isinstance(deps.api, LocalObjects)
    deps.api.close()


@pytest.fixture
def other_broker() -> Iterator[HostileBroker]:
    with HostileBroker() as other:
        yield other


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A place for a file that the command reads."""
    return tmp_path / "file"
