"""Not sent, or sent and lost: the difference that decides whether a resource may exist."""

import signal
import socket
import threading
import time

import pytest

from svcat.http import AnswerLost, Fault, HttpClient, NotSent, Request
from tests.brokers.hostile import (
    Answer,
    HostileBroker,
    answer,
    gzip_bomb,
    hang,
    raw,
    reset,
    truncated,
)
from tests.http.conftest import Send

_HEAD = b"HTTP/1.1 201 Created\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

LOST: dict[str, tuple[Answer, Fault, int | None]] = {
    "reset before an answer": (reset(), Fault.RESET, None),
    "closed before an answer": (raw(b""), Fault.RESET, None),
    "closed in the status line": (raw(b"HTTP/1.1 2"), Fault.RESET, None),
    "closed in the headers": (raw(_HEAD + b"A: b\r\n"), Fault.RESET, None),
    "reset in the headers": (reset(_HEAD + b"A: b\r\n"), Fault.RESET, None),
    "silence": (hang(), Fault.TIMEOUT, None),
    "silence in the body": (hang(_HEAD + b"Content-Length: 9\r\n\r\n{"), Fault.TIMEOUT, 201),
    "cut off": (truncated(201), Fault.TRUNCATED, 201),
    "reset in the body": (reset(_HEAD + b"Content-Length: 9\r\n\r\n{"), Fault.TRUNCATED, 201),
    "cut off in a chunk": (raw(_CHUNKED + b"9\r\n{"), Fault.TRUNCATED, 201),
    "cut off between chunks": (raw(_CHUNKED + b"1\r\n{\r\n"), Fault.TRUNCATED, 201),
    "bad chunk": (raw(_CHUNKED + b"zz\r\n{"), Fault.UNREADABLE, 201),
    "too large": (answer(201, b" " * 3000), Fault.TOO_LARGE, 201),
    "too large in chunks": (
        raw(_CHUNKED + b"400\r\n" + b" " * 1024 + b"\r\n" + b"400\r\n" + b" " * 1024 + b"\r\n"),
        Fault.TOO_LARGE,
        201,
    ),
    "headers too large": (
        raw(_HEAD + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(200)) + b"\r\n"),
        Fault.TOO_LARGE,
        None,
    ),
    "compressed": (gzip_bomb(1, 201), Fault.UNREADABLE, 201),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), Fault.UNREADABLE, None),
    "two lengths": (
        raw(_HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
        Fault.UNREADABLE,
        None,
    ),
    "negative length": (raw(_HEAD + b"Content-Length: -1\r\n\r\n"), Fault.UNREADABLE, None),
    "status 99": (raw(b"HTTP/1.1 099 No\r\n\r\n"), Fault.UNREADABLE, None),
}


@pytest.mark.parametrize("name", LOST)
def test_after_sending_whatever_is_no_whole_answer_is_lost(
    server: HostileBroker, send: Send, name: str
) -> None:
    entry, fault, status = LOST[name]
    server.script(entry)

    with pytest.raises(AnswerLost) as caught:
        send(body=b"{}", deadline_s=0.4, cap=2000)

    lost = caught.value
    assert (lost.fault, lost.status) == (fault, status)
    assert lost.may_arrive_late is (status is None)
    assert len(server.requests) == 1, "sent more than once"


def test_an_error_answer_that_is_too_large_keeps_its_status_and_its_beginning(
    server: HostileBroker, send: Send
) -> None:
    server.script(answer(400, b"x" * 200_000))

    with pytest.raises(AnswerLost) as caught:
        send(body=b"{}", cap=1_000_000)

    assert caught.value.status == 400
    assert caught.value.response is not None
    assert caught.value.response.body == b"x" * 65536


def test_a_refused_connection_is_not_sent(http: HttpClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"

        with pytest.raises(NotSent, match="connection refused"):
            http.send(Request(method="PUT", url=url, headers={}), deadline_s=5, body_cap=1)


def test_an_unknown_name_is_not_sent(http: HttpClient) -> None:
    with pytest.raises(NotSent, match="cannot be resolved"):
        http.send(
            Request(method="PUT", url="http://nowhere.invalid/", headers={}),
            deadline_s=5,
            body_cap=1,
        )


def test_a_name_with_several_addresses_is_tried_through(
    server: HostileBroker, http: HttpClient
) -> None:
    # localhost has ::1 and 127.0.0.1 on most machines; the server listens on the second only.
    server.script(answer(200))
    url = f"http://localhost:{server.port}/"

    got = http.send(Request(method="GET", url=url, headers={}), deadline_s=5, body_cap=10)

    assert got.status == 200


def test_a_connection_reset_at_once_is_lost_because_the_request_may_have_left(
    http: HttpClient,
) -> None:
    with HostileBroker(greeting=reset()) as server:
        request = Request(method="PUT", url=server.url, headers={}, body=b" " * 500_000)

        with pytest.raises((AnswerLost, NotSent)) as caught:
            http.send(request, deadline_s=5, body_cap=10)

    # Either is true: the first write may or may not beat the reset.
    if isinstance(caught.value, AnswerLost):
        assert caught.value.may_arrive_late


def test_an_interrupt_leaves_no_half_used_connection(
    server: HostileBroker, http: HttpClient, send: Send
) -> None:
    server.script(hang(), answer(200, b"mine"))
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        while not server.requests:
            time.sleep(0.001)
        # A signal on the threshold of the system call would only be seen when that returns.
        time.sleep(0.05)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        send(body=b"{}")

    assert send().body == b"mine"
    assert server.connections == 2
