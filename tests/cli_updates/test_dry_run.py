"""``--dry-run``: what is shown is what would be done, and nothing is."""

import json
import shlex
import subprocess
from typing import Any

import pytest

from tests.cli_updates.svcat import Svcat, ToldBroker, plan

PROVISION = ("provision", "db", "--class", "thing", "--plan", "small")


def dry_run(svcat: Svcat, *words: str, mode: str = "client") -> list[dict[str, Any]]:
    done = svcat.run(*words, f"--dry-run={mode}", "-o", "json")
    assert done.json["kind"] == "DryRun"
    assert done.json["spec"]["mode"] == mode
    steps: list[dict[str, Any]] = done.json["spec"]["steps"]
    return steps


def outline(steps: list[dict[str, Any]]) -> list[str]:
    found = []
    for step in steps:
        ((verb, what),) = step.items()
        if verb == "request":
            found.append(what["method"])
        else:
            found.append(f"{verb} {what['kind']} {_short(what['metadata']['name'])}")
    return found


def _short(name: str) -> str:
    kind = name.split(".")[1] if name.startswith("svcat.") else name
    return kind if kind in {"ledger", "catalog"} else name


def prepare(svcat: Svcat, broker: ToldBroker, *, bind: bool = False) -> None:
    svcat.run("register", "b", "--url", broker.url)
    svcat.run(*PROVISION, "-p", "a=1")
    if bind:
        svcat.run("bind", "db")
    broker.broker.requests.clear()


COMMANDS: list[tuple[tuple[str, ...], list[str]]] = [
    (
        ("provision", "db2", "--class", "thing", "--plan", "small", "-p", "a=1"),
        [
            "create ConfigMap svcat.instance.db2",
            "create ConfigMap ledger",
            "PUT",
            "update ConfigMap svcat.instance.db2",
        ],
    ),
    (
        ("update", "db", "-p", "a=2"),
        ["update ConfigMap svcat.instance.db", "PATCH", "update ConfigMap svcat.instance.db"],
    ),
    (
        ("bind", "db", "--name", "b2"),
        [
            "create ConfigMap svcat.binding.b2",
            "create Secret b2",
            "create ConfigMap ledger",
            "PUT",
            "update ConfigMap svcat.binding.b2",
        ],
    ),
]


@pytest.mark.parametrize("mode", ["client", "server"])
@pytest.mark.parametrize(("words", "expected"), COMMANDS, ids=[c[0][0] for c in COMMANDS])
def test_the_steps_are_shown_in_their_order_and_none_is_taken(
    svcat: Svcat, broker: ToldBroker, words: tuple[str, ...], expected: list[str], mode: str
) -> None:
    prepare(svcat, broker)
    before = svcat.snapshot()

    steps = dry_run(svcat, *words, mode=mode)

    assert outline(steps) == expected
    assert svcat.snapshot() == before
    assert not broker.broker.requests


ENDINGS: list[tuple[str, ...]] = [
    ("unbind", "db"),
    ("deprovision", "db", "--cascade"),
    ("abandon", "instance/db"),
    ("deregister", "b"),
]


@pytest.mark.parametrize("words", ENDINGS[:3], ids=lambda w: w[0])
def test_endings_are_shown_to_the_end_without_a_question(
    svcat: Svcat, broker: ToldBroker, words: tuple[str, ...]
) -> None:
    prepare(svcat, broker, bind=True)
    before = svcat.snapshot()

    steps = outline(dry_run(svcat, *words))

    assert svcat.snapshot() == before
    assert not broker.broker.requests
    assert "delete Secret db" in steps
    assert "delete ConfigMap svcat.binding.db" in steps
    assert ("delete ConfigMap svcat.instance.db" in steps) == (words[0] != "unbind")
    assert steps.count("DELETE") == {"unbind": 1, "deprovision": 2, "abandon": 0}[words[0]]


def test_what_is_shown_is_what_is_sent(svcat: Svcat, broker: ToldBroker) -> None:
    prepare(svcat, broker)
    words = ("update", "db", "--plan", "large", "-p", "a=2", "-p", "b.c=3")
    shown = next(step["request"] for step in dry_run(svcat, *words) if "request" in step)

    svcat.run(*words)

    (sent,) = broker.sent("PATCH")
    assert shown["body"] == sent.json
    assert shown["url"] == broker.url + sent.target
    differing = {"X-Broker-API-Request-Identity"}  # new with every request
    headers = {k.lower(): v for k, v in shown["headers"].items() if k not in differing}
    assert headers.items() <= sent.headers.items()
    others = {"host", "content-length", "accept-encoding", "x-broker-api-request-identity"}
    assert set(sent.headers) - set(headers) == others


