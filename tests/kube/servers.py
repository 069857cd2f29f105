"""A TLS server on loopback that answers as told and remembers what it was asked; and a proxy."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.controlplane.certificates import Authority, Pair

VERSION = {"major": "1", "minor": "20", "gitVersion": "v1.20.2"}
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server saw it; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    client_certificate: str | None
    server_name: str | None

    @property
    def connection(self) -> tuple[Any, ...]:
        """Where it went, as whom, and which server it meant."""
        told = {
            name: value
            for name, value in self.headers.items()
            if name == "authorization" or name.startswith("impersonate-")
        }
        path = self.target.partition("?")[0]
        return (path, told, self.client_certificate, self.server_name)


Answer = Callable[[Asked], bytes | None]


def http(status: int, body: object = b"", **headers: str) -> bytes:
    """Write a whole answer; anything but bytes goes out as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Date": DATE, "Content-Length": str(len(content))}
    if not isinstance(body, bytes):
        fields["Content-Type"] = "application/json"
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Told\r\n{head}\r\n".encode() + content


def status(code: int, reason: str, message: str = "no", **more: Any) -> dict[str, Any]:
    """Write the Status body of a refusal."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": code,
        **more,
    }


def always(answer: bytes) -> Answer:
    """Answer everything alike."""
    return lambda asked: answer


def in_turn(*answers: bytes | None) -> Answer:
    """Answer one after the other, and go on with the last; None hangs up without a word."""
    left = list(answers)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class ScriptedServer:
    """The server: change ``answer`` at any time, read ``asked``."""

    url: str
    answer: Answer
    asked: list[Asked] = field(default_factory=list)
    names: dict[int, str | None] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@contextlib.contextmanager
def scripted_server(
    directory: Path,
    pair: Pair | None,
    *,
    answer: Answer | None = None,
    client_authority: Authority | None = None,
) -> Iterator[ScriptedServer]:
    """Serve on loopback, over TLS with ``pair``; asks for client certificates of an authority."""
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if pair else "http"
    url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    server = ScriptedServer(url, answer or always(http(200, VERSION)))
    context = _context(directory, pair, client_authority, server) if pair else None
    with _accepting(listener, lambda sock: _converse(sock, context, server)):
        yield server


@contextlib.contextmanager
def _accepting(listener: socket.socket, serve: Callable[[socket.socket], None]) -> Iterator[None]:
    open_sockets: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            open_sockets.append(sock)
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for sock in open_sockets:
            sock.close()


def _context(
    directory: Path, pair: Pair, client_authority: Authority | None, server: ScriptedServer
) -> ssl.SSLContext:
    certificate, key = directory / "server.crt", directory / "server.key"
    certificate.write_text(pair.certificate_pem)
    key.write_text(pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    key.unlink()
    if client_authority:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=client_authority.pem)

    def remember(sock: ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        server.names[sock.fileno()] = name

    context.sni_callback = remember  # type: ignore[assignment] # wants SSLObject, gives SSLSocket
    return context


def _converse(plain: socket.socket, context: ssl.SSLContext | None, server: ScriptedServer) -> None:
    with contextlib.suppress(OSError, ValueError):
        sock = context.wrap_socket(plain, server_side=True) if context else plain
        with sock, sock.makefile("rb") as stream:
            while asked := _read_request(sock, stream, server):
                server.asked.append(asked)
                answer = server.answer(asked)
                if answer is None:
                    return
                sock.sendall(answer)
                if b"Connection: close" in answer.partition(b"\r\n\r\n")[0]:
                    return


def _read_request(sock: socket.socket, stream: Any, server: ScriptedServer) -> Asked | None:
    line = stream.readline().decode()
    if not line.strip():
        return None
    method, target, _ = line.split()
    headers: dict[str, str] = {}
    while text := stream.readline().decode().strip():
        name, _, value = text.partition(": ")
        key = name.lower()
        headers[key] = f"{headers[key]}|{value}" if key in headers else value
    body = stream.read(int(headers.get("content-length", "0")))
    subject, server_name = None, None
    if isinstance(sock, ssl.SSLSocket):
        server_name = server.names.get(sock.fileno())
        if certificate := sock.getpeercert():
            names: Any = certificate["subject"]
            subject = ",".join(value for part in names for _, value in part)
    return Asked(method, target, headers, body, subject, server_name)


@dataclass
class Proxy:
    """A CONNECT proxy that sends every tunnel to one place and remembers who was wanted."""

    url: str
    wanted: list[str] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)


@contextlib.contextmanager
def connect_proxy(target_port: int) -> Iterator[Proxy]:
    """Serve a proxy on loopback whose tunnels all end at ``target_port``."""
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = Proxy(f"http://127.0.0.1:{listener.getsockname()[1]}")
    with _accepting(listener, lambda sock: _tunnel(sock, proxy, target_port)):
        yield proxy


def _tunnel(sock: socket.socket, proxy: Proxy, target_port: int) -> None:
    with contextlib.suppress(OSError), sock:
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(1)
        lines = head.decode().split("\r\n")
        logins = [
            line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-auth")
        ]
        proxy.wanted.append(lines[0].split()[1])
        proxy.logins.append(logins[0] if logins else None)
        with socket.create_connection(("127.0.0.1", target_port)) as onward:
            sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_copy, args=(onward, sock), daemon=True)
            back.start()
            _copy(sock, onward)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
