"""Workloads on a real server follow a rotation, or hold it up, or send it back.

No pods run there: a Deployment of none has rolled out when its controller has seen it, one of one
pod fails when its progress deadline is over.
"""

from typing import Any

import pytest

from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Place
from tests.rotation.yard import Cluster

WORKS: dict[str, Any] = {"replicas": 0}
FAILS: dict[str, Any] = {"replicas": 1, "progressDeadlineSeconds": 1, "minReadySeconds": 0}


@pytest.fixture
def cluster(kube: Place, kube_server: KubeServer, postbox: Offer) -> Cluster:
    """A namespace with an instance and its binding."""
    kube.register(postbox.broker)
    return Cluster(kube, kube_server, postbox)


def test_pods_are_replaced_before_the_old_credentials_go(cluster: Cluster) -> None:
    cluster.bind(cluster.offer.sync)
    cluster.inject(WORKS)
    old, before = cluster.held_id(), cluster.template()

    cluster.place.run("rotate", "db", "--interval", "200ms")

    assert cluster.offer.bindings() == {cluster.held_id()} != {old}
    assert cluster.template() != before
    again = cluster.place.run("inject", "db", "deployment/web", "--env", "password=PASSWORD")
    assert "unchanged" in again.out
    cluster.clear()


def test_a_failed_rollout_holds_it_up_with_both_credentials_working(cluster: Cluster) -> None:
    cluster.bind(cluster.offer.sync)
    cluster.inject(FAILS)
    old = cluster.held_id()

    failed = cluster.place.run("rotate", "db", "--interval", "200ms", code=8)

    assert "deployment.apps/web" in failed.err
    assert "old ones are kept" in failed.err
    assert "svcat rotate db --rollback" in failed.err
    assert cluster.offer.bindings() == {old, cluster.held_id()}
    assert len(cluster.offer.bindings()) == 2
    described = cluster.place.run("describe", "binding", "db")
    assert "Rotating" in described.out
    assert "its rotation is held up by its workloads: deployment.apps/web" in described.err
    assert "svcat resume db" in described.err
    assert "svcat rotate db --rollback" in described.err
    assert "held up by its workloads" in cluster.place.run("status").out
    cluster.place.run("resume", "db", "--interval", "200ms", code=8)
    cluster.scale(0)
    cluster.place.run("resume", "db", "--interval", "200ms")
    assert cluster.offer.bindings() == {cluster.held_id()} != {old}
    cluster.clear()


def test_a_failed_rollout_sends_it_back_if_asked_to(cluster: Cluster) -> None:
    cluster.bind(cluster.offer.sync)
    cluster.inject(FAILS)
    old, before, template = cluster.held_id(), cluster.place.secret("db"), cluster.template()

    failed = cluster.place.run("rotate", "db", "--rollback", "--interval", "200ms", code=8)

    assert "failed: deployment.apps/web" in failed.err
    assert "binding db is as it was before" in failed.err
    assert (cluster.held_id(), cluster.place.secret("db")) == (old, before)
    assert cluster.template() == template
    assert cluster.offer.bindings() == {old}
    binding = cluster.place.run("get", "binding", "db", "-o", "json").json
    assert binding["status"]["phase"] == "ready"
    assert binding["status"]["conditions"][0]["reason"] == "RolloutFailed"
    cluster.clear()


def test_a_later_command_goes_back_if_the_broker_gives_bindings_out(cluster: Cluster) -> None:
    cluster.bind(cluster.offer.slow_bind)
    cluster.inject(FAILS)
    old, before = cluster.held_id(), cluster.place.secret("db")
    cluster.place.run("rotate", "db", "--interval", "200ms", code=8)
    assert cluster.held_id() != old

    failed = cluster.place.run("rotate", "db", "--rollback", "--interval", "200ms", code=8)

    assert "--rollback" not in failed.err
    assert (cluster.held_id(), cluster.place.secret("db")) == (old, before)
    assert cluster.offer.bindings() == {old}
    cluster.clear()


def test_who_replaces_no_pods_is_named_before_anything_happens(cluster: Cluster) -> None:
    cluster.bind(cluster.offer.sync)
    cluster.inject({**WORKS, "paused": True})
    old = cluster.held_id()

    refused = cluster.place.run("rotate", "db", code=6)

    assert "deployment.apps/web" in refused.err
    assert "--grace" in refused.err
    assert cluster.offer.bindings() == {old}
    cluster.place.run("rotate", "db", "--grace", "1h", "--no-wait")
    assert cluster.offer.bindings() == {old, cluster.held_id()}
    cluster.clear()
