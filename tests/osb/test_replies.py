"""What each answer becomes, over real sockets: success, refusal, doubt."""

import socket
from typing import Any

import msgspec
import pytest

from svcat.errors import UsageError
from svcat.osb.models import (
    BindingMetadata,
    Bound,
    Call,
    Deleted,
    Endpoint,
    FetchedInstance,
    LastOperation,
    MaintenanceInfo,
    OperationState,
    Outcome,
    Provisioned,
    ResourceMetadata,
)
from tests.brokers.hostile import Answer, HostileBroker, answer, hang, raw, reset, truncated
from tests.osb.calls import (
    BIND,
    CREATES,
    DELETES,
    FETCHES,
    POLLS,
    PROVISION,
    REPLYING,
    UPDATE,
    WRITES,
    call,
)
from tests.osb.conftest import Ask, MakeClient

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


# --- Success -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("which", CREATES)
def test_R108_R160_R161_R223_R224_200_and_201_are_done(ask: Ask, which: Call, status: int) -> None:
    reply = ask(which, answer(status, {"x.example/extension": {"deep": [1]}}))

    assert reply.outcome is Outcome.DONE
    assert reply.error is None
    assert not reply.needs_mitigation


@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE])
def test_R162_R171_R172_R173_R199_R209_everything_in_a_202_is_read(ask: Ask, which: Call) -> None:
    body = {
        "operation": "op-7",
        "dashboard_url": "https://d.example",
        "metadata": {"labels": {"a": "b"}, "attributes": {"c": 1}},
    }

    reply = ask(which, answer(202, body, {"Retry-After": "7"}))

    assert reply.outcome is Outcome.ACCEPTED
    assert reply.retry_after_s == 7
    assert reply.body == Provisioned(
        operation="op-7",
        dashboard_url="https://d.example",
        metadata=ResourceMetadata(labels={"a": "b"}, attributes={"c": 1}),
    )


@pytest.mark.parametrize("body", [{}, {"operation": None}, {"operation": ""}])
@pytest.mark.parametrize("which", WRITES)
def test_R118_R172_a_202_without_an_operation_is_polled_without(
    ask: Ask, which: Call, body: object
) -> None:
    reply = ask(which, answer(202, body))

    assert reply.outcome is Outcome.ACCEPTED
    assert reply.body.operation is None


@pytest.mark.parametrize("length", [10_000, 10_001, 60_000])
@pytest.mark.parametrize("which", [Call.PROVISION, Call.BIND])
def test_R172_R229_an_operation_of_any_length_is_kept(ask: Ask, which: Call, length: int) -> None:
    reply = ask(which, answer(202, {"operation": "k" * length}))

    assert reply.outcome is Outcome.ACCEPTED
    assert reply.body.operation == "k" * length
    assert bool(reply.warnings) is (length > 10_000)


@pytest.mark.parametrize("url", [None, ""])
@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE])
def test_R170_R206_an_empty_dashboard_url_is_none(ask: Ask, which: Call, url: object) -> None:
    assert ask(which, answer(200, {"dashboard_url": url})).body.dashboard_url is None


def test_R106_R107_a_broker_may_answer_at_once_although_it_need_not(ask: Ask) -> None:
    assert ask(Call.PROVISION, answer(200, {"operation": "ignored"})).outcome is Outcome.DONE


@pytest.mark.parametrize("body", [b"{}", b"", b'""', b"null"])
def test_R198_an_update_without_a_body_is_done(ask: Ask, body: bytes) -> None:
    reply = ask(Call.UPDATE, answer(200, body))

    assert (reply.outcome, reply.body) == (Outcome.DONE, Provisioned())
    assert bool(reply.warnings) is (body != b"{}")


@pytest.mark.parametrize("body", [b"{}", b"", b'""', b"null", b"<html>", b"[", b"{"])
@pytest.mark.parametrize("which", DELETES)
def test_R253_R262_a_delete_answered_by_200_is_done_whatever_the_body(
    ask: Ask, which: Call, body: bytes
) -> None:
    reply = ask(which, answer(200, body))

    assert (reply.outcome, reply.body) == (Outcome.DONE, Deleted())


