"""A broker's proxy that spoils one chosen request on its way, or its answer."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.faults.relay import (
    Answer,
    Relay,
    Upstream,
    cut,
    cut_in_headers,
    give_json,
    head,
    reset,
    write,
)


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


class FaultProxy(Relay):
    """Passes everything on to ``upstream`` (host, port), but for what ``plan`` spoils."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.plan: Plan | None = None
        self._lock = threading.Lock()
        super().__init__(Upstream(*upstream))

    def spoil(self, method: str, path: str, fault: Fault) -> None:
        """Spoil the next request of that kind."""
        self.plan = Plan(method, path, fault)

    def spoils(self, handler: Any, body: bytes) -> bool:
        fault = self._fault_for(handler.command, handler.path)
        if fault is None:
            return False
        is_carried_out = fault not in NOT_CARRIED_OUT
        answer = self.forwarded(handler, body) if is_carried_out else Answer(200, [], b"{}")
        self._spoil(handler, fault, answer)
        return True

    def _fault_for(self, method: str, path: str) -> Fault | None:
        with self._lock:
            if self.plan is None or not self.plan.is_for(method, path):
                return None
            self.plan.is_spent = True
            return self.plan.fault

    def _spoil(self, handler: Any, fault: Fault, answer: Answer) -> None:
        handler.close_connection = True
        if fault in _STATUSES:
            _refuse(handler, fault)
            return
        spoilers: dict[Fault, Callable[[], object]] = {
            Fault.RESET_BEFORE: lambda: reset(handler),
            Fault.RESET_AFTER: lambda: reset(handler),
            Fault.SILENCE_BEFORE: self._be_silent,
            Fault.SILENCE_AFTER: self._be_silent,
            Fault.EOF_IN_HEADERS: lambda: cut_in_headers(handler),
            Fault.EOF_IN_BODY: lambda: cut(handler, answer),
            Fault.TRUNCATED_JSON: lambda: give_json(
                handler, answer.status, answer.body[:-1] or b"{"
            ),
            Fault.WRONG_TYPE: lambda: give_json(handler, answer.status, b'["not", "an", "object"]'),
            Fault.HTML: lambda: give_json(handler, 200, b"<html>log in</html>"),
            Fault.DRIP: lambda: self._drip(handler, answer.status),
            Fault.OVERSIZED: lambda: _flood(handler, answer.status),
        }
        spoilers[fault]()

    def _be_silent(self) -> None:
        self.closing.wait(_SILENCE_S)

    def _drip(self, handler: Any, status: int) -> None:
        write(handler, head(status, 10_000))
        for _ in range(_DRIPS):
            if self.closing.wait(0.1) or not write(handler, b" "):
                return


def _refuse(handler: Any, fault: Fault) -> None:
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


def _flood(handler: Any, status: int) -> None:
    write(handler, head(status, 1 << 40))
    chunk = b" " * 65536
    until = time.monotonic() + 5.0
    while time.monotonic() < until and write(handler, chunk):
        pass
