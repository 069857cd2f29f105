"""Driving a record to rest: the one loop, its pauses, its claim, and when it stops.

A command is registered in the record it works on (a claim with a short lease on the server's
clock) and renews the lease before it runs out. The claim is no lock: when it has run out, or for
commands that end what others began, anybody takes over; safety rests on the records (rules R1-R12),
the claim says who may still send.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec.structs import replace

from svcat.app.events import Event, in_words
from svcat.app.facts import Facts, with_reply
from svcat.app.ports import Patience, Ports
from svcat.errors import Interrupted, SvcatError, Unreachable
from svcat.osb.models import Call, LastOperation, Outcome, Reply
from svcat.store.claims import CLAIM_MARGIN, Claim
from svcat.store.records import Work

W = TypeVar("W", bound=Work)

FIRST_PAUSE_S = 1.0
PAUSE_GROWTH = 1.5
LONGEST_PAUSE_S = 30.0
OTHERS_PAUSE_S = 1.0
LONGEST_LINGER_S = 10.0
# So often a request that leads nowhere is made by one command; the record keeps the intent.
TRIES = 3


class OutOfPatience(Exception):
    """The command's own waiting is over; the record goes on. Never leaves ``app``."""


@dataclass(slots=True)
class Session:
    """One command's work on one record: how long it may wait, under which claim, how it goes."""

    ports: Ports
    patience: Patience
    trouble: Reply[Any] | None = field(default=None, init=False)  # the last reply that led nowhere
    no_news: str = field(default="", init=False)  # why the last poll brought none
    is_stuck: bool = field(default=False, init=False)  # trying on makes no sense now
    _tries: int = field(default=0, init=False)
    _started: float = field(default=0.0, init=False)
    _claimed_at: float = field(default=0.0, init=False)
    _pause_s: float = field(default=FIRST_PAUSE_S, init=False)
    _told: str = field(default="", init=False)
    _lost_until: datetime | None = field(default=None, init=False)  # nothing on record says so

    def __post_init__(self) -> None:
        self._started = self._claimed_at = self.ports.clock.monotonic()

    @property
    def could_not_send(self) -> bool:
        """Whether the last trouble was that a request did not leave at all."""
        return self.trouble is not None and self.trouble.outcome is Outcome.NOT_SENT

    def claim(self, now: datetime) -> Claim:
        """Return our claim, its lease beginning now."""
        timing = self.ports.timing
        until = now + timedelta(seconds=timing.lease_s)
        # No call begun under it is begun later than a call's deadline before its end.
        echo = timedelta(seconds=timing.late_s - timing.call_s)
        return Claim(
            id=self.ports.claim_id,
            by=self.ports.holder,
            until=until,
            since=now,
            echoes_until=until + echo,
        )

    def facts(self) -> Facts:
        """Return the facts of this moment."""
        now = self.ports.records.now()
        return Facts(now=now, claim=self.claim(now), stays=self.patience.wait)

    def facts_of(self, reply: Reply[Any], call: Call) -> Facts:
        """Return the facts of this moment and of an answer."""
        return with_reply(self.facts(), reply, call, late=self.late_until())

    def late_until(self) -> datetime:
        """Return until when a request that is lost now may still be carried out."""
        return self.ports.records.now() + timedelta(seconds=self.ports.timing.late_s)

    def is_contested(self, record: Work, late_until: datetime | None) -> bool:
        """Whether what is deleted now may be made again: a delete that leaves now is no proof.

        By another command that is registered, or by a request that was lost (rule R6).
        """
        now = self.ports.records.now()
        is_late = late_until is not None and now < late_until
        return is_late or bool(record.echoing_claims(now, besides=self.ports.claim_id))

    def is_registered(self, record: Work) -> bool:
        """Whether ``record`` names us."""
        return any(c.id == self.ports.claim_id for c in record.claims)

    def register(self, record: W) -> W | None:
        """Register in ``record`` before the first side effect (rule R5)."""
        begun_at = self.ports.clock.monotonic()
        now = self.ports.records.now()
        claim = self.claim(now)
        registered = self.ports.records.change(record, lambda found: found.claimed(claim, now))
        self._claimed_at = begun_at
        return registered

    def create(self, record: W) -> tuple[W, bool]:
        """Save the intent of something new; return what stands there, and whether it is ours."""
        with _in_doubt(record):
            return self.ports.records.create(record)

    def begin(self, record: W, decide: Callable[[W], W | None]) -> W | None:
        """Save the intent to do something with ``record``, as ``Records.change`` does."""
        with _in_doubt(record):
            return self.ports.records.change(record, decide)

    def keep_claim(self, record: W) -> W | None:
        """Renew the lease if a call begun now could outlive it."""
        age_s = self.ports.clock.monotonic() - self._claimed_at
        timing = self.ports.timing
        if self.is_registered(record) and age_s < (timing.lease_s - timing.call_s) / 2:
            return record
        return self.register(record)

    @contextmanager
    def noting(self, lost_until: datetime | None) -> Iterator[None]:
        """While this is written down of a request that was lost, our claim answers for it."""
        self._lost_until = lost_until
        yield
        self._lost_until = None

    def leave(self, record: W) -> W | None:
        """Register off: we send no more, but for what was lost and is nowhere on record."""
        ours, now, echoes_until = self.ports.claim_id, self.ports.records.now(), self._lost_until
        if echoes_until is None:
            return self.ports.records.change(record, lambda found: found.released(ours))
        ended = replace(self.claim(now), until=now - CLAIM_MARGIN, echoes_until=echoes_until)
        return self.ports.records.change(record, lambda found: found.claimed(ended, now))

    def pause(self, at_least_s: float | None = None) -> None:
        """Wait before the next try. Raises OutOfPatience, Interrupted."""
        wanted_s = self.patience.interval_s or self._pause_s
        self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * PAUSE_GROWTH)
        self.wait(max(wanted_s, at_least_s or 0.0))

    def wait(self, seconds: float) -> None:
        """Wait so long. Raises OutOfPatience at once if it is longer than we may."""
        if self.ports.stopping():
            raise Interrupted("stopped waiting")
        if seconds > self._left_s():
            raise OutOfPatience
        self.ports.clock.sleep(seconds)
        if self.ports.stopping():
            raise Interrupted("stopped waiting")

    def in_vain(self, reply: Reply[Any]) -> None:
        """Count a request that led nowhere, and pause; after a few the command is stuck."""
        self._tries += 1
        self.trouble = reply
        if self._tries >= TRIES:
            self.is_stuck = True
        else:
            self.busy(reply)

    def busy(self, reply: Reply[Any]) -> None:
        """Pause before the same request again; out of patience means stuck, not lost."""
        try:
            self.pause(reply.retry_after_s)
        except OutOfPatience:
            self.stop(reply)

    def stop(self, reply: Reply[Any] | None = None) -> None:
        """Give up for now; the record keeps the intent."""
        self.trouble = reply or self.trouble
        self.is_stuck = True

    def tell(self, name: str, words: str) -> None:
        """Report what the broker says, once each time it changes."""
        if words and words != self._told:
            self._told = words
            self.ports.tell(f"{name}: {words}")

    def hear(self, name: str, reply: Reply[LastOperation], event: Event) -> None:
        """Report what a poll brought: the broker's words, or why there are none."""
        self.no_news = in_words(reply.error) if event is Event.NO_NEWS else ""
        if self.no_news:
            self.tell(name, f"no news from the broker, asking again: {self.no_news}")
        else:
            self.tell(name, reply.body.description if reply.body else "")

    def begin_anew(self) -> None:
        """Have the whole patience again, for another piece of work."""
        self._started = self.ports.clock.monotonic()

    def rest_of_patience(self) -> Patience:
        """Return how long another piece of the same command's work may wait."""
        if self.patience.timeout_s < 0:
            return self.patience
        return replace(self.patience, timeout_s=max(0.0, self._left_s()))

    def linger(self, record: Work, late: list[datetime]) -> None:
        """Wait, in bites, while others are registered or requests may arrive ``late``."""
        now = self.ports.records.now()
        claims = record.echoing_claims(now, besides=self.ports.claim_id)
        ends = [*(claim.echoes_until or claim.until + CLAIM_MARGIN for claim in claims), *late]
        left = [(end - now).total_seconds() for end in ends if end > now]
        if left:
            self.wait(min(max(left), LONGEST_LINGER_S))

    def _left_s(self) -> float:
        if self.patience.timeout_s < 0:
            return float("inf")
        return self.patience.timeout_s - (self.ports.clock.monotonic() - self._started)


