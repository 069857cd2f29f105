"""What an answer that cannot be read becomes: never a success, never a loss."""

from typing import Any

import pytest

from svcat.osb.models import Bound, Call, Outcome
from tests.brokers.hostile import Answer, answer, raw, truncated
from tests.osb.calls import CREATES, FETCHES, POLLS
from tests.osb.conftest import Ask

MALFORMED: dict[str, Answer] = {
    "empty": answer(201, b""),
    "null": answer(201, b"null"),
    "HTML": answer(201, "<html>Welcome</html>", content_type="text/html"),
    "an array": answer(201, []),
    "a string": answer(201, '"x"'),
    "cut off": truncated(201),
    "latin-1": answer(201, b'{"operation": "\xe9"}'),
    "a number as operation": answer(201, {"operation": 7}),
    "an object as operation": answer(201, {"operation": {}}),
    "metadata is no object": answer(201, {"metadata": "x"}),
    "nested 100,000 deep": answer(201, b'{"a":' + b"[" * 100_000),
    "NaN": answer(201, b'{"a": NaN}'),
}


def with_status(entry: Answer, status: int) -> Answer:
    line = b"HTTP/1.1 %d " % status
    return raw(entry.data.replace(b"HTTP/1.1 201 ", line), ending=entry.ending)


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("status", [201, 202])
@pytest.mark.parametrize("which", CREATES)
def test_R266_a_created_that_cannot_be_read_is_unknown_and_to_be_deleted(
    ask: Ask, which: Call, status: int, name: str
) -> None:
    entry = MALFORMED[name]
    if which is Call.BIND and name == "a number as operation":
        entry = answer(201, {"credentials": 7})

    reply = ask(which, with_status(entry, status))

    assert (reply.outcome, reply.body) == (Outcome.UNKNOWN, None)
    assert reply.needs_mitigation
    assert reply.error is not None
    assert reply.error.status == status
    assert "cannot be used" in reply.error.description


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("which", CREATES)
def test_a_200_that_cannot_be_read_is_unknown_and_not_to_be_deleted(
    ask: Ask, which: Call, name: str
) -> None:
    reply = ask(which, with_status(MALFORMED[name], 200))

    assert reply.outcome is Outcome.UNKNOWN
    assert not reply.needs_mitigation


def test_R170_a_dashboard_url_of_another_type_is_malformed(ask: Ask) -> None:
    reply = ask(Call.PROVISION, answer(201, {"dashboard_url": 5}))

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.needs_mitigation
    assert "$.dashboard_url" in reply.error.description


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"credentials": "secret"}, "$.credentials"),
        ({"credentials": []}, "$.credentials"),
        ({"volume_mounts": {}}, "$.volume_mounts"),
        ({"volume_mounts": [{"driver": "d"}]}, "$.volume_mounts[0].container_dir"),
        ({"volume_mounts": ["x"]}, "$.volume_mounts[0]"),
        ({"syslog_drain_url": 1}, "$.syslog_drain_url"),
        ({"route_service_url": {}}, "$.route_service_url"),
        ({"metadata": []}, "$.metadata"),
    ],
)
def test_R230_a_binding_that_an_application_could_not_use_is_malformed(
    ask: Ask, body: object, path: str
) -> None:
    reply = ask(Call.BIND, answer(201, body))

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.needs_mitigation
    assert path in reply.error.description
    assert "secret" not in repr(reply)


@pytest.mark.parametrize(
    "body",
    [
        {"endpoints": [{"host": "h", "ports": [443]}]},
        {"endpoints": "x"},
        {"metadata": {"expires_at": 5}},
        {"parameters": "x"},
    ],
)
def test_R237_what_only_informs_is_dropped_and_costs_nothing_else(ask: Ask, body: Any) -> None:
    reply = ask(Call.BIND, answer(201, {"credentials": {"a": "b"}, **body}))

    assert reply.outcome is Outcome.DONE
    assert reply.body.credentials == {"a": "b"}
    [warning] = reply.warnings
    assert next(iter(body)) in warning


def test_null_is_the_same_as_absent_for_every_member(ask: Ask) -> None:
    names = ["credentials", "volume_mounts", "endpoints", "metadata", "parameters", "operation"]

    reply = ask(Call.BIND, answer(201, dict.fromkeys(names)))

    assert (reply.outcome, reply.body, reply.warnings) == (Outcome.DONE, Bound(), ())


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"state": null}', b"7"])
@pytest.mark.parametrize("which", POLLS)
def test_R126_a_poll_that_says_nothing_valid_is_unknown(ask: Ask, which: Call, body: bytes) -> None:
    reply = ask(which, answer(200, body))

    assert (reply.outcome, reply.body) == (Outcome.UNKNOWN, None)
    assert not reply.needs_mitigation


@pytest.mark.parametrize("entry", [answer(200, []), answer(200, ""), truncated(200), answer(204)])
@pytest.mark.parametrize("which", FETCHES)
def test_R179_R248_a_fetch_that_cannot_be_read_is_a_failure(
    ask: Ask, which: Call, entry: Answer
) -> None:
    reply = ask(which, entry)

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.error is not None
