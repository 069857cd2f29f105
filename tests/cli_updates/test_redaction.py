"""What must not be shown, and that the rest is (svcat/redaction.py)."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from svcat.redaction import (
    REDACTED,
    hidden,
    login_texts,
    looks_secret,
    shown_message,
    shown_parameters,
    shown_url,
)


@pytest.mark.parametrize(
    "name", ["password", "DB_PASSWORD", "apiKey", "api_key", "clientSecret", "auth_token", "passwd"]
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["size", "tier", "region", "backup", "user", "name"])
def test_other_names_are_not(name: str) -> None:
    assert not looks_secret(name)


PARAMETERS: list[tuple[Any, Any]] = [
    (None, None),
    ({}, {}),
    ({"size": 3, "password": "x"}, {"size": 3, "password": REDACTED}),
    ({"pin_secret": 1234}, {"pin_secret": REDACTED}),
    ({"use_password": True, "token": None}, {"use_password": True, "token": None}),
    ({"credentials": {"pw": "x", "on": True}}, {"credentials": {"pw": REDACTED, "on": True}}),
    ({"secrets": [{"pw": "x"}]}, {"secrets": [{"pw": REDACTED}]}),
    ({"o": {"token": "x", "a": 1}}, {"o": {"token": REDACTED, "a": 1}}),
    ({"tokens": ["x", "y"]}, {"tokens": [REDACTED, REDACTED]}),
    ({"l": [{"password": "x"}]}, {"l": [{"password": REDACTED}]}),
]


@pytest.mark.parametrize(("given_", "shown"), PARAMETERS, ids=str)
def test_parameters_hide_what_is_named_like_a_secret(given_: Any, shown: Any) -> None:
    assert shown_parameters(given_) == shown


def test_hidden_keeps_the_shape_alone() -> None:
    value = {"a": "x", "b": [1, True, None, {"c": 2.5}]}

    assert hidden(value) == {"a": REDACTED, "b": [REDACTED, True, None, {"c": REDACTED}]}


MESSAGES: list[tuple[Any, Any]] = [
    ({"state": "succeeded", "description": "ok"}, {"state": "succeeded", "description": "ok"}),
    ({"operation": "token-1"}, {"operation": "***"}),
    (
        {"service_id": "s", "parameters": {"name": "n", "deep": {"state": "x"}}},
        {"service_id": "s", "parameters": {"name": "***", "deep": {"state": "***"}}},
    ),
    ({"credentials": {"uri": "u", "port": 1}}, {"credentials": {"uri": "***", "port": "***"}}),
    ({"novelty": "x", "deep": {"novelty": 5}}, {"novelty": "***", "deep": {"novelty": "***"}}),
    ({"dashboard_url": "https://x/?token=1"}, {"dashboard_url": "***"}),
    (
        {"kind": "Secret", "metadata": {"name": "n"}, "data": {"a": "eA=="}},
        {"kind": "Secret", "metadata": {"name": "n"}, "data": {"a": "***"}},
    ),
    (
        {"metadata": {"annotations": {"svcat.dev/phase": "ready", "other": "x"}}},
        {"metadata": {"annotations": {"svcat.dev/phase": "ready", "other": "***"}}},
    ),
    ({"items": [1, 2, 3, 4, 5]}, {"items": ["***", "***", "***", "… and 2 more"]}),
    ([], []),
    (None, None),
    (
        {"message": "bad, error found in #10 byte of ...|canary|..."},
        {"message": "bad"},
    ),
]


@pytest.mark.parametrize(("message", "shown"), MESSAGES, ids=lambda v: str(v)[:50])
def test_of_messages_only_what_is_known_to_be_harmless_is_shown(message: Any, shown: Any) -> None:
    assert json.loads(shown_message(json.dumps(message).encode())) == shown


def test_what_is_hidden_in_one_place_is_hidden_where_it_is_repeated() -> None:
    message = {
        "parameters": {"pw": "canary-1", "l": ["canary-2"]},
        "description": "canary-1 and canary-2 and canary-3 are weak",
    }

    shown = shown_message(json.dumps(message).encode(), {"canary-3"})

    assert json.loads(shown)["description"] == "*** and *** and *** are weak"


def test_a_repetition_is_found_in_its_json_spelling_too() -> None:
    secret = 'ca"na\\ry\n'
    message = {"parameters": {"pw": secret}, "description": f"said {json.dumps(secret)}"}

    shown = json.loads(shown_message(json.dumps(message).encode()))

    assert shown["description"] == 'said "***"'


def test_bodies_that_are_no_json_are_described() -> None:
    assert shown_message(b"client_secret=canary") == "(20 bytes, not JSON)"
    assert shown_message(b"") == ""
    assert "not JSON" in shown_message(b"[" * 100_000)


def test_logins_are_read_out_of_the_header() -> None:
    basic = base64.b64encode(b"user:pass:word").decode()

    assert login_texts({"Authorization": f"Basic {basic}"}) == {basic, "pass:word"}
    assert login_texts({"authorization": "Bearer abcdef"}) == {"abcdef"}
    assert login_texts({"Authorization": "Basic !!"}) == set()
    assert login_texts({}) == set()


_SCALARS = st.text(min_size=4).map(lambda t: f"canary{t}")
_TREES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["name", "state", "message", "x", "kind"]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@given(_TREES, st.sampled_from(["credentials", "parameters", "data", "operation", "stringData"]))
def test_nothing_from_a_secretive_place_is_ever_shown(tree: Any, place: str) -> None:
    message = {"outer": [{place: tree}], "description": json.dumps(tree), "state": "ok"}

    assert "canary" not in shown_message(json.dumps(message).encode())


URLS = [
    ("https://d.example/x?page=1&token=abc#a", "https://d.example/x?page=1&token=***#a"),
    ("https://u:pw@d.example/", "https://u:***@d.example/"),
    ("https://key@d.example/", "https://***@d.example/"),
    ("https://d.example/#access_token=abc&x=1", "https://d.example/#access_token=***&x=1"),
    ("https://d.example/?code=1;SIG=2&decode=3", "https://d.example/?code=***;SIG=***&decode=3"),
    ("https://d.example/a@b?mail=a@b", "https://d.example/a@b?mail=a@b"),
    ("", ""),
]


@pytest.mark.parametrize(("url", "shown"), URLS)
def test_a_url_is_shown_without_what_lets_in_whoever_has_it(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_what_a_broker_repeats_of_secrets_is_hidden_and_of_the_rest_is_not() -> None:
    from svcat.app.echoes import without_echoes
    from svcat.osb.models import BrokerError, LastOperation, OperationState, Outcome, Reply
    from tests.credentials.records import binding

    record = replace(binding(), parameters={"size": "small", "password": "canary-1"})
    sent = {"size": "small", "password": "canary-1", "from": {"a_secret": ["canary-2", "ab"]}}
    words = "small, canary-1, canary-2, ab"
    error = BrokerError(status=400, description=words)
    body = LastOperation(state=OperationState.FAILED, description=words)

    refused: Reply[Any] = Reply(outcome=Outcome.REFUSED, request_id="", error=error)
    told: Reply[Any] = Reply(outcome=Outcome.DONE, request_id="", body=body)
    hidden_error = without_echoes(refused, sent, record).error

    assert hidden_error is not None and hidden_error.description == "small, ***, ***, ab"
    after = without_echoes(told, sent, record).body
    assert after is not None and after.description == "small, ***, ***, ab"
    assert without_echoes(told, {"size": "small"}, record) is told
