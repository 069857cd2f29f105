"""When the work itself fails: what is told, what stays on record, and how it ends well."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.broker.platform_client import Platform, Target, new_id
from tests.brokers.bundled import BundledBroker, start_bundled
from tests.waiting import wait_until


class Trouble:
    """The bundled broker over the driver that fails when told to."""

    def __init__(self, broker: BundledBroker, root: Path) -> None:
        self.broker = broker
        self.platform = Platform.of(broker)
        self.sync = self.platform.target("sync")
        self.later = self.platform.target("async")
        self._root = root

    def fail(self, method: str, how: str = "error") -> None:
        (self._root / f"fail-{method}").write_text(how)

    def mend(self) -> None:
        for file in self._root.glob("fail-*"):
            file.unlink()

    def made(self) -> set[str]:
        return {file.name.removeprefix("made-") for file in self._root.glob("made-*")}

    def ready(self, target: Target | None = None) -> str:
        instance_id = new_id()
        got = self.platform.provision(instance_id, target or self.sync)
        assert got.status in {201, 202}
        assert self.platform.wait(instance_id).body == {"state": "succeeded"}
        return instance_id


def _entry_point(directory: Path) -> dict[str, str]:
    info = directory / "packages" / "troubled-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: troubled\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[svcat.broker.drivers]\ntroubled = tests.broker.troubled_driver:TroubledDriver\n"
    )
    return {"PYTHONPATH": str(info.parent)}


@pytest.fixture
def trouble(tmp_path: Path) -> Iterator[Trouble]:
    root = tmp_path / "root"
    root.mkdir()
    offerings = {"troubled": {"driver": "troubled", "root": str(root)}}
    environment = _entry_point(tmp_path)
    with start_bundled(tmp_path, offerings=offerings, environment=environment) as broker:
        yield Trouble(broker, root)


@pytest.mark.parametrize(
    ("how", "status", "description"),
    [
        ("error", 500, "it failed"),
        ("refusal", 400, "cannot be"),
        ("bug", 500, "internal error, see the broker's log"),
    ],
)
def test_a_failed_provision_or_bind_is_undone_at_once(
    trouble: Trouble, how: str, status: int, description: str
) -> None:
    platform, instance_id, ready = trouble.platform, new_id(), trouble.ready()
    trouble.fail("provision", how)
    trouble.fail("bind", how)

    provision = platform.provision(instance_id, trouble.sync)
    bind = platform.bind(ready, "b", trouble.sync)

    assert (provision.status, provision.body["description"]) == (status, description)
    assert (bind.status, bind.body["description"]) == (status, description)
    assert trouble.broker.contents() == ({ready}, set())
    assert trouble.made() == {ready}
    assert platform.deprovision(instance_id, trouble.sync).status == 410
    assert platform.unbind(ready, "b", trouble.sync).status == 410


def test_what_cannot_be_undone_stays_on_record_until_it_is_deleted(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, new_id()
    trouble.fail("provision")
    trouble.fail("deprovision")

    assert platform.provision(instance_id, trouble.sync).status == 500
    assert platform.fetch(instance_id).status == 404
    assert trouble.broker.contents()[0] == {instance_id}
    refused = platform.deprovision(instance_id, trouble.sync)
    assert (refused.status, refused.body["instance_usable"]) == (500, False)
    trouble.mend()
    assert platform.deprovision(instance_id, trouble.sync).status == 200
    assert trouble.broker.contents()[0] == trouble.made() == set()


def test_a_provision_that_failed_can_be_repeated(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, new_id()
    trouble.fail("provision")
    platform.provision(instance_id, trouble.later)
    assert platform.wait(instance_id).body["state"] == "failed"
    trouble.mend()

    other = platform.provision(instance_id, trouble.later, parameters={"size": 2})
    same = platform.provision(instance_id, trouble.later)

    assert (other.status, same.status) == (409, 202)
    assert platform.wait(instance_id).body == {"state": "succeeded"}


def test_a_failed_update_changes_nothing_and_tells_what_it_left(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, trouble.ready()
    before = platform.fetch(instance_id).body
    for how, flags in (
        ("error", {"instance_usable": True, "update_repeatable": True}),
        ("broken", {"instance_usable": False, "update_repeatable": False}),
    ):
        trouble.fail("update", how)

        got = platform.update(instance_id, trouble.sync, parameters={"size": 2})

        assert got.status == 500
        assert {key: got.body[key] for key in flags} == flags
        assert platform.fetch(instance_id).body == before


def test_a_failed_asynchronous_update_tells_the_same_when_polled(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, trouble.ready(trouble.later)
    trouble.fail("update", "broken")
    platform.update(instance_id, trouble.later, parameters={"size": 2})

    assert platform.wait(instance_id).body == {
        "state": "failed",
        "description": "it broke",
        "instance_usable": False,
        "update_repeatable": False,
    }
    assert platform.fetch(instance_id).body["parameters"] == {}


def test_a_failed_delete_keeps_the_record_and_forbids_all_but_another(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, trouble.ready(trouble.later)
    platform.bind(instance_id, "b", trouble.later)
    platform.wait(instance_id, "b")
    trouble.fail("deprovision")
    trouble.fail("unbind")

    platform.unbind(instance_id, "b", trouble.later)
    assert platform.wait(instance_id, "b").body["state"] == "failed"
    again = platform.bind(instance_id, "b", trouble.later)
    assert (again.status, again.body["description"]) == (
        422,
        "this binding is half deleted: unbind it again",
    )
    platform.deprovision(instance_id, trouble.later)
    assert platform.wait(instance_id).body == {
        "state": "failed",
        "description": "it failed",
        "instance_usable": False,
    }
    for got in (
        platform.bind(instance_id, "c", trouble.later),
        platform.update(instance_id, trouble.later, parameters={"size": 2}),
        platform.provision(instance_id, trouble.later),
    ):
        assert got.status == 422
        assert "deprovision it again" in got.body["description"]
    trouble.mend()
    platform.deprovision(instance_id, trouble.later)
    assert platform.wait(instance_id).body == {"state": "succeeded"}
    assert trouble.broker.contents() == (set(), set())


def test_a_drivers_bug_is_logged_with_its_place_and_ends_the_operation(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, new_id()
    trouble.fail("provision", "bug")

    platform.provision(instance_id, trouble.later)

    assert platform.wait(instance_id).body["state"] == "failed"
    assert "ZeroDivisionError" in trouble.broker.log()


def test_plans_without_rotation_refuse_it(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, trouble.ready()
    platform.bind(instance_id, "old", trouble.sync)

    got = platform.bind(instance_id, "new", trouble.sync, predecessor_binding_id="old")

    assert (got.status, got.body["description"]) == (400, "bindings of this plan cannot be rotated")


def test_maintenance_comes_to_an_instance_when_asked_for(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, trouble.ready()
    trouble.broker.stop()
    trouble.broker.settings["offerings"]["troubled"]["version"] = "1.1.0"
    trouble.broker.restart(environment=_path_of(trouble))

    def version() -> object:
        return platform.fetch(instance_id).body["maintenance_info"]

    assert version() == {"version": "1.0.0"}
    old = platform.update(instance_id, trouble.sync, maintenance_info={"version": "1.0.0"})
    assert old.body["error"] == "MaintenanceInfoConflict"
    assert platform.update(instance_id, trouble.sync, parameters={"size": 2}).status == 200
    assert version() == {"version": "1.0.0"}
    new = platform.update(instance_id, trouble.sync, maintenance_info={"version": "1.1.0"})
    assert new.status == 200
    assert version() == {"version": "1.1.0"}


def _path_of(trouble: Trouble) -> dict[str, str]:
    return {"PYTHONPATH": str(trouble.broker.state_dir.parent / "packages")}


@pytest.mark.slow
def test_an_outcome_that_cannot_be_written_is_written_later(trouble: Trouble) -> None:
    platform, instance_id = trouble.platform, new_id()
    trouble.fail("provision", "wait")
    platform.provision(instance_id, trouble.later)
    wait_until(lambda: instance_id in trouble.made())
    with closing(sqlite3.connect(trouble.broker.state_dir / "broker.db")) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        trouble.mend()
        refused = platform.provision(new_id(), trouble.sync)
        wait_until(lambda: f"{instance_id} was not carried" in trouble.broker.log())
        assert platform.poll(instance_id).body["state"] == "in progress"

    assert refused.status == 500
    assert refused.body["description"] == "internal error, see the broker's log"
    assert platform.wait(instance_id).body == {"state": "succeeded"}
