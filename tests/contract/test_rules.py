"""The contract of every object API: what just fits, and what is Invalid."""

from collections.abc import Callable
from typing import Any

import pytest

from svcat.errors import Invalid, NotFound
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, ObjectApi

Maker = Callable[..., JsonObject]

ANNOTATIONS = 256 * 1024
ANY_KEY = "svcat.dev/note"


GOOD_NAMES = ["a", "0", "a.b", "svcat.instance.my-db", "x" * 253, "1.2.3", "a-0.b-1"]
BAD_NAMES = [
    "",
    "A",
    "a_b",
    "a/b",
    "-a",
    "a-",
    ".a",
    "a.",
    "a..b",
    "a b",
    "x" * 254,
    "ž",
    "a\n",
    "a:b",
]


@pytest.mark.parametrize("name", GOOD_NAMES, ids=lambda name: name[:20])
def test_a_good_name_is_taken(
    objects: ObjectApi, namespace: str, config_map: Maker, name: str
) -> None:
    objects.create(CONFIG_MAP, config_map(name))

    assert objects.get(CONFIG_MAP, namespace, name)["metadata"]["name"] == name


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: repr(name[:20]))
def test_a_bad_name_is_invalid(
    objects: ObjectApi, config_map: Maker, secret: Maker, name: str
) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(name))
    with pytest.raises(Invalid):
        objects.create(SECRET, secret(name))


@pytest.mark.parametrize("name", ["", "A", "a.b", "a_b", "-a", "a-", "x" * 64, "a/b"])
def test_a_bad_namespace_name_is_invalid(objects: ObjectApi, name: str) -> None:
    with pytest.raises(Invalid):
        objects.create(NAMESPACE, {"metadata": {"name": name}})


@pytest.mark.parametrize(
    "labels",
    [
        {"a": ""},
        {"a": "A-b_c.9"},
        {"A-b_c.9": "v"},
        {"k" * 63: "v" * 63},
        {f"{'p' * 253}/{'k' * 63}": "v"},
        {"svcat.dev/kind": "x"},
    ],
    ids=str,
)
def test_a_good_label_is_taken(
    objects: ObjectApi, config_map: Maker, labels: dict[str, str]
) -> None:
    made = objects.create(CONFIG_MAP, config_map(metadata={"labels": labels}))

    assert made["metadata"]["labels"] == labels


@pytest.mark.parametrize(
    "labels",
    [
        {"": "v"},
        {"k" * 64: "v"},
        {"k": "v" * 64},
        {"-k": "v"},
        {"k-": "v"},
        {"k": "-v"},
        {"k": "v."},
        {"k": "a b"},
        {"k": "a/b"},
        {"k": "ž"},
        {"k": "v\n"},
        {"a/b/c": "v"},
        {"/k": "v"},
        {"svcat.dev/": "v"},
        {"Svcat.dev/k": "v"},
        {f"{'p' * 254}/k": "v"},
        {"k l": "v"},
    ],
    ids=str,
)
def test_a_bad_label_is_invalid(
    objects: ObjectApi, config_map: Maker, labels: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(metadata={"labels": labels}))


@pytest.mark.parametrize("key", ["", "a b", "a/b/c", "/a", "a/", "-a", "k" * 64, "ž"])
def test_a_bad_annotation_key_is_invalid(objects: ObjectApi, config_map: Maker, key: str) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(metadata={"annotations": {key: "v"}}))


def test_an_annotation_key_may_have_capitals(objects: ObjectApi, config_map: Maker) -> None:
    annotations = {"Some.Domain/Key": "v"}

    made = objects.create(CONFIG_MAP, config_map(metadata={"annotations": annotations}))

    assert made["metadata"]["annotations"] == annotations


@pytest.mark.parametrize("letter", ["x", "ž"])
def test_annotations_fit_up_to_256_kib(objects: ObjectApi, config_map: Maker, letter: str) -> None:
    room = ANNOTATIONS - len(ANY_KEY)
    value = letter * (room // len(letter.encode()))
    value += "x" * (room - len(value.encode()))
    made = objects.create(CONFIG_MAP, config_map(metadata={"annotations": {ANY_KEY: value}}))
    assert made["metadata"]["annotations"][ANY_KEY] == value

    made["metadata"]["annotations"][ANY_KEY] += "x"
    with pytest.raises(Invalid):
        objects.replace(CONFIG_MAP, made)
    with pytest.raises(Invalid):
        metadata = {"annotations": {ANY_KEY: value, "a": ""}}
        objects.create(CONFIG_MAP, config_map("other", metadata=metadata))


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"k": 1}},
        {"data": {"k": True}},
        {"data": {"k": {"a": "b"}}},
        {"data": ["k"]},
        {"data": "k"},
        {"binaryData": {"k": "not base64"}},
        {"binaryData": {"k": "YQ"}},
        {"binaryData": {"k": "YQ==YQ=="}},
        {"binaryData": {"k": "_-8="}},
        {"immutable": "yes"},
        {"metadata": {"labels": {"k": 1}}},
        {"metadata": {"labels": ["k"]}},
        {"metadata": {"annotations": {"k": 1}}},
        {"metadata": {"finalizers": "svcat.dev/x"}},
        {"metadata": {"finalizers": [1]}},
        {"metadata": {"ownerReferences": [{"kind": "ConfigMap", "name": "x"}]}},
    ],
    ids=str,
)
def test_a_value_of_the_wrong_shape_is_invalid(
    objects: ObjectApi, namespace: str, config_map: Maker, fields: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(**fields))
    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, namespace, "box")


@pytest.mark.parametrize("field", ["apiVersion", "kind"])
def test_another_kind_is_invalid(objects: ObjectApi, config_map: Maker, field: str) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map() | {field: "Other"})


def test_the_kind_is_filled_in(objects: ObjectApi, config_map: Maker) -> None:
    bare = config_map()
    del bare["apiVersion"], bare["kind"]

    made = objects.create(CONFIG_MAP, bare)

    assert (made["apiVersion"], made["kind"]) == ("v1", "ConfigMap")


def test_a_namespaced_object_needs_a_namespace(objects: ObjectApi, config_map: Maker) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(metadata={"namespace": ""}))


def test_empty_fields_and_unknown_ones_are_dropped(objects: ObjectApi, config_map: Maker) -> None:
    empty: dict[str, Any] = {"labels": {}, "annotations": {}, "finalizers": []}

    made = objects.create(CONFIG_MAP, config_map(metadata=empty, data={}, other={"a": "b"}))

    assert made.keys() == {"apiVersion", "kind", "metadata"}
    assert not made["metadata"].keys() & empty.keys()


def test_owner_references_are_kept(objects: ObjectApi, config_map: Maker) -> None:
    uid = objects.create(CONFIG_MAP, config_map("owner"))["metadata"]["uid"]
    owners = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}]

    made = objects.create(CONFIG_MAP, config_map(metadata={"ownerReferences": owners}))

    assert made["metadata"]["ownerReferences"] == owners


def test_a_refusal_names_the_object_and_the_field(objects: ObjectApi, config_map: Maker) -> None:
    with pytest.raises(Invalid, match=r"box.*labels"):
        objects.create(CONFIG_MAP, config_map(metadata={"labels": {"k": "a b"}}))
