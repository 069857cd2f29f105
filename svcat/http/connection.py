"""One connection: name, TCP, proxy, TLS. Whatever fails in here, nothing was sent."""

import base64
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import h11

from svcat.http.inner_tls import InnerTls
from svcat.http.messages import NotSent

MAX_HEAD_BYTES = 100 * 1024
MAX_IDLE_S = 2.0  # servers drop idle connections, some after 2 s: a race that writes would lose
_BLOCK_BYTES = 64 * 1024
_Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
S = TypeVar("S")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Deadline:
    """A moment after which nothing waits any longer."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        left = self.left_s()
        if left <= 0:
            raise TimeoutError
        return left

    def left_s(self) -> float:
        """Seconds left, possibly none."""
        return max(0.0, self._at - time.monotonic())

    def at_most(self, seconds: float) -> "Deadline":
        """The earlier of this moment and ``seconds`` from now."""
        return Deadline(min(seconds, self.left_s()))


class Origin(NamedTuple):
    """Scheme, host and port: what a connection belongs to."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def host_header(self) -> str:
        """The Host header: the port only if it is not the scheme's."""
        text = str(self)
        return text.rpartition(":")[0] if self.port == _DEFAULT_PORTS[self.scheme] else text


def split_url(url: str) -> tuple[SplitResult, Origin]:
    """Split a URL and read its origin; raises NotSent for anything but http and https URLs."""
    try:
        parts = urlsplit(url)
        usual_port = _DEFAULT_PORTS[parts.scheme]
        port = parts.port or usual_port
        host = (parts.hostname or "").encode("idna").decode()
    except (KeyError, ValueError) as error:
        raise NotSent("not an http or https URL") from error
    if not host:
        raise NotSent("the URL names no host")
    return parts, Origin(parts.scheme, host, port)


class Connection:
    """A socket and the state of the HTTP conversation on it."""

    def __init__(self, sock: socket.socket | InnerTls) -> None:
        self._sock = sock
        self._idle_since = time.monotonic()
        self.is_fresh = True  # no request has gone over it yet
        self.has_sent = False  # a byte of the current request may have left
        self.has_ended = False  # the server has closed its side
        self.h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Write all of ``data``; raises TimeoutError, OSError."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(deadline.remaining_s())
            sent = self._sock.send(rest[:_BLOCK_BYTES])
            self.has_sent = True
            rest = rest[sent:]

    def read_event(self, deadline: Deadline) -> h11.Event | type[h11.PAUSED]:
        """Read up to the next event; raises TimeoutError, OSError, h11.RemoteProtocolError."""
        while True:
            event = self.h11.next_event()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value] # h11's sentinels defeat narrowing
            self._sock.settimeout(deadline.remaining_s())
            data = self._sock.recv(_BLOCK_BYTES)
            self.has_ended = not data
            self.h11.receive_data(data)

    def is_reusable(self) -> bool:
        """Whether an idle connection is still good: young, and nothing (no close) has come in."""
        if time.monotonic() - self._idle_since > MAX_IDLE_S:
            return False
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return not poll.poll(0)

    def make_idle(self) -> bool:
        """Get ready for another request; False if this connection has served."""
        conversation = self.h11
        if conversation.our_state is not h11.DONE or conversation.their_state is not h11.DONE:
            return False
        if conversation.trailing_data[0]:
            return False  # an answer that nobody asked for
        conversation.start_next_cycle()
        self._idle_since = time.monotonic()
        self.is_fresh = self.has_sent = False
        return True

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def open_connection(
    origin: Origin,
    deadline: Deadline,
    *,
    proxy: str | None,
    server_name: str | None,
    context: Callable[[], ssl.SSLContext],
    proxy_context: Callable[[], ssl.SSLContext],
) -> Connection:
    """Connect, through ``proxy`` if given; raises NotSent."""
    via = origin if proxy is None else _proxy_origin(proxy)
    sock = _connect_tcp(via, deadline)
    name = server_name or origin.host
    try:
        if proxy is not None and via.scheme == "https":
            sock = _start_tls(sock, via.host, proxy_context(), deadline)
        if origin.scheme == "http":
            return Connection(sock)
        if proxy is not None:
            _tunnel(sock, origin, proxy, deadline)
        if isinstance(sock, ssl.SSLSocket):
            return Connection(_start_tls_within(sock, name, context(), deadline))
        return Connection(_start_tls(sock, name, context(), deadline))
    except BaseException:
        sock.close()
        raise


