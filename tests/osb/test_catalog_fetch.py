"""Fetching the catalog: validators, a busy broker, and errors that say what to do."""

import socket

import pytest

from svcat.errors import AuthFailed, BrokerRefused, Forbidden, SvcatError, Unreachable
from svcat.http import Tls
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
from tests.osb.conftest import FakeClock, MakeClient

OFFERING = {"id": "o", "name": "db", "plans": [{"id": "p", "name": "small"}]}
CATALOG = {"services": [OFFERING]}


def test_R055_a_200_is_the_catalog(broker: HostileBroker, make_client: MakeClient) -> None:
    headers = {"ETag": 'W/"x"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
    secret = {"dashboard_client": {"id": "c", "secret": "canary"}}
    broker.script(answer(200, {"services": [OFFERING | secret]}, headers))

    fetched = make_client().catalog()

    assert fetched.catalog is not None
    assert fetched.catalog.services[0].name == "db"
    assert (fetched.etag, fetched.last_modified) == (headers["ETag"], headers["Last-Modified"])
    assert fetched.api_version == "2.17"
    assert b'"name":"db"' in fetched.raw
    assert b"canary" not in fetched.raw


def test_R008_R009_the_media_type_does_not_matter(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    for media_type in ("text/plain", "application/json;charset=utf-8", "text/html", ""):
        broker.script(answer(200, CATALOG, content_type=media_type))

        assert make_client().catalog().catalog is not None


@pytest.mark.parametrize(
    ("etag", "modified", "sent"),
    [
        ('W/"x"', "", {"if-none-match": 'W/"x"'}),
        ('"x"', "yesterday", {"if-none-match": '"x"'}),
        ("", "yesterday", {"if-modified-since": "yesterday"}),
        ("", "", {}),
    ],
)
def test_R062_validators_are_sent_as_they_came_and_304_means_unchanged(
    broker: HostileBroker, make_client: MakeClient, etag: str, modified: str, sent: dict[str, str]
) -> None:
    broker.script(answer(304), answer(200, CATALOG))

    fetched = make_client().catalog(etag=etag, last_modified=modified)

    conditional = {n: v for n, v in broker.requests[0].headers.items() if n.startswith("if-")}
    assert conditional == sent
    assert (fetched.catalog is None) is bool(sent)
    if sent:
        assert (fetched.etag, fetched.raw) == (etag, b"")


def test_R062_a_304_that_was_not_asked_for_is_asked_again_and_then_an_error(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.script(answer(304), answer(304))

    with pytest.raises(Unreachable, match="304"):
        make_client().catalog()

    assert broker.requests[1].headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_broker_is_asked_again_after_the_time_it_names(
    broker: HostileBroker, make_client: MakeClient, clock: FakeClock, status: int
) -> None:
    broker.script(answer(status, b"", {"Retry-After": "3"}), answer(status), answer(200, CATALOG))

    assert make_client(deadline_s=10).catalog().catalog is not None
    assert clock.slept == [3.0, 2.0]


@pytest.mark.parametrize(
    ("retry_after", "requests"), [("60", 1), ("1", 3)], ids=["too long", "for ever"]
)
def test_a_busy_broker_is_not_asked_for_ever(
    broker: HostileBroker, make_client: MakeClient, retry_after: str, requests: int
) -> None:
    broker.always(answer(503, {"description": "busy"}, {"Retry-After": retry_after}))

    with pytest.raises(Unreachable, match="503: busy"):
        make_client(deadline_s=10).catalog()

    assert len(broker.requests) == requests


LOGIN_PAGE = "<!doctype html><title>Sign in</title><form>"
ERRORS: dict[str, tuple[Answer, type[SvcatError], str, str]] = {
    "wrong login": (answer(401, b""), AuthFailed, "login is refused", "--password-stdin"),
    "not allowed": (answer(403, {"description": "no"}), Forbidden, "status 403: no", "ask"),
    "no API here": (answer(404, LOGIN_PAGE), Unreachable, "no catalog", "base URL"),
    "moved": (
        answer(301, b"", {"Location": "https://other.example/"}),
        Unreachable,
        "redirects to https://other.example/ .not followed.",
        "redirects",
    ),
    "login page": (
        answer(200, LOGIN_PAGE, content_type="text/html"),
        Unreachable,
        "Sign in",
        "base",
    ),
    "no services": (answer(200, {}), Unreachable, "services", "base URL"),
    "an array": (answer(200, []), Unreachable, "no catalog", "base URL"),
    "empty": (answer(200, b""), Unreachable, "no catalog", "base URL"),
    "no content": (answer(204), Unreachable, "204", "base URL"),
    "bad request": (answer(400, {"description": "hm"}), BrokerRefused, "status 400: hm", ""),
    "teapot": (answer(418), BrokerRefused, "418", ""),
    "broken": (answer(500, "<h1>Oops</h1>"), Unreachable, "status 500: Oops", "again"),
    "gone": (answer(410), BrokerRefused, "410", ""),
    "reset": (reset(), Unreachable, "without an answer", "network"),
    "silent": (hang(), Unreachable, "in time", "network"),
    "cut off": (truncated(200, b'{"services": ['), Unreachable, "cut off", "network"),
    "compressed": (gzip_bomb(1), Unreachable, "compressed", "network"),
    "too large": (answer(200, b" " * 3000), Unreachable, "larger than 2000 bytes", "limit"),
    "no HTTP": (raw(b"SSH-2.0\r\n\r\n"), Unreachable, "not HTTP", "network"),
    "nested": (answer(200, b'{"services":' + b"[" * 1500), Unreachable, "no catalog", "base URL"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_R042_every_error_says_what_where_why_and_names_the_request(
    broker: HostileBroker, make_client: MakeClient, name: str
) -> None:
    entry, kind, words, hint = ERRORS[name]
    broker.always(entry)

    with pytest.raises(kind, match=words) as caught:
        make_client(deadline_s=0.5, catalog_cap=2000).catalog()

    assert type(caught.value) is kind
    request_id = broker.requests[-1].headers["x-broker-api-request-identity"]
    assert f"broker {broker.url}: " in caught.value.message
    assert f"(request {request_id})" in caught.value.message
    assert hint in (caught.value.hint or "")
    assert bool(hint) is bool(caught.value.hint)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_broker_that_is_not_there_is_unreachable(make_client: MakeClient, scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(Unreachable, match="connection refused") as caught:
            make_client(url=url).catalog()

    assert ("--ca" in (caught.value.hint or "")) is (scheme == "https")


def test_a_ca_that_is_none_is_told(broker: HostileBroker, make_client: MakeClient) -> None:
    with pytest.raises(Unreachable, match="CA certificate"):
        make_client(url=broker.url.replace("http:", "https:"), tls=Tls(ca_pem="no PEM")).catalog()


def test_R101_problems_in_a_catalog_are_no_error(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.script(answer(200, {"services": [5, OFFERING]}))

    found = make_client().catalog().catalog

    assert found is not None
    assert [offering.name for offering in found.services] == ["db"]
    assert found.problems == ("services[0]: Expected `object`, got `int`; left out",)
