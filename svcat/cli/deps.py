"""The composition root: what stands behind the ports, built on first use.

The adapters are chosen in ``wiring``, inside properties, so that what a command does not need is
not loaded.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from svcat.cli import settings as said
from svcat.cli.settings import Settings

if TYPE_CHECKING:
    from svcat.app.ports import Broker, Ports, Workloads
    from svcat.cli.dry_run import Rehearsal
    from svcat.cli.invocation import Invocation
    from svcat.cli.killpoints import KillPoints
    from svcat.cli.progress import Progress
    from svcat.cli.wiring.brokers import Brokers
    from svcat.cli.wiring.objects import Objects
    from svcat.objects import ObjectApi
    from svcat.osb.models import Identity
    from svcat.output.exchange import Trace
    from svcat.store.records import BrokerRecord


@dataclass
class Deps:
    """The outside world as one command sees it."""

    settings: Settings
    say: Callable[[str], None]
    warn: Callable[[str], None]
    stopping: Callable[[], bool]
    sleep: Callable[[float], None]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    progress: "Progress | None" = None
    rehearsal: "Rehearsal | None" = None  # a dry run: note instead of act
    observe: "Trace | None" = None  # what takes exchanges down

    @cached_property
    def objects(self) -> "Objects":
        """Where the objects are."""
        from svcat.cli.wiring.objects import Objects

        return Objects(
            self.settings,
            self.environ,
            self.warn,
            rehearsal=self.rehearsal,
            kill_points=self.kill_points,
            observe=self.observe,
        )

    @cached_property
    def brokers(self) -> "Brokers":
        """How brokers are reached."""
        from svcat.cli.wiring.brokers import Brokers

        return Brokers(self)

    @property
    def api(self) -> "ObjectApi":
        """The objects."""
        return self.objects.api

    @property
    def workloads(self) -> "Workloads | None":
        """What runs in the cluster."""
        return self.objects.workloads

    @property
    def namespace(self) -> str:
        """The namespace to work in."""
        return self.objects.namespace

    @property
    def system_namespace(self) -> str:
        """Where cluster-wide brokers and the ledger are kept."""
        from svcat.store.names import SYSTEM_NAMESPACE, require_name

        named = self.environ.get("SVCAT_SYSTEM_NAMESPACE")
        return require_name(named, "the system namespace") if named else SYSTEM_NAMESPACE

    @cached_property
    def ports(self) -> "Ports":
        """What the use-cases get."""
        from svcat.app.ports import Ports, Timing
        from svcat.cli.schemas import JsonSchemas
        from svcat.clock import StoppableClock, SystemClock
        from svcat.store.catalogs import Catalogs
        from svcat.store.ledger import Ledger
        from svcat.store.secrets import Secrets
        from svcat.store.store import Records

        clock = StoppableClock(SystemClock().monotonic, self._shown_sleep)
        secrets = Secrets(self.api)
        if self.rehearsal is not None:
            from svcat.store.rehearsal import RehearsedSecrets

            clock = StoppableClock(self._rehearsed_time, self.rehearsal.sleep)
            secrets = RehearsedSecrets(self.api, self.rehearsal.note_names)
        records = Records(self.api, clock, _new_id, on_damage=lambda e: self.warn(e.message))
        system = self.system_namespace
        return Ports(
            records=records,
            secrets=secrets,
            ledger=Ledger(self.api, system),
            catalogs=Catalogs(self.api, records),
            connect=self._connect,
            clock=clock,
            new_id=_new_id,
            claim_id=os.urandom(6).hex(),
            holder=_holder(),
            say=self.say,
            tell=self.progress.tell if self.progress else self.say,
            warn=self.warn,
            remark=self.warn if self.settings.verbose else lambda _: None,
            stopping=self.stopping,
            timing=Timing.for_calls_of(self.call_s),
            system_namespace=system,
            schemas=JsonSchemas(),
            workloads=self.workloads,
        )

    @property
    def call_s(self) -> float:
        """Total deadline of one broker call, in seconds."""
        return said.call_s(self.environ)

    @cached_property
    def identity(self) -> "Identity | None":
        """Who the broker is told that we are."""
        from svcat.osb.models import Identity

        user = self.api.whoami()
        if user is None:
            if self.settings.verbose:
                self.warn("this API server cannot say who we are; brokers are not told")
            return None
        return Identity(
            username=user.username, uid=user.uid, groups=user.groups, extra=dict(user.extra)
        )

    def _connect(self, broker: "BrokerRecord", login: Mapping[str, bytes]) -> "Broker":
        return self.brokers.connect(broker, login)  # what asks no broker loads none of that

    @cached_property
    def kill_points(self) -> "KillPoints | None":
        """Where a test wants this process to die or to stop, if one does."""
        if not self.environ.keys() & {"SVCAT_KILL_POINT", "SVCAT_STOP_POINT"}:
            return None
        from svcat.cli.killpoints import from_environment

        return from_environment(self.environ)

    def _shown_sleep(self, seconds: float) -> None:
        if self.progress is None:
            self.sleep(seconds)
            return
        with self.progress.waiting():
            self.sleep(seconds)

    def _rehearsed_time(self) -> float:
        return self.rehearsal.slept_s if self.rehearsal else 0.0


def make_deps(
    invocation: "Invocation", settings: Settings, rehearsal: "Rehearsal | None" = None
) -> Deps:
    """Return the outside world that ``settings`` name."""
    from svcat.cli.tracing import tracer

    invocation.stopper.install()
    mark = " (dry run)" if rehearsal else ""  # or it would say that something was done
    return Deps(
        settings=settings,
        say=lambda text: None if settings.quiet else invocation.say(f"{text}{mark}"),
        warn=lambda text: invocation.say(text, label="warning:"),
        stopping=invocation.stopper.is_asked,
        sleep=invocation.stopper.sleep,
        environ=invocation.environ,
        progress=None if rehearsal else _progress(invocation, settings),
        rehearsal=rehearsal,
        observe=tracer(settings.trace_file, invocation.err, shown=settings.trace),
    )


def _progress(invocation: "Invocation", settings: Settings) -> "Progress | None":
    """Return the line that moves, where somebody looks at it."""
    if settings.quiet or settings.trace or not invocation.err.isatty():
        return None
    from svcat.cli.progress import Progress, is_wanted

    return Progress(invocation.err) if is_wanted(invocation.environ) else None


def _new_id() -> str:
    import uuid

    return str(uuid.uuid4())


def _holder() -> str:
    import getpass

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no passwd entry, as in many containers
        user = str(os.getuid())
    return f"{user}@{os.uname().nodename}, pid {os.getpid()}"