@pytest.mark.parametrize("body", [b"", b"null", b'{"operation": 7}', b"<html>", b"{"])
@pytest.mark.parametrize("which", DELETES)
def test_R254_a_delete_answered_by_202_is_polled_whatever_the_body(
    ask: Ask, which: Call, body: bytes
) -> None:
    reply = ask(which, answer(202, body))

    assert (reply.outcome, reply.body) == (Outcome.ACCEPTED, Deleted())
    assert reply.warnings


@pytest.mark.parametrize("which", DELETES)
def test_a_delete_answered_by_a_cut_off_202_is_polled(ask: Ask, which: Call) -> None:
    assert ask(which, truncated(202)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("body", [b"", b"null", b'{"state": "succeeded"}', b"<html>"])
@pytest.mark.parametrize("which", [*DELETES, *POLLS])
def test_R123_R139_R255_410_is_gone_whatever_the_body(ask: Ask, which: Call, body: bytes) -> None:
    assert ask(which, answer(410, body)).outcome is Outcome.GONE


FULL_BINDING: dict[str, Any] = {
    "credentials": {"uri": "x", "port": 5432, "tls": True, "none": None, "deep": {"é": ["\u0000"]}},
    "syslog_drain_url": "syslog://d",
    "route_service_url": "no-scheme.example",
    "volume_mounts": [
        {
            "driver": "cephdriver",
            "container_dir": "/data",
            "mode": "rw",
            "device_type": "shared",
            "device": {"volume_id": "v", "mount_config": {"k": 1}},
        }
    ],
    "endpoints": [
        {"host": "h", "ports": ["443", "9000-9010"]},
        {"host": "h", "ports": ["1"], "protocol": "udp"},
    ],
    "metadata": {"expires_at": "2030-01-01T00:00:00.0Z", "renew_before": "soon"},
    "parameters": {"role": "reader"},
}


@pytest.mark.parametrize("which", [Call.BIND, Call.FETCH_BINDING])
def test_R008_R230_R233_R234_R249_everything_in_a_binding_is_read(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(200, FULL_BINDING, content_type=""))

    assert reply.outcome is Outcome.DONE
    assert reply.warnings == ()
    assert reply.body == Bound(
        credentials=FULL_BINDING["credentials"],
        syslog_drain_url="syslog://d",
        route_service_url="no-scheme.example",
        volume_mounts=tuple(FULL_BINDING["volume_mounts"]),
        endpoints=(
            Endpoint(host="h", ports=("443", "9000-9010")),
            Endpoint(host="h", ports=("1",), protocol="udp"),
        ),
        metadata=BindingMetadata(expires_at="2030-01-01T00:00:00.0Z", renew_before="soon"),
        parameters={"role": "reader"},
    )


def test_R212_a_binding_with_nothing_in_it_is_done_and_says_so(ask: Ask) -> None:
    reply = ask(Call.BIND, answer(201, {}))

    assert reply.outcome is Outcome.DONE
    assert reply.body.is_empty


def test_R225_credentials_in_a_202_are_not_believed(ask: Ask) -> None:
    reply = ask(Call.BIND, answer(202, {"operation": "o", "credentials": {"a": 1}}))

    assert (reply.outcome, reply.body) == (Outcome.ACCEPTED, Bound(operation="o"))


def test_R180_every_member_of_a_fetched_instance_may_be_missing(ask: Ask) -> None:
    assert ask(Call.FETCH_INSTANCE, answer(200, {})).body == FetchedInstance()


def test_R175_R181_everything_in_a_fetched_instance_is_read(ask: Ask) -> None:
    body = {
        "service_id": "s",
        "plan_id": "p",
        "dashboard_url": "https://d",
        "parameters": {"a": None},
        "maintenance_info": {"version": "1.0.0", "description": "d"},
        "metadata": {"labels": {"a": "b"}},
    }

    assert ask(Call.FETCH_INSTANCE, answer(200, body)).body == FetchedInstance(
        service_id="s",
        plan_id="p",
        dashboard_url="https://d",
        parameters={"a": None},
        maintenance_info=MaintenanceInfo(version="1.0.0", description="d"),
        metadata=ResourceMetadata(labels={"a": "b"}),
    )


@pytest.mark.parametrize("state", OperationState)
@pytest.mark.parametrize("which", POLLS)
def test_R113_R119_R120_R135_R142_a_poll_with_a_state_is_done_and_tells_it(
    ask: Ask, which: Call, state: OperationState
) -> None:
    body = {
        "state": state,
        "description": "d",
        "instance_usable": False,
        "update_repeatable": False,
    }

    reply = ask(which, answer(200, body))

    assert reply.outcome is Outcome.DONE
    assert reply.body == LastOperation(
        state=state, description="d", instance_usable=False, update_repeatable=False
    )


@pytest.mark.parametrize("extra", [{}, {"description": None}, {"description": ""}])
@pytest.mark.parametrize("which", POLLS)
def test_R127_R128_R129_a_poll_may_say_no_more_than_the_state(
    ask: Ask, which: Call, extra: dict[str, object]
) -> None:
    reply = ask(which, answer(200, {"state": "failed", **extra}))

    assert reply.body == LastOperation(state=OperationState.FAILED)
    assert reply.body.instance_usable
    assert reply.body.update_repeatable


# --- Malformed ---------------------------------------------------------------------------------


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


# --- Refusals ----------------------------------------------------------------------------------

OTHER_4XX = [
    400,
    401,
    403,
    404,
    405,
    406,
    407,
    411,
    412,
    413,
    415,
    417,
    418,
    421,
    422,
    428,
    431,
    451,
]


@pytest.mark.parametrize("status", [*OTHER_4XX, 409, 410])
@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE, Call.BIND])
def test_R052_R163_R164_R200_R226_a_4xx_to_the_first_send_changed_nothing(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    broker.always(answer(status, {"error": "Code", "description": "because"}))

    reply = ask(which)

    assert reply.outcome is Outcome.REFUSED
    assert not reply.needs_mitigation
    assert not reply.may_arrive_late
    assert (reply.error.status, reply.error.error) == (status, "Code")
    assert reply.error.description == "because"


@pytest.mark.parametrize("status", OTHER_4XX)
@pytest.mark.parametrize("which", CREATES)
def test_a_4xx_to_a_re_sent_create_leaves_the_first_send_in_doubt(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    broker.always(answer(status, {}))

    reply = ask(which, sends=2)

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.needs_mitigation


@pytest.mark.parametrize("which", [*CREATES, Call.UPDATE])
def test_R109_R186_a_409_to_a_re_sent_request_is_to_be_verified(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(409, {}), sends=2)

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.error.status == 409
    assert not reply.needs_mitigation


@pytest.mark.parametrize("status", [*OTHER_4XX, 409])
@pytest.mark.parametrize("which", DELETES)
def test_R256_R257_R263_a_delete_answered_by_4xx_keeps_the_resource(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    broker.always(answer(status, {}))

    assert ask(which).outcome is Outcome.REFUSED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 418, 422])
@pytest.mark.parametrize("which", POLLS)
def test_R121_R122_R125_R141_other_answers_to_a_poll_say_nothing_but_their_status(
    ask: Ask, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, {}))

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.error.status == status


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
@pytest.mark.parametrize("which", FETCHES)
def test_R177_R247_a_fetch_answered_by_4xx_is_refused_and_proves_nothing_gone(
    ask: Ask, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, {}))

    assert reply.outcome is Outcome.REFUSED
    assert reply.error.status == status


