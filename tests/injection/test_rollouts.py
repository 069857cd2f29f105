"""When the pods of a workload have what was injected: each kind's own way to tell, and --wait."""

from typing import Any

import pytest

from svcat.app.rollout import State, rollout_of
from tests.injection.test_inject import URL
from tests.injection.yard import Yard, deployment

SEEN = {"observedGeneration": 2}
ON_DELETE = {"updateStrategy": {"type": "OnDelete"}}
PARTITION = {"updateStrategy": {"rollingUpdate": {"partition": 1}}}
LATE = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "too slow"}]


def numbers(**of: int) -> dict[str, int]:
    return SEEN | of


@pytest.mark.parametrize(
    ("kind", "spec", "status", "state"),
    [
        ("Deployment", {"replicas": 2}, {"observedGeneration": 1}, State.GOING_ON),
        ("Deployment", {"replicas": 2}, numbers(replicas=2, updatedReplicas=1), State.GOING_ON),
        ("Deployment", {"replicas": 2}, numbers(replicas=3, updatedReplicas=2), State.GOING_ON),
        ("Deployment", {"replicas": 2}, numbers(replicas=2, updatedReplicas=2), State.GOING_ON),
        (
            "Deployment",
            {"replicas": 2},
            numbers(replicas=2, updatedReplicas=2, availableReplicas=2),
            State.DONE,
        ),
        ("Deployment", {"replicas": 0}, SEEN, State.DONE),
        ("Deployment", {"paused": True}, SEEN, State.NOT_BY_ITSELF),
        ("Deployment", {}, {**SEEN, "conditions": LATE}, State.FAILED),
        ("StatefulSet", {"replicas": 2}, numbers(readyReplicas=1), State.GOING_ON),
        (
            "StatefulSet",
            {"replicas": 1},
            {**numbers(readyReplicas=1), "updateRevision": "b", "currentRevision": "a"},
            State.GOING_ON,
        ),
        (
            "StatefulSet",
            {"replicas": 1},
            {**numbers(readyReplicas=1), "updateRevision": "b", "currentRevision": "b"},
            State.DONE,
        ),
        ("StatefulSet", ON_DELETE, SEEN, State.NOT_BY_ITSELF),
        (
            "StatefulSet",
            {"replicas": 2, **PARTITION},
            numbers(readyReplicas=2, updatedReplicas=0),
            State.GOING_ON,
        ),
        (
            "StatefulSet",
            {"replicas": 2, **PARTITION},
            numbers(readyReplicas=2, updatedReplicas=1),
            State.NOT_BY_ITSELF,
        ),
        ("DaemonSet", {}, numbers(desiredNumberScheduled=2), State.GOING_ON),
        (
            "DaemonSet",
            {},
            numbers(desiredNumberScheduled=2, updatedNumberScheduled=2, numberAvailable=1),
            State.GOING_ON,
        ),
        (
            "DaemonSet",
            {},
            numbers(desiredNumberScheduled=2, updatedNumberScheduled=2, numberAvailable=2),
            State.DONE,
        ),
        ("DaemonSet", ON_DELETE, SEEN, State.NOT_BY_ITSELF),
        ("CronJob", {}, {}, State.DONE),
        ("ReplicaSet", {}, SEEN, State.NOT_BY_ITSELF),
        ("ReplicationController", {}, SEEN, State.NOT_BY_ITSELF),
        ("Widget", {}, {}, State.DONE),
        ("Widget", {}, {"observedGeneration": 1}, State.GOING_ON),
        ("Widget", {}, {**SEEN, "conditions": [{"type": "Ready"}]}, State.GOING_ON),
        ("Widget", {}, {**SEEN, "conditions": [{"type": "Ready", "status": "True"}]}, State.DONE),
    ],
)
def test_how_far_a_rollout_is(
    kind: str, spec: dict[str, Any], status: dict[str, Any], state: State
) -> None:
    obj = {"kind": kind, "metadata": {"generation": 2}, "spec": spec, "status": status}

    assert rollout_of(obj).state is state


def test_wait_ends_when_the_controller_has_replaced_the_pods(yard: Yard) -> None:
    yard.apply(deployment(replicas=0))

    done = yard.svcat("inject", "db", "deployment/web", "--wait", "--interval", "100ms")

    assert "deployment/web: rolled out" in done.err
    metadata = yard.get("deployment", "web")["metadata"]
    assert yard.get("deployment", "web")["status"]["observedGeneration"] == metadata["generation"]


def test_wait_says_what_it_waits_for_and_that_it_goes_on(yard: Yard) -> None:
    yard.apply(deployment())

    words = ("inject", "db", "deployment/web", "--wait", "--timeout", "1s", "--interval", "100ms")
    done = yard.svcat(*words, code=9)

    assert "the rollout of deployment.apps/web goes on" in done.err
    assert "kubectl rollout status deployment.apps/web" in done.err
    assert [i.name for i in yard.binding().injections] == ["web"]


def test_a_rollout_that_failed_is_a_failure(yard: Yard) -> None:
    document = deployment()
    document["spec"]["progressDeadlineSeconds"] = 1
    yard.apply(document)

    words = ("inject", "db", "deployment/web", "--wait", "--interval", "100ms")
    done = yard.svcat(*words, code=8)

    assert "the rollout of deployment.apps/web failed" in done.err


def test_what_does_not_roll_by_itself_is_said_and_not_waited_for(yard: Yard) -> None:
    document = deployment()
    document["spec"]["paused"] = True
    yard.apply(document)

    done = yard.svcat("inject", "db", "deployment/web", "--wait", "--interval", "100ms")

    assert "goes on with its present pods: it is paused" in done.err


def test_an_unchanged_workload_that_still_rolls_is_waited_for_all_the_same(yard: Yard) -> None:
    yard.apply(deployment())
    yard.inject("deployment/web", env=URL)

    words = ("inject", "db", "deployment/web", "--env", "uri=URL", "--wait", "--timeout", "1s")
    yard.svcat(*words, "--interval", "100ms", code=9)
