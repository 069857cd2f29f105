"""``--trace``: each exchange as it went, without its secrets; ``--trace-file``: for us alone."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.hostile import answer, reset
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.controlplane.server import KubeServer

PROVISION = ("provision", "db", "--class", "thing", "--plan", "small")
CANARIES = ("canary", "Y2FuYXJ5")  # as it is, and in base64


def with_login(svcat: Svcat, broker: ToldBroker) -> None:
    (svcat.home / "pw").write_text("canary-password")
    login = ("--username", "u", "--password-file", "pw")
    done = svcat.run("register", "b", "--url", broker.url, *login, "--trace")
    assert_clean(done.err)
    assert "> Authorization: ***" in done.err


def assert_clean(text: str) -> None:
    for canary in CANARIES:
        assert canary not in text
        assert canary[::-1] not in text


def test_each_exchange_is_shown_on_stderr(svcat: Svcat, registered: ToldBroker) -> None:
    done = svcat.run(*PROVISION, "--trace", "-o", "json")

    assert done.json["kind"] == "Instance"
    lines = done.err.splitlines()
    assert all(line.startswith("trace ") for line in lines)
    assert f"PUT {registered.url}/v2/service_instances/" in lines[0]
    assert "trace > X-Broker-API-Version: 2.17" in lines
    assert any('"service_id": "class-id"' in line for line in lines)
    assert any(line.startswith("trace < 201 (") for line in lines)
    assert "trace < {}" in lines


def test_no_secret_is_in_a_trace_whatever_the_broker_answers(
    svcat: Svcat, broker: ToldBroker
) -> None:
    with_login(svcat, broker)
    svcat.put_secret("s", {"json": '{"x": "canary-from-secret"}'})
    echo = {"error": "X", "description": "canary-password and canary-from-secret and canary-p: no"}
    headers = {"X-Token": "canary", "Set-Cookie": "canary", "Location": "http://x/canary"}
    told: list[Any] = [
        answer(400, echo, headers),
        answer(202, {"operation": "canary-op", "dashboard_url": "http://x/?t=canary"}),
    ]
    broker.tell("PUT", *told)
    broker.tell("GET", answer(200, {"state": "succeeded", "description": "fine"}))
    words = (*PROVISION, "--secret", "s[json]", "-p", "plain=canary-p", "--trace")

    outs = [svcat.run(*words, code=None).err for _ in told]
    broker.tell("PUT", answer(201, {"credentials": {"password": "canary-credential"}}))
    outs.append(svcat.run("bind", "db", "--trace").err)
    for text in outs:
        traced = "\n".join(line for line in text.splitlines() if line.startswith("trace"))
        assert_clean(traced)
    assert "*** and *** and ***: no" in outs[0]
    assert "operation=***" in outs[1]
    assert '{"credentials": {"password": "***"}}' in outs[2]


def test_an_answer_that_never_came_is_told(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("DELETE", answer(200, {}))
    registered.tell("PUT", reset())

    done = svcat.run(*PROVISION, "--trace", code=None)

    assert "trace < no answer: " in done.err


def test_a_broker_cannot_play_tricks_in_a_trace(svcat: Svcat, registered: ToldBroker) -> None:
    evil = {"description": "\x1b]0;x\x07\u202e", "\x1b[31mkey": "x"}
    registered.tell("PUT", answer(400, evil))

    done = svcat.run(*PROVISION, "--trace", code=7)

    assert not any(trick in done.err for trick in ("\x1b", "\x07", "\u202e"))


def test_a_trace_file_is_json_lines_for_us_alone(svcat: Svcat, broker: ToldBroker) -> None:
    with_login(svcat, broker)
    file = svcat.home / "trace.jsonl"
    before = os.umask(0)
    try:
        for _ in range(2):
            done = svcat.run("sync", "broker", "b", "--trace-file", "trace.jsonl")
            assert "trace" not in done.err
    finally:
        os.umask(before)

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["method"] for line in lines] == ["GET", "GET"]
    assert lines[0]["status"] == 200
    assert lines[0]["request"]["headers"]["Authorization"] == "***"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert_clean(file.read_text())


@pytest.mark.parametrize("kind", ["open", "link", "directory", "nowhere", "pipe"])
def test_a_file_that_is_not_ours_alone_is_not_written_to(
    svcat: Svcat, registered: ToldBroker, kind: str
) -> None:
    file = svcat.home / "trace"
    if kind == "open":
        file.touch()
        file.chmod(0o644)
    elif kind == "link":
        (svcat.home / "target").touch(mode=0o600)
        file.symlink_to("target")
    elif kind == "directory":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file, 0o600)
    else:
        file = svcat.home / "none" / "trace"

    done = svcat.run("sync", "broker", "b", "--trace-file", str(file), code=2)

    assert "cannot write the trace" in done.err


def test_the_cluster_is_traced_too_and_its_secrets_are_not(
    tmp_path: Path, kube_server: KubeServer, kube_namespace: str, broker: ToldBroker
) -> None:
    environment = {"SVCAT_STORE": "kube", "KUBECONFIG": str(kube_server.kubeconfig)}
    svcat = Svcat(tmp_path, environment)
    here = ("-n", kube_namespace, "--trace")
    (svcat.home / "pw").write_text("canary-password")
    login = ("--username", "canary-user", "--password-file", "pw")
    broker.tell("PUT", answer(201, {}), answer(201, {"credentials": {"p": "canary-credential"}}))

    outs = [
        svcat.run("register", "b", "--url", broker.url, *login, *here).err,
        svcat.run(*PROVISION, "-p", "secret_word=canary-p", *here).err,
        svcat.run("bind", "db", *here).err,
        svcat.run("unbind", "db", *here).err,
        svcat.run("deprovision", "db", *here).err,
    ]

    for text in outs:
        assert_clean(text)
        assert kube_server.kubeconfig.exists()
    assert any('"kind": "Secret"' in text for text in outs)
    assert f"/api/v1/namespaces/{kube_namespace}/configmaps" in outs[1]
    assert '"svcat.dev/phase": "provisioning"' in outs[1]
