"""Proxies: only those that are named, and never in doubt what reached the server."""

import base64
import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from svcat.http import AnswerLost, HttpClient, NotSent, Request, Response, Tls
from tests.brokers.hostile import HostileBroker, ServerTls, answer, drip, hang, raw
from tests.controlplane.certificates import Authority


class Tunnel:
    """A proxy that knows CONNECT and nothing else."""

    def __init__(self, tls: ServerTls | None = None) -> None:
        self.heads: list[bytes] = []
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://user:pass%3Aword@127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if self._tls is not None:
            try:
                client = self._tls.context().wrap_socket(client, server_side=True)
            except OSError:
                client.close()
                return
        with client:
            head = client.recv(65536)
            self.heads.append(head)
            host, port = head.split(b" ")[1].decode().split(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                with contextlib.suppress(OSError):
                    self._pump(client, server)

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        across = {one: other, other: one}
        while True:
            for ready in select.select(list(across), [], [])[0]:
                data = ready.recv(65536)
                while isinstance(ready, ssl.SSLSocket) and ready.pending():
                    data += ready.recv(65536)
                if not data:
                    return
                across[ready].sendall(data)


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    tunnel = Tunnel()
    yield tunnel
    tunnel.close()


def put(url: str, *, proxy: str | None, tls: Tls | None = None) -> Response:
    with HttpClient(proxy=proxy, tls=tls or Tls(), connect_timeout_s=1) as http:
        request = Request(method="PUT", url=url, headers={"A": "b"}, body=b"{}")
        return http.send(request, deadline_s=5, body_cap=100)


def test_https_goes_through_a_tunnel_and_the_proxy_sees_only_the_name(
    authority: Authority, server_tls: Callable[..., ServerTls], tunnel: Tunnel
) -> None:
    with HostileBroker(tls=server_tls(authority.issue("b", names=["127.0.0.1"]))) as server:
        server.script(answer(201, b"ok"))

        got = put(server.url, proxy=tunnel.url, tls=Tls(ca_pem=authority.pem))

        assert got.body == b"ok"
        [head] = tunnel.heads
        assert head.startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
        login = base64.b64encode(b"user:pass:word")
        assert b"Proxy-Authorization: Basic " + login in head
        assert "proxy-authorization" not in server.requests[0].headers


def test_http_goes_to_the_proxy_with_the_whole_url(server: HostileBroker) -> None:
    server.script(answer(200))

    put("http://broker.example:8080/v2/x?a=b", proxy=server.url)

    seen = server.requests[0]
    assert seen.target == "http://broker.example:8080/v2/x?a=b"
    assert seen.headers["host"] == "broker.example:8080"


@pytest.mark.parametrize(
    "refusal",
    [answer(407), answer(502), raw(b"nonsense\r\n\r\n"), raw(b""), hang()],
    ids=["wants a login", "cannot connect", "no HTTP", "hangs up", "silent"],
)
def test_a_proxy_that_gives_no_tunnel_means_not_sent(
    server: HostileBroker, refusal: object
) -> None:
    server.script(refusal)  # type: ignore[arg-type] # parametrised over answers

    with pytest.raises(NotSent, match="the proxy did not connect"):
        put("https://broker.example/v2/x", proxy=server.url)


def test_a_proxy_that_wants_a_login_for_http_means_not_sent(server: HostileBroker) -> None:
    server.script(answer(407))

    with pytest.raises(NotSent, match="407"):
        put("http://broker.example/v2/x", proxy=server.url)


def test_other_kinds_of_proxy_are_refused() -> None:
    with pytest.raises(NotSent, match="not an http or https URL"):
        put("http://broker.example/", proxy="socks5://127.0.0.1:1")


@pytest.fixture
def tls_tunnel(authority: Authority, server_tls: Callable[..., ServerTls]) -> Iterator[Tunnel]:
    """The same proxy, spoken to over TLS."""
    tunnel = Tunnel(server_tls(authority.issue("proxy", names=["127.0.0.1"])))
    yield tunnel
    tunnel.close()


def test_an_https_proxy_carries_https_within_its_own(
    authority: Authority, server_tls: Callable[..., ServerTls], tls_tunnel: Tunnel
) -> None:
    with HostileBroker(tls=server_tls(authority.issue("b", names=["127.0.0.1"]))) as server:
        server.script(answer(201, b"x" * 300_000))
        request = Request(method="PUT", url=server.url, headers={}, body=b"{" + b" " * 200_000)

        with HttpClient(proxy=tls_tunnel.url, tls=Tls(ca_pem=authority.pem)) as http:
            got = http.send(request, deadline_s=5, body_cap=400_000)

        assert (got.status, len(got.body)) == (201, 300_000)
        assert len(server.requests[0].body) == 200_001
        assert tls_tunnel.heads[0].startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())


def test_a_connection_through_an_https_proxy_is_kept_for_the_next_request(
    authority: Authority, server_tls: Callable[..., ServerTls], tls_tunnel: Tunnel
) -> None:
    with HostileBroker(tls=server_tls(authority.issue("b", names=["127.0.0.1"]))) as server:
        server.always(answer(200, b"ok"))
        request = Request(method="GET", url=server.url, headers={})

        with HttpClient(proxy=tls_tunnel.url, tls=Tls(ca_pem=authority.pem)) as http:
            for _ in range(3):
                http.send(request, deadline_s=5, body_cap=100)

        assert server.connections == len(tls_tunnel.heads) == 1


def test_an_https_proxy_that_is_not_believed_hears_nothing(
    server_tls: Callable[..., ServerTls], tls_tunnel: Tunnel
) -> None:
    with pytest.raises(NotSent, match="certificate refused"):
        put("https://broker.example/", proxy=tls_tunnel.url, tls=Tls(ca_pem=Authority("x").pem))

    assert tls_tunnel.heads == []


def test_behind_an_https_proxy_the_servers_certificate_counts_as_well(
    authority: Authority, server_tls: Callable[..., ServerTls], tls_tunnel: Tunnel
) -> None:
    other = Authority("somebody else")
    with HostileBroker(tls=server_tls(other.issue("b", names=["127.0.0.1"]))) as server:
        with pytest.raises(NotSent, match="certificate refused"):
            put(server.url, proxy=tls_tunnel.url, tls=Tls(ca_pem=authority.pem))

        assert server.requests == []


def test_what_drips_through_an_https_proxy_ends_at_the_deadline(
    authority: Authority, server_tls: Callable[..., ServerTls], tls_tunnel: Tunnel
) -> None:
    with HostileBroker(tls=server_tls(authority.issue("b", names=["127.0.0.1"]))) as server:
        server.script(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"))
        request = Request(method="GET", url=server.url, headers={})
        started = time.monotonic()

        with (
            HttpClient(proxy=tls_tunnel.url, tls=Tls(ca_pem=authority.pem)) as http,
            pytest.raises(AnswerLost, match="in time"),
        ):
            http.send(request, deadline_s=0.7, body_cap=99_999)

        assert time.monotonic() - started < 1.7


def test_the_environment_names_no_proxy_and_no_login(
    server: HostileBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login canary password canary")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.script(answer(200))

    put(server.url, proxy=None)

    assert "authorization" not in server.requests[0].headers