def test_what_is_shown_of_objects_is_what_is_written(svcat: Svcat, broker: ToldBroker) -> None:
    prepare(svcat, broker)
    words = ("bind", "db", "--external-id", "given-id", "-p", "x=1")
    steps = dry_run(svcat, *words)
    secret = next(s["create"] for s in steps if s.get("create", {}).get("kind") == "Secret")

    svcat.run(*words)

    from svcat.local.client import LocalObjects
    from svcat.objects import SECRET

    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        made = api.get(SECRET, "default", "db")
    assert secret["type"] == made["type"]
    assert secret["metadata"]["labels"] == made["metadata"]["labels"]
    same = {k: v for k, v in secret["metadata"]["annotations"].items() if "uid" not in k}
    assert same.items() <= made["metadata"]["annotations"].items()


def test_a_dry_run_without_a_word_is_the_clients(svcat: Svcat, broker: ToldBroker) -> None:
    svcat.run("register", "b", "--url", broker.url)
    for words in (("--dry-run", "-o", "name"), ("-o", "name", "--dry-run")):
        assert "configmap/svcat.instance.db" in svcat.run(*PROVISION, *words).out
    first, *more = PROVISION
    assert "Dry run (client)" in svcat.run(first, "--dry-run", *more).out
    assert "Dry run (server)" in svcat.run(*PROVISION, "--dry-run", "server").out
    assert "invalid --dry-run (no)" in svcat.run(*PROVISION, "--dry-run=no", code=2).err
    assert not broker.sent("PUT")


def test_a_catalog_that_is_not_fetched_tells_nothing_of_plans_that_are_gone(
    svcat: Svcat, broker: ToldBroker
) -> None:
    svcat.run("register", "b", "--url", broker.url)
    svcat.run(*PROVISION)
    for words in (("broker", "b"), ("brokers",)):
        done = svcat.run("sync", *words, "--dry-run=client")
        assert "stands in for it" in done.out
        assert "offered no more" not in done.err


def test_a_dry_run_fails_as_the_command_would(svcat: Svcat, broker: ToldBroker) -> None:
    prepare(svcat, broker, bind=True)

    assert "still has bindings" in svcat.run("deprovision", "db", "--dry-run=client", code=6).err
    assert "not found" in svcat.run("bind", "none", "--dry-run=server", code=5).err
    assert "exists, with" in svcat.run(*PROVISION, "--dry-run=client", code=6).err
    assert "still has instances" in svcat.run("deregister", "b", "--dry-run=client", code=6).err


def test_where_nothing_would_happen_nothing_is_shown(svcat: Svcat, broker: ToldBroker) -> None:
    prepare(svcat, broker)

    done = svcat.run(*PROVISION, "-p", "a=1", "--dry-run=client")

    assert done.out == "Dry run (client): nothing would be written or sent.\n"
    assert "unchanged" in done.err
    assert dry_run(svcat, "update", "db", "-p", "a=1") == []


def test_secrets_are_in_no_dry_run(svcat: Svcat, broker: ToldBroker) -> None:
    (svcat.home / "pw").write_text("canary-password")
    login = ("--username", "canary-user", "--password-file", "pw")
    register = ("register", "b", "--url", broker.url, *login)
    outs = [svcat.run(*register, f"--dry-run={mode}").out for mode in ("client", "server")]
    outs.append(svcat.run(*register, "--dry-run=client", "-o", "curl").out)
    svcat.run(*register)
    svcat.put_secret("s", {"json": '{"from_secret": "canary-s", "n": 12345, "deep": ["canary-d"]}'})
    words = (*PROVISION, "--secret", "s[json]", "-p", "password=canary-p", "-p", "plain=shown")
    for output in ("table", "wide", "json", "yaml", "curl", "name"):
        done = svcat.run(*words, "--dry-run=client", "-o", output)
        assert ("shown" in done.out) == (output != "name")
        outs += [done.out, done.err]
    svcat.run(*words)
    outs.append(svcat.run("update", "db", "-p", "token=canary-t", "--dry-run=client").out)
    outs.append(
        svcat.run("update", "db", "-p", "token=canary-t", "--dry-run=client", "-o", "json").out
    )
    outs.append(
        svcat.run("bind", "db", "--secret", "s[json]", "--dry-run=client", "-o", "yaml").out
    )

    assert "canary" not in "".join(outs)
    assert "12345" not in "".join(outs)


