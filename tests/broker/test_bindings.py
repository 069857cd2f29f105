"""The life of a binding, answer by answer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.broker.platform_client import Platform, Target, binding_path, new_id
from tests.brokers.bundled import BundledBroker, start_bundled


@pytest.fixture
def file(platform: Platform) -> Target:
    return platform.target("file")


@pytest.fixture
def instance_id(platform: Platform, file: Target) -> Iterator[str]:
    name = new_id()
    assert platform.provision(name, file).status == 201
    yield name
    platform.deprovision(name, file)


@pytest.fixture
def slow(platform: Platform) -> tuple[Target, str]:
    target, name = platform.target("file-async-bind"), new_id()
    assert platform.provision(name, target).status == 201
    return target, name


def test_bind_is_201_then_200_then_409(platform: Platform, file: Target, instance_id: str) -> None:
    first = platform.bind(instance_id, "b1", file)
    same = platform.bind(instance_id, "b1", file)
    other = platform.bind(instance_id, "b1", file, parameters={"read_only": True})

    assert (first.status, same.status, other.status) == (201, 200, 409)
    assert first.body == same.body


def test_the_credentials_open_the_database(
    platform: Platform, file: Target, instance_id: str
) -> None:
    credentials = platform.bind(instance_id, "b1", file).body["credentials"]

    assert credentials["type"] == "sqlite"
    assert credentials["provider"] == "svcat"
    assert credentials["mode"] == "rw"
    path = credentials["uri"].removeprefix("sqlite:///")
    assert path == credentials["path"]
    assert Path(path).stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (x)")
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_fetched_binding_is_what_was_bound(
    platform: Platform, file: Target, instance_id: str
) -> None:
    made = platform.bind(instance_id, "b1", file, parameters={"read_only": True})

    got = platform.fetch_binding(instance_id, "b1")

    assert got.body == {**made.body, "parameters": {"read_only": True}}
    assert got.body["credentials"]["mode"] == "ro"


def test_unbind_is_200_then_410(platform: Platform, file: Target, instance_id: str) -> None:
    platform.bind(instance_id, "b1", file)

    assert platform.unbind(instance_id, "b1", file).status == 200
    assert platform.unbind(instance_id, "b1", file).status == 410
    assert platform.fetch_binding(instance_id, "b1").status == 404
    assert platform.bind(instance_id, "b1", file).status == 201


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"service_id": ""}, 400),
        ({"plan_id": ""}, 400),
        ({"plan_id": "other"}, 400),
        ({"parameters": {"read_only": "yes"}}, 400),
        ({"parameters": {"mode": "rw"}}, 400),
    ],
)
def test_a_bind_that_cannot_be_is_400_and_makes_nothing(
    bundled_broker: BundledBroker,
    platform: Platform,
    file: Target,
    instance_id: str,
    fields: dict[str, object],
    status: int,
) -> None:
    binding_id = new_id()

    assert platform.bind(instance_id, binding_id, file, **fields).status == status
    assert binding_id not in bundled_broker.contents()[1]


def test_bindings_of_no_instance(platform: Platform, file: Target) -> None:
    assert platform.bind("no-such", "b1", file).status == 404
    assert platform.fetch_binding("no-such", "b1").status == 404
    assert platform.unbind("no-such", "b1", file).status == 410


def test_asynchronous_bind_and_unbind(platform: Platform, slow: tuple[Target, str]) -> None:
    target, instance_id = slow

    first = platform.bind(instance_id, "b1", target)
    again = platform.bind(instance_id, "b1", target)
    meanwhile = platform.fetch_binding(instance_id, "b1")
    end = platform.wait(instance_id, "b1", operation=first.body["operation"])

    assert (first.status, again.status, meanwhile.status) == (202, 202, 404)
    assert first.body == again.body
    assert set(first.body) == {"operation"}
    assert end.body == {"state": "succeeded"}
    assert platform.fetch_binding(instance_id, "b1").body["credentials"]["type"] == "sqlite"
    deleted = platform.unbind(instance_id, "b1", target)
    assert deleted.status == platform.unbind(instance_id, "b1", target).status == 202
    assert platform.wait(instance_id, "b1").body == {"state": "succeeded"}
    assert platform.unbind(instance_id, "b1", target).status == 410
    assert platform.deprovision(instance_id, target).status == 200


def test_asynchronous_bind_asks_for_accepts_incomplete(
    platform: Platform, slow: tuple[Target, str]
) -> None:
    target, instance_id = slow
    impatient = Platform(
        platform.url, platform.username, platform.password, accepts_incomplete=False
    )

    got = impatient.bind(instance_id, "b1", target)

    assert (got.status, got.body["error"]) == (422, "AsyncRequired")
    platform.deprovision(instance_id, target)


def test_an_unbind_ends_a_bind_under_way(tmp_path: Path) -> None:
    with start_bundled(tmp_path, async_delay_s=100.0) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("file-async-bind")
        platform.provision(instance_id, target)
        made = platform.bind(instance_id, "b1", target).body["operation"]

        assert platform.unbind(instance_id, "b1", target).status == 202
        assert platform.poll(instance_id, "b1", operation=made).body["state"] == "failed"
        assert platform.poll(instance_id, "b1").body == {"state": "in progress"}
        assert platform.deprovision(instance_id, target).status == 200
        assert broker.contents() == (set(), set())


def test_deprovision_takes_bindings_with_it(
    bundled_broker: BundledBroker, platform: Platform, file: Target
) -> None:
    instance_id, binding_id = new_id(), new_id()
    platform.provision(instance_id, file)
    platform.bind(instance_id, binding_id, file)

    assert platform.deprovision(instance_id, file).status == 200
    assert binding_id not in bundled_broker.contents()[1]
    assert platform.unbind(instance_id, binding_id, file).status == 410


def test_a_rotation_takes_the_parameters_of_its_predecessor(
    platform: Platform, file: Target, instance_id: str
) -> None:
    platform.bind(instance_id, "old", file, parameters={"read_only": True})

    got = platform.bind(instance_id, "new", file, predecessor_binding_id="old")
    again = platform.bind(instance_id, "new", file, predecessor_binding_id="old")

    assert (got.status, again.status) == (201, 200)
    assert got.body == again.body
    assert platform.fetch_binding(instance_id, "new").body["parameters"] == {"read_only": True}
    assert platform.fetch_binding(instance_id, "old").status == 200
    platform.unbind(instance_id, "old", file)
    assert platform.bind(instance_id, "new", file, predecessor_binding_id="old").status == 200


def test_a_rotation_need_not_repeat_service_and_plan(
    platform: Platform, file: Target, instance_id: str
) -> None:
    platform.bind(instance_id, "old", file)

    body = {"predecessor_binding_id": "old"}
    got = platform.send("PUT", binding_path(instance_id, "new"), body)

    assert got.status == 201


@pytest.mark.parametrize(
    "fields",
    [
        {"predecessor_binding_id": "no-such"},
        {"predecessor_binding_id": "old", "parameters": {"read_only": True}},
    ],
)
def test_a_rotation_that_cannot_be_is_400(
    platform: Platform, file: Target, instance_id: str, fields: dict[str, object]
) -> None:
    platform.bind(instance_id, "old", file)

    assert platform.bind(instance_id, "new", file, **fields).status == 400
    assert platform.fetch_binding(instance_id, "new").status == 404
