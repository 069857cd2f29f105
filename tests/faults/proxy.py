"""A proxy on a real socket that spoils one chosen request on its way, or its answer."""

import http.client
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Fault(StrEnum):
    """What becomes of the chosen request."""

    RESET_BEFORE = "reset before it is carried out"
    RESET_AFTER = "reset after it was carried out"
    EOF_IN_HEADERS = "answer ends in its headers"
    EOF_IN_BODY = "answer ends in its body"
    SILENCE_BEFORE = "no answer, not carried out"
    SILENCE_AFTER = "no answer, carried out"
    FAILED_BEFORE = "500, not carried out"
    FAILED_AFTER = "500, carried out"
    BAD_GATEWAY = "502, carried out"
    UNAVAILABLE = "503, not carried out"
    THROTTLED = "429 with Retry-After"
    BUSY = "422 ConcurrencyError"
    TIMED_OUT = "408"
    REDIRECT = "302 to elsewhere"
    TRUNCATED_JSON = "truncated JSON, carried out"
    WRONG_TYPE = "JSON of another type, carried out"
    HTML = "200 with HTML, carried out"
    DRIP = "a body that drips, carried out"
    OVERSIZED = "an endless body, carried out"


NOT_CARRIED_OUT = frozenset(
    {
        Fault.RESET_BEFORE,
        Fault.SILENCE_BEFORE,
        Fault.FAILED_BEFORE,
        Fault.UNAVAILABLE,
        Fault.THROTTLED,
        Fault.BUSY,
        Fault.TIMED_OUT,
        Fault.REDIRECT,
    }
)
_STATUSES = {
    Fault.FAILED_BEFORE: 500,
    Fault.FAILED_AFTER: 500,
    Fault.BAD_GATEWAY: 502,
    Fault.UNAVAILABLE: 503,
    Fault.THROTTLED: 429,
    Fault.BUSY: 422,
    Fault.TIMED_OUT: 408,
    Fault.REDIRECT: 302,
}
_SILENCE_S = 30.0
_DRIPS = 200


@dataclass(slots=True)
class Plan:
    """Which request is spoiled, once, and how."""

    method: str
    path: str  # a regular expression
    fault: Fault
    is_spent: bool = False

    def is_for(self, method: str, path: str) -> bool:
        return not self.is_spent and method == self.method and bool(re.search(self.path, path))


class FaultProxy:
    """Passes everything on to ``upstream`` (host, port), but for what ``plan`` spoils."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.plan: Plan | None = None
        self._upstream = upstream
        self._lock = threading.Lock()
        self._closing = threading.Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy.serve(self)

            do_PUT = do_PATCH = do_DELETE = do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def spoil(self, method: str, path: str, fault: Fault) -> None:
        """Spoil the next request of that kind."""
        self.plan = Plan(method, path, fault)

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        fault = self._fault_for(handler.command, handler.path)
        if fault in NOT_CARRIED_OUT:
            self._spoil(handler, fault, 200, b"{}")
            return
        status, headers, answer = self._forwarded(handler, body)
        if fault is not None:
            self._spoil(handler, fault, status, answer)
            return
        handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def _fault_for(self, method: str, path: str) -> Fault | None:
        with self._lock:
            if self.plan is None or not self.plan.is_for(method, path):
                return None
            self.plan.is_spent = True
            return self.plan.fault

    def _forwarded(
        self, handler: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self._upstream, timeout=30)
        try:
            headers = {k: v for k, v in handler.headers.items() if k.lower() != "host"}
            connection.request(handler.command, handler.path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _spoil(
        self, handler: BaseHTTPRequestHandler, fault: Fault, status: int, answer: bytes
    ) -> None:
        handler.close_connection = True
        if fault in _STATUSES:
            _refuse(handler, fault)
            return
        spoilers: dict[Fault, Callable[[], object]] = {
            Fault.RESET_BEFORE: lambda: _reset(handler),
            Fault.RESET_AFTER: lambda: _reset(handler),
            Fault.SILENCE_BEFORE: self._be_silent,
            Fault.SILENCE_AFTER: self._be_silent,
            Fault.EOF_IN_HEADERS: lambda: _write(handler, b"HTTP/1.1 200 OK\r\nContent-Ty"),
            Fault.EOF_IN_BODY: lambda: _cut(handler, status, answer),
            Fault.TRUNCATED_JSON: lambda: _json(handler, status, answer[:-1] or b"{"),
            Fault.WRONG_TYPE: lambda: _json(handler, status, b'["not", "an", "object"]'),
            Fault.HTML: lambda: _json(handler, 200, b"<html>log in</html>"),
            Fault.DRIP: lambda: self._drip(handler, status),
            Fault.OVERSIZED: lambda: _flood(handler, status),
        }
        spoilers[fault]()

    def _be_silent(self) -> None:
        self._closing.wait(_SILENCE_S)

    def _drip(self, handler: BaseHTTPRequestHandler, status: int) -> None:
        _write(handler, _head(status, 10_000))
        for _ in range(_DRIPS):
            if self._closing.wait(0.1) or not _write(handler, b" "):
                return


def _refuse(handler: BaseHTTPRequestHandler, fault: Fault) -> None:
    body = b'{"error": "ConcurrencyError", "description": "busy"}' if fault is Fault.BUSY else b"{}"
    handler.send_response_only(_STATUSES[fault])
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    if fault is Fault.THROTTLED:
        handler.send_header("Retry-After", "1")
    if fault is Fault.REDIRECT:
        handler.send_header("Location", "http://127.0.0.1:9/elsewhere")
    handler.end_headers()
    handler.wfile.write(body)


def _reset(handler: BaseHTTPRequestHandler) -> None:
    connection = handler.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _cut(handler: BaseHTTPRequestHandler, status: int, answer: bytes) -> None:
    _write(handler, _head(status, len(answer) + 100) + answer)


def _json(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    _write(handler, _head(status, len(body)) + body)


def _flood(handler: BaseHTTPRequestHandler, status: int) -> None:
    _write(handler, _head(status, 1 << 40))
    chunk = b" " * 65536
    until = time.monotonic() + 5.0
    while time.monotonic() < until and _write(handler, chunk):
        pass


def _head(status: int, length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", "Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def _write(handler: BaseHTTPRequestHandler, data: bytes) -> bool:
    try:
        handler.wfile.write(data)
        handler.wfile.flush()
    except OSError:
        return False
    return True
