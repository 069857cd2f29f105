"""Both stores as places to run the command in, and both brokers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from svcat.local.client import LocalObjects
from tests.brokers.bundled import BundledBroker
from tests.brokers.fixtures import bundled_broker, openbrokerapi_broker
from tests.brokers.openbrokerapi_broker import OpenBrokerApiBroker
from tests.e2e.place import KUBE, LOCAL, Place

__all__ = ["bundled_broker", "openbrokerapi_broker"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A broker, and which of its plans does what."""

    broker: BundledBroker | OpenBrokerApiBroker
    service: str
    sync: str
    slow: str
    failing: str
    slow_bind: str
    secret_key: str  # of the credentials
    before: list[set[str]] = field(default_factory=list)

    def instances(self) -> set[str]:
        """Ids of the instances that this test made and the broker holds."""
        return self._new(0)

    def bindings(self) -> set[str]:
        """Ids of the bindings that this test made and the broker holds."""
        return self._new(1)

    def _new(self, which: int) -> set[str]:
        return self.broker.contents()[which] - set().union(*self.before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests on the real server, and only they, be seen to need it."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if isinstance(item, pytest.Function) and callspec and KUBE in callspec.params.values():
            item.fixturenames = ["kube_server", *item.fixturenames]


@pytest.fixture(params=[LOCAL, KUBE])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A store with a namespace of the test's own."""
    yield from (_local(tmp_path) if request.param == LOCAL else _kube(request, tmp_path))


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Place]:
    """The local store."""
    yield from _local(tmp_path)


@pytest.fixture
def kube(request: pytest.FixtureRequest, kube_server: object, tmp_path: Path) -> Iterator[Place]:
    """The real server."""
    yield from _kube(request, tmp_path)


def _local(home: Path) -> Iterator[Place]:
    with LocalObjects(home / "data" / "svcat" / "local.db") as objects:
        yield Place(
            store=LOCAL,
            home=home,
            namespace="default",
            system_namespace="svcat-system",
            objects=objects,
        )


def _kube(request: pytest.FixtureRequest, home: Path) -> Iterator[Place]:
    server, api = map(request.getfixturevalue, ("kube_server", "kube_api"))
    namespace = request.getfixturevalue("kube_namespace")
    system = f"system-of-{namespace}"
    kubeconfig = server.kubeconfig_for("e2e-admin", "system:masters", namespace=namespace)
    yield Place(
        store=KUBE,
        home=home,
        namespace=namespace,
        system_namespace=system,
        objects=api,
        environment={"KUBECONFIG": str(kubeconfig)},
    )


@pytest.fixture
def bundled(bundled_broker: BundledBroker) -> Iterator[Offer]:
    """What comes with svcat; it must be as empty afterwards as it was."""
    yield from _watched(_bundled(bundled_broker))


@pytest.fixture
def postbox(openbrokerapi_broker: OpenBrokerApiBroker) -> Iterator[Offer]:
    """What is not ours; it must be as empty afterwards as it was."""
    yield from _watched(_openbrokerapi(openbrokerapi_broker))


@pytest.fixture(params=["bundled", "openbrokerapi"])
def offer(request: pytest.FixtureRequest) -> Iterator[Offer]:
    """Each broker in turn; it must be as empty afterwards as it was."""
    fixture = f"{request.param}_broker"
    make = _bundled if request.param == "bundled" else _openbrokerapi
    yield from _watched(make(request.getfixturevalue(fixture)))


def _watched(offer: Offer) -> Iterator[Offer]:
    offer.before.extend(offer.broker.contents())
    yield offer
    assert (offer.instances(), offer.bindings()) == (set(), set())


def _bundled(bundled_broker: BundledBroker) -> Offer:
    return Offer(
        bundled_broker,
        service="sqlite",
        sync="file",
        slow="file-async",
        failing="file-async-failing",
        slow_bind="file-async-bind",
        secret_key="uri",
    )


def _openbrokerapi(openbrokerapi_broker: OpenBrokerApiBroker) -> Offer:
    return Offer(
        openbrokerapi_broker,
        service="postbox",
        sync="sync",
        slow="async",
        failing="async-failing",
        slow_bind="async-bind",
        secret_key="password",
    )
