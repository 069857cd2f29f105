"""Credentials that a user has already, as an instance like any other."""

import json
import os
import pty
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli_updates.svcat import Svcat

CREDENTIALS = {"host": "h", "port": 5432, "password": "canary-1", "deep": {"a": [1, None]}}
OTHER = {"host": "h2", "password": "canary-2"}
ALL = ("--credentials-file", "c.json")


@pytest.fixture
def svcat(tmp_path: Path) -> Svcat:
    svcat = Svcat(tmp_path, {"SVCAT_BROKER_TIMEOUT": "0.2"})  # claims end soon
    give(svcat, CREDENTIALS)
    return svcat


def give(svcat: Svcat, credentials: Any) -> None:
    """What ``c.json`` holds from now on."""
    (svcat.home / "c.json").write_text(json.dumps(credentials))


def variables(svcat: Svcat, binding: str = "db") -> Any:
    return svcat.run("env", binding, "-o", "json").json


def kept(svcat: Svcat) -> list[str]:
    """The objects in the store, namespaces left out."""
    return [name for kind, _, name, _ in svcat.snapshot() if kind != "Namespace"]


def records(svcat: Svcat) -> str:
    """All that an auditor may see."""
    from svcat.local.client import LocalObjects
    from svcat.objects import CONFIG_MAP, list_all

    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        return json.dumps(list(list_all(api, CONFIG_MAP, "")))


def test_its_whole_life_without_a_broker(svcat: Svcat) -> None:
    made = svcat.run("create", "user-provided", "db", *ALL, "-o", "json").json
    assert (made["spec"]["class"], made["status"]["phase"]) == ("user-provided", "ready")
    svcat.run("bind", "db", "--name", "reader")
    assert variables(svcat, "reader") == {
        "DEEP": '{"a":[1,null]}',
        "HOST": "h",
        "PASSWORD": "canary-1",
        "PORT": "5432",
    }
    assert svcat.run("run", "reader", "--", "printenv", "PASSWORD").out == "canary-1\n"
    assert svcat.run("get", "instances", "--no-headers").out.split()[2] == "user-provided"
    assert "user-provided" in svcat.run("describe", "instance", "db").out
    assert "not registered" not in svcat.run("tree").out
    assert svcat.run("doctor", code=None).out.count("problem/") == 0
    vcap = svcat.run("env", "reader", "-o", "vcap").json["user-provided"][0]
    assert (vcap["label"], vcap["instance_name"], vcap["tags"]) == ("user-provided", "db", [])
    assert svcat.run("orphans", "list").out == ""

    assert "still has bindings: reader" in svcat.run("deprovision", "db", code=6).err
    svcat.run("unbind", "db")
    svcat.run("deprovision", "db")
    assert kept(svcat) == []


def test_credentials_are_in_secrets_and_never_in_records_or_output(svcat: Svcat) -> None:
    done = [
        svcat.run("create", "user-provided", "db", *ALL, "-v", "--trace"),
        svcat.run("bind", "db", "--trace"),
        svcat.run("describe", "instance", "db", "-o", "yaml"),
        svcat.run("create", "user-provided", "db2", *ALL, "--dry-run=client", "-o", "yaml"),
    ]
    give(svcat, OTHER)
    done.append(svcat.run("update", "db", *ALL))
    broken = '{"password": "canary-3"'
    words = ("create", "user-provided", "db3", "--credentials-file", "-")
    done.append(svcat.run(*words, stdin=broken, code=2))
    assert "canary" not in records(svcat)
    assert "canary" not in "".join(each.out + each.err for each in done)


def test_a_repeat_is_unchanged_and_other_credentials_are_a_conflict(svcat: Svcat) -> None:
    svcat.run("create", "user-provided", "db", *ALL)

    assert svcat.run("create", "user-provided", "db", *ALL).err == "instance/db unchanged\n"
    svcat.run("create", "ups", "db", *ALL, "--error-unchanged", code=3)
    give(svcat, OTHER)
    refused = svcat.run("create", "user-provided", "db", *ALL, code=6).err
    assert "exists, with other credentials" in refused
    assert "svcat update db --credentials-file" in refused


def test_updated_credentials_are_for_new_bindings_and_old_ones_are_named(svcat: Svcat) -> None:
    svcat.run("create", "user-provided", "db", *ALL)
    svcat.run("bind", "db")
    give(svcat, OTHER)

    done = svcat.run("update", "db", *ALL)
    svcat.run("bind", "db", "--name", "new")

    assert "with the former credentials still: db;" in done.err
    assert variables(svcat)["PASSWORD"] == "canary-1"
    assert variables(svcat, "new") == {"HOST": "h2", "PASSWORD": "canary-2"}
    svcat.run("rotate", "db")
    assert variables(svcat) == {"HOST": "h2", "PASSWORD": "canary-2"}
    assert svcat.run("update", "db", *ALL).err == "instance/db unchanged\n"


def test_a_rotation_without_new_credentials_is_none_and_says_what_would_make_it_one(
    svcat: Svcat,
) -> None:
    svcat.run("create", "user-provided", "db", *ALL)
    svcat.run("bind", "db")
    before = svcat.snapshot()

    done = svcat.run("rotate", "db")

    assert "binding/db unchanged: it has the credentials that you gave" in done.err
    assert "svcat update db --credentials-file FILE -n default" in done.err
    listed = svcat.run("rotate", "--all").out.splitlines()[1]
    assert listed.split() == ["db", "unchanged"]
    assert svcat.snapshot() == before