def is_handshake_alert(error: Exception) -> bool:
    """Whether the server's TLS layer broke off over a certificate: no request got through."""
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    return "ALERT" in reason and ("CERT" in reason or "UNKNOWN_CA" in reason)


def proxy_authorization(proxy: str) -> dict[str, str]:
    """The header that logs in at the proxy, if its URL holds a login."""
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(login).decode()}"}


def _proxy_origin(proxy: str) -> Origin:
    return split_url(proxy)[1]


def _connect_tcp(origin: Origin, deadline: Deadline) -> socket.socket:
    addresses = _resolve(origin, deadline)
    failure: OSError | None = None
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            # A dead address must not eat the time of those after it.
            sock.settimeout(deadline.remaining_s() / (len(addresses) - index))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise NotSent(f"{origin}: {_words(failure)}") from failure


def _resolve(origin: Origin, deadline: Deadline) -> Sequence[_Address]:
    """Look the host up; the resolver knows no deadline, so it runs aside unless it is quick."""
    found: list[Sequence[_Address] | OSError] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM))
        except OSError as error:
            found.append(error)

    if _is_address(origin.host):
        look_up()
    else:
        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(deadline.left_s())
    if not found:
        raise NotSent(f"{origin.host}: looking up the name took too long")
    answer = found[0]
    if isinstance(answer, OSError):
        raise NotSent(f"{origin.host}: the name cannot be resolved") from answer
    return answer


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _tunnel(sock: socket.socket, origin: Origin, proxy: str, deadline: Deadline) -> None:
    """Ask the proxy for a tunnel (CONNECT)."""
    tunnel = Connection(sock)
    headers = {"Host": str(origin), **proxy_authorization(proxy)}
    try:
        ask = h11.Request(method="CONNECT", target=str(origin), headers=list(headers.items()))
        tunnel.write(tunnel.h11.send(ask) or b"", deadline)
        event = tunnel.read_event(deadline)
        while isinstance(event, h11.InformationalResponse):
            event = tunnel.read_event(deadline)
    except (OSError, h11.ProtocolError) as error:
        raise NotSent(f"the proxy did not connect to {origin}: {_words(error)}") from error
    if not isinstance(event, h11.Response) or not 200 <= event.status_code < 300:
        status = event.status_code if isinstance(event, h11.Response) else "no answer"
        raise NotSent(f"the proxy did not connect to {origin} ({status})")


def _start_tls(
    sock: socket.socket, server_name: str, context: ssl.SSLContext, deadline: Deadline
) -> ssl.SSLSocket:
    def shake_hands() -> ssl.SSLSocket:
        sock.settimeout(deadline.remaining_s())  # the handshake as a whole keeps to it
        return context.wrap_socket(sock, server_hostname=server_name)

    return _shaken(shake_hands, server_name)


def _start_tls_within(
    outer: ssl.SSLSocket, server_name: str, context: ssl.SSLContext, deadline: Deadline
) -> InnerTls:
    return _shaken(
        lambda: InnerTls(outer, context, server_name, deadline.remaining_s()), server_name
    )


def _shaken(shake_hands: Callable[[], S], server_name: str) -> S:
    try:
        return shake_hands()
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"{server_name}: certificate refused: {error.verify_message}") from error
    except (OSError, ValueError) as error:
        raise NotSent(f"{server_name}: no TLS connection: {_words(error)}") from error


def _words(error: Exception | None) -> str:
    if error is None:
        return "no address"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "broken off").lower().replace("_", " ")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "not an HTTP answer" if isinstance(error, h11.ProtocolError) else "connection lost"
