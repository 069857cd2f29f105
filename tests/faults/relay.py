"""A server on a real socket that passes requests on, and the ways to spoil one or its answer."""

import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_OF_THE_CONNECTION = frozenset({"content-length", "connection", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the upstream said."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where requests are passed on to; ``headers`` are added, as a login."""

    host: str
    port: int
    context: ssl.SSLContext | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def connect(self) -> http.client.HTTPConnection:
        if self.context is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=30)
        return http.client.HTTPSConnection(self.host, self.port, timeout=30, context=self.context)


class Relay:
    """Passes everything on, but for what ``spoils`` takes."""

    def __init__(self, upstream: Upstream) -> None:
        self.closing = threading.Event()
        self._upstream = upstream
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            upstream: http.client.HTTPConnection | None = None

            def do_GET(self) -> None:
                relay.serve(self)

            do_PUT = do_PATCH = do_DELETE = do_POST = do_GET

            def finish(self) -> None:
                super().finish()
                if self.upstream is not None:
                    self.upstream.close()

            def log_message(self, *_: Any) -> None:
                return

        self._handler = Handler
        self._port = 0
        self._server = self._bound()
        self._port = self._server.server_address[1]
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def hang_up(self) -> None:
        """Refuse connections from now on; the port stays ours."""
        self._server.shutdown()
        self._server.server_close()
        self._server = self._bound()

    def answer_again(self) -> None:
        """Take connections again."""
        self._listen()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _bound(self) -> ThreadingHTTPServer:
        """Return a server that has the port and does not listen on it yet."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler, False)
        server.daemon_threads = True
        server.server_bind()
        return server

    def _listen(self) -> None:
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def spoils(self, handler: Any, body: bytes) -> bool:
        """Answer, or fail to answer, in the upstream's place; False to pass it on."""
        raise NotImplementedError

    def serve(self, handler: Any) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        if not self.spoils(handler, body):
            give(handler, self.forwarded(handler, body))

    def forwarded(self, handler: Any, body: bytes) -> Answer:
        """Let the upstream carry the request out."""
        if handler.upstream is None:
            handler.upstream = self._upstream.connect()
        headers = {k: v for k, v in handler.headers.items() if k.lower() != "host"}
        headers |= self._upstream.headers
        handler.upstream.request(handler.command, handler.path, body or None, headers)
        response = handler.upstream.getresponse()
        return Answer(response.status, response.getheaders(), response.read())


def give(handler: Any, answer: Answer) -> None:
    """Answer as the upstream did."""
    handler.send_response_only(answer.status)
    for name, value in answer.headers:
        if name.lower() not in _OF_THE_CONNECTION:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    handler.wfile.write(answer.body)


def reset(handler: Any) -> None:
    """End the connection with a RST."""
    handler.close_connection = True
    connection = handler.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut(handler: Any, answer: Answer) -> None:
    """End the connection before the body ends."""
    handler.close_connection = True
    write(handler, head(answer.status, len(answer.body) + 100) + answer.body)


def cut_in_headers(handler: Any) -> None:
    """End the connection before the headers end."""
    handler.close_connection = True
    write(handler, b"HTTP/1.1 200 OK\r\nContent-Ty")


def give_json(handler: Any, status: int, body: bytes) -> None:
    """Answer with ``body``, whatever it is, as JSON; and end the connection."""
    handler.close_connection = True
    write(handler, head(status, len(body)) + body)


def head(status: int, length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", "Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def write(handler: Any, data: bytes) -> bool:
    try:
        handler.wfile.write(data)
        handler.wfile.flush()
    except OSError:
        return False
    return True
