"""Real brokers' deviations, as far as a client meets them (docs/reference/osb-rules.md, Q rows).

Each test plays what was seen in the wild over a raw socket; the evidence is in that table.
"""

from pathlib import Path

import pytest

from svcat.errors import Unreachable
from svcat.http import Tls
from svcat.osb.models import Bound, Call, Deleted, OperationState, Outcome, Provisioned
from tests.brokers.hostile import Answer, HostileBroker, ServerTls, answer, hang, raw
from tests.controlplane.certificates import Authority
from tests.osb.calls import CREATES, DELETES, POLLS, REPLYING, call
from tests.osb.conftest import Ask, MakeClient

CATALOG = {"services": [{"id": "o", "name": "db", "plans": [{"id": "p", "name": "s"}]}]}


@pytest.mark.parametrize("status", [400, 401, 422, 500])
@pytest.mark.parametrize(
    ("body", "media_type"),
    [("Not today", "text/plain"), ("<h1>Not today</h1>", "text/html"), ("", "text/html")],
)
def test_Q01_Q02_errors_in_text_or_html_or_without_a_body(
    ask: Ask, status: int, body: str, media_type: str
) -> None:
    reply = ask(Call.PROVISION, answer(status, body, content_type=media_type))

    assert reply.outcome is (Outcome.UNKNOWN if status == 500 else Outcome.REFUSED)
    assert reply.error.description == ("Not today" if body else "")


def test_Q03_a_catalog_as_plain_text(broker: HostileBroker, make_client: MakeClient) -> None:
    broker.script(answer(200, CATALOG, content_type="text/plain"))

    assert make_client().catalog().catalog is not None


def test_Q04_a_broker_that_takes_exactly_application_json(ask: Ask, broker: HostileBroker) -> None:
    broker.always(
        lambda seen: answer(
            201 if seen.headers.get("content-type") == "application/json" else 415, {}
        )
    )

    assert ask(Call.PROVISION).outcome is Outcome.DONE


@pytest.mark.parametrize("which", DELETES)
def test_Q05_Q06_a_broker_that_wants_deletes_without_body_and_all_in_the_query(
    ask: Ask, broker: HostileBroker, which: Call
) -> None:
    def strict(seen: object) -> Answer:
        request = broker.requests[-1]
        is_good = not request.body and "content-type" not in request.headers
        return answer(200 if is_good and "plan_id" in request.params else 400, {})

    broker.always(strict)

    assert ask(which).outcome is Outcome.DONE


@pytest.mark.parametrize("body", ["", '""', "null"])
@pytest.mark.parametrize(
    ("which", "empty"), [(Call.UPDATE, Provisioned()), (Call.UNBIND, Deleted())]
)
def test_Q07_a_200_with_next_to_nothing_in_it(
    ask: Ask, which: Call, empty: object, body: str
) -> None:
    reply = ask(which, answer(200, body))

    assert (reply.outcome, reply.body) == (Outcome.DONE, empty)
    assert reply.warnings


@pytest.mark.parametrize("body", ["", "null", '{"state": "succeeded"}', "{"])
@pytest.mark.parametrize("which", [*DELETES, *POLLS])
def test_Q08_Q09_Q10_Q11_Q14_a_410_with_whatever_in_it(ask: Ask, which: Call, body: str) -> None:
    assert ask(which, answer(410, body)).outcome is Outcome.GONE


def test_Q13_a_finished_delete_that_is_reported_as_succeeded(ask: Ask) -> None:
    reply = ask(Call.POLL_INSTANCE, answer(200, {"state": "succeeded"}))

    assert reply.body.state is OperationState.SUCCEEDED


def test_Q19_a_state_without_a_description(ask: Ask) -> None:
    assert ask(Call.POLL_INSTANCE, answer(200, {"state": "in progress"})).body.description == ""


@pytest.mark.parametrize("state", ["update", "IN PROGRESS", "Succeeded", "", 5])
def test_Q20_a_state_that_the_spec_does_not_know(ask: Ask, state: object) -> None:
    reply = ask(Call.POLL_INSTANCE, answer(200, {"state": state}))

    assert reply.outcome is Outcome.UNKNOWN
    assert bool(reply.warnings) is (state in ("IN PROGRESS", "Succeeded"))


