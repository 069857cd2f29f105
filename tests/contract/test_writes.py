"""The contract of every object API: create, get, delete."""

import copy
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from svcat.errors import AlreadyExists, Forbidden, Invalid, NotFound, Stale
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, ObjectApi

Maker = Callable[..., JsonObject]


def test_a_created_object_is_given_its_identity(objects: ObjectApi, config_map: Maker) -> None:
    made = objects.create(CONFIG_MAP, config_map("box", data={"a": "1"}))

    metadata = made["metadata"]
    assert (made["apiVersion"], made["kind"]) == ("v1", "ConfigMap")
    assert made["data"] == {"a": "1"}
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", metadata["uid"])
    assert metadata["resourceVersion"].isdigit()
    assert metadata["creationTimestamp"].endswith("Z")
    created = datetime.fromisoformat(metadata["creationTimestamp"])
    assert abs(created - objects.now()) < timedelta(minutes=1)


def test_what_was_created_is_what_is_read(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    made = objects.create(
        CONFIG_MAP,
        config_map(
            metadata={"labels": {"svcat.dev/kind": "instance"}, "annotations": {"a.b/c": "d e\n"}},
            data={"k": "v", "empty": ""},
            binaryData={"b": "AP8="},
        ),
    )

    assert objects.get(CONFIG_MAP, namespace, "box") == made
    assert made["metadata"]["labels"] == {"svcat.dev/kind": "instance"}
    assert made["metadata"]["annotations"] == {"a.b/c": "d e\n"}
    assert made["data"] == {"k": "v", "empty": ""}
    assert made["binaryData"] == {"b": "AP8="}


def test_any_text_comes_back_as_it_went(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    texts = {
        "accents": "žluťoučký kůň",
        "emoji": "🐘👩‍💻",
        "control": "\x00\x01\x1b[31m\x7f",
        "lines": "a\r\nb\n\tc\u2028d",
        "bidi": "\u202eabc",
        "quotes": "\"'\\ </script>",
        "planes": "\U0010ffff\ufffd\ufeff",
    }

    objects.create(CONFIG_MAP, config_map(metadata={"annotations": texts}, data=texts))

    read = objects.get(CONFIG_MAP, namespace, "box")
    assert read["data"] == texts
    assert read["metadata"]["annotations"] == texts


def test_text_that_is_not_unicode_is_invalid(objects: ObjectApi, config_map: Maker) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(data={"a": "\ud800"}))


def test_a_name_can_be_created_once(objects: ObjectApi, namespace: str, config_map: Maker) -> None:
    objects.create(CONFIG_MAP, config_map(data={"by": "first"}))

    with pytest.raises(AlreadyExists, match="box"):
        objects.create(CONFIG_MAP, config_map(data={"by": "second"}))

    assert objects.get(CONFIG_MAP, namespace, "box")["data"] == {"by": "first"}


def test_kinds_do_not_share_names(objects: ObjectApi, config_map: Maker, secret: Maker) -> None:
    objects.create(CONFIG_MAP, config_map("box"))

    assert objects.create(SECRET, secret("box"))["kind"] == "Secret"


def test_namespaces_do_not_share_names(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map("box"))
    other = config_map("box", metadata={"namespace": "default", "name": f"box-{namespace}"})
    objects.create(CONFIG_MAP, other)

    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, namespace, f"box-{namespace}")
    objects.delete(CONFIG_MAP, "default", f"box-{namespace}")


def test_an_object_made_again_is_another_one(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    first = objects.create(CONFIG_MAP, config_map())
    objects.delete(CONFIG_MAP, namespace, "box")
    second = objects.create(CONFIG_MAP, config_map())

    assert first["metadata"]["uid"] != second["metadata"]["uid"]
    assert first["metadata"]["resourceVersion"] != second["metadata"]["resourceVersion"]


def test_identity_is_not_for_the_caller_to_choose(objects: ObjectApi, config_map: Maker) -> None:
    chosen = {
        "uid": "11111111-1111-4111-8111-111111111111",
        "creationTimestamp": "2001-01-01T00:00:00Z",
        "deletionTimestamp": "2001-01-01T00:00:00Z",
    }

    made = objects.create(CONFIG_MAP, config_map(metadata=chosen))["metadata"]

    assert made["uid"] != chosen["uid"]
    assert made["creationTimestamp"] != chosen["creationTimestamp"]
    assert "deletionTimestamp" not in made


def test_a_create_with_a_resource_version_is_invalid(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(metadata={"resourceVersion": "1"}))
    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, namespace, "box")


