"""The contract of every object API: finalizers, and namespaces that end."""

import copy
import time
from collections.abc import Callable

import pytest

from svcat.errors import AlreadyExists, Forbidden, Invalid, NotFound, Stale
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, ObjectApi, Resource

Maker = Callable[..., JsonObject]

HELD = {"finalizers": ["svcat.dev/external"]}


def _wait_until_gone(objects: ObjectApi, resource: Resource, namespace: str, name: str) -> None:
    """A cluster empties a namespace in its own time."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            objects.get(resource, namespace, name)
        except NotFound:
            return
        time.sleep(0.05)
    raise AssertionError(f"{resource.plural} {name} is still there")


def test_a_finalizer_keeps_a_deleted_object(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    made = objects.create(CONFIG_MAP, config_map(metadata=HELD, data={"a": "1"}))

    objects.delete(CONFIG_MAP, namespace, "box")

    kept = objects.get(CONFIG_MAP, namespace, "box")
    assert kept["metadata"]["deletionTimestamp"].endswith("Z")
    assert kept["metadata"]["finalizers"] == HELD["finalizers"]
    assert kept["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]
    assert kept["data"] == {"a": "1"}
    assert objects.list_page(CONFIG_MAP, namespace, limit=0).items.count(kept) == 1


def test_emptying_the_finalizers_of_a_deleted_object_removes_it(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map(metadata=HELD))
    objects.delete(CONFIG_MAP, namespace, "box")
    kept = objects.get(CONFIG_MAP, namespace, "box")
    kept["metadata"]["finalizers"] = []

    objects.replace(CONFIG_MAP, kept)

    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, namespace, "box")


def test_each_finalizer_holds(objects: ObjectApi, namespace: str, config_map: Maker) -> None:
    two = {"finalizers": ["svcat.dev/one", "svcat.dev/two"]}
    objects.create(CONFIG_MAP, config_map(metadata=two))
    objects.delete(CONFIG_MAP, namespace, "box")
    kept = objects.get(CONFIG_MAP, namespace, "box")
    kept["metadata"]["finalizers"] = ["svcat.dev/two"]

    kept = objects.replace(CONFIG_MAP, kept)

    assert objects.get(CONFIG_MAP, namespace, "box") == kept
    assert kept["metadata"]["deletionTimestamp"]


def test_emptying_the_finalizers_of_a_live_object_keeps_it(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    made = objects.create(CONFIG_MAP, config_map(metadata=HELD))
    made["metadata"]["finalizers"] = []

    objects.replace(CONFIG_MAP, made)

    assert "finalizers" not in objects.get(CONFIG_MAP, namespace, "box")["metadata"]


def test_a_deleted_object_can_be_written_but_not_held_anew(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map(metadata=HELD))
    objects.delete(CONFIG_MAP, namespace, "box")
    kept = objects.get(CONFIG_MAP, namespace, "box")

    written = objects.replace(CONFIG_MAP, copy.deepcopy(kept) | {"data": {"a": "1"}})
    assert written["data"] == {"a": "1"}
    assert written["metadata"]["deletionTimestamp"] == kept["metadata"]["deletionTimestamp"]

    written["metadata"]["finalizers"].append("svcat.dev/late")
    with pytest.raises(Invalid):
        objects.replace(CONFIG_MAP, written)


def test_the_deletion_time_cannot_be_written_away(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map(metadata=HELD))
    objects.delete(CONFIG_MAP, namespace, "box")
    kept = objects.get(CONFIG_MAP, namespace, "box")
    stamp = kept["metadata"].pop("deletionTimestamp")

    written = objects.replace(CONFIG_MAP, kept | {"data": {"a": "1"}})

    assert written["metadata"]["deletionTimestamp"] == stamp


def test_deleting_twice_is_deleting_once(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    made = objects.create(CONFIG_MAP, config_map(metadata=HELD))
    objects.delete(CONFIG_MAP, namespace, "box")
    kept = objects.get(CONFIG_MAP, namespace, "box")

    objects.delete(CONFIG_MAP, namespace, "box", uid=made["metadata"]["uid"])

    assert objects.get(CONFIG_MAP, namespace, "box") == kept


def test_the_name_of_a_held_object_is_taken(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map(metadata=HELD))
    objects.delete(CONFIG_MAP, namespace, "box")

    with pytest.raises(AlreadyExists):
        objects.create(CONFIG_MAP, config_map())


def test_the_preconditions_guard_held_objects_too(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    made = objects.create(CONFIG_MAP, config_map(metadata=HELD))

    with pytest.raises(Stale):
        objects.delete(CONFIG_MAP, namespace, "box", uid="11111111-1111-4111-8111-111111111111")

    assert objects.get(CONFIG_MAP, namespace, "box") == made


@pytest.mark.parametrize("finalizer", ["plain", "Upper.Domain/x", "a.b/", "a b/c", "a.b/c/d"])
def test_a_finalizer_needs_a_domain(objects: ObjectApi, config_map: Maker, finalizer: str) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(metadata={"finalizers": [finalizer]}))


def test_a_namespace_is_an_object(objects: ObjectApi, namespace: str) -> None:
    made = objects.get(NAMESPACE, "", namespace)
    assert made["status"] == {"phase": "Active"}
    made["metadata"]["labels"] = {"team": "x"}

    written = objects.replace(NAMESPACE, made)

    assert written["metadata"]["labels"]["team"] == "x"
    assert written["status"] == {"phase": "Active"}
    assert objects.get(NAMESPACE, "", namespace) == written
    with pytest.raises(AlreadyExists):
        objects.create(NAMESPACE, {"metadata": {"name": namespace}})


def test_a_deleted_namespace_takes_everything_in_it(
    objects: ObjectApi, namespace: str, config_map: Maker, secret: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map("box"))
    objects.create(SECRET, secret("box"))

    objects.delete(NAMESPACE, "", namespace)

    _wait_until_gone(objects, CONFIG_MAP, namespace, "box")
    _wait_until_gone(objects, SECRET, namespace, "box")
    _wait_until_gone(objects, NAMESPACE, "", namespace)


def test_a_namespace_waits_for_what_finalizers_hold(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map("held", metadata=HELD))
    objects.create(CONFIG_MAP, config_map("free"))
    objects.delete(NAMESPACE, "", namespace)
    _wait_until_gone(objects, CONFIG_MAP, namespace, "free")
    ending = objects.get(NAMESPACE, "", namespace)
    held = objects.get(CONFIG_MAP, namespace, "held")

    assert ending["metadata"]["deletionTimestamp"]
    assert ending["status"]["phase"] == "Terminating"
    assert held["metadata"]["deletionTimestamp"]
    with pytest.raises(Forbidden, match="terminat"):
        objects.create(CONFIG_MAP, config_map("late"))
    with pytest.raises(AlreadyExists):
        objects.create(NAMESPACE, {"metadata": {"name": namespace}})

    held = objects.replace(CONFIG_MAP, held | {"data": {"still": "written"}})
    held["metadata"]["finalizers"] = []
    objects.replace(CONFIG_MAP, held)
    _wait_until_gone(objects, NAMESPACE, "", namespace)


def test_a_namespace_made_again_is_another_one(objects: ObjectApi, namespace: str) -> None:
    uid = objects.get(NAMESPACE, "", namespace)["metadata"]["uid"]
    objects.delete(NAMESPACE, "", namespace, uid=uid)
    _wait_until_gone(objects, NAMESPACE, "", namespace)

    again = objects.create(NAMESPACE, {"metadata": {"name": namespace}})

    assert again["metadata"]["uid"] != uid
    with pytest.raises(Stale):
        objects.delete(NAMESPACE, "", namespace, uid=uid)


def test_a_namespace_can_hold_itself(objects: ObjectApi, namespace: str, config_map: Maker) -> None:
    objects.create(CONFIG_MAP, config_map())
    made = objects.get(NAMESPACE, "", namespace)
    made["metadata"]["finalizers"] = HELD["finalizers"]
    objects.replace(NAMESPACE, made)
    objects.delete(NAMESPACE, "", namespace)
    _wait_until_gone(objects, CONFIG_MAP, namespace, "box")

    ending = objects.get(NAMESPACE, "", namespace)
    assert ending["status"]["phase"] == "Terminating"
    _release(objects, namespace)
    _wait_until_gone(objects, NAMESPACE, "", namespace)


def _release(objects: ObjectApi, namespace: str) -> None:
    """Take the finalizers off; the cluster may be writing to the namespace meanwhile."""
    while True:
        ending = objects.get(NAMESPACE, "", namespace)
        ending["metadata"]["finalizers"] = []
        try:
            objects.replace(NAMESPACE, ending)
        except Stale:
            continue
        return
