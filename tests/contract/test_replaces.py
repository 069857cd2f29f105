"""The contract of every object API: replace, by compare-and-swap."""

import copy
from collections.abc import Callable

import pytest

from svcat.errors import Invalid, NotFound, Stale
from svcat.objects import CONFIG_MAP, JsonObject, ObjectApi
from tests.contract.conftest import Subject

Maker = Callable[..., JsonObject]


def test_a_replace_writes_the_whole_object(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    made = objects.create(
        CONFIG_MAP,
        config_map(data={"a": "1", "b": "2"}, metadata={"labels": {"l": "m"}}),
    )
    made["data"] = {"a": "3"}
    del made["metadata"]["labels"]

    written = objects.replace(CONFIG_MAP, made)

    assert written == objects.get(CONFIG_MAP, namespace, "box")
    assert written["data"] == {"a": "3"}
    assert not written["metadata"].get("labels")
    assert written["metadata"]["uid"] == made["metadata"]["uid"]
    assert written["metadata"]["creationTimestamp"] == made["metadata"]["creationTimestamp"]


def test_every_write_gives_a_new_resource_version(objects: ObjectApi, config_map: Maker) -> None:
    obj = objects.create(CONFIG_MAP, config_map())
    versions = [obj["metadata"]["resourceVersion"]]
    for number in range(5):
        obj["data"] = {"number": str(number)}
        obj = objects.replace(CONFIG_MAP, obj)
        versions.append(obj["metadata"]["resourceVersion"])

    assert len(set(versions)) == 6
    assert sorted(versions, key=int) == versions


def test_writing_what_is_there_is_no_write(objects: ObjectApi, config_map: Maker) -> None:
    made = objects.create(CONFIG_MAP, config_map(data={"a": "1"}))

    assert objects.replace(CONFIG_MAP, copy.deepcopy(made)) == made


def test_a_blind_replace_is_a_programming_error(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map(data={"a": "1"}))

    with pytest.raises(ValueError, match="resourceVersion"):
        objects.replace(CONFIG_MAP, config_map(data={"a": "2"}))
    with pytest.raises(ValueError, match="resourceVersion"):
        objects.replace(CONFIG_MAP, config_map(metadata={"resourceVersion": ""}))

    assert objects.get(CONFIG_MAP, namespace, "box")["data"] == {"a": "1"}


@pytest.mark.parametrize("version", ["0", "00", "1", "999999999999"])
def test_a_made_up_version_never_overwrites(
    subject: Subject, namespace: str, config_map: Maker, version: str
) -> None:
    objects = subject.objects
    made = objects.create(CONFIG_MAP, config_map(data={"a": "1"}))
    made["metadata"]["resourceVersion"] = version

    with pytest.raises((Stale, ValueError)):
        objects.replace(CONFIG_MAP, made | {"data": {"a": "2"}})

    assert objects.get(CONFIG_MAP, namespace, "box")["data"] == {"a": "1"}


def test_a_replace_of_an_old_version_is_stale(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    old = objects.create(CONFIG_MAP, config_map(data={"a": "1"}))
    objects.replace(CONFIG_MAP, copy.deepcopy(old) | {"data": {"a": "2"}})

    with pytest.raises(Stale, match="box"):
        objects.replace(CONFIG_MAP, old | {"data": {"a": "3"}})

    assert objects.get(CONFIG_MAP, namespace, "box")["data"] == {"a": "2"}


def test_a_stale_replace_of_the_same_content_is_stale(
    objects: ObjectApi, config_map: Maker
) -> None:
    old = objects.create(CONFIG_MAP, config_map(data={"a": "1"}))
    newer = objects.replace(CONFIG_MAP, copy.deepcopy(old) | {"data": {"a": "2"}})

    with pytest.raises(Stale):
        objects.replace(CONFIG_MAP, copy.deepcopy(old) | {"data": newer["data"]})


def test_a_replace_with_another_uid_is_stale(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    made = objects.create(CONFIG_MAP, config_map(data={"a": "1"}))
    other = copy.deepcopy(made) | {"data": {"a": "2"}}
    other["metadata"]["uid"] = "11111111-1111-4111-8111-111111111111"

    with pytest.raises(Stale):
        objects.replace(CONFIG_MAP, other)

    assert objects.get(CONFIG_MAP, namespace, "box") == made


def test_a_replace_does_not_reach_an_object_made_again(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    first = objects.create(CONFIG_MAP, config_map(data={"life": "1"}))
    objects.delete(CONFIG_MAP, namespace, "box")
    second = objects.create(CONFIG_MAP, config_map(data={"life": "2"}))

    with pytest.raises(Stale):
        objects.replace(CONFIG_MAP, first | {"data": {"life": "3"}})

    assert objects.get(CONFIG_MAP, namespace, "box") == second


def test_a_replace_without_a_uid_goes_by_the_version(objects: ObjectApi, config_map: Maker) -> None:
    made = objects.create(CONFIG_MAP, config_map(data={"a": "1"}))
    uid = made["metadata"].pop("uid")

    written = objects.replace(CONFIG_MAP, made | {"data": {"a": "2"}})

    assert written["metadata"]["uid"] == uid


def test_a_replace_never_creates(objects: ObjectApi, namespace: str, config_map: Maker) -> None:
    made = objects.create(CONFIG_MAP, config_map())
    objects.delete(CONFIG_MAP, namespace, "box")

    with pytest.raises(NotFound, match="box"):
        objects.replace(CONFIG_MAP, made)
    del made["metadata"]["uid"]
    with pytest.raises(NotFound, match="box"):
        objects.replace(CONFIG_MAP, made)

    with pytest.raises(NotFound, match="box"):
        objects.get(CONFIG_MAP, namespace, "box")


def test_a_replace_cannot_move_the_creation(objects: ObjectApi, config_map: Maker) -> None:
    made = objects.create(CONFIG_MAP, config_map())
    moved = copy.deepcopy(made) | {"data": {"a": "1"}}
    moved["metadata"]["creationTimestamp"] = "2001-01-01T00:00:00Z"

    written = objects.replace(CONFIG_MAP, moved)["metadata"]

    assert written["creationTimestamp"] == made["metadata"]["creationTimestamp"]


def test_a_replace_cannot_begin_a_deletion(objects: ObjectApi, config_map: Maker) -> None:
    made = objects.create(CONFIG_MAP, config_map())
    made["metadata"]["deletionTimestamp"] = "2001-01-01T00:00:00Z"

    with pytest.raises(Invalid, match="deletionTimestamp"):
        objects.replace(CONFIG_MAP, made)
