"""The life of an instance, answer by answer."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.platform_client import CONTEXT, Got, Platform, Target, instance_path, new_id
from tests.brokers.bundled import BundledBroker, start_bundled


@pytest.fixture
def file(platform: Platform) -> Target:
    return platform.target("file")


@pytest.fixture
def slow(platform: Platform) -> Target:
    return platform.target("file-async")


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Platform]:
    """A platform whose broker takes minutes for asynchronous plans."""
    with start_bundled(tmp_path, async_delay_s=100.0) as broker:
        yield Platform.of(broker)


def test_provision_is_201_then_200_then_409(platform: Platform, file: Target) -> None:
    instance_id = new_id()

    first = platform.provision(instance_id, file, parameters={"page_size": 1024})
    same = platform.provision(instance_id, file, parameters={"page_size": 1024})
    other = platform.provision(instance_id, file, parameters={"page_size": 2048})
    elsewhere = platform.provision(instance_id, platform.target("file-async"))

    assert (first.status, same.status, other.status, elsewhere.status) == (201, 200, 409, 409)
    assert first.body == same.body
    assert platform.fetch(instance_id).body["parameters"] == {"page_size": 1024}


def test_a_repeat_with_a_renamed_instance_is_the_same(platform: Platform, file: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)

    context = {**CONTEXT, "instance_name": "renamed"}
    assert platform.provision(instance_id, file, context=context).status == 200


def test_an_asynchronous_plan_asks_for_accepts_incomplete(platform: Platform, slow: Target) -> None:
    impatient = Platform(
        platform.url, platform.username, platform.password, accepts_incomplete=False
    )

    got = impatient.provision("not-made", slow)

    assert (got.status, got.body["error"]) == (422, "AsyncRequired")
    assert platform.fetch("not-made").status == 404


def test_asynchronous_provision_ends_in_success(platform: Platform, slow: Target) -> None:
    instance_id = new_id()

    first = platform.provision(instance_id, slow)
    again = platform.provision(instance_id, slow)
    meanwhile = platform.fetch(instance_id)
    end = platform.wait(instance_id, operation=first.body["operation"])

    assert (first.status, again.status, meanwhile.status) == (202, 202, 404)
    assert first.body["operation"] == again.body["operation"]
    assert end.body == {"state": "succeeded"}
    assert platform.fetch(instance_id).status == 200
    assert platform.provision(instance_id, slow).status == 200


def test_a_failed_asynchronous_provision_is_told_and_can_be_deleted(platform: Platform) -> None:
    failing = platform.target("file-async-failing")
    instance_id = new_id()
    platform.provision(instance_id, failing)

    end = platform.wait(instance_id)

    assert end.body == {"state": "failed", "description": "this plan always fails"}
    assert platform.fetch(instance_id).status == 404
    assert platform.bind(instance_id, "b", failing).status == 404
    assert platform.deprovision(instance_id, failing).status == 202
    assert platform.wait(instance_id).body == {"state": "succeeded"}
    assert platform.deprovision(instance_id, failing).status == 410


def test_a_second_request_meanwhile_is_told_to_wait(patient: Platform) -> None:
    slow = patient.target("file-async")
    instance_id = new_id()
    first = patient.provision(instance_id, slow)
    patient.accepts_incomplete = False
    impatient_repeat = patient.provision(instance_id, slow)
    patient.accepts_incomplete = True

    for got in (
        impatient_repeat,
        patient.update(instance_id, slow, parameters={"journal_mode": "wal"}),
        patient.bind(instance_id, "b", slow),
    ):
        assert (got.status, got.body["error"]) == (422, "ConcurrencyError")
    assert patient.provision(instance_id, slow, parameters={"page_size": 1024}).status == 409
    assert first.headers["retry-after"] == "99"
    assert patient.poll(instance_id).headers["retry-after"] == "99"


def test_a_delete_ends_a_provision_under_way(patient: Platform) -> None:
    slow = patient.target("file-async")
    instance_id = new_id()
    made = patient.provision(instance_id, slow).body["operation"]

    deleted = patient.deprovision(instance_id, slow)
    again = patient.deprovision(instance_id, slow)

    assert (deleted.status, again.status) == (202, 202)
    assert deleted.body == again.body
    assert patient.poll(instance_id, operation=made).body == {
        "state": "failed",
        "description": "ended by a delete request",
    }
    assert patient.poll(instance_id).body == {"state": "in progress"}
    assert patient.fetch(instance_id).body["error"] == "ConcurrencyError"


def test_deprovision_is_200_then_410(platform: Platform, file: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)

    assert platform.deprovision(instance_id, file).status == 200
    assert platform.deprovision(instance_id, file).status == 410
    assert platform.fetch(instance_id).status == 404


@pytest.mark.parametrize("missing", ["service_id", "plan_id"])
def test_a_delete_must_name_service_and_plan(
    platform: Platform, file: Target, slow: Target, missing: str
) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)
    query = {name: value for name, value in file.query.items() if name != missing}

    assert platform.send("DELETE", instance_path(instance_id), query=query).status == 400
    assert platform.deprovision(instance_id, slow).status == 400
    assert platform.fetch(instance_id).status == 200


def test_the_end_of_a_delete_can_still_be_polled(platform: Platform, slow: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, slow)
    platform.wait(instance_id)

    operation = platform.deprovision(instance_id, slow).body["operation"]

    assert platform.wait(instance_id, operation=operation).body == {"state": "succeeded"}
    assert platform.poll(instance_id, operation=operation).body == {"state": "succeeded"}
    assert platform.poll(instance_id).body == {"state": "succeeded"}


def test_polls_of_nothing(platform: Platform, file: Target) -> None:
    instance_id = new_id()

    assert platform.poll(instance_id).status == 404
    assert platform.poll(instance_id, operation="provision-0").status == 404
    assert platform.poll(instance_id, operation="deprovision-0").status == 410
    platform.provision(instance_id, file)
    assert platform.poll(instance_id, operation="no-such").status == 400
    assert platform.poll(instance_id).body == {"state": "succeeded"}


@pytest.mark.parametrize("hint", ["service_id", "plan_id"])
def test_hints_must_not_be_empty(platform: Platform, file: Target, hint: str) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)
    path = instance_path(instance_id)

    assert platform.send("GET", path, query={hint: ""}).status == 400
    assert platform.send("GET", path + "/last_operation", query={hint: ""}).status == 400
    assert platform.send("GET", path, query={hint: "another"}).status == 200


def test_fetch_tells_all_about_an_instance(platform: Platform, file: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file, parameters={"journal_mode": "delete"})

    body = platform.fetch(instance_id).body

    path = body["metadata"]["attributes"].pop("path")
    assert path.endswith(".db")
    assert body == {
        **file.query,
        "parameters": {"journal_mode": "delete"},
        "maintenance_info": {"version": "1.0.0"},
        "metadata": {"labels": {}, "attributes": {}},
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"organization_guid": ""}, "organization_guid"),
        ({"space_guid": ""}, "space_guid"),
        ({"parameters": {"page_size": 1000}}, "page_size"),
        ({"parameters": {"unknown": 1}}, "unknown"),
        ({"parameters": {"journal_mode": 7}}, "journal_mode"),
    ],
)
def test_a_provision_that_cannot_be_is_400_and_makes_nothing(
    bundled_broker: BundledBroker,
    platform: Platform,
    file: Target,
    fields: dict[str, object],
    words: str,
) -> None:
    instance_id = new_id()

    got = platform.provision(instance_id, file, **fields)

    assert got.status == 400
    assert words in got.body["description"]
    assert instance_id not in bundled_broker.contents()[0]


def test_another_maintenance_version_is_a_conflict(platform: Platform, file: Target) -> None:
    old = {"maintenance_info": {"version": "0.9.0"}}
    instance_id = new_id()

    refused = platform.provision(instance_id, file, **old)
    assert (refused.status, refused.body["error"]) == (422, "MaintenanceInfoConflict")
    current = {"maintenance_info": {"version": "1.0.0", "description": "not compared"}}
    assert platform.provision(instance_id, file, **current).status == 201
    assert platform.update(instance_id, file, **old).body["error"] == "MaintenanceInfoConflict"
    assert platform.update(instance_id, file, **current).status == 200


def test_update_changes_parameters_and_leaves_the_others(platform: Platform, file: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file, parameters={"page_size": 1024})

    got = platform.update(instance_id, file, parameters={"journal_mode": "delete"})

    assert got.status == 200
    assert platform.fetch(instance_id).body["parameters"] == {
        "page_size": 1024,
        "journal_mode": "delete",
    }


def test_update_changes_the_plan_and_the_old_plan_is_history(
    platform: Platform, file: Target, slow: Target
) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)

    got = platform.update(instance_id, file, plan_id=slow.plan_id)
    busy = platform.fetch(instance_id)
    again = platform.update(instance_id, file, plan_id=slow.plan_id)
    end = platform.wait(instance_id, operation=got.body["operation"])

    assert (got.status, again.status) == (202, 202)
    assert again.body == got.body
    assert (busy.status, busy.body["error"]) == (422, "ConcurrencyError")
    assert end.body == {"state": "succeeded"}
    assert platform.fetch(instance_id).body["plan_id"] == slow.plan_id
    assert platform.deprovision(instance_id, file).status == 400
    assert platform.deprovision(instance_id, slow).status == 202


def test_a_delete_during_an_update_has_to_wait(patient: Platform) -> None:
    file, slow = patient.target("file"), patient.target("file-async")
    instance_id = new_id()
    patient.provision(instance_id, file)
    patient.update(instance_id, file, plan_id=slow.plan_id)

    for got in (
        patient.deprovision(instance_id, file),
        patient.update(instance_id, file, parameters={"journal_mode": "delete"}),
        patient.bind(instance_id, "b", file),
    ):
        assert (got.status, got.body["error"]) == (422, "ConcurrencyError")


def test_an_update_of_the_context_alone_is_200(platform: Platform, slow: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, slow)
    platform.wait(instance_id)

    got = platform.update(instance_id, slow, context={**CONTEXT, "instance_name": "renamed"})

    assert got.status == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"service_id": "other"}, 400),
        ({"plan_id": "other"}, 400),
        ({"parameters": {"page_size": 1024}}, 400),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(
    platform: Platform, file: Target, fields: dict[str, object], status: int
) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)
    before = platform.fetch(instance_id).body

    assert platform.update(instance_id, file, **fields).status == status
    assert platform.fetch(instance_id).body == before


def test_an_update_of_nothing_is_404(platform: Platform, file: Target) -> None:
    assert platform.update(new_id(), file, parameters={}).status == 404


def test_the_same_provision_many_times_at_once_makes_one(
    bundled_broker: BundledBroker, platform: Platform, file: Target
) -> None:
    instance_id = new_id()
    answers: list[Got] = []
    threads = [
        threading.Thread(target=lambda: answers.append(platform.provision(instance_id, file)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert instance_id in bundled_broker.contents()[0]
