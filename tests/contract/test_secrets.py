"""The contract of every object API: what is special to Secrets."""

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest

from svcat.errors import Invalid, SvcatError
from svcat.objects import SECRET, JsonObject, ObjectApi

Maker = Callable[..., JsonObject]

PASSWORD = "hunter2-žluť"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_secret_is_opaque_by_default(objects: ObjectApi, secret: Maker) -> None:
    assert objects.create(SECRET, secret())["type"] == "Opaque"


def test_a_secret_keeps_its_type(objects: ObjectApi, namespace: str, secret: Maker) -> None:
    made = objects.create(SECRET, secret(type="servicebinding.io/postgresql"))
    assert made["type"] == "servicebinding.io/postgresql"

    with pytest.raises(Invalid, match="type"):
        objects.replace(SECRET, made | {"type": "Opaque"})
    with pytest.raises(Invalid, match="type"):
        objects.replace(SECRET, {key: made[key] for key in made if key != "type"})

    assert objects.get(SECRET, namespace, "box") == made


def test_string_data_is_written_as_data(objects: ObjectApi, namespace: str, secret: Maker) -> None:
    given = secret(data={"a": _base64("1"), "b": _base64("2")}, stringData={"b": PASSWORD, "c": ""})

    made = objects.create(SECRET, given)

    assert made["data"] == {"a": _base64("1"), "b": _base64(PASSWORD), "c": ""}
    assert "stringData" not in made
    assert objects.get(SECRET, namespace, "box") == made


def test_string_data_is_written_over_the_old_data(objects: ObjectApi, secret: Maker) -> None:
    made = objects.create(SECRET, secret(stringData={"a": "1", "b": "2"}))

    written = objects.replace(SECRET, made | {"stringData": {"b": "3"}})

    assert written["data"] == {"a": _base64("1"), "b": _base64("3")}


def test_string_data_that_changes_nothing_is_no_write(objects: ObjectApi, secret: Maker) -> None:
    made = objects.create(SECRET, secret(stringData={"a": "1"}))

    assert objects.replace(SECRET, copy.deepcopy(made) | {"stringData": {"a": "1"}}) == made


def test_base64_over_several_lines_is_put_on_one(objects: ObjectApi, secret: Maker) -> None:
    raw = bytes(range(256))

    made = objects.create(SECRET, secret(data={"k": base64.encodebytes(raw).decode()}))

    assert made["data"] == {"k": base64.b64encode(raw).decode()}


@pytest.mark.parametrize("value", [PASSWORD, "YQ", "YQ=", "Y Q==", "_-8=", "=", 1, True, ["YQ=="]])
def test_what_is_not_base64_is_invalid_and_not_shown(
    objects: ObjectApi, secret: Maker, value: Any
) -> None:
    with pytest.raises(Invalid) as caught:
        objects.create(SECRET, secret(data={"k": value}))

    assert PASSWORD not in str(caught.value)


def test_a_refusal_never_shows_a_value(objects: ObjectApi, secret: Maker) -> None:
    broken = secret(stringData={"k": PASSWORD, "bad key": PASSWORD + "x"})

    with pytest.raises(SvcatError) as caught:
        objects.create(SECRET, broken)

    assert PASSWORD not in f"{caught.value!r} {caught.value.hint}"
    assert _base64(PASSWORD)[:8] not in str(caught.value)


def test_an_immutable_secret_keeps_its_data(objects: ObjectApi, secret: Maker) -> None:
    made = objects.create(SECRET, secret(stringData={"a": "1"}, immutable=True))

    changes: list[dict[str, Any]] = [
        {"stringData": {"a": "2"}},
        {"data": {}},
        {"immutable": False},
    ]
    for change in changes:
        with pytest.raises(Invalid):
            objects.replace(SECRET, made | change)

    made["metadata"]["labels"] = {"a": "b"}
    assert objects.replace(SECRET, made)["immutable"] is True


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("kubernetes.io/basic-auth", {"username": "u"}),
        ("kubernetes.io/basic-auth", {"password": "p"}),
        ("kubernetes.io/basic-auth", {"username": "u", "password": "p", "more": "m"}),
        ("kubernetes.io/ssh-auth", {"ssh-privatekey": "k"}),
        ("kubernetes.io/tls", {"tls.crt": "c", "tls.key": "k", "ca.crt": "a"}),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": "{}"}),
        ("kubernetes.io/dockercfg", {".dockercfg": "{}"}),
    ],
)
def test_a_secret_of_a_known_type_is_taken_with_its_keys(
    objects: ObjectApi, secret: Maker, kind: str, data: dict[str, str]
) -> None:
    assert objects.create(SECRET, secret(type=kind, stringData=data))["type"] == kind


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("kubernetes.io/basic-auth", {"user": "u"}),
        ("kubernetes.io/ssh-auth", {}),
        ("kubernetes.io/tls", {"tls.crt": "c"}),
        ("kubernetes.io/tls", {"tls.key": "k"}),
        ("kubernetes.io/dockerconfigjson", {}),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": "not json"}),
        ("kubernetes.io/dockercfg", {}),
        ("kubernetes.io/service-account-token", {}),
    ],
)
def test_a_secret_of_a_known_type_needs_its_keys(
    objects: ObjectApi, secret: Maker, kind: str, data: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        objects.create(SECRET, secret(type=kind, stringData=data))