@pytest.mark.parametrize("which", REPLYING)
def test_R049_R167_R178_R227_a_concurrency_error_is_retried_later(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(422, {"error": "ConcurrencyError"}, {"Retry-After": "3"}), sends=2)

    assert (reply.outcome, reply.retry_after_s) == (Outcome.RETRY_LATER, 3)
    assert not reply.needs_mitigation


@pytest.mark.parametrize("status", [408, 429])
@pytest.mark.parametrize("which", REPLYING)
def test_a_throttled_or_unread_request_is_retried_later(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, b""))

    assert reply.outcome is Outcome.RETRY_LATER
    assert len(broker.requests) == 1


def test_R043_the_status_decides_even_if_the_body_is_cut_off(ask: Ask) -> None:
    assert ask(Call.PROVISION, truncated(400)).outcome is Outcome.REFUSED
    assert ask(Call.PROVISION, answer(400, b"x" * 200_000)).outcome is Outcome.REFUSED
    assert ask(Call.PROVISION, truncated(500)).needs_mitigation


@pytest.mark.parametrize(
    ("body", "error", "description"),
    [
        (b"", "", ""),
        (b"null", "", ""),
        (b"{}", "", ""),
        (b'{"error": "", "description": ""}', "", ""),
        (b'{"error": 5, "description": ["x"]}', "", ""),
        (b'{"description": "why"}', "", "why"),
        (b'{"error": "Odd"}', "Odd", ""),
        (b"plain text", "", "plain text"),
        (b"<html><head><style>p{}</style></head>\n<p>Not&nbsp;here</p>", "", "Not&nbsp;here"),
        (b"<script>evil()", "", ""),
        (b"\xff\x1b[31mred", "", "\ufffd [31mred"),
        (b'"just a string"', "", '"just a string"'),
    ],
)
def test_R044_R045_R054_an_error_body_is_read_as_far_as_it_goes(
    ask: Ask, body: bytes, error: str, description: str
) -> None:
    reply = ask(Call.PROVISION, answer(400, body, content_type="text/html"))

    assert (reply.error.error, reply.error.description) == (error, description)


