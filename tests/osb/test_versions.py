"""Finding the API version that a broker speaks (OSB 2.17, API Version Header)."""

import pytest

from svcat.errors import BrokerRefused, UsageError
from svcat.osb.headers import VERSIONS, next_version, rejects_version
from svcat.osb.models import Call, Outcome
from tests.brokers.hostile import Answer, HostileBroker, Seen, answer
from tests.osb.calls import REPLYING, call
from tests.osb.conftest import MakeClient


def speaking(*versions: str, status: int = 412, text: str = "") -> object:
    """A broker that takes these versions only."""

    def entry(seen: Seen) -> Answer:
        if seen.headers["x-broker-api-version"] in versions:
            return answer(200, {"services": [], "state": "in progress"})
        return answer(status, {"description": text})

    return entry


def tried(broker: HostileBroker) -> list[str]:
    return [seen.headers["x-broker-api-version"] for seen in broker.requests]


def test_R003_a_version_that_the_broker_names_is_tried_at_once_and_remembered(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(speaking("2.13", text="2.17 is not supported, use 2.13"))  # type: ignore[arg-type]
    client = make_client()

    fetched = client.catalog()
    client.catalog()

    assert tried(broker) == ["2.17", "2.13", "2.13"]
    assert (client.api_version, fetched.api_version) == ("2.13", "2.13")


def test_a_broker_without_words_is_met_by_stepping_down(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(speaking("2.11"))  # type: ignore[arg-type]

    make_client().catalog()

    assert tried(broker) == list(VERSIONS)


def test_a_broker_that_moved_on_is_met_by_stepping_up(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(speaking("2.13", "2.14", text="requires version 2.13+"))  # type: ignore[arg-type]
    client = make_client(api_version="2.11")

    client.catalog()

    assert tried(broker) == ["2.11", "2.13"]
    assert client.api_version == "2.13"


def test_R004_a_400_that_speaks_of_the_header_counts_too(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    text = "X-Broker-API-Version header missing or invalid"
    broker.always(speaking("2.14", status=400, text=text))  # type: ignore[arg-type]
    client = make_client()

    client.catalog()

    assert client.api_version == "2.14"


def test_a_broker_that_takes_no_version_ends_in_an_error_that_names_them(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(answer(412, {"description": "go away"}))
    client = make_client()

    with pytest.raises(BrokerRefused, match=r"2\.11 to 2\.17.*go away"):
        client.catalog()

    assert tried(broker) == list(VERSIONS)
    assert client.api_version == "2.17"


@pytest.mark.parametrize("which", REPLYING)
def test_a_412_later_on_is_negotiated_over_the_catalog_and_the_call_sent_once_more(
    broker: HostileBroker, make_client: MakeClient, which: Call
) -> None:
    broker.always(speaking("2.13", text="2.13 please"))  # type: ignore[arg-type]
    client = make_client()

    reply = call(client, which)

    assert reply.outcome in (Outcome.DONE, Outcome.UNKNOWN)  # this 200 suits polls and the like
    assert client.api_version == "2.13"
    assert [(seen.method, seen.path.split("/")[2]) for seen in broker.requests[1:2]] == [
        ("GET", "catalog")
    ]
    assert len(broker.requests) == 3
    assert broker.requests[0].body == broker.requests[2].body


def test_a_412_that_no_version_helps_is_a_refusal(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(answer(412, {"description": "no"}))

    reply = call(make_client(), Call.PROVISION)

    assert reply.outcome is Outcome.REFUSED
    assert not reply.needs_mitigation
    assert [seen.method for seen in broker.requests] == ["PUT"] + ["GET"] * 6


def test_a_400_on_a_write_is_never_taken_for_a_version_problem(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(answer(400, {"description": "API version 2.13 of the database is gone"}))

    call(make_client(), Call.PROVISION)

    assert len(broker.requests) == 1


def test_a_500_during_negotiation_ends_it_and_changes_nothing(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.script(answer(412), answer(500))
    client = make_client()

    with pytest.raises(BrokerRefused):
        client.catalog()

    assert client.api_version == "2.17"
    assert len(broker.requests) == 2


def test_validators_belong_to_a_version_and_are_not_sent_with_another(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(speaking("2.13", text="2.13"))  # type: ignore[arg-type]

    make_client().catalog(etag="x")

    assert ["if-none-match" in seen.headers for seen in broker.requests] == [True, False]


@pytest.mark.parametrize("version", ["2.18", "2.10", "3.0", "v2.13", "2", ""])
def test_R002_a_version_that_is_none_is_refused(make_client: MakeClient, version: str) -> None:
    with pytest.raises(UsageError):
        make_client(api_version=version)


@pytest.mark.parametrize(
    ("text", "already", "expected"),
    [
        ("", ["2.17"], "2.16"),
        ("2.13 and 2.15 are known", ["2.17"], "2.15"),
        ("2.17 is not", ["2.17"], "2.16"),
        ("12.13, 2.134 and 1.2.14.1 are none", ["2.17"], "2.16"),
        ("2.99", ["2.17"], "2.16"),
        ("", list(VERSIONS), None),
    ],
)
def test_the_next_version(text: str, already: list[str], expected: str | None) -> None:
    assert next_version(text, already) == expected


@pytest.mark.parametrize(
    ("status", "text", "rejects"),
    [
        (412, "", True),
        (400, "x-broker-api-VERSION missing", True),
        (400, "unsupported API version", True),
        (400, "version should be 2.13", True),
        (400, "plan conversion failed", False),
        (500, "X-Broker-API-Version", False),
        (422, "X-Broker-API-Version", False),
    ],
)
def test_what_counts_as_a_version_problem(status: int, text: str, rejects: bool) -> None:
    assert rejects_version(status, text) is rejects
