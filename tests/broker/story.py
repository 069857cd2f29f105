"""A whole life — provision, update, bind, unbind, deprovision — against a broker that may die.

Whenever the broker is gone, the platform starts it again and does one of the two things that
platforms do: send the same request again, or delete what may have been made and begin anew.
"""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from tests.broker.platform_client import Got, Lost, Platform, Target
from tests.brokers.bundled import BundledBroker
from tests.brokers.process import BrokerDidNotStart


class AfterLoss(StrEnum):
    """What the platform does when a request was lost."""

    REPEAT = "repeat"
    DELETE = "delete"


# A worker that has saved an outcome is at its last kill point within this time.
LAST_POINT_S = 3.0


@dataclass(frozen=True, slots=True)
class KillPoints:
    """Arms the kill points of a broker (see svcat.broker.killpoints) through a directory."""

    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        self.directory.mkdir(exist_ok=True)
        return {"SVCAT_BROKER_KILL_POINTS": str(self.directory)}

    def arm(self, number: int) -> None:
        """Die at the number-th point from now on; 0: at none."""
        (self.directory / "passed").write_text("")
        (self.directory / "fatal").write_text(str(number))

    def wait_for_the_fatal_one(self) -> bool:
        """Whether the broker comes to the point at which it dies, which takes it away."""
        fatal = self.directory / "fatal"
        until = time.monotonic() + LAST_POINT_S
        while fatal.exists():
            if fatal.read_text() == "0" or time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def passed(self, at_least: int = 0) -> list[str]:
        """The points since the last ``arm``; waits for a worker that is about to pass its last."""
        until = time.monotonic() + LAST_POINT_S
        while True:
            points = (self.directory / "passed").read_text().splitlines()
            if len(points) >= at_least or time.monotonic() > until:
                return points
            time.sleep(0.01)


class Story:
    """One life; ``deaths`` counts how often the broker had to be started again.

    An update by a Target moves to that plan. ``kills`` are the kill points at which the broker
    dies, the first one in its first life, the next in its next life, and so on.
    """

    def __init__(
        self,
        broker: BundledBroker,
        points: KillPoints,
        target: Target,
        after_loss: AfterLoss,
        *,
        update: Mapping[str, Any] | Target,
        kills: Sequence[int] = (),
    ) -> None:
        self.broker = broker
        self.platform = Platform.of(broker)
        self.deaths = 0
        self.credentials: dict[str, Any] = {}
        self._target = target
        self._after_loss = after_loss
        self._after_update = update if isinstance(update, Target) else target
        self._update: Mapping[str, Any] = (
            {"plan_id": update.plan_id} if isinstance(update, Target) else update
        )
        self._after_loss = after_loss
        self._points = points
        self._kills = list(kills)
        self._arm()
        self._ids = (f"id-{number}" for number in itertools.count())

    def live(self, use: Callable[[dict[str, Any]], None]) -> None:
        """Live through it all; ``use`` gets the credentials and works with them."""
        target = self._target
        instance_id = self._create(
            lambda name: self.platform.provision(name, target),
            lambda name: self.platform.deprovision(name, target),
        )
        self._finish(lambda: self.platform.update(instance_id, target, **self._update), instance_id)
        target = self._after_update
        binding_id = self._create(
            lambda name: self.platform.bind(instance_id, name, target),
            lambda name: self.platform.unbind(instance_id, name, target),
            instance_id,
        )
        fetched = self._survive(lambda: self.platform.fetch_binding(instance_id, binding_id))
        assert fetched.status == 200
        self.credentials = fetched.body["credentials"]
        use(self.credentials)
        self._finish(
            lambda: self.platform.unbind(instance_id, binding_id, target), instance_id, binding_id
        )
        self._finish(lambda: self.platform.deprovision(instance_id, target), instance_id)
        self._notice_a_last_death()

    def _notice_a_last_death(self) -> None:
        """It may have died right after the outcome could be seen, with nothing left to ask it."""
        if self._points.wait_for_the_fatal_one():
            self.broker.popen.wait(timeout=30)
            self._revive()

    def _create(
        self, create: Callable[[str], Got], delete: Callable[[str], Got], owner: str = ""
    ) -> str:
        """Create under a new id, by repeating or by deleting and taking another id."""
        while True:
            name = next(self._ids)
            place = (owner, name) if owner else (name,)
            if self._after_loss is AfterLoss.REPEAT:
                self._finish(partial(create, name), *place)
                return name
            try:
                made = create(name)
                if made.status == 202:
                    made = self.platform.wait(*place)
                assert made.status in {200, 201}, made
                return name
            except Lost:
                self._revive()
                self._finish(partial(delete, name), *place)

    def _finish(self, send: Callable[[], Got], *place: str) -> None:
        """Send until it is answered, wait until it is done."""
        got = self._survive(send)
        while got.status == 422 and got.body["error"] == "ConcurrencyError":
            time.sleep(0.02)
            got = self._survive(send)
        if got.status == 202:
            got = self._survive(lambda: self.platform.wait(*place))
            assert got.body == {"state": "succeeded"}, got
        assert got.status in {200, 201, 410}, got

    def _survive(self, act: Callable[[], Got]) -> Got:
        while True:
            try:
                return act()
            except Lost:
                self._revive()

    def _revive(self) -> None:
        self.broker.kill()
        self.deaths += 1
        self._arm()
        try:
            self.broker.restart(self._points.environment)
        except BrokerDidNotStart:  # it died of its own recovery
            self._revive()

    def _arm(self) -> None:
        self._points.arm(self._kills.pop(0) if self._kills else 0)
