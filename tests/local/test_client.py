"""What the embedded cluster does otherwise than a cluster."""

import getpass
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from svcat.errors import Invalid, NotFound, Stale, UsageError
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, Resource, list_all

DEPLOYMENT = Resource("apps/v1", "Deployment", "deployments")


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[LocalObjects]:
    with LocalObjects(tmp_path / "local.db") as objects:
        yield objects


def _box(namespace: str, name: str = "box", **metadata: object) -> JsonObject:
    return {"metadata": {"name": name, "namespace": namespace, **metadata}}


def test_a_namespace_comes_into_being_with_its_first_object(objects: LocalObjects) -> None:
    objects.create(CONFIG_MAP, _box("team"))

    namespace = objects.get(NAMESPACE, "", "team")
    objects.create(SECRET, _box("team"))
    assert objects.get(NAMESPACE, "", "team") == namespace
    assert namespace["status"] == {"phase": "Active"}
    assert namespace["metadata"]["uid"]


def test_a_refused_object_makes_no_namespace(objects: LocalObjects) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, _box("team", "Bad Name"))
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, _box("Bad Team"))

    names = [item["metadata"]["name"] for item in list_all(objects, NAMESPACE, "")]
    assert names == ["default", "kube-system"]


def test_reading_makes_no_namespace(objects: LocalObjects) -> None:
    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, "team", "box")

    with pytest.raises(NotFound):
        objects.get(NAMESPACE, "", "team")


def test_a_namespace_ends_at_once(objects: LocalObjects) -> None:
    objects.create(CONFIG_MAP, _box("team"))
    objects.create(SECRET, _box("team"))
    objects.create(CONFIG_MAP, _box("other"))

    objects.delete(NAMESPACE, "", "team")

    assert objects.list_page(CONFIG_MAP, "team").items == ()
    assert objects.list_page(SECRET, "team").items == ()
    assert len(objects.list_page(CONFIG_MAP, "other").items) == 1
    with pytest.raises(NotFound):
        objects.get(NAMESPACE, "", "team")


def test_a_namespace_ends_with_the_last_object_held(objects: LocalObjects) -> None:
    objects.create(CONFIG_MAP, _box("team", finalizers=["svcat.dev/external"]))
    objects.delete(NAMESPACE, "", "team")
    kept = objects.get(CONFIG_MAP, "team", "box")
    kept["metadata"]["finalizers"] = []

    objects.replace(CONFIG_MAP, kept)

    with pytest.raises(NotFound):
        objects.get(NAMESPACE, "", "team")
    assert objects.create(CONFIG_MAP, _box("team"))


def test_a_namespace_that_is_stale_keeps_everything(objects: LocalObjects) -> None:
    objects.create(CONFIG_MAP, _box("team"))

    with pytest.raises(Stale):
        objects.delete(NAMESPACE, "", "team", uid="11111111-1111-4111-8111-111111111111")

    assert objects.get(CONFIG_MAP, "team", "box")


def test_other_kinds_need_a_cluster(objects: LocalObjects) -> None:
    with pytest.raises(UsageError, match="keeps no deployments") as caught:
        objects.get(DEPLOYMENT, "default", "web")
    with pytest.raises(UsageError):
        objects.list_page(DEPLOYMENT, "default")
    with pytest.raises(UsageError):
        objects.create(DEPLOYMENT, _box("default"))

    assert "cluster" in str(caught.value.hint)


@pytest.mark.parametrize(
    "obj",
    [
        {"metadata": "box"},
        {"metadata": {"name": 1, "namespace": "n"}},
        {"metadata": {"name": "box", "namespace": 1}},
        {"metadata": {"name": "box", "namespace": "n", "ownerReferences": ["x"]}},
        {"metadata": {"name": "box", "namespace": "n", "finalizers": {"a": "b"}}},
        {"metadata": {"name": "box", "namespace": "n", "labels": {1: "b"}}},
    ],
    ids=str,
)
def test_an_object_of_no_shape_is_invalid(objects: LocalObjects, obj: JsonObject) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, obj)


def test_a_long_list_of_mistakes_is_cut_short(objects: LocalObjects) -> None:
    labels = {f"bad key {number} {'x' * 200}": "v" for number in range(50)}

    with pytest.raises(Invalid, match="and 45 more") as caught:
        objects.create(CONFIG_MAP, _box("n", labels=labels))

    assert len(str(caught.value)) < 2000


def test_the_user_is_the_one_who_runs_it(objects: LocalObjects) -> None:
    user = objects.whoami()

    assert user.uid == str(os.getuid())
    assert user.username in (getpass.getuser(), user.uid)
    assert user.groups


def test_the_time_is_the_clock_s_in_whole_seconds(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 4, 3, 2, 1, 999999, tzinfo=UTC)
    with LocalObjects(tmp_path / "timed.db", clock=lambda: moment) as objects:
        made = objects.create(CONFIG_MAP, _box("n"))

        assert objects.now() == moment.replace(microsecond=0)
        assert made["metadata"]["creationTimestamp"] == "2026-05-04T03:02:01Z"


def test_threads_share_one(objects: LocalObjects) -> None:
    objects.create(CONFIG_MAP, _box("n") | {"data": {"count": "0"}})

    def count() -> None:
        done = 0
        while done < 25:
            read = objects.get(CONFIG_MAP, "n", "box")
            read["data"]["count"] = str(int(read["data"]["count"]) + 1)
            try:
                objects.replace(CONFIG_MAP, read)
            except Stale:
                continue
            done += 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert objects.get(CONFIG_MAP, "n", "box")["data"] == {"count": "100"}


def test_a_long_list_is_read_page_by_page(objects: LocalObjects) -> None:
    for number in range(120):
        objects.create(CONFIG_MAP, _box(f"n-{number % 7}", f"box-{number:03}", labels={"of": "us"}))

    found = list(list_all(objects, CONFIG_MAP, "", selector="of=us", limit=11))

    places = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in found]
    assert len(places) == 120
    assert places == sorted(places)
