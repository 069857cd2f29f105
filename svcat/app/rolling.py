"""Workloads follow their Secret: given what it holds now, looked at until their pods are new."""

from dataclasses import dataclass, field

from svcat.app.injecting import refresh
from svcat.app.injection import find
from svcat.app.injection_record import words_of
from svcat.app.ports import Ports
from svcat.app.rollout import Rollout, State, rollout_of
from svcat.errors import Unreachable
from svcat.store.injections import Injection, InjectionState
from svcat.store.records import BindingRecord

_WORST_FIRST = (State.FAILED, State.GOING_ON, State.NOT_BY_ITSELF)


@dataclass(slots=True)
class Roller:
    """One command's care for the workloads of one binding."""

    _given: str = field(default="", init=False)  # the id whose credentials they were given
    _told: set[str] = field(default_factory=set, init=False)

    def __call__(self, record: BindingRecord, held_id: str, ports: Ports) -> Rollout:
        """Give them the credentials of ``held_id``, once; return how far they are all together.

        Raises Unreachable.
        """
        if self._given != held_id:
            if (refused := self._give(record, ports)) is not None:
                return refused
            self._given = held_id
        rollouts = [self._look(each, record, ports) for each in _followed(record)]
        for state in _WORST_FIRST:
            for rollout in rollouts:
                if rollout.state is state:
                    return rollout
        return Rollout(State.DONE)

    def _give(self, record: BindingRecord, ports: Ports) -> Rollout | None:
        for outcome in refresh(record, ports):
            if isinstance(outcome.error, Unreachable):
                raise outcome.error
            if outcome.error is not None:
                return Rollout(State.FAILED, f"{outcome.words}: {outcome.error.message}")
            if outcome.remark:
                ports.warn(f"{outcome.words}: {outcome.remark}")
        return None

    def _look(self, injection: Injection, record: BindingRecord, ports: Ports) -> Rollout:
        words = words_of(injection)
        obj = find(injection, record.namespace, ports)
        if obj is None or obj["metadata"]["uid"] != injection.uid:
            return Rollout(State.DONE)  # said when it was given the credentials
        rollout = rollout_of(obj)
        if rollout.state is State.NOT_BY_ITSELF and words not in self._told:
            self._told.add(words)
            ports.warn(f"{words} goes on with its present pods: {rollout.words}")
        return Rollout(rollout.state, f"{words}: {rollout.words}" if rollout.words else "")


def _followed(record: BindingRecord) -> list[Injection]:
    return [each for each in record.injections if each.state is not InjectionState.EJECTING]


def stubborn(record: BindingRecord, ports: Ports) -> list[tuple[str, str]]:
    """Return the workloads whose pods nobody replaces: KIND/NAME and why."""
    found = []
    for each in _followed(record):
        obj = find(each, record.namespace, ports)
        if obj is not None:
            rollout = rollout_of(obj)
            if rollout.state is State.NOT_BY_ITSELF:
                found.append((words_of(each), rollout.words))
    return found