@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE, Call.DEPROVISION, Call.BIND])
def test_R046_R047_the_flags_of_an_error_count_where_the_spec_defines_them(
    ask: Ask, which: Call
) -> None:
    reply = ask(which, answer(422, {"instance_usable": False, "update_repeatable": False}))

    usable = which not in (Call.UPDATE, Call.DEPROVISION)
    assert reply.error.instance_usable is usable
    assert reply.error.update_repeatable is (which is not Call.UPDATE)


def test_R204_R205_R265_without_the_flags_all_is_usable_and_repeatable(ask: Ask) -> None:
    reply = ask(Call.UPDATE, answer(400, {"instance_usable": None, "update_repeatable": "no"}))

    assert reply.error.instance_usable
    assert reply.error.update_repeatable


# --- Doubt -------------------------------------------------------------------------------------

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


# --- Binding at its own pace -------------------------------------------------------------------


def test_R048_R103_R227_async_required_is_answered_by_asking_for_it(
    ask: Ask, broker: HostileBroker
) -> None:
    required = answer(422, {"error": "AsyncRequired", "description": "any text"})

    reply = ask(Call.BIND, required, answer(202, {"operation": "o"}), accepts_incomplete=False)

    assert reply.outcome is Outcome.ACCEPTED
    assert [seen.params for seen in broker.requests] == [{}, {"accepts_incomplete": "true"}]
    assert broker.requests[0].body == broker.requests[1].body


def test_R050_R219_R221_requires_app_is_answered_by_naming_it_in_both_places(
    ask: Ask, broker: HostileBroker
) -> None:
    required = answer(422, {"error": "RequiresApp"})

    reply = ask(Call.BIND, required, answer(201, {"credentials": {}}))

    assert reply.outcome is Outcome.DONE
    first, second = (seen.json for seen in broker.requests)
    assert "app_guid" not in first
    assert second == first | {"app_guid": "ns-uid", "bind_resource": {"app_guid": "ns-uid"}}


def test_a_broker_that_requires_an_app_and_asynchrony_gets_both(
    ask: Ask, broker: HostileBroker
) -> None:
    reply = ask(
        Call.BIND,
        answer(422, {"error": "RequiresApp"}),
        answer(422, {"error": "AsyncRequired"}),
        answer(202, {}),
        accepts_incomplete=False,
    )

    assert reply.outcome is Outcome.ACCEPTED
    assert broker.requests[2].json["app_guid"] == "ns-uid"
    assert broker.requests[2].params == {"accepts_incomplete": "true"}


@pytest.mark.parametrize("code", ["AsyncRequired", "RequiresApp"])
def test_a_broker_that_is_never_content_is_asked_a_finite_number_of_times(
    ask: Ask, broker: HostileBroker, code: str
) -> None:
    broker.always(answer(422, {"error": code}))

    reply = ask(Call.BIND, accepts_incomplete=False)

    assert reply.outcome is Outcome.REFUSED
    assert reply.error.error == code
    assert len(broker.requests) == 2


def test_without_any_app_guid_requires_app_is_a_refusal(ask: Ask, broker: HostileBroker) -> None:
    reply = ask(Call.BIND, answer(422, {"error": "RequiresApp"}), bind_resource=None)

    assert reply.outcome is Outcome.REFUSED
    assert len(broker.requests) == 1


