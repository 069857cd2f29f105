"""``-l`` on every list: labels of objects, and what stands for them where there is no object."""

from tests.brokers.hostile import HostileBroker
from tests.cli.test_help import COMMANDS
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.verbs.test_contract import STORY

# What is shown is no list of things, but what was done or found out, in an order that means much.
OTHER_LISTS = {("explain",), ("export",), ("doctor",), ("resume",), ("orphans", "clean")}
OPTIONS = {"selector", "sort_by", "watch", "watch_interval", "no_headers", "all_namespaces"}

# How many things each line finds, by their names.
FOUND = {
    "get classes -l sql": "thing",
    "get classes -l !sql": "",
    "get classes -l svcat.dev/broker=b,svcat.dev/bindable=true": "thing",
    "get classes -l svcat.dev/scope=cluster": "",
    "get plans -l svcat.dev/free=false": "large",
    "get plans -l sql,svcat.dev/plan!=large": "small",
    "get plans --class thing -l nosql": "",
    "search thing -l svcat.dev/free": "thing/large thing/small",
    "search thing -l svcat.dev/free=true": "thing/small",
    "marketplace -l svcat.dev/class=thing": "thing large",
    "marketplace -l svcat.dev/plan=small": "thing",
    "marketplace -l sql=no": "",
    "get brokers -l svcat.dev/scope=namespace": "b",
    "get instances -l svcat.dev/plan=small": "db",
    "get instances -l svcat.dev/plan!=small": "",
    "get bindings -l svcat.dev/instance": "db",
    "get bindings -l svcat.dev/instance=other": "",
    "orphans list -l svcat.dev/broker=b": "instance",
    "orphans list -l svcat.dev/broker!=b": "",
}


def test_every_list_takes_what_lists_take() -> None:
    lines = [line for line, kind in STORY if kind.endswith("List")]
    lists = {p for p in COMMANDS for line in lines if tuple(line.split()[: len(p)]) == p}
    takes = {path: {each.name for each in COMMANDS[path].params} for path in lists}

    lacking = {path: OPTIONS - names for path, names in takes.items() if OPTIONS - names}

    assert {*lacking} == OTHER_LISTS


def test_a_selector_finds_tags_and_facts_as_labels(svcat: Svcat) -> None:
    with HostileBroker() as hostile:
        broker = ToldBroker(hostile, [plan("small"), plan("large", free=False)], {"tags": ["sql"]})
        svcat.run("register", "b", "--url", broker.url)
        for name in ("db", "left"):
            svcat.run("provision", name, "--class", "thing", "--plan", "small")
        svcat.run("bind", "db")
        svcat.run("abandon", "instance/left", "--yes")
        found = {line: svcat.run(*line.split(), "--no-headers").out for line in FOUND}

        nothing = svcat.run("get", "classes", "-l", "!sql")

    assert nothing.err == "Nothing has these labels: !sql\n"
    firsts = {
        line: " ".join(row.split()[0] for row in out.splitlines()) for line, out in found.items()
    }
    assert firsts == FOUND


def test_a_selector_that_cannot_be_read_is_named_though_nothing_is_there(svcat: Svcat) -> None:
    for words in ("get classes", "get plans", "search x", "marketplace", "get brokers", "events"):
        done = svcat.run(*words.split(), "-l", "a=b=c", code=2)

        assert "cannot read the label selector 'a=b=c'" in done.err
        assert "write it like a=b" in done.err


def test_a_name_and_a_selector_exclude_each_other(svcat: Svcat) -> None:
    for words in ("get instance db", "get class thing", "events instance/db"):
        assert "exclude each other" in svcat.run(*words.split(), "-l", "a", code=2).err