@pytest.mark.parametrize("length", [1000, 10_000, 500_000])
def test_Q21_an_operation_as_long_as_a_book(ask: Ask, length: int) -> None:
    reply = ask(Call.PROVISION, answer(202, {"operation": "k" * length}))

    assert reply.body.operation == "k" * length


@pytest.mark.parametrize("operation", [7, {}, [], True])
def test_Q22_an_operation_that_is_no_string(ask: Ask, operation: object) -> None:
    created = ask(Call.PROVISION, answer(202, {"operation": operation}))
    deleted = ask(Call.DEPROVISION, answer(202, {"operation": operation}))

    assert (created.outcome, created.needs_mitigation) == (Outcome.UNKNOWN, True)
    assert (deleted.outcome, deleted.body) == (Outcome.ACCEPTED, Deleted())


@pytest.mark.parametrize("which", POLLS)
def test_Q23_Q24_a_broker_that_needs_everything_in_every_poll(
    ask: Ask, broker: HostileBroker, which: Call
) -> None:
    wanted = {"service_id", "plan_id", "operation"}
    broker.always(
        lambda seen: answer(200 if wanted <= set(seen.params) else 400, {"state": "in progress"})
    )

    assert ask(which).outcome is Outcome.DONE


@pytest.mark.parametrize("url", [None, ""])
def test_Q26_a_dashboard_url_that_is_none(ask: Ask, url: str | None) -> None:
    assert ask(Call.PROVISION, answer(201, {"dashboard_url": url})).body.dashboard_url is None


def test_Q27_a_route_service_url_without_scheme(ask: Ask) -> None:
    reply = ask(Call.BIND, answer(201, {"route_service_url": "proxy.example/x"}))

    assert reply.body.route_service_url == "proxy.example/x"


@pytest.mark.parametrize("which", CREATES)
def test_Q28_200_for_201_and_204_for_either(ask: Ask, which: Call) -> None:
    assert ask(which, answer(200, {})).outcome is Outcome.DONE
    assert ask(which, answer(204)).needs_mitigation


@pytest.mark.parametrize("which", CREATES)
def test_Q29_a_202_or_400_without_a_body(ask: Ask, which: Call) -> None:
    accepted, refused = ask(which, answer(202, b"")), ask(which, answer(400, b""))

    assert (accepted.outcome, accepted.needs_mitigation) == (Outcome.UNKNOWN, True)
    assert refused.outcome is Outcome.REFUSED


@pytest.mark.parametrize("which", CREATES)
def test_Q30_a_409_to_our_own_request_sent_again(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(409, {}), sends=2)

    assert (reply.outcome, reply.needs_mitigation) == (Outcome.UNKNOWN, False)


@pytest.mark.parametrize("which", REPLYING)
def test_Q32_a_503_that_invites_to_retry_is_seen_once(
    ask: Ask, broker: HostileBroker, which: Call
) -> None:
    broker.always(answer(503, b"", {"Retry-After": "1"}))

    reply = ask(which)

    assert reply.retry_after_s == 1
    assert len(broker.requests) == 1


@pytest.mark.parametrize("text", ['{"uri": "x"}', '\ufeff{"uri": "x"}'])
def test_Q35_credentials_as_a_string(ask: Ask, text: str) -> None:
    reply = ask(Call.FETCH_BINDING, answer(200, {"credentials": text}))

    assert reply.body.credentials == {"uri": "x"}
    assert reply.warnings


def test_Q36_Q37_credentials_of_every_shape_and_name(ask: Ask) -> None:
    credentials = {"a/b": {"c": [1, 2.5, None, True]}, "$x": None, "": "é\u0000", "big": 10**25}

    assert ask(Call.BIND, answer(201, {"credentials": credentials})).body.credentials == credentials


def test_Q38_a_binding_without_credentials(ask: Ask) -> None:
    reply = ask(Call.BIND, answer(201, {"credentials": None}))

    assert (reply.outcome, reply.body) == (Outcome.DONE, Bound())


def test_Q39_an_error_text_of_a_megabyte(ask: Ask) -> None:
    reply = ask(Call.PROVISION, answer(500, {"description": "at com.example\n" * 70_000}))
    stack = ask(Call.PROVISION, answer(500, {"description": "at com.example\n" * 4000}))

    assert reply.needs_mitigation
    assert 0 < len(reply.error.description) <= 4096
    assert 0 < len(stack.error.description) <= 4096


