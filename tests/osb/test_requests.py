"""What goes over the wire: headers, identities, URLs (OSB 2.17, Headers to URL Properties)."""

import base64
import json
import uuid
from typing import Any

import msgspec
import pytest

from svcat.errors import UsageError
from svcat.osb.client import BrokerClient
from svcat.osb.headers import identity_value
from svcat.osb.models import Call, Identity
from svcat.osb.urls import broker_url
from tests.brokers.hostile import HostileBroker, Seen, answer
from tests.osb.calls import (
    BIND,
    BINDING,
    IDS,
    INSTANCE,
    PROVISION,
    REPLYING,
    UPDATE,
    WRITES,
    call,
)
from tests.osb.conftest import Ask, MakeClient

CATALOG: dict[str, Any] = {"services": []}


def every_request(broker: HostileBroker, client: BrokerClient) -> dict[Call, Seen]:
    """Make all ten calls; what the broker saw of each."""
    broker.always(answer(200, CATALOG))
    client.catalog()
    for which in REPLYING:
        call(client, which)
    return dict(zip([Call.CATALOG, *REPLYING], broker.requests, strict=True))


def test_R001_R002_R005_every_request_names_the_api_version_once_and_as_the_spec_spells_it(
    broker: HostileBroker, client: BrokerClient
) -> None:
    for seen in every_request(broker, client).values():
        names = [name for name, _ in seen.header_list if name.lower() == "x-broker-api-version"]
        assert names == ["X-Broker-API-Version"]
        assert seen.headers["x-broker-api-version"] == "2.17"


def test_R006_R007_only_requests_with_a_body_have_a_content_type(
    broker: HostileBroker, client: BrokerClient
) -> None:
    for which, seen in every_request(broker, client).items():
        has_body = which in (Call.PROVISION, Call.UPDATE, Call.BIND)
        assert bool(seen.body) is has_body
        assert seen.headers.get("content-type") == ("application/json" if has_body else None)
        assert seen.headers["accept"] == "application/json"


def test_R149_R189_R215_R250_R259_the_method_and_the_path_of_every_call(
    broker: HostileBroker, client: BrokerClient
) -> None:
    instance = f"/v2/service_instances/{INSTANCE}"
    binding = f"{instance}/service_bindings/{BINDING}"

    seen = every_request(broker, client)

    assert {which: (each.method, each.path) for which, each in seen.items()} == {
        Call.CATALOG: ("GET", "/v2/catalog"),
        Call.PROVISION: ("PUT", instance),
        Call.FETCH_INSTANCE: ("GET", instance),
        Call.UPDATE: ("PATCH", instance),
        Call.DEPROVISION: ("DELETE", instance),
        Call.POLL_INSTANCE: ("GET", f"{instance}/last_operation"),
        Call.BIND: ("PUT", binding),
        Call.FETCH_BINDING: ("GET", binding),
        Call.UNBIND: ("DELETE", binding),
        Call.POLL_BINDING: ("GET", f"{binding}/last_operation"),
    }