def test_an_existing_secret_gives_the_credentials_and_touch_takes_its_changes(svcat: Svcat) -> None:
    svcat.put_secret("legacy", {"host": "h", "password": "canary-1"})
    svcat.run("create", "user-provided", "db", "--from-secret", "legacy")
    svcat.run("bind", "db")
    assert variables(svcat) == {"HOST": "h", "PASSWORD": "canary-1"}

    svcat.put_secret("legacy", {"host": "h", "password": "canary-3"})
    assert "former credentials still: db" in svcat.run("touch", "instance", "db").err
    svcat.run("bind", "db", "--name", "new")
    assert variables(svcat, "new")["PASSWORD"] == "canary-3"
    refused = svcat.run("update", "db", *ALL, code=2).err
    assert "come from Secret 'legacy'" in refused and "svcat touch instance db" in refused

    svcat.run("deprovision", "db", "--cascade")
    assert kept(svcat) == ["legacy"], "the user's own Secret stays"


def test_one_key_of_a_secret_may_hold_them_all(svcat: Svcat) -> None:
    svcat.put_secret("legacy", {"json": '{"port": 1, "deep": {"a": 2}}'})
    svcat.run("create", "user-provided", "db", "--from-secret", "legacy[json]")
    svcat.run("bind", "db")

    assert variables(svcat) == {"DEEP": '{"a":2}', "PORT": "1"}


def test_on_a_terminal_credentials_are_asked_for_and_not_shown(svcat: Svcat) -> None:
    words = [sys.executable, "-m", "svcat", "create", "user-provided", "db"]
    pid, ours = pty.fork()
    if pid == 0:
        os.chdir(svcat.home)
        os.execve(words[0], words, svcat.full_environment())
    shown = b""
    for prompt, answer in (
        (b"as in password> ", b"password\n"),
        (b"password> ", b"canary-typed\n"),
        (b"as in password> ", b"\n"),
    ):
        before = len(shown)
        while not shown[before:].endswith(prompt):
            shown += os.read(ours, 1)
        os.write(ours, answer)
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        shown += piece
        if not piece:
            break
    _, status = os.waitpid(pid, 0)
    os.close(ours)

    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert b"canary" not in shown
    svcat.run("bind", "db")
    assert variables(svcat) == {"PASSWORD": "canary-typed"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("create", "user-provided", "db"), 2, "which credentials?"),
        (("create", "user-provided", "db", *ALL, "--from-secret", "s"), 2, "cannot be used with"),
        (("create", "user-provided", "db", "--from-secret", "s"), 5, "Secret 's'"),
        (("create", "user-provided", "db", "--credentials-file", "none"), 2, "none"),
        (("create", "user-provided", "Db", *ALL), 2, "cannot be the name of an instance"),
        (("register", "user-provided", "--url", "http://127.0.0.1:1"), 2, "needs no broker"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    svcat: Svcat, words: tuple[str, ...], code: int, says: str
) -> None:
    done = svcat.run(*words, code=code)

    assert says in done.err
    assert kept(svcat) == []


def test_parameters_and_abandoning_are_refused_with_what_to_do_instead(svcat: Svcat) -> None:
    svcat.run("create", "user-provided", "db", *ALL)

    assert "--credentials-file" in svcat.run("update", "db", "-p", "a=b", code=2).err
    assert "takes no parameters" in svcat.run("bind", "db", "-p", "a=b", code=8).err
    assert "svcat deprovision db" in svcat.run("deprovision", "db", "--abandon", "-y", code=2).err
    assert kept(svcat) != []


def test_wherever_it_is_killed_the_same_command_again_makes_it_ready(svcat: Svcat) -> None:
    for point in (2, 4, 5, 6, 8, 99):  # after a write or a call, and never
        svcat.environment["SVCAT_KILL_POINT"] = str(point)
        killed = svcat.run("create", "user-provided", "db", *ALL, code=None)
        del svcat.environment["SVCAT_KILL_POINT"]
        if point == 99:
            assert killed.code == 0
            break
        assert killed.code == -9
        again = svcat.run("create", "user-provided", "db", *ALL, "-o", "json", code=None)
        assert again.code == 0, (point, again.err)
        assert again.json["status"]["phase"] == "ready"
        svcat.run("bind", "db")
        assert variables(svcat)["PASSWORD"] == "canary-1"
        svcat.run("deprovision", "db", "--cascade")
        assert kept(svcat) == [], point


def test_an_update_that_was_killed_is_never_said_to_be_done(svcat: Svcat) -> None:
    svcat.run("create", "user-provided", "db", *ALL)
    outcomes = set()
    for point in (2, 4, 5, 6, 8, 99):
        give(svcat, CREDENTIALS | {"round": point})
        svcat.environment["SVCAT_KILL_POINT"] = str(point)
        killed = svcat.run("update", "db", *ALL, code=None)
        del svcat.environment["SVCAT_KILL_POINT"]
        if point == 99:
            assert killed.code == 0
            break
        assert killed.code == -9
        svcat.run("resume", "db", code=None)
        outcomes.add(svcat.instance("db")["status"]["phase"])
        svcat.run("update", "db", *ALL)
        svcat.run("bind", "db")
        assert variables(svcat)["ROUND"] == str(point)
        svcat.run("unbind", "db")
    assert outcomes == {"ready"}
