"""The bugs of the Go svcat, each looked for here: none of them came along.

Numbers are those of the project's list of what was weakest; K/… are issues of Service Catalog.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.brokers.hostile import answer
from tests.parity.conftest import Shop
from tests.parity.table import command_of

CLASS = "user-provided-service"
ONLY = "another-provided-service"
WANTED = ["--class", ONLY, "--plan", "only"]
ACCEPTED = answer(202, {"operation": "1"})
GOING = answer(200, {"state": "in progress", "description": "formatting disks"})
FAILED = answer(200, {"state": "failed", "description": "out of disks"})


def test_1_a_provision_that_fails_fails(shop: Shop) -> None:
    shop.broker.tell("PUT", ACCEPTED)
    shop.broker.tell("GET", FAILED)
    failed = shop.run("provision", "i", *WANTED, "--wait", code=8)
    assert "out of disks" in failed.err


def test_1_kinds_of_ends_have_codes_of_their_own(shop: Shop) -> None:
    shop.broker.tell("PUT", answer(400, {"description": "no such size"}))
    ends = {
        "usage": shop.run("provision", "i", "--nonsense", code=2),
        "not found": shop.run("describe", "instance", "none", code=5),
        "refused": shop.run("provision", "i", *WANTED, code=7),
    }
    assert len({done.code for done in ends.values()}) == len(ends)


def test_2_a_timeout_gives_the_brokers_words_and_the_next_command(shop: Shop) -> None:
    shop.broker.tell("PUT", ACCEPTED)
    shop.broker.tell("GET", *[GOING] * 20)
    done = shop.run("provision", "i", *WANTED, "--timeout", "2s", "--interval", "1s", code=9)
    assert "formatting disks" in done.err
    assert "svcat wait instance/i" in done.err


def test_3_deleted_is_not_said_of_what_is_still_there(shop: Shop) -> None:
    """K/1590, and unbind --wait that was done while the binding was ready."""
    shop.run("provision", "i", *WANTED)
    shop.run("bind", "i")
    for command, what in (("unbind", "binding/i"), ("deprovision", "instance/i")):
        shop.broker.tell("DELETE", ACCEPTED)
        shop.broker.tell("GET", *[GOING] * 3)
        assert "deleted" not in shop.run(command, "i", "--no-wait").out
        shop.run("get", *what.split("/"))
        shop.run("wait", what, "--for=delete")
        shop.run("get", *what.split("/"), code=5)


def test_3_a_sync_says_what_it_did(shop: Shop) -> None:
    assert "requested" not in shop.run("sync", "broker", "ups").out


def test_4_no_flag_crashes_or_is_ignored(shop: Shop) -> None:
    """K/2593, K/2840."""
    shop.run("register", "more", "--url", shop.broker.url, "--wait")
    assert json.loads(shop.run("marketplace", "-o", "json").out)["kind"].endswith("List")
    assert "invalid --timeout" in shop.run("deprovision", "x", "--timeout", "soon", code=2).err


def test_5_scopes_are_no_traps(full: Shop) -> None:
    """K/2216, K/2361: what there is once is found without being told where."""
    assert "elsewhere" in full.run("get", "instance", "elsewhere", "-n", "other").out
    assert "only" in full.run("get", "plan", "only", "--broker", "everybodys").out
    words = ["describe", "plan", f"{ONLY}/only", "--broker", "everybodys"]
    assert full.run(*words).out.startswith("Name:")
    two = full.run("describe", "class", ONLY, code=6).err
    assert "everybodys" in two
    assert "ups" in two


def test_6_names_not_ids_and_no_blanks(full: Shop) -> None:
    """K/1530."""
    row = full.run("get", "instance", "ups-instance").out.splitlines()[1].split()
    assert row[:-1] == ["ups-instance", "default", CLASS, "default", "Ready"]
    found = full.run("get", "instances", "-c", CLASS, "-p", "default").out
    assert "ups-instance" in found
    described = full.run("describe", "plan", f"{CLASS}/default", "--broker", "ups").out
    assert "ups-instance" in described


def test_6_an_unknown_class_lists_nothing(full: Shop) -> None:
    done = full.run("get", "plans", "--class", "nonsense", code=5)
    assert done.out == ""
    assert "class 'nonsense' not found" in done.err


def test_7_there_is_an_update_and_touch_speaks(shop: Shop) -> None:
    """K/2321."""
    shop.run("provision", "i", "--class", CLASS, "--plan", "default", "-p", "size=1")
    assert "1 -> 2" in shop.run("update", "i", "-p", "size=2").err
    assert shop.run("touch", "instance", "i").err


def test_8_errors_about_parameters_repeat_no_values(shop: Shop) -> None:
    words = ["provision", "i", *WANTED, "--params-json", '{"password": "hunter2"']
    assert "hunter2" not in shop.run(*words, code=2).err
    words = ["provision", "i", "--class", CLASS, "--plan", "default", "-p", "size=many"]
    assert "parameters.size" in shop.run(*words, code=2).err
    shop.svcat.put_secret("s", {"a": '{"x": 1}', "b": '{"y": 2}'})
    shop.run("provision", "i", *WANTED, "-s", "s[a]", "-s", "s[b]", "-p", "z= 3 ")
    sent = shop.broker.sent("PUT")[-1].json["parameters"]
    assert sent == {"x": 1, "y": 2, "z": " 3 "}


def test_9_every_command_speaks_json_and_an_empty_list_is_a_list(shop: Shop) -> None:
    empty = json.loads(shop.run("get", "instances", "-o", "json").out)
    assert (empty["kind"], empty["items"]) == ("InstanceList", [])
    for words in (
        ["register", "more", "--url", shop.broker.url],
        ["provision", "i", *WANTED, "--broker", "ups"],
        ["bind", "i"],
        ["describe", "binding", "i"],
        ["unbind", "i"],
        ["deprovision", "i"],
        ["version"],
    ):
        told = json.loads(shop.run(*words, "-o", "json").out)
        assert {"apiVersion", "kind"} <= set(told)
    failed = shop.run("get", "instance", "none", "-o", "json", code=5)
    assert json.loads(failed.out)["kind"] == "Error"


def test_9_results_alone_are_on_standard_output(shop: Shop) -> None:
    wrong = shop.run("describe", "broker", code=2)
    assert wrong.out == ""
    assert wrong.err.count("error: ") == 1
    shop.broker.tell("PUT", ACCEPTED)
    shop.broker.tell("GET", answer(200, {"state": "succeeded"}))
    done = shop.run("provision", "i", *WANTED, "-o", "name")
    assert done.out == "instance/i\n"


@pytest.mark.parametrize("words", [["version", "--client"], ["--help"], ["provision", "--help"]])
def test_10_what_needs_no_cluster_asks_for_none(tmp_path: Path, words: list[str]) -> None:
    """K/2821."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": "/none"}
    done = subprocess.run(
        [sys.executable, "-m", "svcat", *words],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_11_a_binding_needs_an_instance_and_can_be_shaped_and_listed(shop: Shop) -> None:
    """K/2407."""
    shop.run("bind", "none", code=5)
    shop.run("provision", "i", *WANTED)
    shop.run("bind", "i", "--map", "user=special-key-1")
    assert "user" in shop.run("describe", "binding", "i").out
    assert "i" in shop.run("get", "bindings", "--instance", "i").out
    assert shop.run("get", "bindings", "--instance", "other").out == ""


def test_11_a_secret_of_somebody_else_is_left_alone_and_ours_goes_last(shop: Shop) -> None:
    """The original deleted the Secret first, by its name, whosever it was."""
    shop.run("provision", "i", *WANTED)
    shop.svcat.put_secret("theirs", {"k": "v"})
    shop.run("bind", "i", "--secret-name", "theirs", code=6)
    shop.run("bind", "i", "--name", "b")
    shop.broker.tell("DELETE", *[answer(400, {"description": "not now"})] * 9)
    refused = shop.svcat.run("unbind", "--name", "b", "--timeout", "1s", code=None)
    assert refused.code in {7, 9}
    assert "not now" in refused.err
    shop.broker.answers.clear()
    assert "special-key-1" in shop.run("describe", "binding", "b").out
    shop.run("unbind", "--name", "b")


def test_11_a_secret_that_is_gone_is_said(shop: Shop) -> None:
    """K/2883: it stayed Ready."""
    from svcat.local.client import LocalObjects
    from svcat.objects import SECRET

    shop.run("provision", "i", *WANTED)
    shop.run("bind", "i")
    with LocalObjects(shop.svcat.home / "data" / "svcat" / "local.db") as api:
        api.delete(SECRET, "default", "i")
    assert "missing" in shop.run("describe", "binding", "i").out


def test_12_nobody_can_deregister_a_broker_under_its_instances(shop: Shop) -> None:
    """K/1063, the smoking crater."""
    shop.run("provision", "i", *WANTED)
    assert "instance" in shop.run("deregister", "ups", code=6).err


def test_12_a_deprovision_that_failed_can_be_repeated(shop: Shop) -> None:
    shop.run("provision", "i", *WANTED)
    shop.broker.tell("DELETE", ACCEPTED)
    shop.broker.tell("GET", FAILED)
    shop.run("deprovision", "i", code=8)
    assert shop.run("deprovision", "i").out == "deleted i\n"


def test_13_there_is_a_history_and_the_brokers_own_words(shop: Shop) -> None:
    """K/1689, K/914."""
    shop.broker.tell("PUT", answer(400, {"description": "the quota is used up"}))
    refused = shop.run("provision", "i", *WANTED, code=7).err
    assert "the quota is used up" in refused
    assert "ErrorMessage" not in refused
    described = shop.run("describe", "instance", "i").out
    assert "History:" in described


def test_14_the_only_plan_is_the_default(shop: Shop) -> None:
    assert "only" in shop.run("provision", "i", "--class", ONLY).out
    assert "COST" in shop.run("marketplace").out
    assert command_of("search") is not None


def test_15_nothing_hangs_on_a_finalizer(shop: Shop) -> None:
    """K/2322, K/942."""
    from svcat.local.client import LocalObjects
    from svcat.objects import CONFIG_MAP, list_all

    shop.run("provision", "i", *WANTED)
    with LocalObjects(shop.svcat.home / "data" / "svcat" / "local.db") as api:
        objects = list_all(api, CONFIG_MAP, "")
        assert [o for o in objects if o["metadata"].get("finalizers")] == []