def test_Q40_a_429_with_an_empty_object(ask: Ask) -> None:
    reply = ask(Call.PROVISION, answer(429, {}, {"Retry-After": "9"}))

    assert (reply.outcome, reply.retry_after_s) == (Outcome.RETRY_LATER, 9)


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("which", CREATES)
def test_Q41_a_gateway_that_gave_up_on_a_broker_that_did_not(
    ask: Ask, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, "<h1>Gateway</h1>", content_type="text/html"))

    assert (reply.outcome, reply.needs_mitigation) == (Outcome.UNKNOWN, True)
    assert reply.may_arrive_late


def test_Q42_a_broker_that_takes_longer_than_it_may(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.script(hang())

    reply = call(make_client(deadline_s=0.2), Call.PROVISION)

    assert (reply.outcome, reply.needs_mitigation) == (Outcome.UNKNOWN, True)


def test_Q43_a_connection_closed_instead_of_an_answer(ask: Ask) -> None:
    reply = ask(Call.BIND, raw(b""))

    assert (reply.outcome, reply.needs_mitigation) == (Outcome.UNKNOWN, True)


@pytest.mark.parametrize("which", DELETES)
def test_Q44_a_delete_of_the_unknown_that_is_404_or_200(ask: Ask, which: Call) -> None:
    kept, forgotten = ask(which, answer(404, {})), ask(which, answer(200, {}))

    assert (kept.outcome, kept.error.status) == (Outcome.REFUSED, 404)
    assert forgotten.outcome is Outcome.DONE


@pytest.mark.parametrize("which", DELETES)
def test_Q16_Q17_a_delete_that_is_500_for_ever_stays_in_doubt(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(500, {"description": "not found"}))

    assert reply.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [400, 404, 500])
@pytest.mark.parametrize("which", POLLS)
def test_Q12_Q15_Q18_a_poll_that_tells_nothing_is_told_apart_by_its_status(
    ask: Ask, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, {}))

    assert (reply.outcome, reply.error.status) == (Outcome.UNKNOWN, status)