def test_a_create_leaves_the_given_object_alone(objects: ObjectApi, config_map: Maker) -> None:
    given = config_map(data={"a": "1"}, metadata={"labels": {"l": "m"}})
    before = copy.deepcopy(given)

    made = objects.create(CONFIG_MAP, given)
    made["data"]["a"] = "changed"

    assert given == before


def test_what_was_read_can_be_changed_without_effect(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    objects.create(CONFIG_MAP, config_map(data={"a": "1"}, metadata={"labels": {"l": "m"}}))
    read = objects.get(CONFIG_MAP, namespace, "box")
    read["data"]["a"] = read["metadata"]["labels"]["l"] = "changed"
    (listed,) = objects.list_page(CONFIG_MAP, namespace, selector="l").items
    listed["data"]["a"] = "changed"

    assert objects.get(CONFIG_MAP, namespace, "box")["data"] == {"a": "1"}
    assert objects.list_page(CONFIG_MAP, namespace, selector="l=m").items


@pytest.mark.parametrize("name", ["nothing", "svcat.instance.nothing"])
def test_what_is_not_there_is_not_found(objects: ObjectApi, namespace: str, name: str) -> None:
    with pytest.raises(NotFound, match=name):
        objects.get(CONFIG_MAP, namespace, name)
    with pytest.raises(NotFound, match=name):
        objects.delete(CONFIG_MAP, namespace, name)


@pytest.mark.parametrize("place", [("", "box"), ("default", "")])
def test_half_a_place_is_invalid(objects: ObjectApi, place: tuple[str, str]) -> None:
    """An empty name must never come to mean the whole collection."""
    with pytest.raises(Invalid):
        objects.get(CONFIG_MAP, *place)
    with pytest.raises(Invalid):
        objects.delete(CONFIG_MAP, *place)


def test_a_namespace_that_is_not_there_holds_nothing(objects: ObjectApi) -> None:
    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, "no-such-namespace", "box")
    assert objects.list_page(CONFIG_MAP, "no-such-namespace").items == ()


def test_a_deleted_object_is_gone(objects: ObjectApi, namespace: str, config_map: Maker) -> None:
    objects.create(CONFIG_MAP, config_map())

    objects.delete(CONFIG_MAP, namespace, "box")

    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, namespace, "box")
    with pytest.raises(NotFound):
        objects.delete(CONFIG_MAP, namespace, "box")


def test_a_delete_can_ask_for_the_very_object(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    first = objects.create(CONFIG_MAP, config_map())["metadata"]
    objects.delete(CONFIG_MAP, namespace, "box", uid=first["uid"])
    second = objects.create(CONFIG_MAP, config_map())["metadata"]

    with pytest.raises(Stale, match="box"):
        objects.delete(CONFIG_MAP, namespace, "box", uid=first["uid"])

    objects.delete(
        CONFIG_MAP,
        namespace,
        "box",
        uid=second["uid"],
        resource_version=second["resourceVersion"],
    )
    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, namespace, "box")


def test_a_delete_can_ask_for_the_version_that_was_read(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    old = objects.create(CONFIG_MAP, config_map())
    new = objects.replace(CONFIG_MAP, copy.deepcopy(old) | {"data": {"a": "1"}})

    with pytest.raises(Stale, match="box"):
        objects.delete(
            CONFIG_MAP,
            namespace,
            "box",
            uid=old["metadata"]["uid"],
            resource_version=old["metadata"]["resourceVersion"],
        )

    assert objects.get(CONFIG_MAP, namespace, "box") == new
    version = new["metadata"]["resourceVersion"]
    objects.delete(CONFIG_MAP, namespace, "box", resource_version=version)


@pytest.mark.parametrize("subject", ["simulated", "kube"], indirect=True)
def test_a_create_needs_its_namespace(objects: ObjectApi, config_map: Maker) -> None:
    """The local store makes it, see tests/local."""
    with pytest.raises(NotFound, match="no-such-namespace"):
        objects.create(CONFIG_MAP, config_map(metadata={"namespace": "no-such-namespace"}))


def test_a_cluster_wide_kind_ignores_the_namespace(objects: ObjectApi) -> None:
    system = objects.get(NAMESPACE, "", "kube-system")

    assert objects.get(NAMESPACE, "default", "kube-system") == system
    assert system["kind"] == "Namespace"
    assert system["metadata"]["uid"]
    assert "namespace" not in system["metadata"]


def test_the_first_namespaces_stay(objects: ObjectApi) -> None:
    uid = objects.get(NAMESPACE, "", "kube-system")["metadata"]["uid"]

    for name in ("kube-system", "default"):
        with pytest.raises(Forbidden):
            objects.delete(NAMESPACE, "", name)

    assert objects.get(NAMESPACE, "", "kube-system")["metadata"]["uid"] == uid
