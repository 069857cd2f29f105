"""What holds for every request: login, version, identities, ids, bodies."""

import base64
import json
import os
import signal

import pytest

from tests.broker.platform_client import Platform, binding_path, instance_path, new_id
from tests.brokers.bundled import BundledBroker


def test_a_wrong_or_missing_login_is_401_with_a_challenge(platform: Platform) -> None:
    for headers in (
        {"Authorization": None},
        {"Authorization": "Basic " + base64.b64encode(b"platform:wrong").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"wrong:bread:and-butter").decode()},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Bearer bread:and-butter"},
    ):
        got = platform.send("GET", "/v2/catalog", headers=headers)

        assert got.status == 401
        assert got.headers["www-authenticate"].startswith("Basic ")


def test_the_login_is_asked_before_anything_else(platform: Platform) -> None:
    got = platform.send("GET", "/v2/no/such/path", headers={"Authorization": None})

    assert got.status == 401


@pytest.mark.parametrize(
    ("version", "status"),
    [
        (None, 400),
        ("v2.17", 400),
        ("2", 400),
        ("2.17.0", 400),
        ("1.0", 412),
        ("3.0", 412),
        ("2.10", 412),
        ("2.11", 200),
        ("2.13", 200),
        ("2.17", 200),
        ("2.18", 200),
    ],
)
def test_the_api_version_is_checked(platform: Platform, version: str | None, status: int) -> None:
    got = platform.send("GET", "/v2/catalog", headers={"X-Broker-API-Version": version})

    assert got.status == status
    if status == 412:
        assert "2.17" in got.body["description"]


def test_the_request_identity_comes_back_even_with_errors(platform: Platform) -> None:
    headers = {"X-Broker-API-Request-Identity": "request-1"}

    assert (
        platform.send("GET", "/v2/catalog", headers=headers).headers[
            "x-broker-api-request-identity"
        ]
        == "request-1"
    )
    missing = platform.send("GET", instance_path(new_id()), headers=headers)
    assert (missing.status, missing.headers["x-broker-api-request-identity"]) == (404, "request-1")


@pytest.mark.parametrize("value", ["kubernetes", "kubernetes @@@", "kubernetes WzFd", " e30="])
def test_a_malformed_originating_identity_is_refused(platform: Platform, value: str) -> None:
    headers = {"X-Broker-API-Originating-Identity": value}
    target = platform.target("file")

    got = platform.send("DELETE", instance_path(new_id()), query=target.query, headers=headers)

    assert got.status == 400
    assert "Originating-Identity" in got.body["description"]


def test_identity_and_context_must_name_one_platform(platform: Platform) -> None:
    target = platform.target("file")
    value = base64.b64encode(b'{"user_id": "u"}').decode()
    body = {
        **target.query,
        "organization_guid": "o",
        "space_guid": "s",
        "context": {"platform": "kubernetes"},
    }

    got = platform.send(
        "PUT",
        instance_path(new_id()),
        body,
        headers={"X-Broker-API-Originating-Identity": f"cloudfoundry {value}"},
    )

    assert got.status == 400


def test_unknown_paths_are_404_and_unknown_methods_405(platform: Platform) -> None:
    assert platform.send("GET", "/v2/catalogue").status == 404
    assert platform.send("GET", "/v2/service_instances").status == 404
    assert platform.send("POST", "/v2/catalog").status == 405
    assert platform.send("PATCH", binding_path("i", "b")).status == 405


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[]", "Expected `object`"),
        (b'{"service_id": 7}', "$.service_id"),
        (b'{"parameters": []}', "$.parameters"),
        (b"[" * 100_000, "body"),
    ],
)
def test_a_malformed_body_is_400_with_the_place(
    platform: Platform, body: bytes, words: str
) -> None:
    got = platform.send("PUT", instance_path(new_id()), body)

    assert got.status == 400
    assert words in got.body["description"]


def test_a_body_over_the_limit_is_413(platform: Platform) -> None:
    got = platform.send("PUT", instance_path(new_id()), b" " * (256 * 1024 + 1))

    assert got.status == 413


def test_ids_may_hold_any_printable_character(platform: Platform) -> None:
    target = platform.target("file")
    instance_id, binding_id = "ä/ö %2F" + new_id(), "../b?#&"

    assert platform.provision(instance_id, target).status == 201
    assert platform.bind(instance_id, binding_id, target).status == 201
    assert platform.fetch_binding(instance_id, binding_id).status == 200
    assert platform.unbind(instance_id, binding_id, target).status == 200
    assert platform.deprovision(instance_id, target).status == 200


@pytest.mark.parametrize("instance_id", ["x" * 256, "a\nb", "\u202e"])
def test_endless_or_unprintable_ids_are_refused(platform: Platform, instance_id: str) -> None:
    assert platform.fetch(instance_id).status == 400


def test_health_asks_for_no_login(bundled_broker: BundledBroker) -> None:
    got = Platform(bundled_broker.url).send(
        "GET", "/healthz", headers={"X-Broker-API-Version": None}
    )

    assert (got.status, got.body) == (200, {"status": "ok"})


def test_unknown_fields_are_ignored_everywhere(platform: Platform) -> None:
    target = platform.target("file")
    instance_id = new_id()

    assert platform.provision(instance_id, target, **{"example/x": {"deep": [1]}}).status == 201
    assert platform.deprovision(instance_id, target).status == 200


def test_the_audit_log_names_the_user_and_no_secret(
    bundled_broker: BundledBroker, platform: Platform
) -> None:
    target = platform.target("file")
    instance_id = new_id()
    user = {"username": "ann\u001b[2J", "uid": "7", "groups": [], "extra": {}}
    identity = f"kubernetes {base64.b64encode(json.dumps(user).encode()).decode()}"
    body = {
        **target.query,
        "organization_guid": "o",
        "space_guid": "s",
        "context": {"platform": "kubernetes", "namespace": "hush-context"},
        "parameters": {"journal_mode": "delete"},
    }
    headers = {
        "X-Broker-API-Originating-Identity": identity,
        "X-Broker-API-Request-Identity": "audited-1",
    }

    assert platform.send("PUT", instance_path(instance_id), body, headers=headers).status == 201

    log = bundled_broker.log()
    line = next(line for line in log.splitlines() if instance_id in line)
    entry = json.loads(line)
    assert entry["event"] == "provision"
    assert entry["identity"] == {"platform": "kubernetes", "value": user}
    assert (entry["request"], entry["status"], entry["login"]) == ("audited-1", 201, "platform")
    for secret in ("bread:and-butter", "hush-context", "journal_mode", "\u001b"):
        assert secret not in log
    platform.deprovision(instance_id, target)


def test_sigterm_ends_the_broker_with_status_0(own_broker: BundledBroker) -> None:
    os.kill(own_broker.popen.pid, signal.SIGTERM)

    assert own_broker.stop() == 0
