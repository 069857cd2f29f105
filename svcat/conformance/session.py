"""Raw requests to one broker, with full control of every header, and the log of all of them.

Nothing is judged here and nothing is sent twice. A request that gets no answer is an Answer too.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import msgspec

from svcat.clock import Clock
from svcat.conformance.model import Evidence
from svcat.errors import AuthFailed, Interrupted, Unreachable
from svcat.http import AnswerLost, HttpClient, NotSent, Request, redacted_url
from svcat.osb.headers import REQUEST_IDENTITY_HEADER, request_headers, retry_after_s
from svcat.osb.jsontext import Malformed, parse
from svcat.osb.login import Authorizer, Login, LoginRefused
from svcat.osb.models import Call, JsonObject
from svcat.osb.urls import broker_url
from svcat.redaction import login_texts, secret_texts, shown_message

BODY_CAP = 16 * 1024 * 1024
_EXCERPT_CHARS = 300
_METHODS = {
    Call.PROVISION: "PUT",
    Call.BIND: "PUT",
    Call.UPDATE: "PATCH",
    Call.DEPROVISION: "DELETE",
    Call.UNBIND: "DELETE",
}
Headers = Mapping[str, str | None]  # None: that header is not sent


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One request and what came back; ``status`` is None if nothing (whole) did."""

    call: Call
    target: str  # path and query
    sent_headers: Mapping[str, str] = field(repr=False)
    sent: bytes | None = field(repr=False)
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    problem: str = ""

    @property
    def method(self) -> str:
        """The HTTP method."""
        return _METHODS.get(self.call, "GET")

    @cached_property
    def value(self) -> object:
        """The body as JSON; None if it is empty or none."""
        try:
            return parse(self.body)
        except Malformed:
            return None

    @property
    def members(self) -> JsonObject:
        """The members of the body; none if it is no JSON object."""
        value = self.value
        return value if isinstance(value, dict) else {}

    @property
    def error_code(self) -> object:
        """The ``error`` of an error answer."""
        return self.members.get("error")

    @property
    def operation(self) -> str | None:
        """The operation to poll, if a usable one was given."""
        operation = self.members.get("operation")
        return operation if isinstance(operation, str) and operation else None

    @property
    def retry_after_s(self) -> float:
        """How long to wait at least before the next poll."""
        return retry_after_s(self.headers) or 0.0

    @property
    def is_client_error(self) -> bool:
        """Whether the broker says that it changed nothing."""
        return self.status is not None and 400 <= self.status < 500

    @cached_property
    def evidence(self) -> Evidence:
        """What may be shown of it."""
        secrets = login_texts(self.sent_headers) | secret_texts(_parsed(self.sent or b""))
        text = shown_message(self.body, secrets | secret_texts(self.value))
        return Evidence(
            method=self.method,
            path=redacted_url(f"http://broker{self.target}").removeprefix("http://broker"),
            status=self.status,
            excerpt=self.problem or (text if len(text) <= _EXCERPT_CHARS else text[:299] + "…"),
        )


def _parsed(body: bytes) -> object:
    try:
        return parse(body)
    except Malformed:
        return None


class Session:
    """Talks to one broker; ``log`` has every exchange in order."""

    def __init__(
        self,
        url: str,
        *,
        login: Login,
        http: HttpClient,
        clock: Clock,
        deadline_s: float,
        api_version: str = "2.17",
        allow_plain_http: bool = False,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.base = broker_url(url, allow_plain_http=allow_plain_http)
        self.login = login
        self.api_version = api_version
        self.log: list[Answer] = []
        self.stopping = stopping
        self._http = http
        self._deadline_s = deadline_s
        self._authorizer = Authorizer(
            login,
            http=http,
            clock=clock,
            deadline_s=deadline_s,
            allow_plain_http=allow_plain_http,
        )

    def send(
        self,
        call: Call,
        target: str,
        *,
        body: object = None,
        headers: Headers | None = None,
    ) -> Answer:
        """Send one request; ``body`` is bytes as they are, or what JSON can write.

        ``headers`` replace the usual ones, login included. Raises Interrupted if asked to stop.
        """
        if self.stopping():
            raise Interrupted("the check was stopped")
        sent = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        answer = self._exchange(call, target, sent, headers or {})
        self.log.append(answer)
        return answer

    def redact(self, text: str) -> str:
        """Return ``text`` without the login's secrets."""
        return self._authorizer.redact(text)

    def require_reachable(self, answer: Answer) -> None:
        """Raise Unreachable or AuthFailed if a first answer makes every other question idle."""
        if answer.status is None:
            raise Unreachable(
                f"broker {self.base}: {answer.problem}",
                hint="check the URL, the network and the broker",
            )
        if answer.status in (401, 403):
            raise AuthFailed(
                f"broker {self.base} refuses the login (status {answer.status})",
                hint="give --username with --password-file, or --token-file",
            )

    def _exchange(self, call: Call, target: str, sent: bytes | None, headers: Headers) -> Answer:
        usual = request_headers(
            api_version=self.api_version,
            request_id=str(uuid.uuid4()),
            identity=None,
            has_body=sent is not None,
        )
        try:
            merged = {**usual, **self._authorizer.headers(), **headers}
        except LoginRefused as error:
            raise AuthFailed(f"broker {self.base}: {error}") from error
        except NotSent as error:
            raise Unreachable(f"broker {self.base}: {error}") from error
        answer = Answer(
            call=call,
            target=target,
            sent_headers={name: value for name, value in merged.items() if value is not None},
            sent=sent,
        )
        return self._sent(answer)

    def _sent(self, answer: Answer) -> Answer:
        request = Request(
            method=answer.method,
            url=self.base + answer.target,
            headers=answer.sent_headers,
            body=answer.sent,
        )
        try:
            got = self._http.send(request, deadline_s=self._deadline_s, body_cap=BODY_CAP)
        except (NotSent, AnswerLost) as error:
            return replace(answer, problem=self.redact(str(error)))
        return replace(answer, status=got.status, headers=got.headers, body=got.body)


def echoed_identity(answer: Answer) -> tuple[str, str]:
    """Return the request identity that was sent, and the one that came back."""
    wanted = answer.sent_headers.get(REQUEST_IDENTITY_HEADER, "")
    return wanted, answer.headers.get(REQUEST_IDENTITY_HEADER.lower(), "")
