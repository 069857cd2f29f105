"""Who asked, and which request it is (OSB 2.17, Originating Identity, Request Identity)."""

import base64
import json
import uuid
from typing import Any

import pytest

from svcat.osb.client import BrokerClient
from svcat.osb.headers import identity_value
from svcat.osb.models import Call, Identity
from tests.brokers.hostile import HostileBroker, Seen, answer
from tests.osb.calls import (
    REPLYING,
    WRITES,
    call,
    every_request,
)
from tests.osb.conftest import MakeClient


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
