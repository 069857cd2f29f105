"""The object APIs under contract, each with a fresh namespace for every test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from svcat.errors import SvcatError
from svcat.local.client import LocalObjects
from svcat.objects import NAMESPACE, JsonObject, ObjectApi
from tests.sim.objects import SimulatedObjects


@dataclass
class SettableTime:
    """A wall clock that moves when told."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Subject:
    """One implementation: its API, how its time moves, and how a process of its own opens it."""

    name: str
    objects: ObjectApi
    advance: Callable[[float], None] | None = None
    address: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests on the real server, and only they, be seen to need it."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if (
            isinstance(item, pytest.Function)
            and callspec
            and callspec.params.get("subject") == "kube"
        ):
            item.fixturenames = ["kube_server", *item.fixturenames]


@pytest.fixture(params=["local", "simulated", "kube"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    if request.param == "local":
        yield from _local(tmp_path / "svcat" / "local.db")
    elif request.param == "simulated":
        simulated = SimulatedObjects()
        yield Subject("simulated", simulated, simulated.advance)
    else:
        yield from _kube(request)


def _local(path: Path) -> Iterator[Subject]:
    time = SettableTime()
    with LocalObjects(path, clock=time) as objects:
        yield Subject("local", objects, time.advance, ("local", str(path)))


def _kube(request: pytest.FixtureRequest) -> Iterator[Subject]:
    server, api = map(request.getfixturevalue, ("kube_server", "kube_api"))
    yield Subject("kube", api, None, ("kube", str(server.kubeconfig)))


@pytest.fixture
def objects(subject: Subject) -> ObjectApi:
    return subject.objects


@pytest.fixture
def namespace(objects: ObjectApi) -> Iterator[str]:
    """A fresh namespace."""
    name = f"contract-{uuid4().hex[:12]}"
    objects.create(NAMESPACE, {"metadata": {"name": name}})
    yield name
    try:
        objects.delete(NAMESPACE, "", name)
    except SvcatError:  # the test deleted it
        pass


@pytest.fixture
def config_map(namespace: str) -> Callable[..., JsonObject]:
    """Make a ConfigMap to be created in the test's namespace."""

    def make(name: str = "box", **fields: Any) -> JsonObject:
        metadata = {"name": name, "namespace": namespace} | fields.pop("metadata", {})
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata} | fields

    return make


@pytest.fixture
def secret(namespace: str) -> Callable[..., JsonObject]:
    """Make a Secret to be created in the test's namespace."""

    def make(name: str = "box", **fields: Any) -> JsonObject:
        metadata = {"name": name, "namespace": namespace} | fields.pop("metadata", {})
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata} | fields

    return make
