"""A broker behind TLS: its CA is believed when it is given, and nothing else is."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.hostile import HostileBroker, ServerTls, answer
from tests.controlplane.certificates import Authority
from tests.e2e.place import Place


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("the broker's own CA")


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[HostileBroker]:
    """An HTTPS broker for 127.0.0.1 with an empty catalog."""
    pair = authority.issue("broker", names=["127.0.0.1"])
    tls = ServerTls(cert=tmp_path / "tls.crt", key=tmp_path / "tls.key")
    tls.cert.write_text(pair.certificate_pem)
    tls.key.write_text(pair.key_pem)
    with HostileBroker(tls=tls) as broker:
        broker.always(answer(200, {"services": []}))
        yield broker


def register(local: Place, broker: HostileBroker, *more: str, code: int = 0) -> str:
    login = ["--username", "me", "--password-stdin"]
    words = ["register", "b", "--url", broker.url, *login, *more]
    return local.run(*words, code=code, stdin="pass-word").err


def test_the_right_ca_is_enough(local: Place, broker: HostileBroker, authority: Authority) -> None:
    (local.home / "ca.pem").write_text(authority.pem)
    assert register(local, broker, "--ca", "ca.pem") == ""
    local.run("sync", "broker", "b")
    assert "own CA" in local.run("describe", "broker", "b").out


@pytest.mark.parametrize("given", [False, True], ids=["no CA", "the wrong CA"])
def test_without_it_nothing_is_sent(local: Place, broker: HostileBroker, given: bool) -> None:
    (local.home / "ca.pem").write_text(Authority("somebody else").pem)
    error, hint = register(
        local, broker, *(["--ca", "ca.pem"] if given else []), code=10
    ).splitlines()
    assert "certificate" in error
    assert "--ca" in hint
    assert broker.requests == []
    assert local.objects_of_ours() == []


def test_skipping_the_check_is_possible_and_never_silent(
    local: Place, broker: HostileBroker
) -> None:
    warned = register(local, broker, "--skip-tls")
    assert "warning: " in warned
    assert "certificate NOT verified" in local.run("describe", "broker", "b").out


def test_what_a_doctor_advises_keeps_the_login(
    local: Place, broker: HostileBroker, authority: Authority
) -> None:
    (local.home / "FILE").write_text(authority.pem)
    register(local, broker, "--skip-tls")

    advised = fix(local.run("doctor", "-o", "json").json)
    assert advised == "svcat broker update b --ca FILE -n default"
    local.run(*shlex.split(advised)[1:])

    assert fix(local.run("doctor", "-o", "json").json) == ""
    assert "Authorization" in {name for name, _ in broker.requests[-1].header_list}


def test_a_doctor_tells_how_to_give_the_right_login(local: Place, broker: HostileBroker) -> None:
    register(local, broker, "--skip-tls")
    broker.always(answer(401, {}))
    advised = fix(local.run("doctor", "-o", "json", code=4).json)
    assert advised == "svcat broker update b --username NAME --password-stdin -n default"
    broker.always(answer(200, {"services": []}))
    local.run(*shlex.split(advised)[1:], stdin="another")


def test_a_doctor_tells_how_to_leave_plain_http(local: Place) -> None:
    with HostileBroker() as broker:
        broker.always(answer(200, {"services": []}))
        register(local, broker, "--allow-http", "--scope", "cluster")
        host = broker.url.removeprefix("http://")
        advised = fix(local.run("doctor", "-o", "json").json)
    assert advised == (
        f"svcat broker update b --url https://{host} --no-allow-http --scope cluster"
    )


def fix(findings: Any) -> str:
    """Return what a doctor advises about the broker."""
    found = {each["metadata"]["name"]: each["status"] for each in findings["items"]}
    advised: str = found["broker/b"].get("fix", "")
    return advised


@pytest.mark.parametrize("content", ["", "not a certificate"])
def test_a_ca_that_is_none_is_said(local: Place, broker: HostileBroker, content: str) -> None:
    (local.home / "ca.pem").write_text(content)
    assert "error: " in register(local, broker, "--ca", "ca.pem", code=2)
    assert broker.requests == []


def test_a_login_over_plain_http_beyond_loopback_needs_a_word(local: Place) -> None:
    words = ["register", "b", "--url", "http://broker.invalid", "--username", "me"]
    done = local.run(*words, "--password-stdin", code=2, stdin="pass-word")
    assert "--allow-http" in done.err
