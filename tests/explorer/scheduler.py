"""Who runs next, and what becomes of what he does."""

from collections.abc import Callable

import greenlet

from svcat.app.ports import Ports, Timing
from svcat.errors import SvcatError
from tests.explorer import invariants
from tests.explorer.fates import KILLS, Bounds, Choices, Fate, fates
from tests.explorer.world import Process, Violation, World

Command = Callable[[Ports], object]
MOST_STEPS = 600


class Scheduler:
    """One execution of some commands at once, along the path that ``choices`` takes."""

    def __init__(self, world: World, bounds: Bounds, choices: Choices) -> None:
        self._world = world
        self._choices = choices
        self._faults = bounds.faults
        self._kills = bounds.kills
        self._preemptions = bounds.preemptions
        self._processes: list[Process] = []
        self._turn: Process | None = None

    def run(self, commands: tuple[Command, ...], timing: Timing) -> None:
        """Run to the end of all. Raises Violation."""
        for name, command in zip("abcdef", commands, strict=False):
            process = Process(name, hub=greenlet.getcurrent())
            self._processes.append(process)
            process.body = greenlet.greenlet(self._body(process, command, timing))
            self._go_on(process, None)
        for _ in range(MOST_STEPS):
            process_or_none = self._next()
            if process_or_none is None:
                self._world.running = None
                return
            self._step(process_or_none)
        raise Violation("livelock: the commands do not come to an end")

    def _body(self, process: Process, command: Command, timing: Timing) -> Callable[..., str]:
        ports = self._world.ports(process.name, timing)

        def body(_: object = None) -> str:
            self._world.running = process
            try:
                command(ports)
            except SvcatError as error:
                process.result = repr(error)
            return "ended"

        return body

    def _next(self) -> Process | None:
        alive = [p for p in self._processes if p.is_alive]
        awake = [p for p in alive if p.wakes_at is None]
        while alive and not awake:
            self._wake_the_first(alive)
            alive = [p for p in alive if p.is_alive]
            awake = [p for p in alive if p.wakes_at is None]
        if not awake:
            return None
        if self._turn not in awake:
            self._turn = awake[self._choices.pick(len(awake))]
        elif len(awake) > 1 and self._preemptions:
            order = [self._turn, *(p for p in awake if p is not self._turn)]
            choice = self._choices.pick(len(order))
            self._preemptions -= bool(choice)
            self._turn = order[choice]
        return self._turn

    def _wake_the_first(self, alive: list[Process]) -> None:
        first = min(alive, key=lambda p: p.wakes_at or 0.0)
        self._world.pass_time(max(0.0, (first.wakes_at or 0.0) - self._world.seconds))
        first.wakes_at = None
        self._go_on(first, Fate.DONE)

    def _step(self, process: Process) -> None:
        world = self._world
        verb, subject, is_read = process.about_to
        options = fates(
            is_broker_call=process.is_broker_call,
            is_read=is_read,
            faults=self._faults,
            kills=self._kills,
        )
        fate = options[self._choices.pick(len(options))]
        self._kills -= fate in KILLS
        self._faults -= fate is not Fate.DONE and fate not in KILLS
        world.effects += 1
        world.log.append(f"{process.name}: {verb} {subject} {fate}".rstrip())
        process_is_heard = process.is_broker_call  # a broker may go on when it is asked
        was_late = bool(world.late) and process_is_heard
        if fate is Fate.KILLED_BEFORE:
            process.is_alive = False
        else:
            self._go_on(process, fate)
        if was_late:
            world.log.append("   (the late request arrives)")
            world.deliver_late()
        if process_is_heard or not is_read:
            invariants.check(world)

    def _go_on(self, process: Process, fate: Fate | None) -> None:
        assert process.body is not None
        said = process.body.switch(fate)
        self._world.running = None
        if process.body.dead:
            process.is_alive = False
            self._world.log.append(f"{process.name} ends {process.result}".rstrip())
        elif said == "killed":
            process.is_alive = False
