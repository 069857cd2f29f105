"""Deleting what a run made or may have made, whatever the broker does: bindings, then instances.

What a delete does not confirm (200, 410, or 202 and then an end) is tried again; what stays is told
with its ids.
"""

from collections.abc import Callable, Iterator

from svcat.clock import Clock
from svcat.conformance.model import Leftover
from svcat.conformance.operation import End, Kind, Pace, Steps, conduct
from svcat.conformance.platform import Key, Platform, Traces

_TRIES = 4
_PAUSE_S = 0.5  # doubled after each try
LATE_S = 5.0  # a create without an answer may come through as late as this


class Cleaner:
    """Deletes through ``platform``; ``pace`` is that of the polls."""

    def __init__(self, platform: Platform, pace: Pace) -> None:
        self._platform = platform
        self._pace = pace

    def remove_bindings(self, instance_id: str) -> bool:
        """Delete the bindings of an instance; whether all are gone."""
        return all([self._remove(key) is None for key in self._traces.bindings(instance_id)])

    def remove_all(self, say: Callable[[str], None]) -> tuple[Leftover, ...]:
        """Delete everything; return what may still be there."""
        left: list[Leftover] = []
        keys = [*self._traces.bindings(), *self._traces.instances()]
        if keys:
            say(f"deleting what the check made: {len(keys)} left")
        for key in keys:
            reason = self._remove(key)
            if reason is not None:
                left.append(self._traces.leftover(key, reason))
        return (*left, *self._remove_refused())

    def _remove_refused(self) -> Iterator[Leftover]:
        """Delete what was refused, for a broker that made it all the same; once is enough."""
        refused = self._traces.refused
        for key, ids in sorted(refused.items(), key=lambda item: not item[0][1]):
            done = conduct(self._steps(key, ids), self._pace)
            if done.end is not End.DONE and not done.answer.is_client_error:
                yield self._traces.leftover(key, done.reason)

    def leftovers(self, reason: str) -> tuple[Leftover, ...]:
        """Return everything that may still be there."""
        return tuple(self._traces.leftover(key, reason) for key in self._traces.plans)

    @property
    def _traces(self) -> Traces:
        return self._platform.traces

    @property
    def _clock(self) -> Clock:
        return self._pace.clock

    def _remove(self, key: Key) -> str | None:
        """Delete one thing; return why it may still be there, None if it is gone."""
        reason = ""
        pause_s = _PAUSE_S
        for number in range(_TRIES):
            if number:
                self._clock.sleep(pause_s)
                pause_s *= 2
            for ids in self._ids_of(key):
                reason = self._removed(key, ids)
                if not reason:
                    return None
        return reason

    def _ids_of(self, key: Key) -> list[dict[str, str]]:
        """Return what it may have to be deleted with; bindings follow their instance's plan."""
        own, of_instance = self._traces.plans[key], self._traces.plans.get((key[0], ""), [])
        return [*own, *(ids for ids in of_instance if ids not in own)]

    def _removed(self, key: Key, ids: dict[str, str]) -> str:
        done = conduct(self._steps(key, ids), self._pace)
        if done.end is not End.DONE and done.answer.status != 410:
            return done.reason
        if key in self._traces.lost and done.answer.status == 410:
            self._traces.lost.discard(key)
            self._clock.sleep(LATE_S)
            return "its creation got no answer"
        self._traces.forget(key)
        return ""

    def _steps(self, key: Key, ids: dict[str, str]) -> Steps:
        platform = self._platform
        if key[1]:
            return Steps(
                kind=Kind.UNBIND,
                send=lambda **_: platform.unbind(key, ids, incomplete=True),
                poll=lambda params: platform.poll_binding(key, {**ids, **params}),
            )
        return Steps(
            kind=Kind.DEPROVISION,
            send=lambda **_: platform.deprovision(key[0], ids, incomplete=True),
            poll=lambda params: platform.poll_instance(key[0], {**ids, **params}),
        )
