"""Who runs next, and what becomes of what he does."""

from collections.abc import Callable, Hashable

import greenlet

from svcat.app.ports import Ports, Timing
from svcat.errors import SvcatError
from tests.explorer import invariants
from tests.explorer.fates import KILLS, Bounds, Choices, Fate, fates
from tests.explorer.states import Seen
from tests.explorer.world import Process, Violation, World

Command = Callable[[Ports], object]
MOST_STEPS = 600


class Scheduler:
    """One execution of some commands at once, along the path that ``choices`` takes."""

    def __init__(self, world: World, bounds: Bounds, choices: Choices, seen: Seen | None) -> None:
        self._world = world
        self._seen = seen
        self._choices = choices
        self._faults = bounds.faults
        self._kills = bounds.kills
        self._preemptions = bounds.preemptions
        self._processes: list[Process] = []
        self._turn: Process | None = None

    def run(self, commands: tuple[Command, ...], timing: Timing) -> bool:
        """Run to the end of all, True, or to a state seen before, False. Raises Violation."""
        try:
            self._start(commands, timing)
            return self._reaches_an_end()
        finally:
            self._world.running = None
            self._bury()

    def _start(self, commands: tuple[Command, ...], timing: Timing) -> None:
        for name, command in zip("abcdef", commands, strict=False):
            process = Process(name, hub=greenlet.getcurrent())
            self._processes.append(process)
            process.body = greenlet.greenlet(self._body(process, command, timing))
            self._go_on(process, None)

    def _reaches_an_end(self) -> bool:
        for _ in range(MOST_STEPS):
            if not self._choices.repeats and self._was_here_before():
                return False
            process = self._next()
            if process is None:
                return True
            self._step(process)
        raise Violation("livelock: the commands do not come to an end")

    def _was_here_before(self) -> bool:
        if self._seen is None:
            return False
        budget = (self._faults, self._kills, self._preemptions)
        return self._seen.met_before(self._state(), budget)

    def _state(self) -> Hashable:
        processes = tuple(process.state() for process in self._processes)
        turn = self._turn.name if self._turn is not None else ""
        return self._world.state(), processes, turn

    def _bury(self) -> None:
        """Let go of what was killed on the way, or is not followed any further."""
        for process in self._processes:
            process.is_alive = False
            if process.body is not None and not process.body.dead:
                self._world.running = process
                process.body.throw()
        self._world.running = None

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
        was_stopped = first.was_stopped
        self._go_on(first, Fate.DONE)
        if first.was_stopped and not was_stopped:
            self._world.log.append(f"{first.name}: goes on after it was stopped")

    def _step(self, process: Process) -> None:
        world = self._world
        verb, subject, is_read = process.about_to
        options = fates(
            verb,
            is_broker_call=process.is_broker_call,
            is_read=is_read,
            faults=self._faults,
            kills=0 if process.was_stopped else self._kills,
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
        if was_late and self._choices.pick(2) == 0:  # or at a later call, or when it is too late
            world.log.append("   (the late request arrives)")
            world.deliver_late()
        repeats = self._choices.repeats  # checked when it was new
        if not repeats and (process_is_heard or not is_read or process.was_stopped):
            self._look_around()

    def _look_around(self) -> None:
        """Raise Violation, unless somebody who was taken for dead still has to clean up."""
        if not any(p.is_alive and p.was_stopped for p in self._processes):
            invariants.check(self._world)

    def _go_on(self, process: Process, fate: Fate | None) -> None:
        assert process.body is not None
        said = process.body.switch(fate)
        self._world.running = None
        if process.body.dead:
            process.is_alive = False
            self._world.log.append(f"{process.name} ends {process.result}".rstrip())
        elif said == "killed":
            process.is_alive = False
