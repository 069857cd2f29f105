"""``bind --repair``: a Secret or a record that somebody deleted or changed by hand."""

import json

import pytest

from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.repair.scene import (
    CREDENTIALS,
    bind,
    binding,
    contents,
    delete_record,
    delete_secret,
    edit_secret,
    gives_again,
    secret,
)

SIGKILL = -9
FIX = "svcat bind db -n default --repair"
PLAIN = {"user": "u", "port": "5432", "host": '{"name":"h"}', "type": "thing", "provider": "b"}


def test_what_is_intact_is_left_and_no_broker_asked(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, can_fetch=True)
    before = svcat.snapshot()

    assert svcat.run("bind", "db", "--repair").err == "binding/db unchanged\n"
    svcat.run("bind", "db", "--repair", "--error-unchanged", code=3)

    assert svcat.snapshot() == before
    assert svcat.run("describe", "binding", "db").err == ""


def test_a_deleted_secret_is_said_and_fetched(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, can_fetch=True)
    delete_secret(svcat)

    described = svcat.run("describe", "binding", "db")
    assert "Secret 'db' is missing" in described.out
    assert f"Secret 'db' is missing; mend it: {FIX}" in described.err
    again = svcat.run("bind", "db", code=6)
    assert "binding 'db' is there, but Secret 'db' is missing" in again.err
    assert FIX in again.err

    gives_again(broker)
    svcat.run("bind", "db", "--repair")

    assert contents(svcat) == PLAIN
    assert svcat.run("describe", "binding", "db").err == ""
    svcat.run("unbind", "db")
    assert contents(svcat) is None


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (answer(500, {"description": "no way"}), 10, "no answer that settles it: HTTP 500"),
        (answer(429, {}), 10, "the same again later"),
        (answer(401, {}), 4, "refuses the login"),
    ],
    ids=["500", "429", "401"],
)
def test_a_broker_that_has_a_bad_day_changes_nothing(
    svcat: Svcat, broker: ToldBroker, reply: object, code: int, words: str
) -> None:
    bind(svcat, broker, can_fetch=True)
    delete_secret(svcat)
    broker.tell("GET", reply)  # type: ignore[arg-type]
    before = svcat.snapshot()

    done = svcat.run("bind", "db", "--repair", code=code)

    assert words in done.err
    assert [row[:3] for row in svcat.snapshot()] == [row[:3] for row in before]
    assert binding(svcat)["status"]["phase"] == "ready"


def test_a_changed_secret_is_said_and_fetched(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, can_fetch=True)
    edit_secret(svcat, user="mallory", more="x")

    described = svcat.run("describe", "binding", "db", "-o", "json")
    assert described.json["status"]["problems"] == ["somebody changed Secret 'db'"]
    assert f"bring it back: {FIX}" in svcat.run("bind", "db").err
    assert "mallory" not in described.out + described.err

    gives_again(broker)
    svcat.run("bind", "db", "--repair")
    assert contents(svcat) == PLAIN


def test_what_the_raw_document_proves_needs_no_broker(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, "--template", "url={{user}}@{{host.name}}", "--remove", "user")
    before = contents(svcat)
    edit_secret(svcat, url="mallory@h", port="1")

    svcat.run("bind", "db", "--repair")

    assert contents(svcat) == before
    assert len(broker.sent("PUT")) == 2


def test_a_raw_document_that_was_changed_itself_proves_nothing(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, "--map", "login=user", can_fetch=True)
    edit_secret(svcat, **{"credentials.json": '{"user":"mallory"}'})
    gives_again(broker)

    svcat.run("bind", "db", "--repair")

    assert json.loads((contents(svcat) or {})["credentials.json"]) == CREDENTIALS


def test_a_secret_of_somebody_else_stays_as_it_is(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, can_fetch=True)
    delete_secret(svcat)
    svcat.put_secret("db", {"theirs": "1"})

    assert "exists, but is not of this binding" in svcat.run("describe", "binding", "db").err
    done = svcat.run("bind", "db", "--repair", code=6)

    assert "is not of binding 'db', and stays as it is" in done.err
    assert contents(svcat) == {"theirs": "1"}


def test_a_deleted_record_is_said_and_made_again_from_the_secret(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, "--map", "login=user")
    before, held = binding(svcat), contents(svcat)
    delete_record(svcat)

    gone = svcat.run("describe", "binding", "db", code=5)
    assert "binding 'db' not found" in gone.err
    assert "svcat bind db --name db -n default --repair" in gone.err

    svcat.run("bind", "db", "--repair")

    after = binding(svcat)
    assert after["spec"] == before["spec"]
    assert after["status"]["ids"] == before["status"]["ids"]
    assert contents(svcat) == held
    assert svcat.run("describe", "binding", "db").err == ""
    assert "No orphans" in svcat.run("orphans", "list").err
    svcat.run("unbind", "db")
    assert [seen.method for seen in broker.sent("DELETE")] == ["DELETE"]
    assert contents(svcat) is None


def test_a_secret_alone_is_no_proof_that_a_binding_outlived_its_instance(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker)
    delete_record(svcat)
    svcat.run("deprovision", "db")

    refused = svcat.run("bind", "db", "--repair", code=5)

    assert "is of an instance 'db' that is not on record" in refused.err
    assert "svcat orphans list" in refused.err
    assert "binding/db" not in svcat.run("get", "bindings", "-o", "name").out


def test_a_record_and_its_secret_both_changed_are_both_mended(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, "--name", "app", "--secret-name", "s", can_fetch=True)
    edit_secret(svcat, "s", user="mallory")
    delete_record(svcat, "app")
    gives_again(broker)

    svcat.run("bind", "db", "--name", "app", "--repair")

    assert contents(svcat, "s") == PLAIN
    assert binding(svcat, "app")["status"]["phase"] == "ready"


def test_another_instance_or_another_layout_is_no_repair(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker)

    done = svcat.run("bind", "other", "--name", "db", "--repair", code=6)
    assert "is of instance 'db', not of 'other'" in done.err
    assert "a new layout" in svcat.run("bind", "db", "--repair", "--flatten", code=2).err


def test_an_expiry_that_the_broker_told_is_kept(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, can_fetch=True)
    delete_secret(svcat)
    metadata = {"expires_at": "2099-01-01T00:00:00Z"}
    broker.tell("GET", answer(200, {"credentials": CREDENTIALS, "metadata": metadata}))

    svcat.run("bind", "db", "--repair")

    annotations = secret(svcat)["metadata"]["annotations"]
    assert annotations["svcat.dev/expires-at"] == "2099-01-01T00:00:00Z"


@pytest.mark.parametrize("lost", ["secret", "record and more"])
def test_a_repair_killed_anywhere_is_finished_by_itself(
    svcat: Svcat, broker: ToldBroker, lost: str
) -> None:
    bind(svcat, broker, can_fetch=True)
    code, point = SIGKILL, 0
    while code == SIGKILL and point < 40:
        point += 1
        if lost == "secret":
            delete_secret(svcat)
        else:
            edit_secret(svcat, user="mallory")
            delete_record(svcat)
        gives_again(broker, 2)
        svcat.environment = {"SVCAT_KILL_POINT": str(point)}
        code = svcat.run("bind", "db", "--repair", code=None).code
        svcat.environment = {}

        if code == SIGKILL:
            svcat.run("bind", "db", "--repair")

        assert contents(svcat) == PLAIN
        broker.answers.clear()
    assert (code, point > 4) == (0, True)
    assert svcat.run("describe", "binding", "db").err == ""
