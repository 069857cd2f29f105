"""A cluster, a broker and the commands at work on them; every effect is a choice.

Commands run in greenlets. Each verb of the object API and each call to the broker first switches
to the scheduler, which says what becomes of it: carried out, lost on the way, answered in vain, or
the end of the process. Time passes only when everybody sleeps.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

import greenlet

from svcat.app.ports import Ports, Timing
from svcat.errors import Unreachable
from svcat.objects import Resource
from svcat.osb.catalog import encode_catalog
from svcat.osb.models import Call
from svcat.osb.outcome import NoAnswer
from svcat.store.catalogs import Catalogs
from svcat.store.ledger import Ledger
from svcat.store.records import BrokerRecord, Scope
from svcat.store.secrets import Secrets
from svcat.store.store import Records
from tests.explorer import states
from tests.explorer.fates import OUTAGES, Fate
from tests.sim.broker import Act, Exchange, Habits, Holdings, SimulatedBroker, catalog_of
from tests.sim.ids import Ids
from tests.sim.objects import SimulatedObjects

# A lost request is carried out within this time (less than ``Timing.late_s``) or never.
LATEST_S = 100.0
# For so long a process is stopped: no claim of it counts any more, for any purpose.
STOPPED_S = 1000.0


class Violation(Exception):
    """Something that must hold does not."""


@dataclass(slots=True)
class Process:
    """One command."""

    name: str
    hub: greenlet.greenlet
    body: greenlet.greenlet | None = None
    about_to: tuple[str, str, bool] = ("", "", True)  # verb, subject, whether it only reads
    is_broker_call: bool = False
    wakes_at: float | None = None
    is_alive: bool = True
    result: str = ""
    past: int = 0  # all it has been told
    is_cut_off: bool = False  # its next call to the API server is lost
    was_stopped: bool = False  # for so long that others took it for dead

    def ask(self, question: str) -> Fate:
        """Let others go on; return what becomes of what it is about to do."""
        if not self.is_alive:  # a killed process cleans nothing up
            raise greenlet.GreenletExit
        fate: Fate = self.hub.switch(question)
        return fate

    def hears(self, *news: Hashable) -> None:
        """Take something in on which what it does next may depend."""
        self.past = hash((self.past, news))

    def state(self) -> Hashable:
        """Return where it stands: nowhere, once it is dead."""
        return (self.past, self.wakes_at) if self.is_alive else None


class Late(NamedTuple):
    """A request that was thought lost."""

    sent_at: float
    sender: int  # the past of the process
    act: Act


class World:
    """What there is; can be put back to an earlier moment."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.objects = SimulatedObjects(before=self._before, after=self._after, strict=False)
        self.holdings = Holdings()
        self.seconds = 0.0
        self.running: Process | None = None
        self.late: list[Late] = []
        self.log: list[str] = []
        self.warnings: list[str] = []
        self.effects = 0
        self._fate = Fate.DONE
        self._serial = 0
        self._register_broker()

    def ports(self, name: str, timing: Timing) -> Ports:
        """Return the ports of a new process."""
        self._serial += 1
        ids = Ids(f"{name[0]}{self._serial:04d}")
        clock = _Clock(self)
        records = Records(self.objects, clock, ids)
        return Ports(
            records=records,
            secrets=Secrets(self.objects),
            ledger=Ledger(self.objects),
            catalogs=Catalogs(self.objects, records),
            connect=lambda _record, _login: SimulatedBroker(
                self.habits, self.holdings, self._broker_effect
            ),
            clock=clock,
            new_id=ids,
            claim_id=f"claim-{name}-{self._serial}",
            holder=name,
            timing=timing,
            warn=self.warnings.append,
        )

    def moment(self) -> Any:
        """Return what ``put_back`` takes."""
        return self.objects.snapshot(), self.holdings.copy(), self.seconds

    def put_back(self, moment: Any) -> None:
        """Go back to ``moment``."""
        objects, holdings, self.seconds = moment
        self.objects.restore(objects)
        self.holdings = holdings.copy()
        self.late, self.log, self.running, self._serial = [], [], None, 100
        self.warnings.clear()

    def pass_time(self, seconds: float) -> None:
        """Let time pass; what is late arrives while it still may."""
        if self.late and self.seconds + seconds > self.late[0].sent_at + LATEST_S:
            self.deliver_late()
        self.seconds += seconds
        self.objects.advance(seconds)

    def deliver_late(self) -> None:
        """Carry out what was thought lost."""
        late, self.late = self.late, []
        for request in late:
            request.act()

    def state(self) -> Hashable:
        """Return what there is, but for the commands."""
        return (
            states.of_cluster(self.objects),
            self.holdings.state(),
            self.seconds,
            tuple((request.sent_at, request.sender) for request in self.late),
            tuple(self.warnings),
        )

    def _before(self, verb: str, resource: Resource, namespace: str, name: str) -> None:
        process = self.running
        if process is None or _never_changes(resource, name):
            return
        if process.is_cut_off:
            process.is_cut_off = False
            raise Unreachable("server away")
        process.about_to = (verb, name, verb in {"get", "list"})
        process.is_broker_call = False
        self._fate = self._fate_of(process)
        news = states.told_by(self.objects, verb, resource, namespace, name)
        process.hears(self._fate, self.seconds, news)
        process.is_cut_off = self._fate in OUTAGES
        if self._fate in {Fate.LOST_REQUEST, Fate.OUTAGE}:
            raise Unreachable("request lost")

    def _after(self, _verb: str, resource: Resource, _namespace: str, name: str) -> None:
        process = self.running
        if process is None or _never_changes(resource, name):
            return
        if self._fate is Fate.KILLED_AFTER:
            process.ask("killed")
        if self._fate in {Fate.LOST_ANSWER, Fate.OUTAGE_AFTER}:
            raise Unreachable("answer lost")

    def _broker_effect(self, call: Call, subject: str, act: Act) -> Exchange:
        process = self.running
        if process is None:
            return act()
        process.about_to = (call, subject, call.startswith(("poll", "fetch")))
        process.is_broker_call = True
        fate = self._fate_of(process)
        process.hears(fate, self.seconds, call, subject)
        if fate is Fate.LATE_REQUEST:
            self.late.append(Late(self.seconds, process.past, act))
        if fate in {Fate.LATE_REQUEST, Fate.LOST_REQUEST}:
            return NoAnswer.LOST, None, ""
        if fate is Fate.FAILED_BEFORE:
            return 500, None, ""
        answer = act()
        process.hears(repr(answer))
        if fate is Fate.KILLED_AFTER:
            process.ask("killed")
        if fate is Fate.LOST_ANSWER:
            return NoAnswer.LOST, None, ""
        return (500, None, "") if fate is Fate.FAILED_AFTER else answer

    def _fate_of(self, process: Process) -> Fate:
        """Return what becomes of what ``process`` is about to do, once it may go on."""
        fate = process.ask("effect")
        self.running = process
        if fate is Fate.STOPPED:
            self._stop(process)
        return fate

    def _stop(self, process: Process) -> None:
        """Let others go on until they take ``process`` for dead."""
        process.wakes_at = self.seconds + STOPPED_S
        process.ask("sleep")
        process.was_stopped = True
        self.running = process

    def _register_broker(self) -> None:
        ports = self.ports("setup", Timing())
        ports.ledger.ensure_namespace()
        broker = BrokerRecord(
            namespace="svcat-system", name="broker", scope=Scope.CLUSTER, url="http://broker"
        )
        stored, _ = ports.records.create(broker)
        ports.catalogs.save(stored, encode_catalog(catalog_of(self.habits)))


def _never_changes(resource: Resource, name: str) -> bool:
    """Whether nobody in any scenario writes it: reading it is no effect."""
    if resource.plural == "namespaces" or name == "cluster-info":
        return True
    return name.startswith(("svcat.broker.", "svcat.catalog."))


@dataclass(frozen=True, slots=True)
class _Clock:
    world: World

    def monotonic(self) -> float:
        return self.world.seconds

    def sleep(self, seconds: float) -> None:
        process = self.world.running
        if process is None:
            self.world.pass_time(seconds)
            return
        process.wakes_at = self.world.seconds + seconds
        process.ask("sleep")
        self.world.running = process
        process.hears(self.world.seconds)
