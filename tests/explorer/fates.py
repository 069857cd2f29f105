"""What can become of an effect, and how much of it one execution may suffer."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of one effect."""

    DONE = ""
    LOST_REQUEST = "request lost"
    LOST_ANSWER = "answer lost"
    OUTAGE = "request lost, server away"
    OUTAGE_AFTER = "answer lost, server away"
    FAILED_BEFORE = "500 before"
    FAILED_AFTER = "500 after"
    LATE_REQUEST = "request late"
    STOPPED = "stopped before"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"


# The API server is away for so long that nobody sees what became of a write.
OUTAGES = frozenset({Fate.OUTAGE, Fate.OUTAGE_AFTER})
UNDISTURBED = 0.8
KILLS = frozenset({Fate.KILLED_BEFORE, Fate.KILLED_AFTER})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many faults, kills and preemptions one execution may have."""

    faults: int
    kills: int
    preemptions: int

    def __str__(self) -> str:
        return f"({self.faults},{self.kills},{self.preemptions})"


def fates(verb: str, *, is_broker_call: bool, is_read: bool, faults: int, kills: int) -> list[Fate]:
    """Return what may become of an effect; the first is the undisturbed course.

    A process is stopped before a write that does not depend on what others wrote meanwhile.
    """
    found = [Fate.DONE]
    if faults:
        found.append(Fate.LOST_REQUEST)
        if is_broker_call:
            found.append(Fate.FAILED_BEFORE)
        if not is_read:
            found.append(Fate.LOST_ANSWER)
            if is_broker_call:
                found += [Fate.FAILED_AFTER, Fate.LATE_REQUEST]
            else:
                found += [Fate.OUTAGE, Fate.OUTAGE_AFTER]
        if verb == "create" or (is_broker_call and not is_read):
            found.append(Fate.STOPPED)
    if kills:
        found.append(Fate.KILLED_BEFORE)
        if not is_read:
            found.append(Fate.KILLED_AFTER)
    return found


class Choices:
    """A path through the tree of choices: a prefix to repeat, then always the first."""

    def __init__(self, prefix: list[int]) -> None:
        self._prefix = prefix
        self._taken: list[tuple[int, int]] = []

    @property
    def repeats(self) -> bool:
        """Whether an earlier path came this way, too."""
        return len(self._taken) < len(self._prefix)

    def pick(self, count: int) -> int:
        """Return the next choice, of ``count``."""
        if count == 1:
            return 0
        position = len(self._taken)
        choice = self._prefix[position] if position < len(self._prefix) else 0
        self._taken.append((choice, count))
        return choice

    def next_prefix(self) -> list[int] | None:
        """Return the prefix of the next path, None after the last."""
        while self._taken and self._taken[-1][0] + 1 >= self._taken[-1][1]:
            self._taken.pop()
        if not self._taken:
            return None
        prefix = [choice for choice, _ in self._taken]
        prefix[-1] += 1
        return prefix


class RandomChoices(Choices):
    """Paths at random, for trees too large to walk; the seed makes them again."""

    def __init__(self, seed: int) -> None:
        super().__init__([])
        self._random = random.Random(seed)

    def pick(self, count: int) -> int:
        """Return a choice, the undisturbed one most of the time."""
        if count == 1 or self._random.random() < UNDISTURBED:
            return 0
        return self._random.randrange(count)
