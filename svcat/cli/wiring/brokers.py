"""Connections to brokers: for the use-cases, for a question as it is, and for a check."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from svcat.app.ports import Broker
    from svcat.cli.deps import Deps
    from svcat.http import HttpClient
    from svcat.osb.client import BrokerClient
    from svcat.output.answers import BrokerAnswer
    from svcat.store.records import BrokerRecord

Login = Mapping[str, bytes]


class Brokers:
    """The brokers as one command reaches them; in a dry run they are not asked."""

    def __init__(self, deps: "Deps") -> None:
        self._deps = deps
        self._clients: dict[tuple[Any, ...], BrokerClient] = {}

    def connect(self, broker: "BrokerRecord", login: Login) -> "Broker":
        """Return a connection to ``broker`` with the contents of its login Secret."""
        from svcat.store import user_provided

        kill_points = self._deps.kill_points
        if user_provided.is_ours(broker.ref):
            own = user_provided.UserProvided(self._deps.api, broker.namespace)
            return kill_points.broker(own) if kill_points else own
        client = self._kept_client(broker, login)
        return kill_points.broker(client) if kill_points else client

    def ask(
        self, broker: "BrokerRecord", login: Login, method: str, target: str, body: bytes | None
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

    def check(
        self,
        broker: "BrokerRecord",
        login: Login,
        *,
        wish: Mapping[str, Any],
        interval_s: float,
        timeout_s: float,
        before_cleaning: Callable[[], None],
    ) -> dict[str, Any]:
        """Hold ``broker`` against the spec and return the facts (``conformance.Report``)."""
        from svcat.cli.wiring.logins import login_from
        from svcat.clock import StoppableClock, SystemClock
        from svcat.conformance.instance_life import Wish
        from svcat.conformance.operation import Pace
        from svcat.conformance.runner import Runner
        from svcat.conformance.session import Session

        deps, clock = self._deps, SystemClock()
        stoppable = StoppableClock(clock.monotonic, deps.sleep)
        session = Session(
            broker.url,
            login=login_from(broker, login),
            http=self._http(broker, login),
            clock=clock,
            deadline_s=deps.call_s,
            api_version=broker.api_version or "2.17",
            allow_plain_http=broker.allow_plain_http,
            stopping=deps.stopping,
        )
        pace = Pace(clock=stoppable, interval_s=interval_s, timeout_s=timeout_s)
        runner = Runner(session, Wish(**wish), pace, deps.say)
        return runner.run(cleaning_clock=clock, before_cleaning=before_cleaning).facts()

    def _kept_client(self, broker: "BrokerRecord", login: Login) -> "BrokerClient":
        """Return the client that this command has of ``broker``: one connection, one token."""
        if not broker.uid:
            return self._client(broker, login)
        which = (broker.uid, broker.url, tuple(sorted(login.items())))
        if which not in self._clients:
            self._clients[which] = self._client(broker, login)
        return self._clients[which]

    def _client(self, broker: "BrokerRecord", login: Login) -> "BrokerClient":
        from svcat.app.brokers import remember_version
        from svcat.cli.wiring.logins import login_from
        from svcat.osb.client import CATALOG_CAP, MIB, BrokerClient

        deps = self._deps
        return BrokerClient(
            broker.url,
            login=login_from(broker, login),
            http=self._http(broker, login),
            api_version=broker.api_version or "2.17",
            identity=deps.identity,
            platform=broker.platform or "kubernetes",
            deadline_s=deps.call_s,
            allow_plain_http=broker.allow_plain_http,
            catalog_cap=broker.catalog_limit_mib * MIB or CATALOG_CAP,
            on_version=lambda version: remember_version(broker, version, deps.ports),
        )

    def _http(self, broker: "BrokerRecord", login: Login) -> "HttpClient":
        from svcat.cli.wiring.logins import tls_from
        from svcat.http import HttpClient

        deps, tls = self._deps, tls_from(broker, login)
        waiting = deps.progress.waiting if deps.progress else nullcontext
        proxy = broker.proxy or None
        client = HttpClient(tls=tls, proxy=proxy, observe=deps.observe, waiting=waiting)
        if deps.rehearsal is None:
            return client
        from svcat.osb.rehearsal import RehearsedHttp

        reads = client if deps.rehearsal.reads_brokers else None
        return RehearsedHttp(deps.rehearsal.note, tls=tls, reads=reads)
