"""Kinds that are not Kubernetes' own, by servicebinding.io mappings in the cluster and in files."""

from typing import Any

import pytest

from svcat.app.workload_kinds import fixed_path, mapping_from
from svcat.errors import Conflict, UsageError
from svcat.kube.workloads import KubeWorkloads
from svcat.objects import Resource
from tests.injection.custom import CRDS, define, put_mapping, unique_group
from tests.injection.test_inject import FILES, URL, secret_key
from tests.injection.yard import Yard, container, pod_template
from tests.waiting import wait_until

MAPPING = {
    "versions": [
        {
            "version": "*",
            "annotations": ".spec.run.notes",
            "containers": [
                {"path": ".spec.run.boxes[*]", "name": ".id", "env": ".vars"},
                {"path": ".spec.helper", "volumeMounts": ".disks['at']"},
            ],
            "volumes": ".spec.run.disks",
        }
    ]
}
SPEC: dict[str, Any] = {
    "run": {"boxes": [{"id": "app", "image": "i", "vars": [{"name": "A", "value": "1"}]}]},
    "helper": {"image": "h"},
    "other": [1, 2],
}
ENTRY = {"name": "URL", "valueFrom": secret_key("uri")}
ROOT = {"name": "SERVICE_BINDING_ROOT", "value": "/bindings"}


@pytest.fixture(scope="module")
def podlike(kube_workloads: KubeWorkloads) -> Resource:
    """A kind with a pod template where a Deployment has it, and no mapping."""
    return define(kube_workloads, unique_group(), "Runner", "runners")


@pytest.fixture(scope="module")
def widget(kube_workloads: KubeWorkloads) -> Resource:
    """A kind that is like nothing else, with a mapping in the cluster."""
    resource = define(kube_workloads, unique_group(), "Widget", "widgets")
    put_mapping(kube_workloads, resource, MAPPING)
    return resource


def make(yard: Yard, resource: Resource, spec: dict[str, Any]) -> None:
    obj = {"metadata": {"name": "w", "namespace": yard.namespace}, "spec": spec}
    yard.ports.records.api.create(resource, obj)


def spec_of(yard: Yard, resource: Resource) -> dict[str, Any]:
    spec: dict[str, Any] = yard.ports.records.api.get(resource, yard.namespace, "w")["spec"]
    return spec


def test_a_kind_with_a_pod_template_needs_no_mapping(yard: Yard, podlike: Resource) -> None:
    word = f"runners.{podlike.group}/w"
    setup = {"initContainers": [container("c")]}
    before = {"template": pod_template(container("app"), container("b"), **setup)}
    make(yard, podlike, before)

    yard.inject(word, files=True, env=URL)

    pod = spec_of(yard, podlike)["template"]
    for found in [*pod["spec"]["containers"], *pod["spec"]["initContainers"]]:
        assert found["volumeMounts"] == [FILES]
        assert ENTRY in found["env"]
    assert pod["spec"]["volumes"] == [{"name": "svcat-db", "secret": {"secretName": "db-secret"}}]
    assert "svcat.dev/hash-db" in pod["metadata"]["annotations"]
    assert not yard.inject(word, files=True, env=URL)[0].changed
    assert yard.drift() == {}

    yard.eject(word)
    assert spec_of(yard, podlike) == before
    assert yard.binding().injections == ()


def test_a_mapping_in_the_cluster_says_where_things_go(yard: Yard, widget: Resource) -> None:
    word = f"widget.{widget.group}/w"
    make(yard, widget, SPEC)

    yard.inject(word, files=True, env=URL)

    spec = spec_of(yard, widget)
    assert spec["run"]["boxes"][0]["vars"] == [{"name": "A", "value": "1"}, ENTRY, ROOT]
    assert spec["run"]["boxes"][0]["volumeMounts"] == [FILES]
    assert spec["helper"] == {"image": "h", "env": [ENTRY, ROOT], "disks": {"at": [FILES]}}
    assert [d["name"] for d in spec["run"]["disks"]] == ["svcat-db"]
    assert list(spec["run"]["notes"]) == ["svcat.dev/hash-db"]
    assert spec["other"] == [1, 2]

    yard.inject(word, env=(("username", "USER"),))
    user = {"name": "USER", "valueFrom": secret_key("username")}
    boxes = spec_of(yard, widget)["run"]["boxes"]
    assert boxes[0]["vars"] == [{"name": "A", "value": "1"}, user]

    yard.eject(word)
    assert spec_of(yard, widget) == SPEC


def test_what_was_there_and_empty_stays(yard: Yard, widget: Resource) -> None:
    word = f"widget.{widget.group}/w"
    boxes = [{"id": "app", "vars": []}]
    before = {"run": {"boxes": boxes, "notes": {}, "disks": []}, "helper": {"env": [], "disks": {}}}
    make(yard, widget, before)

    yard.inject(word, files=True, env=URL)
    yard.inject(word, env=URL)
    yard.eject(word)

    assert spec_of(yard, widget) == before