def test_R102_R114_R115_R136_R151_R176_R190_R246_R250_R251_R259_R260_the_query_of_every_call(
    broker: HostileBroker, client: BrokerClient
) -> None:
    asynchronous = {"accepts_incomplete": "true"}
    polled = IDS | {"operation": "op-1"}

    seen = every_request(broker, client)

    assert {which: each.params for which, each in seen.items()} == {
        Call.CATALOG: {},
        Call.PROVISION: asynchronous,
        Call.FETCH_INSTANCE: IDS,
        Call.UPDATE: asynchronous,
        Call.DEPROVISION: IDS | asynchronous,
        Call.POLL_INSTANCE: polled,
        Call.BIND: asynchronous,
        Call.FETCH_BINDING: IDS,
        Call.UNBIND: IDS | asynchronous,
        Call.POLL_BINDING: polled,
    }


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("A-Za-z0-9-._~", "A-Za-z0-9-._~"),
        ("a/b c+d%&=é", "a%2Fb%20c%2Bd%25%26%3D%C3%A9"),
        ("%2F", "%252F"),
        ("../x", "..%2Fx"),
        ("a?b#c", "a%3Fb%23c"),
        ("\U0001f600\n", "%F0%9F%98%80%0A"),
    ],
)
def test_R022_R023_R024_R117_R137_ids_and_operations_are_encoded_exactly_once(
    broker: HostileBroker, client: BrokerClient, given: str, written: str
) -> None:
    broker.always(answer(200, {"state": "in progress"}))

    call(
        client,
        Call.POLL_BINDING,
        instance_id=given,
        binding_id=given,
        service_id=given,
        plan_id=given,
        operation=given,
    )

    assert broker.requests[0].target == (
        f"/v2/service_instances/{written}/service_bindings/{written}/last_operation"
        f"?service_id={written}&plan_id={written}&operation={written}"
    )


@pytest.mark.parametrize("identifier", ["", ".", "..", "\ud800"])
@pytest.mark.parametrize("where", ["instance_id", "binding_id"])
def test_R149_R215_ids_that_cannot_travel_are_refused_before_anything_is_sent(
    broker: HostileBroker, client: BrokerClient, identifier: str, where: str
) -> None:
    with pytest.raises(UsageError):
        call(client, Call.BIND, **{where: identifier})

    assert broker.connections == 0


@pytest.mark.parametrize("name", ["service_id", "plan_id"])
@pytest.mark.parametrize(
    "which", [Call.UNBIND, Call.DEPROVISION, Call.FETCH_INSTANCE, Call.POLL_BINDING]
)
def test_R250_R259_an_empty_service_or_plan_id_is_refused_before_anything_is_sent(
    broker: HostileBroker, client: BrokerClient, which: Call, name: str
) -> None:
    with pytest.raises(UsageError, match=name):
        call(client, which, **{name: ""})

    assert broker.connections == 0


@pytest.mark.parametrize("operation", [None, ""])
@pytest.mark.parametrize("which", [Call.POLL_INSTANCE, Call.POLL_BINDING])
def test_R118_an_operation_that_is_not_there_is_not_sent(
    broker: HostileBroker, client: BrokerClient, which: Call, operation: str | None
) -> None:
    broker.always(answer(200, {"state": "in progress"}))

    call(client, which, operation=operation)

    assert broker.requests[0].params == IDS


def test_an_operation_of_20_000_characters_is_sent_whole(
    broker: HostileBroker, client: BrokerClient
) -> None:
    broker.always(answer(200, {"state": "in progress"}))

    call(client, Call.POLL_INSTANCE, operation="k" * 20_000)

    assert broker.requests[0].params["operation"] == "k" * 20_000


@pytest.mark.parametrize("path", ["", "/", "/base", "/base/", "/base//", "/a%20b/c/"])
def test_R025_the_base_path_is_kept_and_no_slash_is_doubled(
    broker: HostileBroker, make_client: MakeClient, path: str
) -> None:
    broker.always(answer(200, CATALOG))

    make_client(path=path).catalog()

    assert broker.requests[0].target == path.rstrip("/") + "/v2/catalog"


@pytest.mark.parametrize(
    "url",
    [
        "http://broker.example",
        "http://10.0.0.1:8080",
        "ftp://broker.example",
        "broker.example",
        "https://",
        "https://broker.example?x=y",
        "https://broker.example#x",
        "https://bro ker.example",
        "https://broker.example\n",
        "https://broker.example:http",
        "https://broker.example/ü",
        "https://[::1",
        "https://user@broker.example",
        "https://user:canary@broker.example",
    ],
)
def test_R015_R020_urls_that_would_betray_the_login_or_lead_nowhere_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        broker_url(url)

    assert "canary" not in str(caught.value) + str(caught.value.__cause__)


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.9.9.9", "http://[::1]:80/x", "http://a.localhost"]
)
def test_R015_plain_http_is_for_this_machine_or_by_explicit_wish(url: str) -> None:
    assert broker_url(url) == url
    assert broker_url("http://broker.example/", allow_plain_http=True) == "http://broker.example"


