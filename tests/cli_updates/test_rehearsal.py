"""Rehearsed objects and brokers: later reads see earlier writes, and nothing is written."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from svcat.errors import AlreadyExists, NotFound, Stale
from svcat.http import HttpClient, Request, Tls
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, list_all
from svcat.osb.rehearsal import RehearsedHttp, Sent
from svcat.store.records import SecretKeyRef
from svcat.store.rehearsal import RehearsedObjects, RehearsedSecrets, Written
from svcat.store.secrets import encode_data
from tests.brokers.hostile import HostileBroker, answer
from tests.sim.objects import SimulatedObjects


def box(name: str, **metadata: object) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"namespace": "default", "name": name, **metadata},
        "data": {"a": "1"},
    }


@pytest.fixture
def api(tmp_path: Path) -> Iterator[LocalObjects]:
    with LocalObjects(tmp_path / "local.db") as objects:
        objects.create(CONFIG_MAP, box("old", labels={"x": "1"}))
        objects.create(CONFIG_MAP, box("held", finalizers=["svcat.dev/x"]))
        yield objects


@pytest.fixture
def steps() -> list[Written]:
    return []


@pytest.fixture
def rehearsed(api: LocalObjects, steps: list[Written]) -> RehearsedObjects:
    return RehearsedObjects(api, steps.append)


def names(objects: RehearsedObjects | LocalObjects, selector: str = "") -> list[str]:
    found = list_all(objects, CONFIG_MAP, "default", selector=selector)
    return sorted(obj["metadata"]["name"] for obj in found)


def test_what_was_noted_is_read_back(rehearsed: RehearsedObjects, api: LocalObjects) -> None:
    made = rehearsed.create(CONFIG_MAP, box("new", labels={"x": "1"}))
    old = rehearsed.get(CONFIG_MAP, "default", "old")
    rehearsed.replace(CONFIG_MAP, {**old, "data": {"a": "2"}})

    assert rehearsed.get(CONFIG_MAP, "default", "new") == made
    assert rehearsed.get(CONFIG_MAP, "default", "old")["data"] == {"a": "2"}
    assert names(rehearsed, "x=1") == ["new", "old"]
    assert names(rehearsed, "x=2") == []
    assert names(api) == ["held", "old"]
    assert api.get(CONFIG_MAP, "default", "old")["data"] == {"a": "1"}


def test_what_was_noted_as_deleted_is_gone(
    rehearsed: RehearsedObjects, steps: list[Written]
) -> None:
    rehearsed.delete(CONFIG_MAP, "default", "old")

    with pytest.raises(NotFound):
        rehearsed.get(CONFIG_MAP, "default", "old")
    with pytest.raises(NotFound):
        rehearsed.delete(CONFIG_MAP, "default", "old")
    assert names(rehearsed) == ["held"]
    rehearsed.create(CONFIG_MAP, box("old"))
    assert [(step.before is None, step.after is None) for step in steps] == [
        (False, True),
        (True, False),
    ]


def test_finalizers_hold_what_is_deleted(rehearsed: RehearsedObjects) -> None:
    rehearsed.delete(CONFIG_MAP, "default", "held")
    held = rehearsed.get(CONFIG_MAP, "default", "held")
    assert held["metadata"]["deletionTimestamp"]

    held["metadata"]["finalizers"] = []
    rehearsed.replace(CONFIG_MAP, held)

    with pytest.raises(NotFound):
        rehearsed.get(CONFIG_MAP, "default", "held")


def test_conditions_are_kept(rehearsed: RehearsedObjects) -> None:
    old = rehearsed.get(CONFIG_MAP, "default", "old")
    rehearsed.replace(CONFIG_MAP, {**old, "data": {"a": "2"}})

    with pytest.raises(Stale):
        rehearsed.replace(CONFIG_MAP, {**old, "data": {"a": "3"}})
    with pytest.raises(Stale):
        rehearsed.delete(CONFIG_MAP, "default", "old", uid="another")
    with pytest.raises(AlreadyExists):
        rehearsed.create(CONFIG_MAP, box("old"))


def test_what_is_given_out_is_a_copy(rehearsed: RehearsedObjects, steps: list[Written]) -> None:
    made = rehearsed.create(CONFIG_MAP, box("new"))
    made["data"]["a"] = "changed"
    rehearsed.get(CONFIG_MAP, "default", "new")["data"]["a"] = "changed"

    assert rehearsed.get(CONFIG_MAP, "default", "new")["data"] == {"a": "1"}
    assert steps[0].after is not None
    assert steps[0].after["data"] == {"a": "1"}


def test_a_namespace_must_be_there_where_none_is_made_on_the_way() -> None:
    strict = RehearsedObjects(SimulatedObjects(), lambda _: None)
    elsewhere = box("new", namespace="nowhere")

    with pytest.raises(NotFound):
        strict.create(CONFIG_MAP, elsewhere)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "nowhere"}}
    strict.create(NAMESPACE, namespace)
    strict.create(CONFIG_MAP, elsewhere)


def test_parameters_from_secrets_are_noted_by_name(api: LocalObjects) -> None:
    secret = {"metadata": {"namespace": "default", "name": "s"}, "kind": "Secret"}
    data = {"json": b'{"a": 1, "b": 2}', "odd": b"x", "list": b"[1]"}
    api.create(SECRET, {**secret, "data": encode_data(data)})
    noted: list[str] = []
    secrets = RehearsedSecrets(api, noted.extend)

    secrets.read_parameters("default", SecretKeyRef(name="s", key="json"))
    assert noted == ["a", "b"]
    secrets.read_parameters("default", SecretKeyRef(name="s"))
    assert sorted(noted[2:]) == ["json", "list", "odd"]
    for key in ("odd", "list", "none"):
        secrets.read_parameters("default", SecretKeyRef(name="s", key=key))
    assert len(noted) == 5


ANSWERS = [
    ("PUT", "/v2/service_instances/i", 201, {}),
    ("PATCH", "/v2/service_instances/i", 200, {}),
    ("DELETE", "/v2/service_instances/i", 200, {}),
    ("PUT", "/v2/service_instances/i/service_bindings/b", 202, {}),
    ("GET", "/v2/service_instances/i/last_operation", 200, {"state": "succeeded"}),
    ("GET", "/v2/catalog", 200, {"services": []}),
]


@pytest.mark.parametrize(("method", "path", "status", "body"), ANSWERS)
def test_a_rehearsed_broker_does_at_once_what_it_is_asked(
    method: str, path: str, status: int, body: JsonObject
) -> None:
    noted: list[Sent] = []
    http = RehearsedHttp(noted.append, tls=Tls(insecure=True))
    request = Request(
        method=method, url=f"http://127.0.0.1:1{path}", headers={"A": "b"}, body=b"{}"
    )

    response = http.send(request, deadline_s=1, body_cap=1000)

    assert (response.status, json.loads(response.body)) == (status, body)
    (sent,) = noted
    assert (sent.method, sent.url, sent.body) == (method, request.url, b"{}")
    assert not sent.is_verified


def test_a_login_is_no_step_and_what_may_be_read_is_read() -> None:
    noted: list[Sent] = []
    with HostileBroker() as broker, HttpClient() as reads:
        broker.always(answer(200, {"real": True}))
        http = RehearsedHttp(noted.append, tls=Tls(), reads=reads)
        for method in ("GET", "POST", "PUT"):
            request = Request(method=method, url=f"{broker.url}/v2/x", headers={}, body=b"")
            http.send(request, deadline_s=5, body_cap=1000)

        assert [seen.method for seen in broker.requests] == ["GET", "POST"]
    assert [sent.method for sent in noted] == ["PUT"]
    login = Request(method="POST", url="http://127.0.0.1:1/token", headers={}, body=b"")
    token = RehearsedHttp(noted.append, tls=Tls()).send(login, deadline_s=1, body_cap=1000)
    assert json.loads(token.body)["token_type"] == "bearer"
    assert len(noted) == 1
