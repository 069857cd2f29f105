"""Whatever a server says, only our own errors leave the client, and in time."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcat.http import AnswerLost, HttpClient, Request, Response
from tests.brokers.hostile import HostileBroker, raw

LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 201",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 101 Switching",
        b"HTTP/2 200",
        b"Content-Length: 5",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 5, 5",
        b"Content-Length: x",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Encoding: br",
        b"Connection: close",
        b" folded",
        b": nameless",
        b"A : b",
        b"A: \xff",
        b"",
        b"5",
        b"hello",
        b"0",
        b"ffffffffffffffffffff",
    ]
)
ANSWERS = st.one_of(
    st.lists(LINES | st.binary(max_size=20), max_size=8).map(b"\r\n".join),
    st.lists(LINES, max_size=6).map(lambda lines: b"\r\n".join([b"HTTP/1.1 200 OK", *lines])),
    st.binary(max_size=100),
)


@pytest.fixture(scope="module")
def noisy() -> Iterator[HostileBroker]:
    with HostileBroker() as server:
        yield server


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=ANSWERS)
def test_noise_is_an_answer_or_a_lost_one(noisy: HostileBroker, data: bytes) -> None:
    noisy.script(raw(data))
    start = time.monotonic()

    with HttpClient() as http:
        try:
            got = http.send(
                Request(method="PUT", url=noisy.url, headers={}, body=b"{}"),
                deadline_s=2,
                body_cap=1000,
            )
        except AnswerLost as lost:
            assert lost.status is None or 200 <= lost.status <= 999
        else:
            assert isinstance(got, Response)
            assert 200 <= got.status <= 999

    assert time.monotonic() - start < 1
