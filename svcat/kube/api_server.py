"""Talk to one API server: send a call, and send it again where that is safe.

Reads are repeated for a few seconds while the API server restarts, and what was not sent at all.
A write whose answer was lost is never sent again: whoever keeps records recognises its own write by
reading. A server that was waited for in vain is not waited for again before it has answered.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from svcat import __version__
from svcat.clock import Clock, SystemClock
from svcat.errors import AuthFailed, Invalid, Unreachable
from svcat.http import AnswerLost, Exchange, Fault, HttpClient, NotSent, Request, Response
from svcat.kube.config import Cluster
from svcat.kube.patience import Patience, is_passing
from svcat.kube.status import Call, to_error
from svcat.objects import JsonObject, Resource

DEADLINE_S = 30.0
BODY_CAP_BYTES = 64 * 1024 * 1024
READ_PATIENCE_S = 5.0
USER_AGENT = f"svcat/{__version__}"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ApiServer:
    """The API server of ``cluster``: calls in, JSON or one of svcat's errors out."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        clock: Clock | None = None,
        patience_s: float = READ_PATIENCE_S,
        observe: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._cluster = cluster
        self._clock = clock or SystemClock()
        self._patience_s = patience_s
        self._observe = observe
        self._http = self._connect()
        self._seen: tuple[datetime, float] | None = None
        self._is_silent = False  # it gave no answer in all the time that it was given
        self._renewing = Lock()
        self._retired: list[HttpClient] = []

    def close(self) -> None:
        """Close the connections."""
        for http in (self._http, *self._retired):
            http.close()

    def now(self) -> datetime:
        """The server's time: of its last answer, and what has passed since."""
        if self._seen is None:
            self.answer(_version_call())
        if self._seen is None:
            raise self._stranger("an answer without a date")
        told, at = self._seen
        return told + timedelta(seconds=int(self._clock.monotonic() - at))

    def version(self) -> str:
        """The server's own version, such as ``v1.31.2``."""
        call = _version_call()
        response = self.answer(call)
        answer = _to_object(response.body)
        version = answer.get("gitVersion")
        if response.status == 200 and isinstance(version, str):
            return version
        self.read(call, response, kind="")  # raises what an error means
        raise self._stranger(_describe(response))

    def ask(self, call: Call, *, kind: str = "") -> JsonObject:
        """Send ``call`` and take the object (of ``kind``, or the call's own) that answers it."""
        return self.read(call, self.answer(call), kind or call.resource.kind)

    def read(self, call: Call, response: Response, kind: str) -> JsonObject:
        """Take the object out of an answer; raise what any other answer means."""
        answer = _to_object(response.body)
        if response.status == 401:
            raise self._login_refused()
        if 200 <= response.status < 300 and answer.get("kind") in (kind, call.resource.kind):
            return answer
        if response.status >= 400 and answer.get("kind") == "Status":
            raise to_error(call, response.status, answer)
        raise self._stranger(_describe(response))

    def answer(self, call: Call) -> Response:
        """Send until there is an answer to go by. Raises Unreachable, AuthFailed."""
        patience = Patience(self._clock, 0.0 if self._is_silent else self._patience_s)
        is_renewed = False
        while True:
            used = self._cluster
            try:
                response = self._send(call)
            except NotSent as error:
                if not (is_passing(error) and patience.pause()):
                    self._is_silent = True
                    raise self._unreachable(call, str(error)) from error
            except AnswerLost as error:
                is_hopeless = not call.is_read or error.fault is Fault.TOO_LARGE
                if is_hopeless or not patience.pause():
                    self._is_silent = not is_hopeless
                    raise self._unreachable(call, str(error), may_have_happened=True) from error
            else:
                self._is_silent = False
                if response.status == 401 and not is_renewed and self._renew(used):
                    is_renewed = True
                elif not patience.wants_another_try(response, is_read=call.is_read):
                    return response

    def _send(self, call: Call) -> Response:
        headers = {"User-Agent": USER_AGENT, "Accept": call.accept, **self._cluster.headers}
        body = None
        if call.body is not None:
            body = _to_body(call)
            headers["Content-Type"] = call.content_type
        request = Request(
            method=call.method,
            url=self._cluster.server + call.path,
            headers=headers,
            more_headers=self._cluster.impersonation,
            body=body,
        )
        response = self._http.send(request, deadline_s=DEADLINE_S, body_cap=BODY_CAP_BYTES)
        if told := _to_datetime(response.headers.get("date", "")):
            self._seen = (told, self._clock.monotonic())
        return response

    def _connect(self) -> HttpClient:
        cluster = self._cluster
        return HttpClient(tls=cluster.tls, proxy=cluster.proxy, observe=self._observe)

    def _renew(self, refused: Cluster) -> bool:
        """Get a new login; False if there is none but the one that was refused."""
        with self._renewing:
            if self._cluster is not refused:
                return True  # another thread was here first
            if refused.renew is None:
                return False
            new = refused.renew()
            is_same = (new.tls, new.headers) == (refused.tls, refused.headers)
            if is_same or new.server != refused.server:
                return False
            self._retired.append(self._http)  # other threads may be waiting for its answers
            self._cluster = new
            self._http = self._connect()
            return True

    def _login_refused(self) -> AuthFailed:
        cluster = self._cluster
        user = f'the login of user "{cluster.user_name}"' if cluster.user_name else "no login"
        return AuthFailed(
            f"{cluster.server} does not accept {user} ({cluster.source})",
            hint="log in to the cluster again, then check with: kubectl get namespaces",
        )

    def _unreachable(self, call: Call, why: str, *, may_have_happened: bool = False) -> Unreachable:
        doubt = "; it may have happened" if may_have_happened and not call.is_read else ""
        return Unreachable(
            f"cannot {call}: no answer from {self._cluster.server}: {why}{doubt}",
            hint=self._cluster.advice
            or f"check with: kubectl cluster-info (kubeconfig {self._cluster.source})",
            may_have_happened=may_have_happened,
        )

    def _stranger(self, what: str) -> Unreachable:
        return Unreachable(
            f"{self._cluster.server} gave {what}, which is not the Kubernetes API",
            hint=f"check the server in {self._cluster.source}",
        )


def _version_call() -> Call:
    version = Resource("v1", "Version", "version", namespaced=False)
    return Call(verb="get", resource=version, method="GET", path="/version", is_read=True)


def _to_body(call: Call) -> bytes:
    try:
        return json.dumps(call.body, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Invalid(f"cannot {call}: it holds text that is not Unicode") from None


def _to_object(body: bytes) -> JsonObject:
    """Read a JSON object; empty for anything else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _describe(response: Response) -> str:
    if 300 <= response.status < 400:
        elsewhere = urlsplit(response.headers.get("location", "")).hostname or "elsewhere"
        return f"a redirect ({response.status}) to {elsewhere}"
    kind = response.headers.get("content-type", "").partition(";")[0] or "nothing readable"
    return f"{response.status} with {kind}"


def _to_datetime(date: str) -> datetime | None:
    """Read an HTTP date (``Sun, 06 Nov 1994 08:49:37 GMT``); None if it is none."""
    try:
        _, day, month, year, time, _ = date.split()
        hour, minute, second = map(int, time.split(":"))
        return datetime(
            int(year), _MONTHS.index(month) + 1, int(day), hour, minute, min(second, 59), tzinfo=UTC
        )
    except ValueError:
        return None
