"""The deadline is for all of it: name, connection, handshake, every byte out and in."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from svcat.http import AnswerLost, Fault, HttpClient, NotSent, Request, Tls
from tests.brokers.hostile import Answer, HostileBroker, drip, flood, hang
from tests.http.conftest import Send

_HEAD = b"HTTP/1.1 200 OK\r\n"

SLOW: dict[str, Answer] = {
    "silence": hang(),
    "dripping status line": drip(b"", b"H"),
    "dripping headers": drip(_HEAD, b"X-Drip: drop\r\n", pause_s=0.01),
    "dripping body": drip(_HEAD + b"Content-Length: 60000\r\n\r\n", b" ", pause_s=0.01),
    "dripping chunks": drip(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "chunk that never closes": drip(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\n", b"x"),
    "interim answers for ever": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
    "empty chunk extensions": drip(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a=b;"),
}


@contextmanager
def takes(most_s: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < most_s


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_answer_ends_at_the_deadline(server: HostileBroker, send: Send, name: str) -> None:
    server.script(SLOW[name])

    with takes(1.5), pytest.raises(AnswerLost) as caught:
        send(body=b"{}", deadline_s=0.5)

    assert caught.value.fault is Fault.TIMEOUT


def test_a_server_that_does_not_read_ends_at_the_deadline(http: HttpClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        request = Request(method="PUT", url=url, headers={}, body=b" " * 50_000_000)

        with takes(1.5), pytest.raises(AnswerLost) as caught:
            http.send(request, deadline_s=0.5, body_cap=10)

    assert caught.value.fault is Fault.TIMEOUT
    assert caught.value.may_arrive_late


def test_a_handshake_that_never_ends_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}/"
        with (
            HttpClient(tls=Tls(insecure=True), connect_timeout_s=0.3) as http,
            takes(1.5),
            pytest.raises(NotSent, match="no answer in time"),
        ):
            http.send(Request(method="PUT", url=url, headers={}), deadline_s=10, body_cap=10)


def test_a_connection_that_is_not_accepted_is_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        with (
            HttpClient(connect_timeout_s=0.3) as http,
            takes(1.5),
            pytest.raises(NotSent, match="no answer in time"),
        ):
            url = f"http://127.0.0.1:{address[1]}/"
            http.send(Request(method="PUT", url=url, headers={}), deadline_s=10, body_cap=10)
        for each in waiting:
            each.close()


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    forever = threading.Event()

    def hang_up(*_args: object, **_kwargs: object) -> object:
        forever.wait(10)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hang_up)
    with (
        HttpClient(connect_timeout_s=0.3) as http,
        takes(1.5),
        pytest.raises(NotSent, match="took too long"),
    ):
        http.send(
            Request(method="GET", url="http://slow.example/", headers={}),
            deadline_s=10,
            body_cap=10,
        )
    forever.set()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_deadline_that_is_over_sends_nothing(
    server: HostileBroker, http: HttpClient, host: str
) -> None:
    url = f"http://{host}:{server.port}/"

    with pytest.raises(NotSent):
        http.send(Request(method="PUT", url=url, headers={}, body=b"{}"), deadline_s=0, body_cap=10)

    assert server.requests == []
