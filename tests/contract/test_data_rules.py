"""The contract of every object API: keys, sizes and values of data."""

import base64
from collections.abc import Callable

import pytest

from svcat.errors import Invalid
from svcat.objects import CONFIG_MAP, SECRET, JsonObject, ObjectApi

Maker = Callable[..., JsonObject]

MIB = 1024 * 1024
ANNOTATIONS = 256 * 1024
ANY_KEY = "svcat.dev/note"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


GOOD_KEYS = ["a", "A-b_c.9", ".a", "-", "_", "-.", "k" * 253, "tls.crt"]


BAD_KEYS = ["", ".", "..", "..a", "...", "a b", "a/b", "a:b", "ž", "k" * 254, "a\n", "$x"]


@pytest.mark.parametrize("key", GOOD_KEYS, ids=lambda key: key[:20])
def test_a_good_data_key_is_taken(
    objects: ObjectApi, config_map: Maker, secret: Maker, key: str
) -> None:
    assert objects.create(CONFIG_MAP, config_map(data={key: "v"}))["data"] == {key: "v"}
    assert objects.create(SECRET, secret(data={key: "dg=="}))["data"] == {key: "dg=="}


@pytest.mark.parametrize("key", BAD_KEYS, ids=lambda key: repr(key[:20]))
def test_a_bad_data_key_is_invalid(
    objects: ObjectApi, config_map: Maker, secret: Maker, key: str
) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(data={key: "v"}))
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(binaryData={key: "dg=="}))
    with pytest.raises(Invalid):
        objects.create(SECRET, secret(data={key: "dg=="}))
    with pytest.raises(Invalid):
        objects.create(SECRET, secret(stringData={key: "v"}))


def test_one_key_in_data_and_binary_data_is_invalid(objects: ObjectApi, config_map: Maker) -> None:
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map(data={"k": "v"}, binaryData={"k": "dg=="}))


def test_a_config_map_fits_up_to_1_mib(objects: ObjectApi, config_map: Maker) -> None:
    half = MIB // 2
    full = {"data": {"text": "x" * half}, "binaryData": {"bytes": _base64(b"\xff" * half)}}
    made = objects.create(CONFIG_MAP, config_map(**full))
    assert made["binaryData"] == full["binaryData"]

    made["data"]["text"] += "x"
    with pytest.raises(Invalid):
        objects.replace(CONFIG_MAP, made)
    full["data"]["text"] += "x"
    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map("other", **full))


def test_a_config_map_is_measured_in_bytes(objects: ObjectApi, config_map: Maker) -> None:
    objects.create(CONFIG_MAP, config_map("box", data={"text": "ž" * (MIB // 2)}))

    with pytest.raises(Invalid):
        objects.create(CONFIG_MAP, config_map("other", data={"text": "ž" * (MIB // 2) + "x"}))


@pytest.mark.parametrize("surplus", [0, 1, 2])
def test_a_secret_fits_up_to_1_mib(objects: ObjectApi, secret: Maker, surplus: int) -> None:
    raw = b"\xff" * (MIB - surplus)
    objects.create(SECRET, secret("box", data={"k": _base64(raw), "l": _base64(b"x" * surplus)}))

    with pytest.raises(Invalid):
        parts = {"k": _base64(raw), "l": _base64(b"x" * (surplus + 1))}
        objects.create(SECRET, secret("other", data=parts))


def test_the_largest_object_fits(objects: ObjectApi, namespace: str, config_map: Maker) -> None:
    annotations = {ANY_KEY: "n" * (ANNOTATIONS - len(ANY_KEY))}
    data = {"text": "x" * MIB}

    objects.create(CONFIG_MAP, config_map(metadata={"annotations": annotations}, data=data))

    read = objects.get(CONFIG_MAP, namespace, "box")
    assert (read["metadata"]["annotations"], read["data"]) == (annotations, data)


def test_null_is_the_empty_text(objects: ObjectApi, config_map: Maker, secret: Maker) -> None:
    assert objects.create(CONFIG_MAP, config_map(data={"k": None}))["data"] == {"k": ""}
    assert objects.create(SECRET, secret(data={"k": None}))["data"] == {"k": ""}


def test_an_immutable_config_map_keeps_its_data(objects: ObjectApi, config_map: Maker) -> None:
    made = objects.create(CONFIG_MAP, config_map(data={"a": "1"}, immutable=True))

    for change in ({"data": {"a": "2"}}, {"binaryData": {"b": "dg=="}}, {"immutable": False}):
        with pytest.raises(Invalid):
            objects.replace(CONFIG_MAP, made | change)
    with pytest.raises(Invalid):
        objects.replace(CONFIG_MAP, {key: made[key] for key in made if key != "immutable"})

    made["metadata"]["annotations"] = {"a": "b"}
    assert objects.replace(CONFIG_MAP, made)["immutable"] is True
