"""A proxy in front of the real API server that spoils the n-th request from now on."""

import json
import ssl
import threading
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.controlplane.server import KubeServer, write_private
from tests.faults.relay import (
    Answer,
    Relay,
    Upstream,
    cut,
    cut_in_headers,
    give_json,
    reset,
)


class ApiFault(StrEnum):
    """What becomes of the chosen request."""

    RESET_BEFORE = "reset before it is carried out"
    RESET_AFTER = "reset after it was carried out"
    EOF_IN_HEADERS = "answer ends in its headers, carried out"
    EOF_IN_BODY = "answer ends in its body, carried out"
    TRUNCATED_JSON = "truncated JSON, carried out"
    FAILED_BEFORE = "500, not carried out"
    FAILED_AFTER = "500, carried out"
    TIMED_OUT = "504, carried out"
    THROTTLED = "429, not carried out"
    FORBIDDEN = "403, not carried out"
    REPLAYED = "409, for something on the way sent it twice"


class Outage(StrEnum):
    """What begins with the chosen request and lasts until the proxy is disarmed."""

    GONE = "the API server is gone, the request not carried out"
    GONE_AFTER = "the API server is gone, the request carried out"
    REVOKED = "the right to make such requests is revoked"


_BEFORE = frozenset(
    {
        ApiFault.RESET_BEFORE,
        ApiFault.FAILED_BEFORE,
        ApiFault.THROTTLED,
        ApiFault.FORBIDDEN,
    }
)
_CODES = {
    ApiFault.FAILED_BEFORE: (500, "InternalError", "etcdserver: request timed out"),
    ApiFault.FAILED_AFTER: (500, "InternalError", "etcdserver: request timed out"),
    ApiFault.TIMED_OUT: (504, "Timeout", "the request did not complete in time"),
    ApiFault.THROTTLED: (429, "TooManyRequests", "too many requests"),
    ApiFault.FORBIDDEN: (403, "Forbidden", 'User "e2e" cannot {verb} this in API group ""'),
    ApiFault.REPLAYED: (409, "Conflict", "the object has been modified"),
}
_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class ApiProxy(Relay):
    """Passes on to ``server`` as its administrator; ``seen`` are the requests since ``arm``."""

    def __init__(self, server: KubeServer) -> None:
        self.seen: list[str] = []
        self.is_spent = False
        self._nth: int | None = None
        self._fault: ApiFault | Outage | None = None
        self._revoked: tuple[str, str] | None = None  # a verb, a collection
        self._is_gone = False
        self._lock = threading.Lock()
        place = urlsplit(server.url)
        assert place.hostname
        assert place.port
        login = {"Authorization": f"Bearer {server.admin_token}"}
        context = ssl.create_default_context(cadata=server.ca_pem)
        super().__init__(Upstream(place.hostname, place.port, context, login))

    def arm(self, nth: int | None, fault: ApiFault | Outage | None) -> None:
        """Spoil the ``nth`` request from now on, counted from 0; None: only look on."""
        self._nth, self._fault, self.seen, self.is_spent = nth, fault, [], False

    def disarm(self) -> None:
        """Spoil nothing any more; an outage is over."""
        self._nth = self._revoked = None
        if self._is_gone:
            self._is_gone = False
            self.answer_again()

    def kubeconfig(self, path: Path, namespace: str) -> Path:
        """Write a kubeconfig that leads here."""
        cluster = {"name": "proxy", "cluster": {"server": self.url}}
        context = {"cluster": "proxy", "user": "nobody", "namespace": namespace}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [cluster],
            "users": [{"name": "nobody", "user": {}}],
            "contexts": [{"name": "proxy", "context": context}],
            "current-context": "proxy",
        }
        write_private(path, json.dumps(config))
        return path

    def spoils(self, handler: Any, body: bytes) -> bool:
        call = handler.command, urlsplit(handler.path).path
        with self._lock:
            is_chosen = len(self.seen) == self._nth
            self.seen.append(" ".join(call))
            self.is_spent = self.is_spent or is_chosen
        if self._is_gone:
            reset(handler)
        elif self._revoked == _right(*call) and self._revoked is not None:
            _spoil(handler, ApiFault.FORBIDDEN, NOTHING)
        elif is_chosen and self._fault is not None:
            self._begin(self._fault, handler, body)
        else:
            return False
        return True

    def _begin(self, fault: ApiFault | Outage, handler: Any, body: bytes) -> None:
        is_carried_out = fault is not Outage.GONE and fault not in _BEFORE
        match fault:
            case Outage.REVOKED:
                self._revoked = _right(handler.command, urlsplit(handler.path).path)
                _spoil(handler, ApiFault.FORBIDDEN, NOTHING)
            case Outage.GONE | Outage.GONE_AFTER:
                if is_carried_out:
                    self.forwarded(handler, body)
                self._is_gone = True
                self.hang_up()
                reset(handler)
            case _:
                answer = self.forwarded(handler, body) if is_carried_out else NOTHING
                _spoil(handler, fault, answer)


NOTHING = Answer(200, [], b"")


def _right(method: str, path: str) -> tuple[str, str]:
    """Return the verb and the collection that a request needs a right to."""
    parts = path.strip("/").split("/")
    resource = 2 if parts[0] == "api" else 3
    if parts[resource : resource + 1] == ["namespaces"] and len(parts) > resource + 2:
        resource += 2
    is_list = method == "GET" and len(parts) == resource + 1
    return "list" if is_list else _VERBS[method], "/".join(parts[: resource + 1])


def _spoil(handler: Any, fault: ApiFault, answer: Answer) -> None:
    match fault:
        case ApiFault.RESET_BEFORE | ApiFault.RESET_AFTER:
            reset(handler)
        case ApiFault.EOF_IN_HEADERS:
            cut_in_headers(handler)
        case ApiFault.EOF_IN_BODY:
            cut(handler, answer)
        case ApiFault.TRUNCATED_JSON:
            give_json(handler, answer.status, answer.body[:-2])
        case _:
            code, reason, message = _CODES[fault]
            if fault is ApiFault.REPLAYED and handler.command == "POST":
                reason, message = "AlreadyExists", "it already exists"
            verb, _ = _right(handler.command, urlsplit(handler.path).path)
            message = message.format(verb=verb)
            status = {"kind": "Status", "code": code, "reason": reason, "message": message}
            give_json(handler, code, json.dumps(status | {"apiVersion": "v1"}).encode())
