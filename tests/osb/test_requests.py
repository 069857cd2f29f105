"""What goes over the wire: headers, URLs, queries (OSB 2.17, Headers to URL Properties)."""

import pytest

from svcat.errors import UsageError
from svcat.osb.client import BrokerClient
from svcat.osb.models import Call
from svcat.osb.urls import broker_url
from tests.brokers.hostile import HostileBroker, answer
from tests.osb.calls import (
    BINDING,
    CATALOG,
    IDS,
    INSTANCE,
    call,
    every_request,
)
from tests.osb.conftest import MakeClient


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


def test_the_user_agent_names_the_program(broker: HostileBroker, client: BrokerClient) -> None:
    for seen in every_request(broker, client).values():
        assert seen.headers["user-agent"].startswith("svcat/")
