"""A hostile broker, our client, and the ids they talk about."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from svcat.clock import Clock
from svcat.http import HttpClient, Tls
from svcat.osb.client import BrokerClient
from svcat.osb.login import BasicLogin, Login, Secret
from svcat.osb.models import Call, Identity, Reply
from tests.brokers.hostile import Answer, HostileBroker
from tests.osb.calls import call

MakeClient = Callable[..., BrokerClient]
Ask = Callable[..., Any]  # a Reply; Any, so that tests read as deep as they like

LOGIN = BasicLogin(username="platform", password=Secret("pa:ss"))
ALICE = Identity(username="alice", uid="u-1", groups=("dev",), extra={"scopes": ("a", "b")})


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def broker() -> Iterator[HostileBroker]:
    with HostileBroker() as broker:
        yield broker


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_client(broker: HostileBroker, clock: FakeClock) -> Iterator[MakeClient]:
    """Build clients of ``broker``; keyword arguments as BrokerClient's, ``path`` and ``tls``."""
    opened: list[HttpClient] = []

    def make(
        *,
        path: str = "",
        url: str = "",
        login: Login = LOGIN,
        tls: Tls | None = None,
        identity: Identity | None = ALICE,
        clock: Clock = clock,
        deadline_s: float = 5.0,
        **settings: Any,
    ) -> BrokerClient:
        http = HttpClient(tls=tls or Tls())
        opened.append(http)
        return BrokerClient(
            (url or broker.url) + path,
            login=login,
            http=http,
            identity=identity,
            clock=clock,
            deadline_s=deadline_s,
            **settings,
        )

    yield make
    for http in opened:
        http.close()


@pytest.fixture
def client(make_client: MakeClient) -> BrokerClient:
    return make_client()


@pytest.fixture
def ask(client: BrokerClient, broker: HostileBroker) -> Ask:
    """Make one call, to which the broker gives ``answers``."""

    def ask(which: Call, *answers: Answer, **changes: Any) -> Reply[Any]:
        broker.script(*answers)
        return call(client, which, **changes)

    return ask
