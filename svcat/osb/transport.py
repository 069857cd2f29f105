"""One request to a broker, headers and login included, and the bare facts of its answer.

Re-sent is only what certainly was not carried out: a request that a fetched token did not
authorise (401), once; and a GET whose connection broke before any answer, once.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from svcat.clock import Clock
from svcat.http import AnswerLost, Fault, HttpClient, NotSent, Request, Response
from svcat.osb.headers import REQUEST_IDENTITY_HEADER, request_headers, retry_after_s
from svcat.osb.login import Authorizer, Login, LoginRefused
from svcat.osb.models import BrokerError
from svcat.osb.outcome import Answer, Body, NoAnswer
from svcat.osb.urls import broker_url
from svcat.osb.wire import decode_error

_BODY_OF = {Fault.TOO_LARGE: Body.TOO_LARGE, Fault.UNREADABLE: Body.NOT_JSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one request. ``reason`` says, in words, why there is no whole answer."""

    request_id: str
    answer: Answer
    response: Response | None = None  # what was read, possibly cut short
    fault: Fault | None = None
    reason: str = ""
    login_refused: bool = False
    error: BrokerError = field(default=BrokerError())  # of answers that are no success

    @property
    def status(self) -> int | None:
        """The HTTP status, if there is one."""
        return None if isinstance(self.answer, NoAnswer) else self.answer

    @property
    def is_whole(self) -> bool:
        """Whether the answer was read to its end."""
        return self.response is not None and self.fault is None

    @property
    def cut_short(self) -> Body:
        """The body class of an answer that is not whole."""
        return Body.TRUNCATED if self.fault is None else _BODY_OF.get(self.fault, Body.TRUNCATED)

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers, names in lower case."""
        return {} if self.response is None else self.response.headers

    @property
    def retry_after_s(self) -> float | None:
        """``Retry-After`` in seconds."""
        return retry_after_s(self.headers)

    @property
    def echo_differs(self) -> bool:
        """Whether the broker echoed another request identity than ours."""
        echo = self.headers.get(REQUEST_IDENTITY_HEADER.lower(), self.request_id)
        return echo != self.request_id


class Transport:
    """Sends requests to one broker."""

    def __init__(
        self,
        url: str,
        *,
        login: Login,
        http: HttpClient,
        clock: Clock,
        deadline_s: float,
        allow_plain_http: bool,
    ) -> None:
        self.base = broker_url(url, allow_plain_http=allow_plain_http)
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
        method: str,
        target: str,
        *,
        api_version: str,
        body_cap: int,
        identity: str | None = None,
        body: bytes | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Attempt:
        """Send one request to ``target`` (path and query); ``identity`` is a header value."""

        def once() -> Attempt:
            request_id = str(uuid.uuid4())
            headers = request_headers(
                api_version=api_version,
                request_id=request_id,
                identity=identity,
                has_body=body is not None,
            )
            headers |= extra_headers or {}
            request = Request(method=method, url=self.base + target, headers=headers, body=body)
            return self._once(request, request_id, body_cap)

        attempt = once()
        if method == "GET" and attempt.fault is Fault.RESET and attempt.response is None:
            attempt = once()
        if attempt.answer == 401 and self._authorizer.renew():
            attempt = once()
        return attempt

    def _once(self, request: Request, request_id: str, body_cap: int) -> Attempt:
        try:
            headers = {**request.headers, **self._authorizer.headers()}
            response = self._http.send(
                replace(request, headers=headers), deadline_s=self._deadline_s, body_cap=body_cap
            )
        except NotSent as error:
            attempt = Attempt(
                request_id=request_id,
                answer=NoAnswer.NOT_SENT,
                reason=str(error),
                login_refused=isinstance(error, LoginRefused),
            )
        except AnswerLost as error:
            attempt = Attempt(
                request_id=request_id,
                answer=NoAnswer.LOST if error.status is None else error.status,
                response=error.response,
                fault=error.fault,
                reason=str(error),
            )
        else:
            attempt = Attempt(request_id=request_id, answer=response.status, response=response)
        return replace(attempt, error=self._error(attempt))

    def _error(self, attempt: Attempt) -> BrokerError:
        if attempt.response is None or attempt.status is None:
            return BrokerError(description=self._authorizer.redact(attempt.reason))
        if attempt.status < 300:
            return BrokerError(status=attempt.status, description=attempt.reason)
        redact = self._authorizer.redact
        body = self._authorizer.redact_body(attempt.response.body)
        error = decode_error(attempt.status, body)
        location = attempt.headers.get("location", "")
        words = error.description
        if 300 <= attempt.status < 400 and location:
            words = f"redirects to {location[:500]} (not followed)"
        return msgspec.structs.replace(error, error=redact(error.error), description=redact(words))
