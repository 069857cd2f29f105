"""What commands say: true, the same everywhere, and enough to go on with."""

import re

from tests.brokers.hostile import HostileBroker, answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan


def test_the_kubernetes_name_is_what_service_catalog_made_of_the_id(svcat: Svcat) -> None:
    with HostileBroker() as hostile:
        broker = ToldBroker(hostile, [plan("small", id="Small")], {"id": "Zoo"})
        svcat.run("register", "b", "--url", broker.url)
    described = [svcat.run("describe", *w).out for w in (("class", "thing"), ("plan", "small"))]
    found = [line.split() for out in described for line in out.splitlines()]

    assert ["Kubernetes", "Name:", "z5azoo"] in found
    assert ["External", "ID:", "Zoo"] in found
    assert ["Kubernetes", "Name:", "z53zmall"] in found
    assert ["External", "ID:", "Small"] in found
    for name in ("z5azoo", "Zoo"):
        assert svcat.run("get", "class", "-k", name, "-o", "name").out == "class/thing\n"


def test_a_search_for_nothing_says_what_may_have_been_meant(svcat: Svcat) -> None:
    unstocked = svcat.run("search", "sql")
    with HostileBroker() as hostile:
        offering = {"name": "postgresql-db", "tags": ["relational"]}
        broker = ToldBroker(hostile, [plan("small")], offering)
        svcat.run("register", "b", "--url", broker.url)
    said = {
        words: svcat.run(*words.split()).err.partition("; ")[2].strip()
        for words in ("search posgresql", "search small relationl", "marketplace --search smal1")
    }

    assert "Register a broker" in unstocked.err
    assert said == {
        "search posgresql": "did you mean postgresql or postgresql-db?",
        "search small relationl": "did you mean relational?",
        "marketplace --search smal1": "did you mean small?",
    }
    assert "see all there is: svcat marketplace" in svcat.run("search", "qqq").err
    assert svcat.run("search", "qqq", "-o", "name").out == ""


