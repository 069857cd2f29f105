"""``-o`` on every command: what scripts read, on stdout alone, the same on both stores."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import Offer
from tests.e2e.place import Place

READS = [
    ["get", "brokers"],
    ["get", "broker", "b"],
    ["describe", "broker", "b"],
    ["get", "classes"],
    ["get", "class", "sqlite"],
    ["describe", "class", "sqlite"],
    ["get", "plans"],
    ["get", "plan", "sqlite/file"],
    ["describe", "plan", "sqlite/file"],
    ["marketplace"],
    ["get", "instances"],
    ["get", "instance", "db"],
    ["describe", "instance", "db"],
    ["get", "bindings"],
    ["get", "binding", "db"],
    ["describe", "binding", "db"],
]


@pytest.fixture
def furnished(place: Place, bundled: Offer) -> Iterator[Place]:
    """A broker ``b``, an instance ``db``, a binding ``db``."""
    place.register(bundled.broker)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file", "-p", "page_size=8192"]
    place.run(*words)
    place.run("bind", "db")
    yield place
    place.run("deprovision", "db", "--cascade")


def test_every_read_speaks_every_format(furnished: Place) -> None:
    for words in READS:
        for_machines = furnished.run(*words, "-o", "json")
        obj = for_machines.json
        assert obj["apiVersion"] == "svcat.dev/v1", words
        assert yaml.safe_load(furnished.run(*words, "-o", "yaml").out) == obj, words
        is_list = obj["kind"].endswith("List")
        items = obj["items"] if is_list else [obj]
        names = furnished.run(*words, "-o", "name").out.splitlines()
        assert names == [f"{i['kind'].lower()}/{i['metadata']['name']}" for i in items], words
        path = "{.items[*].metadata.name}" if is_list else "{.metadata.name}"
        chosen = furnished.run(*words, "-o", f"jsonpath={path}").out
        assert chosen == " ".join(i["metadata"]["name"] for i in items), words
        columns = "custom-columns=KIND:.kind,NAME:.metadata.name"
        rows = furnished.run(*words, "-o", columns, "--no-headers").out.splitlines()
        assert [row.split() for row in rows] == [[i["kind"], i["metadata"]["name"]] for i in items]
        table = furnished.run(*words).out
        wide = furnished.run(*words, "-o", "wide").out
        assert len(wide) >= len(table), words
        for text in (table, wide):
            assert "\x1b" not in text, words
            assert all(line == line.rstrip() for line in text.splitlines()), words


def test_every_change_speaks_json_too(place: Place, bundled: Offer) -> None:
    broker = bundled.broker
    as_json = ["-o", "json"]
    assert place.register(broker, "b", *as_json).json["kind"] == "Broker"
    words = ["provision", "db", "--class", "sqlite", "--plan", "file"]
    instance = place.run(*words, *as_json).json
    assert (instance["kind"], instance["status"]["phase"]) == ("Instance", "ready")
    ready = instance["status"]["conditions"][0]
    assert (ready["type"], ready["status"]) == ("Ready", "True")
    binding = place.run("bind", "db", *as_json).json
    assert (binding["kind"], binding["spec"]["secretName"]) == ("Binding", "db")
    assert place.run("sync", "broker", "b", *as_json).json["kind"] == "Broker"
    assert place.run("unbind", "db", *as_json).json["status"] == {"phase": "deleted"}
    assert place.run("deprovision", "db", *as_json).json["status"] == {"phase": "deleted"}
    assert place.run("deregister", "b", *as_json).json["metadata"]["name"] == "b"
    assert place.run("version", "--client", *as_json).json["clientVersion"]


@pytest.mark.parametrize("style", ["json", "yaml"])
def test_errors_are_objects_as_well_for_who_asked_so(local: Place, style: str) -> None:
    for words, code, reason in [
        (["get", "instance", "nope"], 5, "NotFound"),
        (["get", "nonsense"], 2, "UsageError"),
        (["provision", "x"], 2, "UsageError"),
    ]:
        done = local.run(*words, "-o", style, code=code)
        obj = yaml.safe_load(done.out)
        assert (obj["kind"], obj["reason"], obj["exitCode"]) == ("Error", reason, code)
        assert done.err.startswith(f"error: {obj['message']}\n")


def test_no_headers_leaves_the_rows(furnished: Place) -> None:
    with_headers = furnished.run("get", "instances").out.splitlines()
    rows = furnished.run("get", "instances", "--no-headers").out.splitlines()
    assert [line.split() for line in with_headers[1:]] == [line.split() for line in rows]


def test_wait_and_namespace_flags_may_stand_anywhere(furnished: Place) -> None:
    namespace = furnished.namespace
    for words in (
        ["-n", namespace, "get", "instances"],
        ["get", "instances", "-n", namespace],
        ["get", "instances", f"--namespace={namespace}"],
        ["get", "instances", "-A"],
        ["get", "inst", "--all-namespaces"],
    ):
        assert "db" in furnished.run(*words).out
    assert furnished.run("get", "instances", "-n", "kube-system", "-o", "name").out == ""


def test_the_masked_are_masked_everywhere_but_where_asked(
    place: Place, openbrokerapi_broker: object, tmp_path: Path
) -> None:
    place.register(openbrokerapi_broker)
    place.run("provision", "box", "--class", "postbox", "--plan", "sync")
    place.run("bind", "box")
    password = place.secret("box")["password"]
    assert len(password) > 10
    for words in (["get", "bindings"], ["get", "binding", "box"], ["describe", "binding", "box"]):
        for style in ("table", "wide", "json", "yaml", "name"):
            done = place.run(*words, "-o", style)
            assert password not in done.out + done.err, (words, style)
    shown = place.run("describe", "binding", "box", "--show-secrets")
    assert password in shown.out
    assert json.dumps(password)[1:-1] not in json.dumps([obj for obj in place.objects_of_ours()])
    place.run("deprovision", "box", "--cascade")


@pytest.mark.parametrize(
    "words",
    [
        ["get", "brokers"],
        ["get", "classes"],
        ["get", "plans"],
        ["marketplace"],
        ["get", "instances"],
        ["get", "bindings"],
    ],
)
def test_an_empty_list_is_no_rows_and_a_remark_with_the_next_command(
    place: Place, words: list[str]
) -> None:
    for style in ([], ["-o", "wide"], ["--no-headers"]):
        done = place.run(*words, *style)
        assert done.out == ""
        assert "svcat " in done.err
    assert place.run(*words, "-q").err == ""
    assert place.run(*words, "-o", "json").json["items"] == []
    assert place.run(*words, "-o", "name").out == ""
