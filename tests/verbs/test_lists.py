"""Lists: in order, by label, looked at again and again."""

import json

import pytest

from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.verbs.running import running

WATCH = ("-w", "--watch-interval", "100ms")


def provision(svcat: Svcat, name: str, *more: str) -> None:
    svcat.run("provision", name, "--class", "thing", "--plan", "small", "-q", *more)


def names(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines()]


def test_a_list_is_sorted_by_a_column_or_a_path_and_numbers_in_names_count(
    svcat: Svcat, registered: ToldBroker
) -> None:
    for name in ("db-10", "db-2", "web"):
        provision(svcat, name, "--plan", "large" if name == "web" else "small")
    by_name = svcat.run("get", "instances", "--no-headers", "--sort-by", "name")
    by_plan = svcat.run("get", "instances", "--sort-by", ".spec.plan", "-o", "json").json

    assert names(by_name.out) == ["db-2", "db-10", "web"]
    assert [i["spec"]["plan"] for i in by_plan["items"]] == ["large", "small", "small"]


def test_what_a_list_cannot_be_sorted_by_is_named_with_what_it_can(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "db")

    unknown = svcat.run("get", "instances", "--sort-by", "size", code=2)
    absent = svcat.run("get", "instances", "--sort-by", ".spec.size", code=2)

    assert "no column 'size'" in unknown.err
    assert "NAME, NAMESPACE, CLASS" in unknown.err
    assert "nothing in this list has .spec.size" in absent.err


def test_labels_given_at_the_start_find_an_instance(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat, "db", "--label", "team=web", "--label", "tier=1")
    provision(svcat, "other", "--label", "team=ops")

    found = svcat.run("get", "instances", "-l", "team=web,tier", "-o", "name")

    assert found.out == "instance/db\n"
    assert svcat.instance("db")["metadata"]["labels"] == {"team": "web", "tier": "1"}
    assert "--label" in svcat.run("provision", "x", "--class", "thing", "--label", "a", code=2).err
    assert svcat.run("get", "brokers", "-l", "team=web").out == ""


@pytest.mark.parametrize(
    "words",
    ["get brokers", "get classes", "get plans", "get instances", "get bindings", "marketplace"],
)
def test_every_list_takes_sort_by_and_does_without_headers(
    svcat: Svcat, registered: ToldBroker, words: str
) -> None:
    column = "class" if words == "marketplace" else "name"

    plain = svcat.run(*words.split())
    bare = svcat.run(*words.split(), "--no-headers", "--sort-by", column)

    assert sorted(map(str.split, plain.out.splitlines()[1:])) == sorted(
        map(str.split, bare.out.splitlines())
    )


def test_a_watch_shows_everything_once_and_then_what_changes(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "first")
    provision(svcat, "second")
    with running(svcat, "get", "instances", *WATCH) as watch:
        watch.expect("second")
        provision(svcat, "third")
        watch.expect("third")
        svcat.run("deprovision", "first")
        watch.expect("Deleted")
        code, err = watch.interrupt()

    lines = watch.said.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["NAME", "first", "second"]
    assert sum("NAME" in line.split() for line in lines) == 1
    assert sum(line.startswith("second") for line in lines) == 1
    assert lines[-1].split()[:-1] == ["first", "default", "thing", "small", "Deleted"]
    assert lines[-1].index("default") == lines[0].index("NAMESPACE")
    assert (code, err) == (130, "error: stopped watching\n")


def test_a_watch_gives_scripts_one_document_a_change(svcat: Svcat, registered: ToldBroker) -> None:
    with running(svcat, "get", "instances", *WATCH, "-o", "jsonpath={.status.phase}") as watch:
        provision(svcat, "db")
        watch.expect("ready\n")
        svcat.run("deprovision", "db")
        watch.expect("deleted\n")
    with running(svcat, "get", "brokers", *WATCH, "-o", "json") as watch:
        watch.expect("\n}\n")
    assert json.loads(watch.said)["kind"] == "Broker"


def test_one_thing_can_be_watched_until_and_after_it_is_gone(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("get", "instance", "db", *WATCH, code=5)
    provision(svcat, "db")
    with running(svcat, "get", "instance", "db", *WATCH, "--no-headers") as watch:
        watch.expect("Ready")
        svcat.run("deprovision", "db")
        watch.expect("Deleted")
        watch.said = ""
        provision(svcat, "db")
        watch.expect("Ready")
        assert watch.interrupt()[0] == 130


def test_a_watch_says_a_remark_once_and_wants_a_sane_interval(
    svcat: Svcat, registered: ToldBroker
) -> None:
    too_often = svcat.run("get", "instances", "-w", "--watch-interval", "1ms", code=2)
    assert "at least 100ms" in too_often.err
    with running(svcat, "get", "instances", *WATCH) as watch:
        provision(svcat, "db")
        watch.expect("Ready")
        assert watch.interrupt()[1].count("No instances found") <= 1
