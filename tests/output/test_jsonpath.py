"""``-o jsonpath=``: what kubectl prints for the same template and the same object."""

import subprocess
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcat.errors import NotFound, Stale, UsageError
from svcat.jsonpath import evaluate
from svcat.kube.client import KubeObjects
from svcat.objects import CONFIG_MAP, NAMESPACE
from tests.controlplane.server import KubeServer

TEMPLATES = [
    "{.metadata.name}",
    "{.metadata.labels}",
    "{.data.text}",
    "{.data.missing}",
    "{.missing.deeper}",
    "{$.metadata.name}",
    "{@.metadata.name}",
    "{.metadata['name']}",
    "{.metadata.labels.app}",
    r"{.metadata.annotations.example\.com/note}",
    r"{.metadata.annotations['example\.com/note']}",
    "name={.metadata.name} app={.metadata.labels.app}",
    "{.metadata.name}{'\\n'}",
    '{.metadata.name}{"\\t"}{.kind}',
    "{.kind}/{.metadata.name}",
    "{.metadata.ownerReferences[0].name}",
    "{.metadata.ownerReferences[-1].name}",
    "{.metadata.ownerReferences[0:1].name}",
    "{.metadata.ownerReferences[*].name}",
    "{.metadata.ownerReferences[0]}",
    "{.metadata.ownerReferences}",
    "{.metadata.finalizers}",
    "{.metadata.finalizers[*]}",
    "{.metadata.finalizers[1]}",
    "{range .metadata.ownerReferences[*]}{.kind}={.name};{end}",
    "{range .metadata.ownerReferences[*]}{.name}{'\\n'}{end}",
    "{range .metadata.finalizers[*]}[{@}]{end}",
    '{.metadata.ownerReferences[?(@.kind=="Node")].name}',
    '{.metadata.ownerReferences[?(@.kind!="Node")].name}',
    "{.metadata.ownerReferences[?(@.controller)].name}",
    "{.metadata.ownerReferences[?(@.controller==true)].name}",
    "{..name}",
    "{.metadata.ownerReferences..uid}",
    "{.metadata.ownerReferences[*]['kind','name']}",
]
BROKEN = ["", "{", "{.metadata.name", "{.metadata[}", "}{"]
# Where kubectl prints nothing, or the template itself, we read what was meant.
KINDER = {
    "{.metadata.annotations['example.com/note']}": "a b",
    ".metadata.name": "jsonpath",
    "metadata.name": "jsonpath",
}


@pytest.fixture(scope="module")
def namespace(kube_api: KubeObjects) -> Iterator[str]:
    """A namespace for this module, in this process."""
    name = f"jsonpath-{uuid4().hex[:12]}"
    kube_api.create(NAMESPACE, {"metadata": {"name": name}})
    yield name
    kube_api.delete(NAMESPACE, "", name)


def without_finalizers(kube_api: KubeObjects, namespace: str) -> None:
    """Let it go; the garbage collector touches it at any moment, for its owners do not exist."""
    for _ in range(5):
        made = kube_api.get(CONFIG_MAP, namespace, "jsonpath")
        made["metadata"]["finalizers"] = []
        try:
            kube_api.replace(CONFIG_MAP, made)
        except Stale:
            continue
        return


@pytest.fixture(scope="module")
def thing(kube_api: KubeObjects, namespace: str) -> Iterator[dict[str, Any]]:
    """A ConfigMap with lists, maps, booleans and odd keys in it."""
    owners = [
        {"apiVersion": "v1", "kind": kind, "name": name, "uid": f"u-{name}", **more}
        for kind, name, more in [
            ("Node", "one", {"controller": True}),
            ("Pod", "two", {"blockOwnerDeletion": False}),
            ("Node", "three", {}),
        ]
    ]
    made = kube_api.create(
        CONFIG_MAP,
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "namespace": namespace,
                "name": "jsonpath",
                "labels": {"app": "web", "tier": "front"},
                "annotations": {"example.com/note": "a b"},
                "finalizers": ["example.com/one", "example.com/two"],
                "ownerReferences": owners,
            },
            "data": {"text": "line\nü", "other": "2"},
        },
    )
    yield made
    without_finalizers(kube_api, namespace)
    try:
        kube_api.delete(CONFIG_MAP, namespace, "jsonpath")
    except NotFound:
        pass


def by_kubectl(
    server: KubeServer, namespace: str, template: str
) -> "subprocess.CompletedProcess[str]":
    words = [str(server.kubectl), f"--kubeconfig={server.kubeconfig}", f"--namespace={namespace}"]
    words += ["get", "cm", "jsonpath"]
    words += ["--allow-missing-template-keys=true", f"-ojsonpath={template}"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("kubectl")
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_same_as_kubectl(thing: dict[str, Any], kube_server: KubeServer, template: str) -> None:
    expected = by_kubectl(kube_server, thing["metadata"]["namespace"], template)
    assert expected.returncode == 0, expected.stderr
    assert evaluate(template, thing) == expected.stdout


@pytest.mark.usefixtures("kubectl")
@pytest.mark.parametrize("template", BROKEN)
def test_what_kubectl_refuses_is_refused(
    thing: dict[str, Any], kube_server: KubeServer, template: str
) -> None:
    assert by_kubectl(kube_server, thing["metadata"]["namespace"], template).returncode != 0
    with pytest.raises(UsageError):
        evaluate(template, thing)


@pytest.mark.parametrize("template", KINDER)
def test_kinder_than_kubectl(template: str) -> None:
    metadata = {"name": "jsonpath", "annotations": {"example.com/note": "a b"}}
    assert evaluate(template, {"metadata": metadata}) == KINDER[template]


def test_a_range_needs_its_end() -> None:
    with pytest.raises(UsageError, match="without"):
        evaluate("{range .items[*]}{.x}", {"items": []})


@given(st.text(alphabet="{}[]().*@$?'\"=! ,:-0ax\\range end", max_size=30))
def test_any_template_prints_or_is_refused(template: str) -> None:
    try:
        evaluate(template, {"a": [{"x": 1}, {"x": None}], "x": "y"})
    except UsageError as error:
        assert "JSONPath" in error.message
