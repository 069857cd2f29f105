"""Failures of the server, lost answers, redirects: what may have happened all the same."""

import socket

import pytest

from svcat.osb.models import Call, Outcome
from tests.brokers.hostile import Answer, HostileBroker, answer, hang, raw, reset
from tests.osb.calls import CREATES, DELETES, FETCHES, POLLS, REPLYING, WRITES, call
from tests.osb.conftest import Ask, MakeClient

FAILURES: dict[str, Answer] = {
    "500": answer(500, {"description": "oops"}),
    "500 HTML": answer(500, "<h1>oops</h1>", content_type="text/html"),
    "501": answer(501),
    "502": answer(502, "<html>Bad Gateway"),
    "503": answer(503, b"", {"Retry-After": "1"}),
    "504": answer(504),
    "599": answer(599),
    "203": answer(203, {}),
    "204": answer(204),
    "206": answer(206, {}),
}
LOST: dict[str, Answer] = {
    "reset": reset(),
    "closed": raw(b""),
    "silent": hang(),
    "silent in the body": hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
    "no HTTP": raw(b"what?\r\n\r\n"),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("which", WRITES)
def test_R053_R169_R201_R228_failures_of_the_server_are_unknown_and_follow_the_orphan_table(
    ask: Ask, broker: HostileBroker, which: Call, name: str
) -> None:
    reply = ask(which, FAILURES[name])

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.needs_mitigation is (which is not Call.UPDATE)
    assert reply.may_arrive_late is (name in {"502", "503", "504", "599"})
    assert len(broker.requests) == 1, "sent more than once"


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("which", WRITES)
def test_R266_a_lost_answer_is_unknown_and_the_request_is_not_repeated(
    broker: HostileBroker, make_client: MakeClient, which: Call, name: str
) -> None:
    broker.script(LOST[name])

    reply = call(make_client(deadline_s=0.3), which)

    # "200" is all that a delete needs; the rest is one and the same doubt.
    expected = Outcome.UNKNOWN
    if which in DELETES and name == "silent in the body":
        expected = Outcome.DONE
    assert reply.outcome is expected
    assert reply.needs_mitigation is (which in CREATES)
    assert reply.may_arrive_late is (name != "silent in the body")
    assert len(broker.requests) == 1, "sent more than once"


@pytest.mark.parametrize("which", REPLYING)
def test_a_broker_that_is_not_there_got_nothing(
    broker: HostileBroker, make_client: MakeClient, which: Call
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = make_client(url=f"http://127.0.0.1:{taken.getsockname()[1]}")

        reply = call(client, which)

    assert reply.outcome is Outcome.NOT_SENT
    assert not reply.needs_mitigation
    assert not reply.may_arrive_late
    assert reply.error is not None
    assert "connection refused" in reply.error.description
    assert reply.error.status is None


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("which", REPLYING)
def test_R021_a_redirect_is_not_followed_and_its_target_hears_nothing(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    with HostileBroker() as other:
        target = f"{other.url}/x"
        reply = ask(which, answer(status, {}, {"Location": target}))

        assert other.connections == 0
    assert len(broker.requests) == 1
    assert reply.outcome is Outcome.UNKNOWN
    assert not reply.needs_mitigation
    assert f"redirects to {target}" in reply.error.description


@pytest.mark.parametrize("which", [*POLLS, *FETCHES])
def test_a_get_whose_connection_breaks_is_asked_once_more(
    ask: Ask, broker: HostileBroker, which: Call
) -> None:
    reply = ask(which, reset(), answer(200, {"state": "in progress"}))

    assert reply.outcome is Outcome.DONE
    assert len(broker.requests) == 2
    assert len({seen.headers["x-broker-api-request-identity"] for seen in broker.requests}) == 2