def drive(
    record: W,
    step: Callable[[W], W | None],
    is_at_rest: Callable[[W], bool],
    session: Session,
) -> W | None:
    """Register, then take steps until the record is at rest; None if it is gone.

    Whatever ends the work, our claim does not outlive it, unless we are killed.
    """
    current: W | None = record
    try:
        if not is_at_rest(record) and not session.is_registered(record):
            current = session.register(record)
        while current is not None and not is_at_rest(current):
            kept = session.keep_claim(current)
            current = step(kept) if kept is current else kept
    except (OutOfPatience, SvcatError) as error:
        if current is not None and _leaves_work(session, current, is_at_rest):
            _say_how_to_go_on(error, current)
        raise
    if current is not None and session.is_registered(current):
        return session.leave(current)
    return current


def await_others(record: W, session: Session) -> W | None:
    """Wait while another command is at work on ``record``; return it as it then stands.

    None if it is gone, and be it that another of its name is there (rule R3). A claim that begins
    in the future is given an end first: it would outlast its command by as much as the server's
    clock was set back.
    """
    ports = session.ports
    if not ports.timing.yields_to_others:
        return record
    current: W | None = record
    while current is not None and current.operation is not None:
        now = ports.records.now()
        if any(claim.is_ahead(now) for claim in current.claims):
            current = _in_time(current, now, ports)
            continue
        others = current.live_claims(now, besides=ports.claim_id)
        if not others:
            break
        session.tell(current.name, f"in progress by {others[0].by}; waiting")
        session.wait(OTHERS_PAUSE_S)
        current = ports.records.reload(record)
    return current


