"""A proxy on a real socket that makes one thing different between a platform and its broker."""

import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

IDENTITY = "x-broker-api-request-identity"
_OWN = {"content-length", "connection", "transfer-encoding"}  # of each connection
_INSTANCE = r"/v2/service_instances/(?P<id>[^/]+)"
_BINDING = r"/v2/service_instances/[^/]+/service_bindings/(?P<id>[^/]+)"
_ROUTES = (
    ("catalog", "GET", r"/v2/catalog"),
    ("provision", "PUT", _INSTANCE),
    ("fetch-instance", "GET", _INSTANCE),
    ("update", "PATCH", _INSTANCE),
    ("deprovision", "DELETE", _INSTANCE),
    ("poll-instance", "GET", f"{_INSTANCE}/last_operation"),
    ("bind", "PUT", _BINDING),
    ("fetch-binding", "GET", _BINDING),
    ("unbind", "DELETE", _BINDING),
    ("poll-binding", "GET", f"{_BINDING}/last_operation"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request; ``id`` is that of its binding, or else of its instance."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    raw: bytes

    @property
    def call(self) -> str:
        return self._route[0]

    @property
    def id(self) -> str:
        return self._route[1]

    @property
    def params(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def body(self) -> dict[str, Any]:
        try:
            value = json.loads(self.raw)
        except ValueError:
            value = None
        return value if isinstance(value, dict) else {}

    def with_body(self, body: dict[str, Any]) -> "Asked":
        return replace(self, raw=json.dumps(body).encode())

    def with_header(self, name: str, value: str) -> "Asked":
        return replace(self, headers={**self.headers, name: value})

    def with_target(self, target: str) -> "Asked":
        return replace(self, target=target)

    @property
    def _route(self) -> tuple[str, str]:
        path = urlsplit(self.target).path
        for name, method, pattern in _ROUTES:
            found = re.fullmatch(pattern, path)
            if method == self.method and found:
                return name, unquote(found.groupdict().get("id", ""))
        return "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer."""

    status: int
    raw: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    def with_status(self, status: int) -> "Told":
        return replace(self, status=status)

    def with_raw(self, raw: bytes) -> "Told":
        return replace(self, raw=raw)

    def with_body(self, value: Any) -> "Told":
        return self.with_raw(json.dumps(value).encode())

    def with_members(self, **members: Any) -> "Told":
        return self.with_body({**self.body, **members})

    def with_header(self, name: str, value: str) -> "Told":
        return replace(self, headers={**self.headers, name: value})


Forward = Callable[[Asked], Told]
Spoil = Callable[[Asked, Forward], Told]


def refusal(status: int, **members: Any) -> Told:
    """An error answer."""
    return Told(status=status, raw=json.dumps({"description": "spoiled", **members}).encode())


@contextmanager
def spoiled(upstream: str, spoil: Spoil) -> Iterator[str]:
    """Stand between; give the URL."""
    address = urlsplit(upstream)

    def forward(asked: Asked) -> Told:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        try:
            sent = {k: v for k, v in asked.headers.items() if k not in _OWN}
            connection.request(asked.method, asked.target, asked.raw or None, sent)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Told(status=answer.status, raw=answer.read(), headers=headers)
        finally:
            connection.close()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            del headers["host"]
            asked = Asked(method=self.command, target=self.path, headers=headers, raw=raw)
            told = spoil(asked, forward)
            self.send_response_only(told.status)
            for name, value in {IDENTITY: headers.get(IDENTITY, ""), **told.headers}.items():
                if name not in _OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.raw)))
            self.end_headers()
            self.wfile.write(told.raw)

        do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
