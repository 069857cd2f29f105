"""Whether a workload's pods are of its present template, as kubectl rollout status tells. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from svcat.app.workload_kinds import NOT_ROLLED
from svcat.objects import JsonObject


class State(StrEnum):
    """How far a rollout is."""

    DONE = "done"
    GOING_ON = "going on"
    FAILED = "failed"
    NOT_BY_ITSELF = "not by itself"  # pods are replaced only when somebody does it


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rollout's state, and what it waits for or why it failed."""

    state: State
    words: str = ""


_PAUSED = Rollout(State.NOT_BY_ITSELF, "it is paused: kubectl rollout resume")
_DONE = Rollout(State.DONE)


def rollout_of(obj: JsonObject) -> Rollout:
    """Return how far ``obj`` is with its present template."""
    kind = str(obj.get("kind", ""))
    if kind in NOT_ROLLED:
        return Rollout(State.NOT_BY_ITSELF, f"a {kind} replaces no pods: delete them")
    if kind == "CronJob":
        return _cron_job(_object(obj, "status"))
    status, spec = _object(obj, "status"), _object(obj, "spec")
    observed, generation = status.get("observedGeneration"), obj["metadata"].get("generation")
    judge = _JUDGES.get(kind)
    if judge is None and observed is None:
        return _DONE  # a kind that tells nothing of itself
    if judge is _deployment and spec.get("paused"):  # as long as that is so, nothing follows
        return _PAUSED
    if _number(observed) < _number(generation):
        return Rollout(State.GOING_ON, "its controller has not seen the change yet")
    return (judge or _custom)(spec, status)


def _cron_job(status: JsonObject) -> Rollout:
    """The next job has what the template says; those that run stay as they are."""
    running = len(status.get("active") or ())
    if not running:
        return _DONE
    runs = "runs with those that it was" if running == 1 else "run with those that they were"
    return Rollout(State.NOT_BY_ITSELF, f"{running} of its jobs {runs} started with")


def _deployment(spec: JsonObject, status: JsonObject) -> Rollout:
    for condition in status.get("conditions") or ():
        if condition.get("reason") == "ProgressDeadlineExceeded":
            words = str(condition.get("message") or "deadline exceeded")
            return Rollout(State.FAILED, words.rstrip("."))
    wanted = _number(spec.get("replicas", 1))
    updated, total = _number(status.get("updatedReplicas")), _number(status.get("replicas"))
    if updated < wanted:
        return Rollout(State.GOING_ON, f"{updated} of {wanted} new pods have been made")
    if total > updated:
        return Rollout(State.GOING_ON, f"{total - updated} old pods are still to end")
    available = _number(status.get("availableReplicas"))
    if available < updated:
        return Rollout(State.GOING_ON, f"{available} of {updated} new pods are available")
    return _DONE


def _stateful_set(spec: JsonObject, status: JsonObject) -> Rollout:
    strategy = _object(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return Rollout(State.NOT_BY_ITSELF, "its strategy is OnDelete: delete its pods")
    wanted, ready = _number(spec.get("replicas", 1)), _number(status.get("readyReplicas"))
    if ready < wanted:
        return Rollout(State.GOING_ON, f"{ready} of {wanted} pods are ready")
    partition = _number(_object(strategy, "rollingUpdate").get("partition"))
    updated = _number(status.get("updatedReplicas"))
    if partition:
        if updated < wanted - partition:
            return Rollout(State.GOING_ON, f"{updated} of {wanted - partition} pods are new")
        return Rollout(State.NOT_BY_ITSELF, f"the {partition} pods below its partition stay old")
    if status.get("updateRevision") != status.get("currentRevision"):
        return Rollout(State.GOING_ON, f"{updated} of {wanted} pods are new")
    return _DONE


def _daemon_set(spec: JsonObject, status: JsonObject) -> Rollout:
    if _object(spec, "updateStrategy").get("type") == "OnDelete":
        return Rollout(State.NOT_BY_ITSELF, "its strategy is OnDelete: delete its pods")
    wanted = _number(status.get("desiredNumberScheduled"))
    updated = _number(status.get("updatedNumberScheduled"))
    if updated < wanted:
        return Rollout(State.GOING_ON, f"{updated} of {wanted} pods are new")
    available = _number(status.get("numberAvailable"))
    if available < wanted:
        return Rollout(State.GOING_ON, f"{available} of {wanted} pods are available")
    return _DONE


def _custom(spec: JsonObject, status: JsonObject) -> Rollout:
    del spec
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Ready" and condition.get("status") != "True":
            return Rollout(State.GOING_ON, str(condition.get("message") or "it is not ready"))
    return _DONE


_JUDGES: dict[str, Callable[[JsonObject, JsonObject], Rollout]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
}


def _object(obj: JsonObject, name: str) -> JsonObject:
    found = obj.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