def _in_time(record: W, now: datetime, ports: Ports) -> W | None:
    return ports.records.change(record, lambda found: found.in_time(now))


def _leaves_work(session: Session, record: W, is_at_rest: Callable[[W], bool]) -> bool:
    """Register off, if that can be; return whether something is left to be done."""
    try:
        left = session.leave(record)
    except SvcatError:
        return True  # the claim runs out by itself
    return left is not None and not is_at_rest(left)


@contextmanager
def _in_doubt(record: Work) -> Iterator[None]:
    """Say how to go on where nobody knows whether an intent was saved."""
    try:
        yield
    except Unreachable as error:
        resume = f"svcat resume {record.name} -n {record.namespace}"
        error.details = (*error.details, f"if it was saved, this goes on with it: {resume}")
        raise


@contextmanager
def on_record(record: W, session: Session) -> Iterator[None]:
    """Register off and say how to go on if what lies between an intent and its first step fails."""
    try:
        yield
    except SvcatError as error:
        if _leaves_work(session, record, is_at_rest=lambda _: False):
            _say_how_to_go_on(error, record)
        raise


def _say_how_to_go_on(error: Exception, record: Work) -> None:
    resume = f"svcat resume {record.name} -n {record.namespace}"
    if isinstance(error, Interrupted):
        error.hint = f"nothing is lost; go on with: {resume}"
    elif isinstance(error, SvcatError):
        error.details = (*error.details, f"nothing is lost; once that is mended: {resume}")
