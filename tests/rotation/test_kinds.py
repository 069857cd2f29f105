"""Kinds other than Deployments follow a rotation on a real server, with their own controllers.

The test plays the kubelet: without it their pods stay pending.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.controlplane.server import KubeServer
from tests.injection.yard import container, pod_template
from tests.rotation.kubelet import kubelet
from tests.rotation.yard import Cluster

QUICK = ("--interval", "200ms")


@pytest.fixture
def node(kube_server: KubeServer, cluster: Cluster) -> Iterator[str]:
    """A node that only this test's pods want."""
    name = f"node-{uuid4().hex[:8]}"
    made = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"is": name}}}
    cluster.kubectl("create", "-f", "-", stdin=json.dumps(made))
    yield name
    cluster.kubectl("delete", "node", name, "--wait=false")


def stateful_set(**spec: Any) -> dict[str, Any]:
    return _workload("StatefulSet", serviceName="web", replicas=1, **spec)


def daemon_set(node: str, **spec: Any) -> dict[str, Any]:
    made = _workload("DaemonSet", **spec)
    made["spec"]["template"]["spec"]["nodeSelector"] = {"is": node}
    return made


def cron_job() -> dict[str, Any]:
    template = pod_template(container("app"), restartPolicy="Never")
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}}
    return {
        "apiVersion": "batch/v1beta1",
        "kind": "CronJob",
        "metadata": {"name": "web"},
        "spec": spec,
    }


def _workload(kind: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template(container("app")),
            **spec,
        },
    }


def pods(cluster: Cluster) -> dict[str, str]:
    """The uid of each pod, and which credentials it was made for."""
    found = json.loads(cluster.kubectl("get", "pods", "-o", "json"))["items"]
    return {
        pod["metadata"]["uid"]: next(
            value
            for key, value in pod["metadata"]["annotations"].items()
            if key.startswith("svcat.dev/")
        )
        for pod in found
        if any(key.startswith("svcat.dev/") for key in pod["metadata"].get("annotations") or {})
    }


@pytest.mark.parametrize("kind", ["statefulset", "daemonset"])
def test_its_pods_are_replaced_before_the_old_credentials_go(
    cluster: Cluster, node: str, kind: str
) -> None:
    workload = stateful_set() if kind == "statefulset" else daemon_set(node)
    with kubelet(cluster):
        cluster.give(workload, "--wait", *QUICK)
        old, before = cluster.held_id(), pods(cluster)
        assert len(before) == 1

        cluster.place.run("rotate", "db", *QUICK)

    after = pods(cluster)
    assert len(after) == 1
    assert set(after) & set(before) == set()
    assert set(after.values()) & set(before.values()) == set()
    assert cluster.offer.bindings() == {cluster.held_id()} != {old}
    cluster.clear(workload)


@pytest.mark.parametrize("kind", ["statefulset", "daemonset"])
def test_while_its_pods_do_not_get_ready_both_credentials_work(
    cluster: Cluster, node: str, kind: str
) -> None:
    workload = stateful_set() if kind == "statefulset" else daemon_set(node)
    with kubelet(cluster):
        cluster.give(workload, "--wait", *QUICK)
    old = cluster.held_id()

    waiting = cluster.place.run("rotate", "db", *QUICK, "--timeout", "2s", code=9)

    assert "svcat wait binding/db" in waiting.err
    assert cluster.offer.bindings() == {old, cluster.held_id()}
    assert len(cluster.offer.bindings()) == 2
    with kubelet(cluster):
        cluster.place.run("wait", "binding/db", *QUICK)
    assert cluster.offer.bindings() == {cluster.held_id()}
    cluster.clear(workload)


def test_a_kind_that_never_fails_is_sent_back_when_its_time_is_over(cluster: Cluster) -> None:
    workload = stateful_set()
    with kubelet(cluster):
        cluster.give(workload, "--wait", *QUICK)
    old, before = cluster.held_id(), cluster.place.secret("db")

    cluster.place.run("rotate", "db", "--rollback", *QUICK, "--timeout", "2s", code=9)

    assert (cluster.held_id(), cluster.place.secret("db")) == (old, before)
    with kubelet(cluster):
        ended = cluster.place.run("resume", "db", *QUICK, code=8)
    assert "not within --timeout" in ended.err
    assert cluster.offer.bindings() == {old}
    cluster.clear(workload)


@pytest.mark.parametrize("kind", ["statefulset", "daemonset"])
def test_who_replaces_pods_only_by_hand_is_named_before_anything_happens(
    cluster: Cluster, node: str, kind: str
) -> None:
    by_hand = {"updateStrategy": {"type": "OnDelete"}}
    workload = stateful_set(**by_hand) if kind == "statefulset" else daemon_set(node, **by_hand)
    cluster.give(workload)
    old = cluster.held_id()

    refused = cluster.place.run("rotate", "db", code=6)

    assert f"{kind}.apps/web would go on with credentials that are deleted" in refused.err
    assert "its strategy is OnDelete: delete its pods" in refused.err
    assert "svcat rotate db --grace 1h" in refused.err
    assert cluster.offer.bindings() == {old}
    cluster.clear(workload)


def test_a_cron_job_at_rest_needs_nothing_its_next_job_has_them(cluster: Cluster) -> None:
    workload = cron_job()
    cluster.give(workload)
    old = cluster.held_id()

    cluster.place.run("rotate", "db", *QUICK)

    assert cluster.offer.bindings() == {cluster.held_id()} != {old}
    cluster.clear(workload)


def test_a_job_that_runs_keeps_what_it_was_started_with(cluster: Cluster) -> None:
    workload = cron_job()
    cluster.give(workload)
    made = json.loads(cluster.kubectl("get", "cronjob/web", "-o", "json"))
    path = f"/apis/batch/v1beta1/namespaces/{cluster.place.namespace}/cronjobs/web/status"
    running = {"kind": "Job", "name": "web-1", "apiVersion": "batch/v1", "uid": str(uuid4())}
    busy = json.dumps({**made, "status": {"active": [running]}})
    cluster.kubectl("replace", "--raw", path, "-f", "-", stdin=busy)
    old = cluster.held_id()

    refused = cluster.place.run("rotate", "db", code=6)

    assert "1 of its jobs runs with those that it was started with" in refused.err
    assert "svcat rotate db --grace 1h" in refused.err
    assert cluster.offer.bindings() == {old}
    cluster.clear(workload)
