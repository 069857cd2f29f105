"""What the Go svcat's fingers type to look at things, and what they expect to see."""

import json

import pytest

from tests.parity.conftest import Shop
from tests.parity.table import original

CLASS = "user-provided-service"


def head(text: str) -> str:
    return " ".join(text.splitlines()[0].split())


def names(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[1:] if not line.startswith(" ")]


@pytest.mark.parametrize(
    "command", [c for c, facts in original()["commands"].items() if "header" in facts]
)
def test_a_list_has_the_columns_that_it_had_in_their_order(full: Shop, command: str) -> None:
    shown = iter(head(full.run(*command.split()).out).split())
    for column in original()["commands"][command]["header"].split():
        assert column in shown  # and the rest of them behind it


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("describe broker", "ups"),
        ("describe class", CLASS),
        ("describe plan", f"{CLASS}/default"),
        ("describe instance", "ups-instance"),
        ("describe binding", "ups-binding"),
        ("version", ""),
    ],
)
def test_a_description_has_the_labels_that_it_had(full: Shop, command: str, name: str) -> None:
    more = ["--broker", "ups"] if "class" in command or "plan" in command else []
    said = full.run(*command.split(), *([name] if name else []), *more).out
    lines = [" ".join(line.split()) for line in said.splitlines()]
    for label in original()["commands"][command]["labels"]:
        if label != "Default Provision Parameters:":  # only of a preset
            assert any(line.startswith(label) for line in lines), label


@pytest.mark.parametrize("noun", ["brokers", "classes", "plans", "instances", "bindings"])
def test_lists_speak_json_and_yaml(full: Shop, noun: str) -> None:
    listed = json.loads(full.run("get", noun, "-o", "json").out)
    assert listed["items"]
    assert full.run("get", noun, "--output", "JSON").out == full.run("get", noun, "-o", "json").out
    assert "items:" in full.run("get", noun, "-o", "yaml").out
    assert head(full.run("get", noun, "-o", "table").out).startswith("NAME")


@pytest.mark.parametrize("noun", ["brokers", "classes", "plans"])
def test_scope_narrows_what_is_looked_at(full: Shop, noun: str) -> None:
    everything = full.run("get", noun, "--scope", "all").out
    mine = full.run("get", noun, "--scope", "namespace").out
    everybodys = full.run("get", noun, "--scope", "cluster").out
    assert everything == full.run("get", noun).out
    assert len(names(everything)) == len(names(mine)) + len(names(everybodys))
    refused = full.run("get", noun, "--scope", "galaxy", code=2).err
    assert "invalid --scope (galaxy)" in refused
    assert "cluster, namespace, all" in refused


@pytest.mark.parametrize("command", ["describe broker ups", f"describe class {CLASS}"])
def test_a_description_may_be_told_the_scope(full: Shop, command: str) -> None:
    assert "namespace" in full.run(*command.split(), "--scope", "namespace").out
    described = full.run(*command.replace("ups", "everybodys").split(), "--scope", "cluster").out
    assert "cluster" in described


def test_a_plan_is_described_wherever_it_is_and_the_scope_may_be_told(full: Shop) -> None:
    words = ["describe", "plan", f"{CLASS}/default"]
    assert "everybodys" in full.run(*words, "--scope", "cluster").out
    assert "ups" in full.run(*words, "--scope", "namespace").out


@pytest.mark.parametrize("noun", ["brokers", "classes", "plans", "instances", "bindings"])
def test_namespaces_are_chosen(full: Shop, noun: str) -> None:
    def rows(*where: str) -> list[str]:
        return names(full.run("get", noun, *where).out)

    here, everywhere = rows("-n", "default"), rows("--all-namespaces")
    assert here == rows("--namespace", "default")
    assert everywhere == rows("-A")
    assert len(everywhere) >= len(here)
    if noun == "instances":
        assert names(full.run("get", noun, "-n", "other").out) == ["elsewhere"]
        assert everywhere == ["ups-instance", "elsewhere"]


def test_every_description_takes_a_namespace(full: Shop) -> None:
    for words in (
        ["describe", "broker", "ups"],
        ["describe", "class", CLASS, "--broker", "ups"],
        ["describe", "plan", f"{CLASS}/default", "--broker", "ups"],
        ["describe", "instance", "ups-instance"],
        ["describe", "binding", "ups-binding"],
    ):
        assert full.run(*words, "-n", "default").out == full.run(*words).out
    words = ["describe", "instance", "ups-instance", "--namespace", "other"]
    assert "not found" in full.run(*words, code=5).err
    words = ["describe", "class", CLASS, "--all-namespaces", "--broker", "ups"]
    assert CLASS in full.run(*words).out


