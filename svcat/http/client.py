"""Send one request and read one answer; tell apart "not sent" and "answer lost"."""

import json
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult

import h11

from svcat.http.connection import (
    Connection,
    Deadline,
    Origin,
    is_handshake_alert,
    open_connection,
    proxy_authorization,
    split_url,
)
from svcat.http.messages import (
    AnswerLost,
    Exchange,
    Fault,
    NotSent,
    Request,
    Response,
    Tls,
    redacted_headers,
    redacted_url,
)
from svcat.http.tls import tls_context
from svcat.redaction import login_texts, secret_texts, shown_message, without

ERROR_BODY_CAP = 64 * 1024
_LONGEST_TOLD = 1024 * 1024


class HttpClient:
    """Talk to servers that share one TLS set-up; connections are kept for the next request."""

    def __init__(
        self,
        *,
        tls: Tls = Tls(),  # noqa: B008 - frozen
        proxy: str | None = None,
        connect_timeout_s: float = 5.0,
        observe: Callable[[Exchange], None] | None = None,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._waiting = waiting
        self._tls = tls
        self._proxy = proxy
        self._connect_timeout_s = connect_timeout_s
        self._observe = observe
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._idle: dict[Origin, list[Connection]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            for connections in self._idle.values():
                for connection in connections:
                    connection.close()
            self._idle.clear()

    def send(self, request: Request, *, deadline_s: float, body_cap: int) -> Response:
        """Send once and read the whole answer, all of it within ``deadline_s`` seconds.

        ``body_cap`` bounds the body in bytes; bodies of error answers (4xx, 5xx) are bounded by
        64 KiB too. Raises NotSent if no byte of the request left, else AnswerLost.
        """
        started = time.monotonic()
        response: Response | None = None
        problem = ""
        try:
            with self._waiting():
                response = self._send(request, Deadline(deadline_s), body_cap)
        except (NotSent, AnswerLost) as error:
            problem = str(error)
            response = error.response if isinstance(error, AnswerLost) else None
            raise
        finally:
            if self._observe is not None:
                self._observe(_facts(request, response, started, problem))
        return response

    def _send(self, request: Request, deadline: Deadline, body_cap: int) -> Response:
        parts, origin = split_url(request.url)
        head = self._head(request, parts, origin)
        connection = self._take(origin, deadline)
        try:
            response = _exchange(connection, head, request.body, deadline, body_cap)
        except BaseException:
            connection.close()
            raise
        self._keep_or_close(origin, connection)
        if response.status == 407 and self._proxy is not None:
            raise NotSent("the proxy wants a login (407)")
        return response

    def _head(self, request: Request, parts: SplitResult, origin: Origin) -> h11.Request:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": origin.host_header, **request.headers}
        headers["Accept-Encoding"] = "identity"
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
        if self._proxy is not None and origin.scheme == "http":
            target = f"http://{origin.host_header}{target}"
            headers |= proxy_authorization(self._proxy)
        try:
            # Latin-1: what a server sent (an ETag, say) goes back as it came.
            lines = (*headers.items(), *request.more_headers)
            pairs = [(name.encode(), value.encode("latin-1")) for name, value in lines]
            return h11.Request(method=request.method, target=target, headers=pairs)
        except (h11.LocalProtocolError, UnicodeEncodeError):
            # The value at fault may be a password: neither it nor the cause is told.
            raise NotSent("the URL or a header has characters that HTTP cannot carry") from None

    def _take(self, origin: Origin, deadline: Deadline) -> Connection:
        while True:
            with self._lock:
                idle = self._idle.get(origin)
                connection = idle.pop() if idle else None
            if connection is None:
                break
            if connection.is_reusable():
                return connection
            connection.close()
        return open_connection(
            origin,
            deadline.at_most(self._connect_timeout_s),
            proxy=self._proxy,
            server_name=self._tls.server_name,
            context=self._tls_context,
            proxy_context=self._proxy_context,
        )

    def _keep_or_close(self, origin: Origin, connection: Connection) -> None:
        if connection.make_idle():
            with self._lock:
                self._idle.setdefault(origin, []).append(connection)
        else:
            connection.close()

    def _tls_context(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = tls_context(self._tls)
            return self._context

    def _proxy_context(self) -> ssl.SSLContext:
        """An https:// proxy is believed as the server is, and told nothing but the target."""
        return tls_context(Tls(ca_pem=self._tls.ca_pem, insecure=self._tls.insecure))


def _exchange(
    connection: Connection, head: h11.Request, body: bytes | None, deadline: Deadline, body_cap: int
) -> Response:
    answer: Response | None = None
    received = bytearray()
    failure = _write(connection, head, body, deadline)
    try:
        answer = _read_head(connection, deadline)
        _check_encoding(answer)
        _read_body(connection, answer, received, deadline, body_cap)
    except _Refused as refused:
        reason, fault = refused.args
    except (OSError, h11.RemoteProtocolError) as error:
        cause = failure or error
        if answer is None and connection.is_fresh and is_handshake_alert(cause):
            # TLS 1.3 servers judge our certificate when we think the handshake is over.
            raise NotSent("the server refused the client certificate (TLS)") from cause
        reason, fault = _why_lost(cause, answer, connection)
    else:
        return replace(answer, body=bytes(received))
    partial = None if answer is None else replace(answer, body=bytes(received))
    raise AnswerLost(reason, fault=fault, response=partial)


def _write(
    connection: Connection, head: h11.Request, body: bytes | None, deadline: Deadline
) -> OSError | None:
    """Write the request; a failure is returned: the answer may be there all the same.

    Servers refuse with an answer and close, without reading what they refuse.
    """
    data = connection.h11.send(head) or b""
    if body:
        data += connection.h11.send(h11.Data(data=body)) or b""
    data += connection.h11.send(h11.EndOfMessage()) or b""
    try:
        connection.write(data, deadline)
    except OSError as error:
        if not connection.has_sent and not isinstance(error, TimeoutError):
            raise NotSent("the connection was closed before the request was sent") from error
        return error
    return None


def _read_head(connection: Connection, deadline: Deadline) -> Response:
    event = connection.read_event(deadline)
    while isinstance(event, h11.InformationalResponse):
        event = connection.read_event(deadline)
    if not isinstance(event, h11.Response):
        raise ConnectionResetError
    headers: dict[str, str] = {}
    for name, value in event.headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Response(status=event.status_code, headers=headers, body=b"")


def _check_encoding(answer: Response) -> None:
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise _Refused("the answer is compressed, which was not asked for", Fault.UNREADABLE)


def _read_body(
    connection: Connection, answer: Response, received: bytearray, deadline: Deadline, cap: int
) -> None:
    is_error = answer.status >= 400
    cap = min(cap, ERROR_BODY_CAP) if is_error else cap
    too_large = _Refused(f"the answer is larger than {cap} bytes", Fault.TOO_LARGE)
    if int(answer.headers.get("content-length", "0")) > cap and not is_error:
        raise too_large
    while isinstance(event := connection.read_event(deadline), h11.Data):
        received += event.data
        if len(received) > cap:
            del received[cap:]
            raise too_large


def _why_lost(
    error: Exception, answer: Response | None, connection: Connection
) -> tuple[str, Fault]:
    if isinstance(error, TimeoutError):
        return "no whole answer in time", Fault.TIMEOUT
    if isinstance(error, h11.RemoteProtocolError) and not connection.has_ended:
        if error.error_status_hint == 431:
            return "the head of the answer is too large", Fault.TOO_LARGE
        return "the answer is not HTTP", Fault.UNREADABLE
    if answer is None:
        return "the connection was closed without an answer", Fault.RESET
    return "the answer was cut off", Fault.TRUNCATED


class _Refused(Exception):
    """The answer is one that we do not read on."""


def _facts(request: Request, response: Response | None, started: float, problem: str) -> Exchange:
    secrets = login_texts(request.headers)
    return Exchange(
        method=request.method,
        url=redacted_url(request.url),
        status=None if response is None else response.status,
        duration_ms=(time.monotonic() - started) * 1000,
        sent_bytes=len(request.body or b""),
        received_bytes=0 if response is None else len(response.body),
        problem=without(problem, secrets),
        sent_headers=redacted_headers({**dict(request.more_headers), **request.headers}),
        sent=_told(request.body or b"", secrets),
        received_headers={} if response is None else redacted_headers(response.headers),
        received="" if response is None else _told(response.body, secrets | _parameters(request)),
    )


def _told(body: bytes, secrets: set[str]) -> str:
    if len(body) > _LONGEST_TOLD:
        return f"({len(body)} bytes)"
    return shown_message(body, secrets)


def _parameters(request: Request) -> set[str]:
    """Return what was sent as secret: servers quote it when they complain of it."""
    try:
        return secret_texts(json.loads(request.body or b"null"))
    except (ValueError, RecursionError):
        return set()