def test_register_shows_what_it_would_ask_and_keep(svcat: Svcat, broker: ToldBroker) -> None:
    words = ("register", "b", "--url", broker.url)

    asked = outline(dry_run(svcat, *words))

    assert not broker.broker.requests
    assert asked[0] == "GET"
    assert asked[1] == "create ConfigMap svcat.broker.b"
    empty = svcat.run(*words, "--dry-run=client").out
    assert "an empty one stands in for it" in empty
    known = outline(dry_run(svcat, *words, mode="server"))
    assert [seen.method for seen in broker.broker.requests] == ["GET"]  # a broker may be read
    assert "GET" not in known
    assert "not found" in svcat.run("describe", "broker", "b", code=5).err


def test_sync_on_the_client_takes_the_catalog_for_unchanged(
    svcat: Svcat, broker: ToldBroker
) -> None:
    prepare(svcat, broker)
    broker.plans = [plan("new")]

    steps = outline(dry_run(svcat, "sync", "broker", "b", mode="server"))

    assert "create ConfigMap catalog" in steps
    assert "delete ConfigMap catalog" in steps
    assert "small" in svcat.run("get", "plans").out
    dry_run(svcat, "sync", "broker", "b")


def test_curl_takes_the_login_from_the_environment_and_does_what_svcat_would(
    svcat: Svcat, broker: ToldBroker
) -> None:
    (svcat.home / "pw").write_text("canary-password")
    login = ("--username", "u", "--password-file", "pw")
    svcat.run("register", "b", "--url", broker.url, *login)
    words = (*PROVISION, "-p", 'quote=it\'s "quoted" $HOME `id`', "--external-id", "given-id")

    text = svcat.run(*words, "--dry-run=client", "-o", "curl").out

    assert "canary" not in text
    assert "$BROKER_AUTHORIZATION" in text
    svcat.run(*words)
    (sent,) = broker.sent("PUT")
    curl = shlex.split(text[text.index("curl -X") :].replace("\\\n", " "))
    assert curl[:3] == ["curl", "-X", "PUT"]
    assert curl[3] == broker.url + sent.target
    assert json.loads(curl[curl.index("--data-raw") + 1]) == sent.json
    header = curl[: curl.index("--data-raw")]
    assert "@-" in header
    assert not any("Authorization" in word for word in header)


def test_curl_commands_are_for_a_shell(svcat: Svcat, broker: ToldBroker) -> None:
    prepare(svcat, broker)
    text = svcat.run("update", "db", "-p", "x='\"$(id)", "--dry-run=client", "-o", "curl").out

    checked = subprocess.run(["sh", "-n", "-c", text], capture_output=True, check=False)

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((*PROVISION, "--dry-run=yes"), "allowed are: client, server"),
        ((*PROVISION, "-o", "curl"), "--dry-run=client -o curl"),
        (("get", "instances", "-o", "curl"), "invalid --output format 'curl'"),
        (("get", "instances", "--dry-run=client"), "no such option: --dry-run"),
    ],
)
def test_a_dry_run_is_asked_for_in_full(
    svcat: Svcat, registered: ToldBroker, words: tuple[str, ...], text: str
) -> None:
    assert text in svcat.run(*words, code=2).err


def test_a_dry_run_does_not_wait_for_others(svcat: Svcat, broker: ToldBroker) -> None:
    """An asynchronous update that nobody drives: its record is in progress."""
    from tests.brokers.hostile import answer

    prepare(svcat, broker)
    broker.tell("PATCH", answer(202, {"operation": "o"}))
    svcat.run("update", "db", "-p", "a=2", "--no-wait")

    done = svcat.run("update", "db", "-p", "a=3", "--dry-run=client", code=6)

    assert "is updating" in done.err
    svcat.run("resume", "db", "--dry-run=client")


def test_people_read_only_what_changes(svcat: Svcat, broker: ToldBroker) -> None:
    prepare(svcat, broker)

    out = svcat.run("update", "db", "-p", "a=2", "--dry-run=client").out

    assert "1. update configmap/svcat.instance.db in default" in out
    assert "svcat.dev/phase: ready -> updating" in out
    assert "2. send PATCH" in out
    assert 'data.parameters.json: {"a": "1"} -> {"a": "2"}' in out
    assert "svcat.dev/writes" not in out
    name = svcat.run("update", "db", "-p", "a=2", "--dry-run=client", "-o", "name").out
    assert name == "configmap/svcat.instance.db\n"
