"""Sixteen real processes at once on the real server, some killed, some stopped for a while.

Afterwards one ``resume``: a single thing stands under the name, the broker holds exactly what the
records say, nothing is stuck. A few rounds in the suite, fifty of each contest with ``make races``.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Offer
from tests.e2e.place import Done, Place
from tests.faults.cells import Cells
from tests.faults.truth import FAIR_ENDS, require_truth
from tests.fleet.fleet import Running, shared

RACERS = 16
EVERYTHING = bool(os.environ.get("SVCAT_TEST_EVERYTHING"))
ROUNDS = int(os.environ.get("SVCAT_RACES_ROUNDS") or (50 if EVERYTHING else 2))
CALL_S = "1"  # one broker call; claims last 1.5 times as long

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

Words = tuple[str, ...]
PROVISION = ("provision", "db", "--class", "sqlite", "--plan", "file", "-o", "json")
DEPROVISION = ("deprovision", "db", "--cascade")
BIND = ("bind", "db")
UNBIND = ("unbind", "db")
KILLED = -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Contest:
    """What stands before, and what is run at once, in turns."""

    before: tuple[Words, ...]
    commands: tuple[Words, ...]


CONTESTS = {
    "provision": Contest((), (PROVISION,)),
    "provision, deprovision": Contest((), (PROVISION, DEPROVISION)),
    "bind, unbind": Contest((PROVISION,), (BIND, UNBIND)),
}


@dataclass(slots=True)
class Track:
    """Where races are run; ``pace_s`` is how long the last one took."""

    place: Place
    offer: Offer
    dice: random.Random
    pace_s: float = 1.0

    def run(self, commands: tuple[Words, ...]) -> list[tuple[Words, Done]]:
        """Run ``RACERS`` commands at once; return how each ended."""
        begun = time.monotonic()
        fleet = shared()
        environment = self.place.full_environment()
        racers = [
            fleet.start(
                *commands[number % len(commands)],
                "--timeout",
                "30s",
                environment=environment,
                directory=self.place.home,
            )
            for number in range(RACERS)
        ]
        self._trouble(racers)
        ended = [(racer.words, racer.wait()) for racer in racers]
        self.pace_s = min(5.0, time.monotonic() - begun)
        return ended

    def _trouble(self, racers: list[Running]) -> None:
        """Kill a third, stop another third for a while: now and then for longer than a claim."""
        accidents: list[tuple[float, int, Running, signal.Signals]] = []
        for number, racer in enumerate(racers):
            at = self.dice.uniform(0, self.pace_s)
            match self.dice.randrange(3):
                case 0:
                    accidents.append((at, number, racer, signal.SIGKILL))
                case 1:
                    rest_s = self.dice.choice((0.1, 0.3, 0.3, 2.5))
                    accidents.append((at, number, racer, signal.SIGSTOP))
                    accidents.append((at + rest_s, number, racer, signal.SIGCONT))
        begun = time.monotonic()
        for at, _, racer, number_of_signal in sorted(accidents, key=lambda it: it[:2]):
            time.sleep(max(0.0, begun + at - time.monotonic()))  # an accident has its own time
            racer.signal(number_of_signal)


@pytest.fixture
def track(kube: Place, bundled: Offer) -> Iterator[Track]:
    kube.environment["SVCAT_BROKER_TIMEOUT"] = CALL_S
    kube.register(bundled.broker)
    seed = int(os.environ.get("SVCAT_RACES_SEED") or random.SystemRandom().randrange(10**9))
    print(f"SVCAT_RACES_SEED={seed}")
    yield Track(kube, bundled, random.Random(seed))
    kube.attempt("deprovision", "db", "--cascade")
    kube.attempt("orphans", "clean", "--yes")


def winners(ended: list[tuple[Words, Done]]) -> set[str]:
    """Return the instances of those who say that theirs is there."""
    good = [done.json for words, done in ended if words[0] == "provision" and done.code == 0]
    return {instance["spec"]["externalID"] for instance in good}


@pytest.mark.parametrize("name", CONTESTS)
def test_whoever_is_killed_or_stopped_one_resume_sets_it_right(
    track: Track, name: str, cells: Cells
) -> None:
    place, offer, contest = track.place, track.offer, CONTESTS[name]
    empty = place.objects_of_ours()
    for number in range(ROUNDS):
        for words in contest.before:
            place.run(*words)

        ended = track.run(contest.commands)

        story = "\n".join(f"{' '.join(w)} -> {d.code}: {d.err.strip()}" for w, d in ended)
        print(f"round {number} of {name}\n{story}")
        assert {done.code for _, done in ended} <= FAIR_ENDS | {KILLED}, story
        place.run("resume", "--timeout", "60s")
        require_truth(place, offer.instances(), offer.bindings())
        assert len(offer.instances()) <= 1, story
        if DEPROVISION not in contest.commands:  # one winner, and all others say the same
            assert winners(ended) <= offer.instances(), story
        assert len(offer.bindings()) <= 1, story
        place.attempt(*DEPROVISION)
        assert (offer.instances(), offer.bindings()) == (set(), set()), story
        place.attempt("orphans", "clean", "--yes")  # entries of what was killed at its very end
        assert place.objects_of_ours() == empty, story
        cells.count("rounds of 16 racing processes")
