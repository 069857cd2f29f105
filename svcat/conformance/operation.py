"""One operation from its request to its end, with all that was asked while it ran.

First without ``accepts_incomplete``, as a platform that cannot wait would; if that is refused, with
it. Nothing is judged here: checks look at the Conduct afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from svcat.clock import Clock
from svcat.conformance.session import Answer
from svcat.osb.models import OperationState

_MOST_INVALID = 5  # polls in a row that tell nothing


class End(StrEnum):
    """How it ended."""

    DONE = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "without a final state in time"


class Kind(StrEnum):
    """What is done; the word is the theme of its checks."""

    PROVISION = "provision"
    UPDATE = "update"
    BIND = "bind"
    UNBIND = "unbind"
    DEPROVISION = "deprovision"

    @property
    def deletes(self) -> bool:
        """Whether its success means that something is gone."""
        return self in (Kind.UNBIND, Kind.DEPROVISION)

    @property
    def creates(self) -> bool:
        """Whether its success means that something is there."""
        return self in (Kind.PROVISION, Kind.BIND)

    @property
    def on_binding(self) -> bool:
        """Whether it is about a binding."""
        return self in (Kind.BIND, Kind.UNBIND)

    @property
    def done_status(self) -> int:
        """The status of a synchronous success."""
        return 201 if self.creates else 200


class Send(Protocol):
    """What sends the request."""

    def __call__(self, *, incomplete: bool) -> Answer:
        """Send it, accepting a 202 or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How to ask for an operation."""

    kind: Kind
    send: Send
    poll: Callable[[Mapping[str, str]], Answer]  # given the operation, if there is one
    during: Mapping[str, Callable[[], Answer]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Conduct:
    """What happened; ``answer`` is the one that started the operation or refused it."""

    kind: Kind
    plain: Answer  # to the request without accepts_incomplete
    answer: Answer
    during: dict[str, Answer] = field(default_factory=dict)
    ran_on: bool = False  # it was still in progress after all of ``during``
    polls: list[Answer] = field(default_factory=list)
    end: End = End.UNKNOWN
    after: Answer | None = None  # a poll after the end

    @property
    def is_async(self) -> bool:
        """Whether the broker answered 202."""
        return self.answer.status == 202

    @property
    def reason(self) -> str:
        """How it ended, in the broker's words if there are any."""
        last = self.polls[-1] if self.polls else self.answer
        words = last.members.get("description")
        text = f": {words}" if isinstance(words, str) and words else ""
        status = f" (status {self.answer.status})" if self.end is End.REFUSED else ""
        return f"{self.kind} ended {self.end}{status}{text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How to wait: seconds between polls, and for an operation as a whole."""

    clock: Clock
    interval_s: float = 1.0
    timeout_s: float = 1800.0


def conduct(steps: Steps, pace: Pace) -> Conduct:
    """Carry an operation through to its end, or to the end of our patience."""
    plain = steps.send(incomplete=False)
    is_gone = steps.kind.deletes and plain.status == 410
    is_refused = plain.status is None or plain.status >= 400
    answer = steps.send(incomplete=True) if is_refused and not is_gone else plain
    done = Conduct(kind=steps.kind, plain=plain, answer=answer)
    if answer.status != 202:
        is_done = answer.status in (200, 201)
        done.end = End.DONE if is_done else End.REFUSED if answer.is_client_error else End.UNKNOWN
        return done
    for name, ask in steps.during.items():
        done.during[name] = ask()
    _follow(done, steps, pace)
    if done.end is not End.UNKNOWN:
        done.after = steps.poll(_params(answer))
    return done


def state_of(poll: Answer) -> OperationState | None:
    """Return the state that a poll tells; None if it tells none."""
    state = poll.members.get("state")
    if poll.status != 200 or state not in set(OperationState):
        return None
    return OperationState(state)


def end_of(poll: Answer, kind: Kind) -> End | None:
    """Return the end that a poll tells; None while there is none."""
    if kind.deletes and poll.status in (404, 410):
        return End.DONE
    return {OperationState.SUCCEEDED: End.DONE, OperationState.FAILED: End.FAILED}.get(
        state_of(poll) or OperationState.IN_PROGRESS
    )


def _follow(done: Conduct, steps: Steps, pace: Pace) -> None:
    until = pace.clock.monotonic() + pace.timeout_s
    invalid = 0
    wait_s = 0.0
    while invalid < _MOST_INVALID and pace.clock.monotonic() + wait_s < until:
        pace.clock.sleep(wait_s)
        poll = steps.poll(_params(done.answer))
        done.polls.append(poll)
        done.ran_on = done.ran_on or (
            len(done.polls) == 1 and state_of(poll) is OperationState.IN_PROGRESS
        )
        if (end := end_of(poll, done.kind)) is not None:
            done.end = end
            return
        invalid = 0 if state_of(poll) else invalid + 1
        wait_s = max(pace.interval_s, poll.retry_after_s)


def _params(answer: Answer) -> dict[str, str]:
    return {"operation": answer.operation} if answer.operation else {}