def test_Q50_Q51_Q52_Q55_Q57_a_catalog_with_everything_odd_in_it(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    plan = {"id": "ee99.shared", "name": "_Gold Plan", "description": "d" * 5000}
    broker.script(
        answer(
            200,
            {
                "services": [
                    {"id": "o", "name": "-", "plans": [plan, plan]},
                    {"id": "o", "name": "DB.é", "plans": []},
                    {"name": "no id"},
                ]
            },
        )
    )

    found = make_client().catalog().catalog

    assert found is not None
    assert [offering.name for offering in found.services] == ["-", "DB.é"]
    assert len(found.services[0].plans) == 2
    assert len(found.problems) == 5


def test_Q56_schemas_that_are_none(broker: HostileBroker, make_client: MakeClient) -> None:
    base64_text = {"service_instance": {"create": {"parameters": "eyJ0eXBlIjoib2JqZWN0In0="}}}
    plans = [
        {"id": "1", "name": "1", "schemas": base64_text},
        {"id": "2", "name": "2", "schemas": "eyJ0eXBlIjoib2JqZWN0In0="},
    ]
    broker.script(answer(200, {"services": [{"id": "o", "name": "n", "plans": plans}]}))

    found = make_client().catalog().catalog

    assert found is not None
    assert [plan.name for plan in found.services[0].plans] == ["1", "2"]


def test_Q58_a_catalog_over_the_cap(broker: HostileBroker, make_client: MakeClient) -> None:
    broker.always(answer(200, CATALOG | {"x": "y" * 10_000}))

    with pytest.raises(Unreachable, match="larger than 5000 bytes"):
        make_client(catalog_cap=5000).catalog()
    assert make_client(catalog_cap=50_000).catalog().catalog is not None


def test_Q59_Q61_a_broker_that_wants_the_plan_and_the_deprecated_guids(
    ask: Ask, broker: HostileBroker
) -> None:
    broker.always(
        lambda seen: answer(
            200
            if seen.json.get("plan_id")
            and (seen.method == "PATCH" or {"organization_guid", "space_guid"} <= set(seen.json))
            else 400,
            {},
        )
    )

    assert ask(Call.PROVISION).outcome is Outcome.DONE
    assert ask(Call.UPDATE).outcome is Outcome.DONE


def test_Q60_a_broker_that_knows_only_cloudfoundry(ask: Ask, broker: HostileBroker) -> None:
    context = {"platform": "cloudfoundry", "organization_guid": "o", "space_guid": "s"}
    broker.always(
        lambda seen: answer(
            201
            if seen.json["context"]["platform"] == "cloudfoundry"
            and seen.headers["x-broker-api-originating-identity"].startswith("cloudfoundry ")
            else 400,
            {},
        )
    )

    assert ask(Call.PROVISION, context=context).outcome is Outcome.DONE


@pytest.mark.parametrize("status", [400, 412])
def test_Q62_Q63_a_broker_that_minds_the_version_header(
    broker: HostileBroker, make_client: MakeClient, status: int
) -> None:
    complaint = {"description": "X-Broker-API-Version must be 2.13"}
    broker.always(
        lambda seen: (
            answer(200, CATALOG)
            if seen.headers.get("x-broker-api-version") == "2.13"
            else answer(status, complaint)
        )
    )

    assert make_client().catalog().api_version == "2.13"


@pytest.mark.parametrize("path", ["", "/", "/osb", "/osb/", "/osb//"])
def test_Q64_a_broker_that_dislikes_a_slash_too_many(
    broker: HostileBroker, make_client: MakeClient, path: str
) -> None:
    wanted = f"{path.rstrip('/')}/v2/catalog"
    broker.always(
        lambda seen: answer(200, CATALOG) if seen.target == wanted else answer(404, "<html>")
    )

    assert make_client(path=path).catalog().catalog is not None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_Q65_a_broker_that_redirects_to_https(
    broker: HostileBroker, make_client: MakeClient, status: int
) -> None:
    with HostileBroker() as other:
        target = other.url
        broker.always(answer(status, b"", {"Location": target}))

        with pytest.raises(Unreachable, match=target) as caught:
            make_client().catalog()
        reply = call(make_client(), Call.PROVISION)

        assert other.connections == 0
    assert "register" in (caught.value.hint or "")
    assert target in (reply.error.description if reply.error else "")


@pytest.mark.parametrize(
    ("names", "expired", "trusted"),
    [(["other.example"], False, True), (["127.0.0.1"], True, True), (["127.0.0.1"], False, False)],
    ids=["wrong name", "expired", "unknown CA"],
)
def test_Q66_certificates_that_do_not_hold_mean_not_sent(
    make_client: MakeClient, tmp_path: Path, names: list[str], expired: bool, trusted: bool
) -> None:
    authority = Authority()
    pair = authority.issue("broker", names=names, expired=expired)
    cert, key = tmp_path / "crt", tmp_path / "key"
    cert.write_text(pair.certificate_pem)
    key.write_text(pair.key_pem)
    ca = authority if trusted else Authority("stranger")
    with HostileBroker(tls=ServerTls(cert=cert, key=key)) as server:
        reply = call(make_client(url=server.url, tls=Tls(ca_pem=ca.pem)), Call.PROVISION)

        assert reply.outcome is Outcome.NOT_SENT
        assert not reply.needs_mitigation
        assert b"Authorization" not in bytes(server.received)


def test_Q67_an_id_with_a_slash_is_one_segment(ask: Ask, broker: HostileBroker) -> None:
    ask(Call.DEPROVISION, answer(200, {}), instance_id="in/st")

    assert broker.requests[0].path == "/v2/service_instances/in%2Fst"


def test_Q68_a_bind_that_must_be_asynchronous(ask: Ask, broker: HostileBroker) -> None:
    reply = ask(
        Call.BIND,
        answer(422, {"error": "AsyncRequired"}),
        answer(202, {}),
        accepts_incomplete=False,
    )

    assert reply.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("which", REPLYING)
def test_Q69_an_instance_that_is_locked(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(422, {"error": "ConcurrencyError"}))

    assert (reply.outcome, reply.needs_mitigation) == (Outcome.RETRY_LATER, False)