def test_the_marketplace_of_one_namespace_or_all(full: Shop) -> None:
    for words in (["-n", "default"], ["--all-namespaces"], ["-o", "wide"], ["--namespace", "x"]):
        assert "another-provided-service" in full.run("marketplace", *words).out
    listed = json.loads(full.run("mp", "--output", "json").out)
    assert {item["metadata"]["name"] for item in listed["items"]} == {
        CLASS,
        "another-provided-service",
    }


def test_classes_of_one_broker_only(full: Shop) -> None:
    for option in ("--broker", "-b"):
        lines = full.run("get", "classes", option, "ups").out.splitlines()[1:]
        assert {line.split()[2] for line in lines} == {"ups"}


ID = "4f6e6cf6-ffdd-425f-a2c7-3c9258ad2468"


@pytest.mark.parametrize("option", ["--kube-name", "-k"])
def test_the_name_that_kubernetes_had_is_the_id(full: Shop, option: str) -> None:
    broker = ["--broker", "ups"]
    assert names(full.run("get", "class", option, ID, *broker).out) == [CLASS]
    assert CLASS in full.run("describe", "class", option, ID, *broker).out
    assert names(full.run("get", "plan", option, "default-id", *broker).out) == ["default"]
    assert "default" in full.run("describe", "plan", option, "default-id", *broker).out
    assert full.run("get", "class", option, CLASS, *broker, code=5)


@pytest.mark.parametrize(
    "words",
    [
        ["default"],
        [f"{CLASS}/default"],
        ["--class", CLASS, "default"],
        ["--kube-name", "default-id"],
        ["--kube-name", "--class", ID, "default-id"],
        ["--kube-name", f"{ID}/default-id"],
        ["-c", CLASS, "default"],
    ],
    ids=" ".join,
)
def test_all_six_forms_name_the_same_plan(full: Shop, words: list[str]) -> None:
    assert names(full.run("get", "plan", *words, "--broker", "ups").out) == ["default"]


def test_instances_of_a_class_or_plan_only(full: Shop) -> None:
    for words in (["--class", CLASS], ["-c", CLASS], ["--plan", "default"], ["-p", "default"]):
        assert names(full.run("get", "instances", "-A", *words).out) == ["ups-instance"]
    for words in (["--class", "other"], ["--plan", "other"]):
        done = full.run("get", "instances", "-A", *words)
        assert done.out == ""
    refused = full.run("get", "instances", "ups-instance", "--class", CLASS, code=2)
    assert "not supported" in refused.err


def test_schemas_can_be_left_out(full: Shop) -> None:
    words = ["describe", "plan", f"{CLASS}/default", "--broker", "ups"]
    assert "Instance Create Parameter Schema" in full.run(*words, "--show-schemas").out
    assert "Schema" not in full.run(*words, "--no-show-schemas").out
    assert "Schema" not in full.run(*words, "--show-schemas=false").out


def test_secrets_are_sizes_unless_they_are_asked_for(full: Shop) -> None:
    hidden = full.run("describe", "binding", "ups-binding").out
    assert "special-key-1   15 bytes" in hidden
    assert "special-value-1" not in hidden
    shown = full.run("describe", "binding", "ups-binding", "--show-secrets").out
    assert "special-key-1   special-value-1" in shown


def test_what_parameters_come_from_is_told(full: Shop) -> None:
    assert "Secret: from-here.params" in full.run("describe", "instance", "ups-instance").out
    assert "Secret: from-here.params" in full.run("describe", "binding", "ups-binding").out


def test_versions_of_both_sides_or_one(full: Shop) -> None:
    assert len(full.run("version").out.splitlines()) == 2
    for option in ("--client", "-c"):
        assert len(full.run("version", option).out.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["get", "class", "foo", "--scope", "cluster"], "in cluster scope"),
        (["get", "class", "foo", "--scope", "namespace"], "in namespace default"),
        (["get", "class", "foo", "-A"], "in any namespace"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_class_that_is_nowhere_is_looked_for_where_it_was_told(
    full: Shop, words: list[str], text: str
) -> None:
    assert f"class 'foo' not found {text}" in full.run(*words, code=5).err


@pytest.mark.parametrize(
    "words",
    [
        "describe broker", "describe class", "describe plan", "describe instance",
        "describe binding", "bind", "unbind", "deprovision", "deregister",
        "register", "provision", "touch instance",
    ],
)  # fmt: skip
def test_a_name_that_is_missing_is_asked_for(full: Shop, words: str) -> None:
    error = full.run(*words.split(), code=2).err
    assert error.startswith("error: ")
    assert error.count("error: ") == 1
    assert "hint: " in error