@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE, Call.DEPROVISION, Call.UNBIND])
def test_R165_async_required_although_we_offered_it_is_a_refusal(
    ask: Ask, broker: HostileBroker, which: Call
) -> None:
    reply = ask(which, answer(422, {"error": "AsyncRequired"}))

    assert reply.outcome is Outcome.REFUSED
    assert len(broker.requests) == 1


def test_R104_R216_a_202_that_was_not_asked_for_is_polled_with_a_warning(
    ask: Ask, broker: HostileBroker
) -> None:
    reply = ask(Call.BIND, answer(202, {"operation": "o"}), accepts_incomplete=False)

    assert reply.outcome is Outcome.ACCEPTED
    assert "asynchronously" in reply.warnings[0]
    assert broker.requests[0].params == {}


@pytest.mark.parametrize(("version", "offered"), [("2.13", False), ("2.14", True)])
def test_R216_R251_bindings_are_asynchronous_since_2_14(
    broker: HostileBroker, make_client: MakeClient, version: str, offered: bool
) -> None:
    client = make_client(api_version=version)
    broker.always(answer(200, {}))

    for which in (Call.BIND, Call.UNBIND, Call.PROVISION, Call.DEPROVISION):
        call(client, which)

    sent = ["accepts_incomplete" in seen.params for seen in broker.requests]
    assert sent == [offered, offered, True, True]


def test_an_old_unbind_that_must_be_asynchronous_becomes_so(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.script(answer(422, {"error": "AsyncRequired"}), answer(202, {"operation": "o"}))

    reply = call(make_client(api_version="2.13"), Call.UNBIND)

    assert reply.outcome is Outcome.ACCEPTED
    assert "accepts_incomplete" in broker.requests[1].params


@pytest.mark.parametrize(
    ("entry", "expected", "mitigate"),
    [
        (answer(201, {"credentials": {}}), Outcome.DONE, False),
        (answer(202, {}), Outcome.ACCEPTED, False),
        (answer(400, {}), Outcome.REFUSED, False),
        (answer(500), Outcome.UNKNOWN, True),
        (reset(), Outcome.UNKNOWN, True),
    ],
)
def test_R244_a_rotation_is_answered_like_a_bind(
    ask: Ask, entry: Answer, expected: Outcome, mitigate: bool
) -> None:
    reply = ask(Call.BIND, entry, predecessor_binding_id="b-0")

    assert (reply.outcome, reply.needs_mitigation) == (expected, mitigate)


@pytest.mark.parametrize("which", REPLYING)
def test_R010_R011_R012_unknown_members_are_ignored_in_every_answer(ask: Ask, which: Call) -> None:
    extension = {"x.example/y": [{"state": 5}], "metadata": {"x": 1}}

    reply = ask(which, answer(200, {"state": "succeeded", **extension}))

    assert (reply.outcome, reply.warnings) == (Outcome.DONE, ())


@pytest.mark.parametrize("which", [Call.BIND, Call.FETCH_BINDING, Call.FETCH_INSTANCE])
def test_a_reply_shows_names_and_never_values(ask: Ask, which: Call) -> None:
    body = {"credentials": {"password": "canary"}, "parameters": {"secret": "canary"}}

    shown = repr(ask(which, answer(200, body)))

    assert "canary" not in shown
    assert "parameters" in shown


@pytest.mark.parametrize("request_", [PROVISION, UPDATE, BIND])
def test_a_request_shows_names_and_never_values(request_: Any) -> None:
    shown = repr(msgspec.structs.replace(request_, parameters={"secret": "canary"}))

    assert "canary" not in shown
    assert "parameters" in shown


@pytest.mark.parametrize("bad", ["\ud800", object(), 1j])
def test_parameters_that_json_cannot_carry_are_refused_before_anything_is_sent(
    ask: Ask, broker: HostileBroker, bad: object
) -> None:
    with pytest.raises(UsageError, match="parameters"):
        ask(Call.PROVISION, parameters={"canary": bad})

    assert broker.connections == 0


def test_labels_that_are_not_spoken_of_are_none_and_not_empty(ask: Ask) -> None:
    reply = ask(Call.UPDATE, answer(200, {"metadata": {"attributes": {}}}))

    assert reply.body.metadata == ResourceMetadata(labels=None, attributes={})