def test_what_somebody_else_set_there_is_left(yard: Yard, widget: Resource) -> None:
    theirs = {"run": {"boxes": [{"id": "app", "vars": [{"name": "URL", "value": "theirs"}]}]}}
    make(yard, widget, theirs)

    with pytest.raises(Conflict, match="variable URL in container app already"):
        yard.inject(f"widgets.{widget.group}/w", env=URL)

    assert spec_of(yard, widget) == theirs
    assert yard.binding().injections == ()


def test_it_is_ejected_by_the_mapping_that_it_was_injected_by(yard: Yard, widget: Resource) -> None:
    """The mapping may have changed since (servicebinding.io, un-projection)."""
    word = f"widgets.{widget.group}/w"
    version = {"version": "v1", "volumes": ".spec.elsewhere"}
    elsewhere = {"versions": [{**version, "containers": [{"path": ".spec.helper"}]}]}
    make(yard, widget, {"helper": {"image": "h"}})
    yard.inject(word, mappings={f"{widget.plural}.{widget.group}": elsewhere})
    assert "elsewhere" in spec_of(yard, widget)

    yard.eject(word)

    assert spec_of(yard, widget)["helper"] == {"image": "h"}
    assert not spec_of(yard, widget).get("elsewhere")


def test_another_mapping_moves_what_was_injected(yard: Yard, widget: Resource) -> None:
    word, name = f"widgets.{widget.group}/w", f"{widget.plural}.{widget.group}"
    before = {"helper": {"image": "h"}, "other": {"image": "o"}}
    make(yard, widget, before)
    for here in ("helper", "other"):
        version = {"version": "v1", "volumes": f".spec.{here}.disks"}
        spec = {"versions": [{**version, "containers": [{"path": f".spec.{here}"}]}]}
        yard.inject(word, mappings={name: spec})

    found = spec_of(yard, widget)
    assert found["helper"] == before["helper"]
    assert found["other"]["volumeMounts"] == [FILES]
    yard.eject(word)
    assert spec_of(yard, widget) == before


def test_two_bindings_share_the_root_in_a_custom_kind_too(yard: Yard, podlike: Resource) -> None:
    yard.bind("cache")
    word = f"runners.{podlike.group}/w"
    make(yard, podlike, {"template": pod_template()})
    yard.inject(word)
    yard.inject(word, binding="cache")

    yard.eject(word)

    [found] = spec_of(yard, podlike)["template"]["spec"]["containers"]
    assert found["env"] == [ROOT]
    assert [m["mountPath"] for m in found["volumeMounts"]] == ["/bindings/cache"]


def test_a_kind_that_is_gone_is_ejected_all_the_same(
    yard: Yard, kube_workloads: KubeWorkloads
) -> None:
    resource = define(kube_workloads, unique_group(), "Passing", "passings")
    make(yard, resource, {"template": pod_template()})
    yard.inject(f"passings.{resource.group}/w")
    kube_workloads.delete(CRDS, "", f"passings.{resource.group}")
    wait_until(lambda: not kube_workloads.serves(resource))

    assert yard.drift() == {"passing/w": ("gone",)}
    yard.eject(everywhere=True)
    assert yard.binding().injections == ()


def test_an_exact_version_goes_before_the_star() -> None:
    versions = [{"version": "*", "volumes": ".a"}, {"version": "v2", "volumes": ".b"}]

    assert mapping_from({"versions": versions}, "g/v2").volumes == ("b",)
    assert mapping_from({"versions": versions}, "g/v1").volumes == ("a",)
    assert mapping_from({}, "g/v1").volumes == ("spec", "template", "spec", "volumes")


def test_what_a_mapping_does_not_say_is_as_in_a_deployment() -> None:
    found = mapping_from({"versions": [{"version": "*"}]}, "g/v1")

    assert found.annotations == ("spec", "template", "metadata", "annotations")
    assert [c.path for c in found.containers] == [
        ".spec.template.spec.containers[*]",
        ".spec.template.spec.initContainers[*]",
    ]
    assert {(c.name, c.env, c.mounts) for c in found.containers} == {
        (("name",), ("env",), ("volumeMounts",))
    }


@pytest.mark.parametrize("text", [".a[*]", ".a..b", "a", ".a[0]", ".a[?(@.b)]"])
def test_a_fixed_path_has_no_wildcards(text: str) -> None:
    with pytest.raises(UsageError, match="no fixed path"):
        fixed_path(text)


def test_a_fixed_path_may_quote_a_member() -> None:
    assert fixed_path(".a['b.c'].d") == ("a", "b.c", "d")
