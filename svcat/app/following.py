"""Waiting until the pods of workloads have what was injected."""

from collections.abc import Iterable
from dataclasses import dataclass

from svcat.app.injection import find
from svcat.app.injection_record import Outcome, words_of
from svcat.app.operation import OutOfPatience, Session
from svcat.app.ports import Patience, Ports
from svcat.app.rollout import Rollout, State, rollout_of
from svcat.errors import OperationFailed, StillRunning
from svcat.store.injections import Injection
from svcat.store.records import BindingRecord

PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of one workload's rollout."""

    injection: Injection
    rollout: Rollout


def follow(
    outcomes: Iterable[Outcome], binding: BindingRecord, ports: Ports, patience: Patience
) -> list[Followed]:
    """Wait until each workload that was changed has new pods.

    Raises OperationFailed if a rollout failed, StillRunning when the patience is over.
    """
    session = Session(ports, patience)
    return [
        Followed(each.injection, _follow(each.injection, binding, session, ports))
        for each in outcomes
        if each.error is None and each.obj is not None
    ]


def _follow(
    injection: Injection, binding: BindingRecord, session: Session, ports: Ports
) -> Rollout:
    words = words_of(injection)
    while True:
        obj = find(injection, binding.namespace, ports)
        if obj is None:
            raise OperationFailed(
                f"{words} was deleted meanwhile",
                hint=f"svcat inject {binding.name} --repair -n {binding.namespace}",
            )
        rollout = rollout_of(obj)
        match rollout.state:
            case State.DONE:
                return rollout
            case State.NOT_BY_ITSELF:
                ports.warn(f"{words} goes on with its present pods: {rollout.words}")
                return rollout
            case State.FAILED:
                raise OperationFailed(
                    f"the rollout of {words} failed: {rollout.words}",
                    hint=f"kubectl describe {words} -n {binding.namespace}",
                )
            case State.GOING_ON:
                session.tell(words, rollout.words)
        try:
            session.wait(session.patience.interval_s or PAUSE_S)
        except OutOfPatience as error:
            raise StillRunning(
                f"the rollout of {words} goes on: {rollout.words}",
                hint=f"follow it: kubectl rollout status {words} -n {binding.namespace}",
            ) from error
