"""$SERVICE_BINDING_ROOT: added where it is not set, obeyed where it is, never set again."""

import base64
from typing import Any

import pytest

from svcat.errors import UsageError
from svcat.objects import CONFIG_MAP, SECRET
from tests.injection.test_inject import URL, env, template
from tests.injection.yard import Yard, container, deployment

ROOT = "SERVICE_BINDING_ROOT"
FROM_SECRET = {"secretRef": {"name": "s"}}
CM_KEY = {"name": "cm", "key": ROOT}
S_KEY = {"name": "s", "key": ROOT}


def config_map(yard: Yard, name: str, **data: str) -> None:
    obj = {"metadata": {"name": name, "namespace": yard.namespace}, "data": data}
    yard.ports.records.api.create(CONFIG_MAP, obj)


def secret(yard: Yard, name: str, **data: str) -> None:
    encoded = {k: base64.b64encode(v.encode()).decode() for k, v in data.items()}
    obj = {"metadata": {"name": name, "namespace": yard.namespace}, "data": encoded}
    yard.ports.records.api.create(SECRET, obj)


def mounted_at(yard: Yard) -> str:
    [mount] = template(yard)["spec"]["containers"][0]["volumeMounts"]
    path: str = mount["mountPath"]
    return path


@pytest.mark.parametrize("value", ["/etc/creds", "/etc/creds/"])
def test_a_plain_value_is_obeyed(yard: Yard, value: str) -> None:
    yard.apply(deployment("web", container("app", env=[{"name": ROOT, "value": value}])))
    before = yard.get("deployment", "web")["spec"]

    yard.inject("deployment/web")

    assert env(template(yard)) == {ROOT: value}
    assert mounted_at(yard) == "/etc/creds/db"
    assert not yard.inject("deployment/web")[0].changed
    yard.eject("deployment/web")
    assert yard.get("deployment", "web")["spec"] == before


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"envFrom": [{"configMapRef": {"name": "cm"}}]}, "/from-cm"),
        ({"envFrom": [FROM_SECRET]}, "/from-secret"),
        ({"envFrom": [{"configMapRef": {"name": "cm"}}, FROM_SECRET]}, "/from-secret"),
        ({"envFrom": [{"configMapRef": {"name": "half"}, "prefix": "SERVICE_"}]}, "/prefixed"),
        ({"envFrom": [{"configMapRef": {"name": "cm"}, "prefix": "X_"}]}, "/bindings"),
        ({"envFrom": [{"configMapRef": {"name": "other", "optional": True}}]}, "/bindings"),
        ({"env": [{"name": ROOT, "valueFrom": {"configMapKeyRef": CM_KEY}}]}, "/from-cm"),
        ({"env": [{"name": ROOT, "valueFrom": {"secretKeyRef": S_KEY}}]}, "/from-secret"),
    ],
)
def test_where_it_comes_from_elsewhere_that_is_read(
    yard: Yard, source: dict[str, Any], expected: str
) -> None:
    config_map(yard, "cm", **{ROOT: "/from-cm"})
    config_map(yard, "half", BINDING_ROOT="/prefixed")
    secret(yard, "s", **{ROOT: "/from-secret"})
    yard.apply(deployment("web", container("app", **source)))
    before = yard.get("deployment", "web")["spec"]

    yard.inject("deployment/web")

    assert mounted_at(yard) == f"{expected}/db"
    is_added = env(template(yard)).get(ROOT) == "/bindings"
    assert is_added == (expected == "/bindings")
    assert not yard.inject("deployment/web")[0].changed
    yard.eject("deployment/web")
    assert yard.get("deployment", "web")["spec"] == before


@pytest.mark.parametrize(
    "entry",
    [
        {"name": ROOT, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": ROOT, "valueFrom": {"configMapKeyRef": {"name": "missing", "key": ROOT}}},
        {"name": ROOT, "value": ""},
        {"name": ROOT, "value": "relative"},
        {"name": ROOT, "value": "/a/$(OTHER)"},
        {"name": ROOT, "value": "/a:/b"},
    ],
)
def test_what_is_no_directory_is_an_error_and_nothing_is_changed(
    yard: Yard, entry: dict[str, Any]
) -> None:
    yard.apply(deployment("web", container("app", env=[entry])))
    before = yard.get("deployment", "web")["spec"]

    with pytest.raises(UsageError, match=f"{ROOT} in container app"):
        yard.inject("deployment/web")

    assert yard.get("deployment", "web")["spec"] == before
    assert yard.binding().injections == ()


def test_a_value_that_changes_where_it_comes_from_is_drift(yard: Yard) -> None:
    config_map(yard, "cm", **{ROOT: "/one"})
    source = [{"configMapRef": {"name": "cm"}}]
    yard.apply(deployment("web", container("app", envFrom=source)))
    yard.inject("deployment/web")
    found = yard.ports.records.api.get(CONFIG_MAP, yard.namespace, "cm")
    yard.ports.records.api.replace(CONFIG_MAP, {**found, "data": {ROOT: "/two"}})

    assert yard.drift() == {"deployment/web": ("stripped", "files in container app")}


def test_variables_need_no_root(yard: Yard) -> None:
    entry = {"name": ROOT, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    yard.apply(deployment("web", container("app", env=[entry])))

    yard.inject("deployment/web", env=URL)

    assert set(env(template(yard))) == {ROOT, "URL"}