def test_a_dry_run_says_of_nothing_that_it_is_done(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")
    svcat.run("bind", "db")

    done = svcat.run("deprovision", "db", "--cascade", "--dry-run=client")

    assert "binding/db deleted (dry run)\n" in done.err
    assert svcat.run("get", "bindings", "-o", "name").out == "binding/db\n"


def test_an_empty_list_says_where_there_is_nothing(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")
    said = {
        words: svcat.run(*words.split()).err
        for words in (
            "get instances -n shop",
            "get instances --class other",
            "get bindings -A",
            "get brokers -n shop",
            "events -n shop",
        )
    }

    assert said["get instances -n shop"].startswith("No instances found in namespace shop. Make")
    assert said["get instances --class other"] == "No such instances found in namespace default.\n"
    assert said["get bindings -A"].startswith("No bindings found in any namespace. Make one")
    assert said["get brokers -n shop"].startswith("No brokers found in namespace shop. Register")
    assert said["events -n shop"] == "No events found in namespace shop.\n"


def test_what_is_waited_for_must_be_possible_and_is_in_the_hint(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")
    late = ("--timeout", "10ms")
    gone = svcat.run("wait", "instance/db", "--for=delete", *late, code=9)
    path = svcat.run("wait", "instance/db", "--for=jsonpath={.spec.plan}=x y", *late, code=9)

    assert "svcat wait instance/db --for=delete -n default" in gone.err
    assert "--for=jsonpath='{.spec.plan}=x y'" in path.err
    unknown = svcat.run("wait", "instance/db", "--for=phase=redy", code=2)
    assert "there is no phase 'redy'" in unknown.err
    assert "ready" in unknown.err


def test_names_that_are_not_there_get_the_same_help_everywhere(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("provision", "orders", "--class", "thing", "--plan", "small")
    asked = {
        words: svcat.run(*words.split(), code=code).err.splitlines()
        for words, code in {
            "wait instance/order": 5,
            "abandon instance/order": 5,
            "resume order": 5,
            "events order": 5,
            "tree order": 5,
            "wait orders": 2,
            "wait instance/": 2,
            "wait service/x": 2,
            "tree class/thing": 2,
            "get instnaces": 2,
            "get instance a b": 2,
            "wait": 2,
        }.items()
    }

    assert {words: lines[-1] for words, lines in asked.items()} == {
        "wait instance/order": "hint: did you mean orders?",
        "abandon instance/order": "hint: did you mean orders?",
        "resume order": "hint: did you mean orders?",
        "events order": "hint: did you mean orders?",
        "tree order": "hint: did you mean orders?",
        "wait orders": "hint: say which: instance/orders or binding/orders",
        "wait instance/": "hint: it looks like instance/NAME or binding/NAME",
        "wait service/x": "hint: it looks like instance/NAME or binding/NAME",
        "tree class/thing": "hint: it looks like broker/NAME, instance/NAME or binding/NAME",
        "get instnaces": "hint: did you mean instances? see: svcat get --help",
        "get instance a b": "hint: see: svcat get instance --help",
        "wait": "hint: see: svcat wait --help",
    }
    assert asked["get instance a b"][0] == "error: unexpected argument: b"
    assert asked["wait"][0] == "error: missing argument 'TYPE/NAME'"
    assert "instance/orders" in svcat.run("tree", "orders").out


def test_help_has_no_marks_of_its_source(svcat: Svcat) -> None:
    assert "``" not in svcat.run("install", "--help").out + svcat.run("env", "--help").out


def test_an_instance_that_is_not_ready_yet_is_to_be_waited_for(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", answer(202, {}))
    svcat.run("provision", "db", "--class", "thing", "--plan", "small", "--no-wait")

    assert "hint: svcat wait instance/db -n default" in svcat.run("bind", "db", code=6).err


def test_one_class_is_not_classes(svcat: Svcat, registered: ToldBroker) -> None:
    assert "1 class, 2 plans\n" in svcat.run("sync", "broker", "b").out


def test_a_fetch_that_failed_is_not_dated_by_the_last_that_succeeded(
    svcat: Svcat, registered: ToldBroker
) -> None:
    before = svcat.run("get", "broker", "b", "-o", "json").json["status"]["conditions"][0]
    registered.broker.always(answer(500, {"description": "on fire"}))
    svcat.run("sync", "broker", "b", code=None)
    shown = svcat.run("describe", "broker", "b").out
    after = svcat.run("get", "broker", "b", "-o", "json").json["status"]["conditions"][0]
    status, fetched = (
        next(line for line in shown.splitlines() if line.startswith(f"{label}:"))
        for label in ("Status", "Last Fetched")
    )

    assert "on fire" in status
    assert "UTC" not in status
    assert fetched.endswith("UTC; that catalog still serves")
    assert "lastTransitionTime" in before
    assert "lastTransitionTime" not in after


def test_the_programs_own_version_needs_no_server(svcat: Svcat) -> None:
    svcat.environment |= {"SVCAT_STORE": "kube", "KUBECONFIG": str(svcat.home / "none")}

    done = svcat.run("version", code=5)

    assert done.out.startswith("Client Version: v")
    assert "no cluster is configured" in done.err


def test_a_system_namespace_that_cannot_be_is_refused(svcat: Svcat) -> None:
    svcat.environment["SVCAT_SYSTEM_NAMESPACE"] = "Bad_"

    assert "'Bad_' cannot be the name of the system" in svcat.run("get", "brokers", code=2).err


def test_a_key_to_rename_that_is_not_there_is_no_secret(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")

    done = svcat.run("bind", "db", "--map", "name=user", "--map", "secret=pasword")

    assert (
        done.err == "warning: Secret db: --map renames nothing: the credentials have no 'pasword'\n"
    )


def test_no_cell_of_a_wide_list_is_blank(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")
    svcat.run("bind", "db")
    cells = {
        words: len(re.split(" {3,}", svcat.run(*words.split(), "-o", "wide").out.splitlines()[1]))
        for words in ("get brokers", "get classes", "get plans", "get instances", "get bindings")
    }

    assert cells == {
        "get brokers": 8,
        "get classes": 8,
        "get plans": 9,
        "get instances": 8,
        "get bindings": 9,
    }


def test_a_registration_that_is_there_already_is_an_exit_code_if_asked_for(
    svcat: Svcat, registered: ToldBroker
) -> None:
    again = ("register", "b", "--url", registered.url)

    assert svcat.run(*again).err == "broker/b unchanged\n"
    assert "as asked for already" in svcat.run(*again, "--error-unchanged", code=3).err
