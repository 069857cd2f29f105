"""A broker that follows a script, on raw sockets: every byte and every silence is the test's.

``with HostileBroker() as broker:`` then ``broker.script(answer(201, {}), reset())``: each request
takes the next entry; ``broker.always(...)`` is for what comes after the last. An entry may be a
function of the request. ``broker.requests`` tells what arrived, header spelling included.
"""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

_OVER = b"HTTP/1.1 599 The Script Is Over\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    header_list: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def params(self) -> dict[str, str]:
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in pairs.items()}

    @property
    def headers(self) -> dict[str, str]:
        """Headers by lower-case name."""
        return {name.lower(): value for name, value in self.header_list}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Bytes to send, then perhaps more of them slowly, then an ending."""

    data: bytes = b""
    then: Callable[[], Iterable[bytes]] | None = None  # sent piece by piece, until the client goes
    pause_s: float = 0.0  # between the pieces
    ending: str = "keep"  # keep, close, reset, hang


Entry = Answer | Callable[[Seen], Answer]


def answer(
    status: int,
    body: object = b"",
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = "application/json",
) -> Answer:
    """A proper answer; ``body`` is bytes, text, or anything that JSON can write."""
    content = body if isinstance(body, bytes) else _written(body)
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if status in (204, 304):
        lines[1:3] = []
        content = b""
    return Answer(data="\r\n".join([*lines, "", ""]).encode("latin-1") + content)


def raw(data: bytes, *, ending: str = "close") -> Answer:
    """Exactly these bytes."""
    return Answer(data=data, ending=ending)


def reset(after: bytes = b"") -> Answer:
    """RST, after these bytes."""
    return Answer(data=after, ending="reset")


def hang(after: bytes = b"") -> Answer:
    """Silence, after these bytes, until the client gives up."""
    return Answer(data=after, ending="hang")


def drip(before: bytes, text: bytes, *, pause_s: float = 0.05) -> Answer:
    """``text`` byte by byte and round again, for ever."""

    def pieces() -> Iterator[bytes]:
        while True:
            for byte in text:
                yield bytes([byte])

    return Answer(data=before, then=pieces, pause_s=pause_s, ending="hang")


def flood(before: bytes, piece: bytes) -> Answer:
    """``piece`` as fast as it goes, for ever."""

    def pieces() -> Iterator[bytes]:
        while True:
            yield piece

    return Answer(data=before, then=pieces, ending="hang")


def truncated(status: int, body: bytes = b'{"operation": "k') -> Answer:
    """An answer that promises more than it holds."""
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body) + 100}\r\n\r\n"
    return Answer(data=head.encode() + body, ending="close")


def gzip_bomb(size_mib: int, status: int = 200) -> Answer:
    """That many MiB of spaces, compressed although nobody asked for it."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * 1024 * 1024
    content = b"".join(squeeze.compress(piece) for _ in range(size_mib)) + squeeze.flush()
    return answer(status, content, {"Content-Encoding": "gzip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """PEM files of the server, and what it insists on."""

    cert: Path
    key: Path
    client_ca: Path | None = None
    highest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        if self.client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.client_ca)
        if self.highest is not ssl.TLSVersion.MAXIMUM_SUPPORTED:
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = self.highest
        return context


@dataclass(slots=True)
class HostileBroker:
    """Listens on loopback as long as its ``with`` block lasts."""

    tls: ServerTls | None = None
    greeting: Answer | None = None  # said at once, whatever the client wants
    reads_bodies: bool = True  # False: answers when the head of the request is there
    requests: list[Seen] = field(default_factory=list, init=False)
    connections: int = field(default=0, init=False)
    received: bytearray = field(default_factory=bytearray, init=False)
    problems: list[str] = field(default_factory=list, init=False)
    _script: deque[Entry] = field(default_factory=deque, init=False)
    _default: Entry = field(default=Answer(data=_OVER, ending="close"), init=False)
    _listener: socket.socket = field(init=False)
    _open: set[socket.socket] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_connections()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def script(self, *entries: Entry) -> None:
        """What the next requests get."""
        self._script.extend(entries)

    def always(self, entry: Entry) -> None:
        """What requests get when the script is over."""
        self._default = entry

    def drop_connections(self) -> None:
        """Close what is open, in the middle of things."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk: socket.socket = connection
        try:
            if self.tls is not None:
                talk = self.tls.context().wrap_socket(connection, server_side=True)
            if self.greeting is not None:
                _play(self.greeting, talk)
                return
            while (request := self._read(talk)) is not None:
                with self._lock:
                    self.requests.append(request)
                    entry = self._script.popleft() if self._script else self._default
                if not _play(entry if isinstance(entry, Answer) else entry(request), talk):
                    return
        except (OSError, ValueError) as error:
            self.problems.append(repr(error))
        finally:
            with self._lock:
                self._open.discard(connection)
            talk.close()
            connection.close()

    def _read(self, connection: socket.socket) -> Seen | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._receive(connection)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = tuple(tuple(line.split(": ", 1)) for line in lines)
        headers = tuple((name, value) for name, value in pairs)
        size = int({name.lower(): value for name, value in headers}.get("content-length", "0"))
        while self.reads_bodies and len(body) < size:
            more = self._receive(connection)
            if not more:
                return None
            body += more
        return Seen(method=method, target=target, header_list=headers, body=body)

    def _receive(self, connection: socket.socket) -> bytes:
        data = connection.recv(65536)
        self.received += data
        return data


def _play(entry: Answer, connection: socket.socket) -> bool:
    """Give the answer; whether the connection goes on."""
    connection.sendall(entry.data)
    if entry.then is not None:
        for piece in entry.then():
            connection.sendall(piece)
            if entry.pause_s:
                time.sleep(entry.pause_s)
    if entry.ending == "hang":
        while connection.recv(65536):
            pass
    if entry.ending == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return entry.ending == "keep"


def _written(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
