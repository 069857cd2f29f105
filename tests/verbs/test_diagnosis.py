"""status, tree, events and doctor: what they see, and that their advice mends it."""

import shlex
from typing import Any

from svcat.objects import SECRET
from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Done, Svcat, ToldBroker, plan

PROVISION = ("--class", "thing", "--plan", "small", "-q")


def findings(done: Done) -> dict[str, Any]:
    return {each["metadata"]["name"]: each["status"] for each in done.json["items"]}


def mend(svcat: Svcat, fix: str, *more: str) -> None:
    """Type what was advised."""
    words = shlex.split(fix)
    assert words.pop(0) == "svcat"
    svcat.run(*words, *more)


def lose_secret(svcat: Svcat, name: str) -> None:
    from svcat.local.client import LocalObjects

    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        api.delete(SECRET, "default", name)


def test_status_counts_what_there_is_and_is_calm_when_all_is_well(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("provision", "db", *PROVISION)
    svcat.run("bind", "db")

    lines = svcat.run("status").out.splitlines()

    assert lines[:4] == [
        "Namespace:  default",
        "Brokers:    1 (1 ready)",
        "Instances:  1 (1 ready)",
        "Bindings:   1 (1 ready)",
    ]
    assert lines[-1] == "Nothing needs attention."


def test_status_names_what_nobody_is_at_with_the_command_that_goes_on(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", answer(202, {}))
    registered.tell("GET", answer(200, {"state": "succeeded"}))
    svcat.run("provision", "db", *PROVISION, "--no-wait")

    shown = svcat.run("status")
    (found,) = svcat.run("status", "-o", "json").json["status"]["attention"]
    mend(svcat, found["status"]["fix"])

    assert "warning  instance/db in default: provision was accepted" in shown.out
    assert svcat.run("status", "-o", "json").json["status"]["attention"] == []
    assert svcat.instance("db")["status"]["phase"] == "ready"


def test_status_shows_a_failure_and_the_way_out(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PUT", answer(202, {}))
    registered.tell("GET", answer(200, {"state": "failed", "description": "no \x1b[31mroom"}))
    svcat.run("provision", "db", *PROVISION, "--keep-failed", "--interval", "100ms", code=8)

    shown = svcat.run("status")
    (found,) = svcat.run("status", "-o", "json").json["status"]["attention"]
    mend(svcat, found["status"]["fix"])

    assert "\x1b" not in shown.out
    assert found["status"]["level"] == "problem"
    assert svcat.run("get", "instances").out == ""


def test_a_tree_hangs_everything_on_what_it_belongs_to(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("provision", "db", *PROVISION)
    svcat.run("provision", "web", *PROVISION)
    svcat.run("bind", "db", "--secret-name", "db-login")

    whole = svcat.run("tree").out
    part = svcat.run("tree", "instance/db", "-o", "name").out
    none = svcat.run("tree", "instance/nothing", code=5)

    shape = [line.split("   ")[0] if line[0] != "│" else line[:19] for line in whole.splitlines()]
    assert shape[0] == "broker/b"
    assert [line.strip("│├└─ ").split()[0] for line in whole.splitlines()] == [
        "broker/b",
        "instance/db",
        "binding/db",
        "secret/db-login",
        "instance/web",
    ]
    assert part.split() == ["instance/db", "binding/db", "secret/db-login"]
    assert "svcat get instances" in none.err
    assert svcat.run("tree", "broker/b").out == whole


def test_events_tell_the_story_in_order(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.run("provision", "db", *PROVISION)
    svcat.run("bind", "db")

    every = svcat.run("events", "-o", "json").json
    of_binding = svcat.run("events", "binding/db", "--no-headers").out

    assert every["kind"] == "EventList"
    assert [e["status"]["reason"] for e in every["items"]] == [
        "Provisioning",
        "ProvisionedSuccessfully",
        "Binding",
        "InjectedBindResult",
    ]
    names = [e["metadata"]["name"] for e in every["items"]]
    assert len(set(names)) == len(names)
    assert [line.split()[1] for line in of_binding.splitlines()] == ["binding/db"] * 2
    assert "svcat tree" in svcat.run("events", "nothing", code=5).err


def test_a_doctor_with_nothing_to_say_ends_with_0_and_changes_nothing(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("provision", "db", *PROVISION)
    svcat.run("bind", "db")
    before = svcat.snapshot()

    done = svcat.run("doctor")

    assert done.out.endswith("\n0 problems, 0 warnings\n")
    assert {line.split()[0] for line in done.out.splitlines()[:-2]} == {"ok"}
    assert svcat.snapshot() == before
    assert registered.sent("GET")[-1].path == "/v2/catalog"


def test_a_doctor_finds_lost_and_changed_secrets(svcat: Svcat, registered: ToldBroker) -> None:
    for name in ("one", "two"):
        svcat.run("provision", name, *PROVISION)
        svcat.run("bind", name)
    lose_secret(svcat, "one")
    svcat.put_secret("two", {"user": "somebody else"})

    done = svcat.run("doctor", "-o", "json", code=8)

    found = findings(done)
    assert found["binding/one"]["message"] == "Secret 'one' is missing"
    assert found["binding/two"]["level"] == "problem"
    assert "one" in found["binding/one"]["fix"]


def test_a_doctor_asks_brokers_unless_told_not_to(svcat: Svcat, registered: ToldBroker) -> None:
    registered.plans.append(plan("new"))
    changed = findings(svcat.run("doctor", "-o", "json"))["broker/b"]
    mend(svcat, changed["fix"])
    calm = findings(svcat.run("doctor", "-o", "json"))["broker/b"]
    registered.broker.always(lambda _: answer(401, {}))
    refused = svcat.run("doctor", code=4)
    offline = svcat.run("doctor", "--no-brokers")

    assert (changed["level"], calm["level"]) == ("warning", "ok")
    assert "problem  broker/b" in refused.out
    assert "to mend it:" in refused.out
    assert offline.code == 0


def test_a_doctor_sees_plans_that_are_offered_no_more_and_orphans(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.run("provision", "db", *PROVISION)
    svcat.run("provision", "gone", *PROVISION)
    registered.plans.pop(0)
    svcat.run("sync", "broker", "b")
    svcat.run("abandon", "instance/gone", "--yes")

    found = findings(svcat.run("doctor", "-o", "json"))

    assert "offered no more" in found["instance/db"]["message"]
    assert found["orphans"] == {
        "level": "warning",
        "message": "1 that no record leads to",
        "fix": "svcat orphans list -n default",
    }


def test_a_doctor_without_a_cluster_says_so_in_its_own_words(svcat: Svcat) -> None:
    svcat.environment["SVCAT_STORE"] = "kube"

    done = svcat.run("doctor", "-o", "json", code=5)

    (found,) = done.json["items"]
    assert found["metadata"]["name"] == "cluster"
    assert "--store local" in found["status"]["fix"]
