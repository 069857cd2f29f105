"""Every schedule of a scenario within bounds: execute, let it converge, tear it down, look."""

import time
from dataclasses import dataclass, field

from svcat.app import deprovisioning, orphans, unbinding, unfinished
from svcat.app.ports import Patience, Ports, Timing
from svcat.errors import SvcatError
from svcat.objects import SECRET
from svcat.store.records import BindingRecord, InstanceRecord
from svcat.store.secrets import encode_data
from tests.explorer import invariants
from tests.explorer.fates import Bounds, Choices, RandomChoices
from tests.explorer.scheduler import Command, Scheduler
from tests.explorer.states import Seen
from tests.explorer.world import Violation, World
from tests.sim.broker import Habits

# Everybody acts at once, whatever others are at: more interleavings than politeness allows.
EVERYBODY_AT_ONCE = Timing(yields_to_others=False)
A_LONG_TIME_S = 3600.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """Commands that run at once after a setup, against a broker with some habits.

    ``again`` is the command that finishes what no ``resume`` knows to be unfinished.
    """

    name: str
    commands: tuple[Command, ...]
    habits: Habits = field(default_factory=Habits)
    setup: tuple[Command, ...] = ()
    timing: Timing = EVERYBODY_AT_ONCE
    again: Command | None = None


@dataclass(slots=True)
class Tally:
    """What an exploration saw."""

    scenario: str
    bounds: Bounds
    executions: int = 0
    effects: int = 0
    states: int = 0
    ends: set[object] = field(default_factory=set)  # what there was when all commands were gone
    violations: int = 0
    first: str = ""  # the shortest violation, with how it came about
    is_complete: bool = False
    seconds: float = 0.0

    def __str__(self) -> str:
        state = "complete" if self.is_complete else "cut by time"
        return (
            f"{self.scenario:<42} {self.bounds} {self.executions:>7} executions "
            f"{self.effects:>8} effects {self.states:>7} states "
            f"{self.seconds:6.1f} s {state}, {self.violations} violations"
        )


def explore(
    scenario: Scenario,
    bounds: Bounds,
    *,
    seconds: float,
    stops_at_first: bool = False,
    walks_twice: bool = False,
) -> Tally:
    """Walk every path, as far as ``seconds`` go; no state twice, unless it ``walks_twice``."""
    tally = Tally(scenario.name, bounds)
    begun, stage = time.monotonic(), _Stage(scenario, tally)
    seen = None if walks_twice else Seen()
    prefix: list[int] | None = []
    while prefix is not None and time.monotonic() - begun < seconds:
        choices = Choices(prefix)
        stage.play(choices, seen)
        if stops_at_first and tally.violations:
            break
        prefix = choices.next_prefix()
    tally.is_complete = prefix is None
    tally.states = len(seen or ())
    tally.seconds = time.monotonic() - begun
    return tally


def wander(scenario: Scenario, bounds: Bounds, *, seconds: float, seed: int) -> Tally:
    """Walk paths at random for ``seconds``."""
    tally = Tally(scenario.name, bounds)
    begun, stage = time.monotonic(), _Stage(scenario, tally)
    while time.monotonic() - begun < seconds:
        stage.play(RandomChoices(seed + tally.executions), None)
    tally.seconds = time.monotonic() - begun
    return tally


class _Stage:
    """A scenario set up once and played over and over."""

    def __init__(self, scenario: Scenario, tally: Tally) -> None:
        self._scenario = scenario
        self._tally = tally
        self._world = World(scenario.habits)
        _prepare(self._world, scenario)
        self._moment = self._world.moment()

    def play(self, choices: Choices, seen: Seen | None) -> None:
        """Execute along ``choices`` as far as it is new; the end must converge and be torn down."""
        world, tally, scenario = self._world, self._tally, self._scenario
        world.put_back(self._moment)
        try:
            scheduler = Scheduler(world, tally.bounds, choices, seen)
            if scheduler.run(scenario.commands, scenario.timing):
                self._look_at_the_end()
        except Violation as violation:
            _note(tally, violation, world)
        tally.executions += 1
        tally.effects = world.effects

    def _look_at_the_end(self) -> None:
        end = invariants.digest(self._world)
        if end not in self._tally.ends:
            self._tally.ends.add(end)
            _converge(self._world, self._scenario.again)
            _tear_down(self._world)


def _note(tally: Tally, violation: Violation, world: World) -> None:
    story = "\n".join([str(violation), *(f"    {line}" for line in world.log)])
    tally.violations += 1
    if not tally.first or len(story) < len(tally.first):
        tally.first = story


def _prepare(world: World, scenario: Scenario) -> None:
    world.objects.create(
        SECRET,
        {
            "metadata": {"name": invariants.FOREIGN_SECRET, "namespace": "default"},
            "data": encode_data(invariants.FOREIGN_CONTENT),
        },
    )
    for command in scenario.setup:
        command(world.ports("setup", EVERYBODY_AT_ONCE))


def _converge(world: World, again: Command | None) -> None:
    """Everybody who was at work is gone: one undisturbed ``resume`` has to do, and ``again``."""
    world.deliver_late()
    world.pass_time(A_LONG_TIME_S)
    ports = world.ports("resume", Timing())
    _resume_all(ports, world)
    if any(known.keep_until for b in ports.records.list(BindingRecord) for known in b.ids):
        world.pass_time(A_LONG_TIME_S)  # a grace that began only now
        _resume_all(ports, world)
    if again is not None:
        _do_again(again, world)
    invariants.check_rest(world)
    if list(unfinished.find("", ports)):
        raise Violation("I3: something is left to resume")


def _resume_all(ports: Ports, world: World) -> None:
    for record in list(unfinished.find("", ports)):
        try:
            unfinished.resume_one(record, ports, Patience())
        except SvcatError as error:
            world.log.append(f"resume says {error!r}")
        invariants.check(world)


def _do_again(command: Command, world: World) -> None:
    try:
        command(world.ports("again", Timing()))
    except SvcatError as error:
        world.log.append(f"the same again says {error!r}")
    invariants.check_intact(world)


def _tear_down(world: World) -> None:
    ports = world.ports("teardown", Timing())
    try:
        for binding in list(ports.records.list(BindingRecord)):
            unbinding.unbind(binding.name, binding.namespace, ports, Patience())
        for instance in list(ports.records.list(InstanceRecord)):
            deprovisioning.deprovision(instance.name, instance.namespace, ports, Patience())
    except SvcatError as error:
        raise Violation(f"I4: the teardown fails: {error!r}") from error
    for cleaned in orphans.clean(orphans.find("", ports), ports, Patience()):
        world.log.append(f"cleaned {cleaned.what}")
    invariants.check_empty(world)
