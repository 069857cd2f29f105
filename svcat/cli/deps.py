"""The composition root: which adapters stand behind the ports, built on first use.

The only file that imports adapters, inside the properties, so that what a command does not need is
not loaded.
"""

import atexit
import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.ports import Broker, Ports, Workloads
    from svcat.cli.dry_run import Rehearsal
    from svcat.cli.killpoints import KillPoints
    from svcat.cli.progress import Progress
    from svcat.http import Exchange, HttpClient
    from svcat.kube.config import Cluster
    from svcat.objects import ObjectApi
    from svcat.osb.client import BrokerClient
    from svcat.osb.models import Identity
    from svcat.output.answers import BrokerAnswer
    from svcat.store.records import BrokerRecord

STORE_KUBE = "kube"
STORE_LOCAL = "local"


class Settings(NamedTuple):
    """What the command line and the environment say about where to work."""

    context: str | None = None
    kubeconfig: str | None = None
    store: str | None = None
    namespace: str | None = None
    verbose: bool = False
    quiet: bool = False
    trace: bool = False
    trace_file: str | None = None


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
    observe: "Callable[[Exchange], None] | None" = None  # what takes exchanges down
    _clients: "dict[tuple[Any, ...], BrokerClient]" = field(default_factory=dict, repr=False)

    @property
    def store(self) -> str:
        """Which object API: ``kube``, or ``local`` if asked for. Never chosen silently."""
        store = self.settings.store or self.environ.get("SVCAT_STORE") or STORE_KUBE
        if store not in {STORE_KUBE, STORE_LOCAL}:
            raise UsageError(f"there is no store {store!r}", hint="--store kube or --store local")
        return store

    @cached_property
    def cluster(self) -> "Cluster":
        """The cluster that kubeconfig and --context name."""
        for warning in self._found_cluster.warnings:
            self.warn(warning)
        return self._found_cluster

    @cached_property
    def _found_cluster(self) -> "Cluster":
        from svcat.kube.config import load_cluster

        return load_cluster(
            kubeconfig=self.settings.kubeconfig, context=self.settings.context, environ=self.environ
        )

    @cached_property
    def api(self) -> "ObjectApi":
        """The objects, in the cluster or in the local file; in a dry run they stay as they are."""
        if self.rehearsal is None:
            return self.kill_points.objects(self._objects) if self.kill_points else self._objects
        from svcat.cli.dry_run import SERVER
        from svcat.store.rehearsal import RehearsedObjects

        is_judged = self.rehearsal.mode == SERVER and self.store == STORE_KUBE
        judge = self._judge if is_judged else None
        return RehearsedObjects(self._objects, self.rehearsal.note, judge)

    @cached_property
    def _objects(self) -> "ObjectApi":
        if self.store == STORE_LOCAL:
            from svcat.local.client import LocalObjects
            from svcat.local.database import PATIENCE_S
            from svcat.local.files import default_path

            patience_s = self._patience_s(PATIENCE_S)
            local = LocalObjects(default_path(self.environ), patience_s=patience_s)
            atexit.register(local.close)  # or its journal stays beside it
            return local
        from svcat.kube.api_server import READ_PATIENCE_S
        from svcat.kube.client import KubeObjects

        patience_s = self._patience_s(READ_PATIENCE_S)
        return KubeObjects(self.cluster, patience_s=patience_s, observe=self.observe)

    @cached_property
    def _judge(self) -> "ObjectApi":
        from svcat.kube.client import KubeObjects

        return KubeObjects(self.cluster, lasts=False, observe=self.observe)

    @cached_property
    def workloads(self) -> "Workloads | None":
        """What runs in the cluster; in a dry run it stays as it is."""
        if self.store == STORE_LOCAL:
            return None
        from svcat.kube.api_server import READ_PATIENCE_S
        from svcat.kube.workloads import KubeWorkloads

        is_real = self.rehearsal is None
        workloads = KubeWorkloads(
            self.cluster,
            patience_s=self._patience_s(READ_PATIENCE_S),
            lasts=is_real,
            observe=self.observe,
        )
        if self.rehearsal is None:
            return self.kill_points.workloads(workloads) if self.kill_points else workloads
        from svcat.store.rehearsed_workloads import RehearsedWorkloads

        return RehearsedWorkloads(workloads, self.rehearsal.note)

    @property
    def namespace(self) -> str:
        """The namespace to work in: -n, the context's, or ``default``."""
        if self.settings.namespace:
            from svcat.store.names import require_name

            return require_name(self.settings.namespace, "a namespace")
        return "default" if self.store == STORE_LOCAL else self.cluster.namespace

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
        from svcat.clock import SystemClock
        from svcat.store.catalogs import Catalogs
        from svcat.store.ledger import Ledger
        from svcat.store.secrets import Secrets
        from svcat.store.store import Records

        clock = _StoppableClock(SystemClock().monotonic, self._shown_sleep)
        secrets = Secrets(self.api)
        if self.rehearsal is not None:
            from svcat.store.rehearsal import RehearsedSecrets

            clock = _StoppableClock(self._rehearsed_time, self.rehearsal.sleep)
            secrets = RehearsedSecrets(self.api, self.rehearsal.note_names)
        records = Records(self.api, clock, _new_id, on_damage=lambda e: self.warn(e.message))
        system = self.system_namespace
        return Ports(
            records=records,
            secrets=secrets,
            ledger=Ledger(self.api, system),
            catalogs=Catalogs(self.api, records),
            connect=self.connect,
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
        """Total deadline of one broker call, in seconds (``SVCAT_BROKER_TIMEOUT``)."""
        return self._seconds("SVCAT_BROKER_TIMEOUT") or 60.0

    def _patience_s(self, usual: float) -> float:
        """How long a store that does not answer is asked again (``SVCAT_STORE_PATIENCE``)."""
        return self._seconds("SVCAT_STORE_PATIENCE") or usual

    def _seconds(self, name: str) -> float | None:
        text = self.environ.get(name)
        if not text:
            return None
        try:
            seconds = float(text.removesuffix("s"))
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 3600:
            raise UsageError(f"{name}={text!r} is no number of seconds up to 3600")
        return seconds

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

    def place(self) -> tuple[str, tuple[str, ...]]:
        """Where the objects are, in words, and what is doubtful about it."""
        if self.store == STORE_LOCAL:
            from svcat.local.files import default_path

            return f"local file {default_path(self.environ)}", ()
        cluster = self._found_cluster
        context = f", context {cluster.context_name}" if cluster.context_name else ""
        return f"{cluster.server} ({cluster.source}{context})", cluster.warnings

    def contexts(self) -> tuple[str, ...]:
        """The names of the kubeconfig's contexts."""
        from svcat.kube import kubeconfig

        files = kubeconfig.find_files(self.settings.kubeconfig, self.environ)
        return tuple(kubeconfig.read(files).entries["context"])

    def secret_names(self) -> list[tuple[str, ...]]:
        """The first Secrets of the namespace by name and type; a cluster sends nothing else."""
        from svcat.objects import SECRET

        if self.store == STORE_LOCAL:
            found = self.api.list_page(SECRET, self.namespace).items
            return [(obj["metadata"]["name"], str(obj.get("type", ""))) for obj in found]
        from svcat.kube.client import KubeObjects

        kube = KubeObjects(self.cluster, observe=self.observe)
        return kube.list_cells(SECRET, self.namespace, "Name", "Type")

    def server_version(self) -> str:
        """The API server's version; the local store has none."""
        if self.store == STORE_LOCAL:
            return "local"
        from svcat.kube.client import KubeObjects

        return KubeObjects(self.cluster, observe=self.observe).server_version()

    def connect(self, broker: "BrokerRecord", login: Mapping[str, bytes]) -> "Broker":
        """Return a connection to ``broker`` with the contents of its login Secret."""
        from svcat.store import user_provided

        if user_provided.is_ours(broker.ref):
            own = user_provided.UserProvided(self.api, broker.namespace)
            return self.kill_points.broker(own) if self.kill_points else own
        client = self._kept_client(broker, login)
        return self.kill_points.broker(client) if self.kill_points else client

    def _kept_client(self, broker: "BrokerRecord", login: Mapping[str, bytes]) -> "BrokerClient":
        """Return the client that this command has of ``broker``: one connection, one token."""
        if not broker.uid:
            return self._client(broker, login)
        which = (broker.uid, broker.url, tuple(sorted(login.items())))
        if which not in self._clients:
            self._clients[which] = self._client(broker, login)
        return self._clients[which]

    def ask_broker(
        self,
        broker: "BrokerRecord",
        login: Mapping[str, bytes],
        method: str,
        target: str,
        body: bytes | None,
    ) -> "BrokerAnswer":
        """Send one request as it is and return the answer. Raises AuthFailed, Unreachable."""
        from svcat.errors import AuthFailed, Unreachable
        from svcat.output.answers import BrokerAnswer

        client = self._client(broker, login)
        attempt = client.ask(method, target, body)
        if attempt.response is None or attempt.status is None:
            kind = AuthFailed if attempt.login_refused else Unreachable
            raise kind(
                f"no answer from broker {broker.name!r}: {attempt.error.description}",
                hint=f"if its URL or login is another one now: svcat broker update {broker.name}",
            )
        return BrokerAnswer(
            broker=broker.name,
            method=method,
            url=client.base + target,
            status=attempt.status,
            headers=attempt.headers,
            body=attempt.response.body,
        )

    def _client(self, broker: "BrokerRecord", login: Mapping[str, bytes]) -> "BrokerClient":
        from svcat.app.brokers import remember_version
        from svcat.cli.logins import login_from
        from svcat.osb.client import CATALOG_CAP, MIB, BrokerClient

        return BrokerClient(
            broker.url,
            login=login_from(broker, login),
            http=self._http(broker, login),
            api_version=broker.api_version or "2.17",
            identity=self.identity,
            platform=broker.platform or "kubernetes",
            deadline_s=self.call_s,
            allow_plain_http=broker.allow_plain_http,
            catalog_cap=broker.catalog_limit_mib * MIB or CATALOG_CAP,
            on_version=lambda version: remember_version(broker, version, self.ports),
        )

    def check_broker(
        self,
        broker: "BrokerRecord",
        login: Mapping[str, bytes],
        *,
        wish: Mapping[str, Any],
        interval_s: float,
        timeout_s: float,
        before_cleaning: Callable[[], None],
    ) -> dict[str, Any]:
        """Hold ``broker`` against the spec and return the facts (``conformance.Report``)."""
        from svcat.cli.logins import login_from
        from svcat.clock import SystemClock
        from svcat.conformance.instance_life import Wish
        from svcat.conformance.operation import Pace
        from svcat.conformance.runner import Runner
        from svcat.conformance.session import Session

        clock = SystemClock()
        stoppable = _StoppableClock(clock.monotonic, self.sleep)
        session = Session(
            broker.url,
            login=login_from(broker, login),
            http=self._http(broker, login),
            clock=clock,
            deadline_s=self.call_s,
            api_version=broker.api_version or "2.17",
            allow_plain_http=broker.allow_plain_http,
            stopping=self.stopping,
        )
        pace = Pace(clock=stoppable, interval_s=interval_s, timeout_s=timeout_s)
        runner = Runner(session, Wish(**wish), pace, self.say)
        return runner.run(cleaning_clock=clock, before_cleaning=before_cleaning).facts()

    @cached_property
    def kill_points(self) -> "KillPoints | None":
        """Where a test wants this process to die, if one does."""
        if "SVCAT_KILL_POINT" not in self.environ:
            return None
        from svcat.cli.killpoints import from_environment

        return from_environment(self.environ)

    def _http(self, broker: "BrokerRecord", login: Mapping[str, bytes]) -> "HttpClient":
        from svcat.cli.logins import tls_from
        from svcat.http import HttpClient

        tls = tls_from(broker, login)
        waiting = self.progress.waiting if self.progress else nullcontext
        proxy = broker.proxy or None
        client = HttpClient(tls=tls, proxy=proxy, observe=self.observe, waiting=waiting)
        if self.rehearsal is None:
            return client
        from svcat.osb.rehearsal import RehearsedHttp

        reads = client if self.rehearsal.reads_brokers else None
        return RehearsedHttp(self.rehearsal.note, tls=tls, reads=reads)

    def _shown_sleep(self, seconds: float) -> None:
        if self.progress is None:
            self.sleep(seconds)
            return
        with self.progress.waiting():
            self.sleep(seconds)

    def _rehearsed_time(self) -> float:
        return self.rehearsal.slept_s if self.rehearsal else 0.0


class _StoppableClock(NamedTuple):
    """A clock whose sleep ends when the user wants to stop."""

    measure: Callable[[], float]
    rest: Callable[[float], None]

    def monotonic(self) -> float:
        return self.measure()

    def sleep(self, seconds: float) -> None:
        self.rest(seconds)


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


class BundledBroker(NamedTuple):
    """The server side, if the extra ``broker`` is installed."""

    serve: Callable[[Any], None]
    load_settings: Callable[..., Any]
    SetupError: type[Exception]


def bundled_broker() -> BundledBroker:
    """Return the bundled broker. Raises UsageError if it is not installed."""
    try:
        from svcat.broker.errors import BrokerSetupError
        from svcat.broker.server import serve
        from svcat.broker.settings import load_settings
    except ImportError as error:
        raise UsageError(
            f"the bundled broker is not installed ({error.name} is missing)",
            hint="install it: pip install 'svcat[broker]'",
        ) from error
    return BundledBroker(serve, load_settings, BrokerSetupError)


def broker_state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the bundled broker keeps its state: ``$XDG_DATA_HOME/svcat/broker``."""
    data_home = Path(environ.get("XDG_DATA_HOME", ""))
    if not data_home.is_absolute():
        data_home = Path.home() / ".local" / "share"
    return data_home / "svcat" / "broker"