def identity_of(seen: Seen) -> tuple[str, Any]:
    platform, value = seen.headers["x-broker-api-originating-identity"].split(" ")
    return platform, json.loads(base64.b64decode(value, validate=True))


def test_R026_R027_R029_whatever_a_user_causes_says_who(
    broker: HostileBroker, client: BrokerClient
) -> None:
    seen = every_request(broker, client)

    for which in REPLYING:
        platform, value = identity_of(seen[which])
        assert platform == "kubernetes"
        assert value == {
            "username": "alice",
            "uid": "u-1",
            "groups": ["dev"],
            "extra": {"scopes": ["a", "b"]},
        }


def test_R028_fetching_the_catalog_says_nothing_about_a_user(
    broker: HostileBroker, client: BrokerClient
) -> None:
    seen = every_request(broker, client)[Call.CATALOG]

    assert "x-broker-api-originating-identity" not in seen.headers


def test_R271_a_client_without_identity_sends_none(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    for seen in every_request(broker, make_client(identity=None)).values():
        assert "x-broker-api-originating-identity" not in seen.headers


def test_R031_R034_R035_all_four_members_are_there_even_if_nothing_is_known() -> None:
    platform, _, value = identity_value("kubernetes", Identity(username="é" * 99)).partition(" ")

    assert platform == "kubernetes"
    assert "\n" not in value
    assert json.loads(base64.b64decode(value, validate=True)) == {
        "username": "é" * 99,
        "uid": "",
        "groups": [],
        "extra": {},
    }


@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE, Call.BIND])
def test_R032_R033_R037_the_identitys_platform_is_that_of_the_context(
    broker: HostileBroker, make_client: MakeClient, which: Call
) -> None:
    broker.always(answer(200, {}))

    call(make_client(), which, context={"platform": "cloudfoundry"})

    assert identity_of(broker.requests[0]) == ("cloudfoundry", {"user_id": "u-1"})


