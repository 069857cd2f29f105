"""``inject --local``: manifests for GitOps, Jobs and Pods, changed before anything is created."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from svcat.kube.workloads import KubeWorkloads
from svcat.objects import Resource
from tests.e2e.place import Done
from tests.injection.custom import define, unique_group
from tests.injection.test_inject import FILES, ROOT, env, secret_key
from tests.injection.test_root import config_map
from tests.injection.yard import Yard, container, deployment, pod_template, scratch

VOLUME = {"name": "svcat-db", "secret": {"secretName": "db-secret"}}


def job(name: str = "migrate") -> dict[str, Any]:
    pod = pod_template(container("app"), restartPolicy="Never")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"template": pod},
    }


def bare_pod() -> dict[str, Any]:
    pod = pod_template()
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod["spec"]}


def transformed(yard: Yard, file: Path, *words: str, code: int = 0) -> list[dict[str, Any]]:
    done = yard.svcat("inject", "db", "--local", "-f", str(file), *words, code=code)
    return list(yaml.safe_load_all(done.out))


def failed(yard: Yard, file: Path, *words: str, code: int) -> Done:
    return yard.svcat("inject", "db", "--local", "-f", str(file), *words, code=code)


def test_a_job_and_a_pod_get_credentials_before_they_are_made(yard: Yard, tmp_path: Path) -> None:
    file = scratch(tmp_path / "m.yaml", job(), bare_pod())

    done = yard.svcat("inject", "db", "--local", "-f", str(file))
    yard.kubectl("create", "-f", "-", stdin=list(yaml.safe_load_all(done.out)))

    assert "job/migrate: injected" in done.err
    for spec in (
        yard.get("job", "migrate")["spec"]["template"]["spec"],
        yard.get("pod", "p")["spec"],
    ):
        assert spec["containers"][0]["volumeMounts"] == [FILES]
        assert env({"spec": spec}) == ROOT
        assert spec["volumes"][0]["secret"]["secretName"] == "db-secret"


def test_every_kind_is_changed_where_its_pods_are_and_the_rest_is_left(
    yard: Yard, tmp_path: Path
) -> None:
    cron = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "c"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job()["spec"]}},
    }
    sets = [{**deployment(k.lower()), "kind": k} for k in ("StatefulSet", "DaemonSet")]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"a": 1}}
    listed = {"apiVersion": "v1", "kind": "List", "items": [deployment(), service]}
    file = scratch(tmp_path / "m.yaml", service, cron, *sets, listed)

    found = transformed(yard, file, "--env", "uri=URL")

    templates = [
        found[1]["spec"]["jobTemplate"]["spec"]["template"],
        found[2]["spec"]["template"],
        found[3]["spec"]["template"],
        found[4]["items"][0]["spec"]["template"],
    ]
    for template in templates:
        assert env(template) == {"URL": secret_key("uri")}
        assert list(template["metadata"]["annotations"]) == ["svcat.dev/hash-db"]
    assert found[0] == found[4]["items"][1] == service


def test_to_do_it_twice_changes_nothing_more(yard: Yard, tmp_path: Path) -> None:
    once = transformed(yard, scratch(tmp_path / "a.yaml", deployment()), "--files", "--env-all")
    twice = transformed(yard, scratch(tmp_path / "b.yaml", *once), "--files", "--env-all")

    assert once == twice


def test_names_and_labels_choose_among_the_documents(yard: Yard, tmp_path: Path) -> None:
    file = scratch(tmp_path / "m.yaml", deployment("a"), deployment("b"), job("c"))

    for words in (["deployment/a"], ["-l", "app=a"]):
        found = transformed(yard, file, *words)
        volumes = [d["spec"]["template"]["spec"].get("volumes") for d in found]
        assert volumes == [[VOLUME], None, None]

    assert "deployment/x is not in the manifests" in failed(yard, file, "deployment/x", code=5).err
    assert "there is no workload" in failed(yard, file, "-l", "app=x", code=5).err


def test_standard_input_to_standard_output_is_a_filter(yard: Yard) -> None:
    text = "# a comment\n" + yaml.safe_dump(deployment())
    done = yard.svcat("inject", "db", "--local", "-f", "-", stdin=text)

    yard.kubectl("apply", "-f", "-", stdin=[yaml.safe_load(done.out)])

    assert yard.get("deployment", "web")["spec"]["template"]["spec"]["volumes"]
    assert yard.binding().injections == ()


def test_a_kind_of_nobodys_is_changed_by_a_mapping_from_a_file(yard: Yard, tmp_path: Path) -> None:
    spec = {"versions": [{"version": "*", "containers": [{"path": ".spec.box"}]}]}
    mapping = scratch(
        tmp_path / "mapping.yaml",
        {
            "apiVersion": "servicebinding.io/v1",
            "kind": "ClusterWorkloadResourceMapping",
            "metadata": {"name": "gadgets.example.com"},
            "spec": spec,
        },
    )
    gadget = {
        "apiVersion": "example.com/v1",
        "kind": "Gadget",
        "metadata": {"name": "g"},
        "spec": {"box": {"image": "i"}},
    }
    file = scratch(tmp_path / "m.yaml", gadget)

    [found] = transformed(yard, file, "--env", "uri=URL", "--mapping", str(mapping))

    entry = {"name": "URL", "valueFrom": secret_key("uri")}
    assert found["spec"]["box"] == {"image": "i", "env": [entry]}
    assert "there is no workload" in failed(yard, file, code=5).err


def test_a_mapping_file_serves_a_kind_in_the_cluster_too(
    yard: Yard, kube_workloads: KubeWorkloads, tmp_path: Path
) -> None:
    kind: Resource = define(kube_workloads, unique_group(), "Gadget", "gadgets")
    metadata = {"name": "g", "namespace": yard.namespace}
    kube_workloads.create(kind, {"metadata": metadata, "spec": {"box": {"image": "i"}}})
    spec = {"versions": [{"version": "v1", "containers": [{"path": ".spec.box"}]}]}
    mapping = scratch(
        tmp_path / "mapping.yaml",
        {
            "kind": "ClusterWorkloadResourceMapping",
            "metadata": {"name": f"gadgets.{kind.group}"},
            "spec": spec,
        },
    )
    word = f"gadgets.{kind.group}/g"

    yard.svcat("inject", "db", word, "--env", "uri=URL", "--mapping", str(mapping))
    entry = {"name": "URL", "valueFrom": secret_key("uri")}
    assert kube_workloads.get(kind, yard.namespace, "g")["spec"]["box"]["env"] == [entry]

    yard.svcat("eject", "db", word)
    assert kube_workloads.get(kind, yard.namespace, "g")["spec"] == {"box": {"image": "i"}}


def test_a_root_that_is_set_is_obeyed_in_manifests_too(yard: Yard, tmp_path: Path) -> None:
    config_map(yard, "cm", SERVICE_BINDING_ROOT="/from-cm")
    source = [{"configMapRef": {"name": "cm"}}]
    file = scratch(tmp_path / "m.yaml", deployment("web", container("app", envFrom=source)))

    [found] = transformed(yard, file)

    [app] = found["spec"]["template"]["spec"]["containers"]
    assert app["volumeMounts"][0]["mountPath"] == "/from-cm/db"
    assert "env" not in app


def test_a_manifest_for_another_namespace_is_refused(yard: Yard, tmp_path: Path) -> None:
    document = deployment()
    document["metadata"]["namespace"] = "elsewhere"

    done = failed(yard, scratch(tmp_path / "m.yaml", document), code=6)

    assert "deployment/web is for namespace elsewhere" in done.err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "m.yaml:"),
        ("- a\n", "a manifest is an object"),
        ("a: 1\na: 2\n", "a key is given twice"),
        ("a: !!python/object:os.system {}\n", "m.yaml:"),
    ],
)
def test_what_is_no_manifest_is_an_error_that_quotes_nothing(
    yard: Yard, tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(text)

    done = failed(yard, file, code=2)

    assert problem in done.err
    assert done.out == ""