def test_R033_another_platform_is_named_where_there_is_no_context_too(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(answer(200, {}))

    call(make_client(platform="cloudfoundry"), Call.DEPROVISION)

    assert identity_of(broker.requests[0])[0] == "cloudfoundry"


def test_a_user_with_400_groups_fits_into_the_header(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    groups = tuple(f"group-{number:040}" for number in range(400))
    broker.always(answer(431, b""))

    reply = call(make_client(identity=Identity(username="a", groups=groups)), Call.PROVISION)

    assert identity_of(broker.requests[0])[1]["groups"] == list(groups)
    assert reply.error is not None
    assert reply.error.status == 431


def test_R038_R039_R040_R041_every_request_has_an_identity_of_its_own(
    broker: HostileBroker, client: BrokerClient
) -> None:
    seen = every_request(broker, client)

    ids = [each.headers["x-broker-api-request-identity"] for each in seen.values()]
    assert len(set(ids)) == len(ids) == 10
    assert all(str(uuid.UUID(each)) == each for each in ids)


@pytest.mark.parametrize("which", REPLYING)
def test_R042_a_reply_carries_the_identity_that_the_broker_saw(
    broker: HostileBroker, client: BrokerClient, which: Call
) -> None:
    broker.always(answer(500, b""))

    reply = call(client, which)

    assert reply.request_id == broker.requests[-1].headers["x-broker-api-request-identity"]


@pytest.mark.parametrize("which", WRITES)
def test_R042_an_echo_that_differs_is_a_warning_and_nothing_more(
    broker: HostileBroker, client: BrokerClient, which: Call
) -> None:
    broker.script(
        lambda seen: answer(
            200,
            {},
            {"x-broker-api-REQUEST-identity": seen.headers["x-broker-api-request-identity"]},
        ),
        answer(200, {}, {"X-Broker-API-Request-Identity": "other"}),
    )

    assert call(client, which).warnings == ()
    assert call(client, which).warnings == (
        "the broker's answer carries the identity of another request",
    )


def test_R152_R153_R154_R155_R156_R157_R158_the_body_of_a_provision(
    broker: HostileBroker, client: BrokerClient
) -> None:
    from svcat.osb.models import MaintenanceInfo

    broker.always(answer(201, {}))

    call(
        client,
        Call.PROVISION,
        parameters={"size": 3, "nothing": None},
        maintenance_info=MaintenanceInfo(version="1.2.3", description="not for the wire"),
    )
    call(client, Call.PROVISION)
    call(client, Call.PROVISION, parameters={})

    full, bare, empty = (seen.json for seen in broker.requests)
    assert full == bare | {
        "parameters": {"size": 3, "nothing": None},
        "maintenance_info": {"version": "1.2.3"},
    }
    assert bare == IDS | {
        "context": {
            "platform": "kubernetes",
            "namespace": "shop",
            "clusterid": "cluster-1",
            "instance_name": "orders",
        },
        "organization_guid": "cluster-1",
        "space_guid": "ns-uid",
    }
    assert empty == bare | {"parameters": {}}


def test_R192_R193_R194_R196_R197_the_body_of_an_update(
    broker: HostileBroker, client: BrokerClient
) -> None:
    from svcat.osb.models import MaintenanceInfo, PreviousValues

    broker.always(answer(200, {}))

    call(
        client,
        Call.UPDATE,
        maintenance_info=MaintenanceInfo(version="2.0.0", description="x"),
        previous_values=PreviousValues(
            plan_id="old",
            service_id="service-1",
            organization_id="cluster-1",
            space_id="ns-uid",
            maintenance_info=MaintenanceInfo(version="1.0.0", description="y"),
        ),
    )

    body = broker.requests[0].json
    assert body.pop("context")["instance_name"] == "orders"
    assert body == IDS | {
        "maintenance_info": {"version": "2.0.0"},
        "previous_values": {
            "plan_id": "old",
            "service_id": "service-1",
            "organization_id": "cluster-1",
            "space_id": "ns-uid",
            "maintenance_info": {"version": "1.0.0"},
        },
    }


def test_R218_R220_R222_the_body_of_a_bind(broker: HostileBroker, client: BrokerClient) -> None:
    broker.always(answer(201, {}))

    call(
        client,
        Call.BIND,
        bind_resource={"route": "app.example", "x.example/extra": 1},
        parameters={"role": "reader"},
    )

    body = broker.requests[0].json
    assert body.pop("context")["platform"] == "kubernetes"
    assert body == IDS | {
        "bind_resource": {"route": "app.example", "x.example/extra": 1},
        "parameters": {"role": "reader"},
    }


def test_R239_R243_a_rotation_names_its_predecessor_and_both_ids(
    broker: HostileBroker, client: BrokerClient
) -> None:
    broker.always(answer(201, {}))

    call(client, Call.BIND, predecessor_binding_id="b-0", bind_resource=None)

    body = broker.requests[0].json
    assert body.pop("context")
    assert body == IDS | {"predecessor_binding_id": "b-0"}


def test_numbers_in_parameters_go_out_as_they_were_written(
    broker: HostileBroker, client: BrokerClient
) -> None:
    from decimal import Decimal

    broker.always(answer(201, {}))

    call(client, Call.PROVISION, parameters={"ratio": Decimal("1.10"), "big": 10**30})

    assert b'"ratio":1.10,"big":1' + b"0" * 30 in broker.requests[0].body


def test_the_user_agent_names_the_program(broker: HostileBroker, client: BrokerClient) -> None:
    for seen in every_request(broker, client).values():
        assert seen.headers["user-agent"].startswith("svcat/")


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
