"""``bind --repair`` where credentials cannot be had again: new ones take their place."""

from collections.abc import Callable

import pytest

from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.repair.scene import (
    bind,
    binding,
    bound_at,
    contents,
    delete_both,
    delete_record,
    delete_secret,
    meddle,
    meddle_and_delete,
)
from tests.repair.test_repair import SIGKILL

NEW = {"user": "u", "password": "p", "type": "thing", "provider": "b"}
Accident = Callable[[Svcat], None]
ACCIDENTS = {
    "the Secret is gone": delete_secret,
    "the Secret is changed": meddle,
    "the Secret is changed, the record gone": meddle_and_delete,
    "both are gone": delete_both,
}
QUICK = {"SVCAT_BROKER_TIMEOUT": "0.2"}  # a claim does not outlast the command that was killed
accidents = pytest.mark.parametrize("accident", ACCIDENTS.values(), ids=ACCIDENTS)


@accidents
def test_what_a_broker_gives_only_once_is_rotated_and_that_is_said(
    svcat: Svcat, broker: ToldBroker, accident: Accident
) -> None:
    bind(svcat, broker)
    (old,) = bound_at(broker)
    accident(svcat)

    done = svcat.run("bind", "db", "--repair")

    assert "binding db is rotated" in done.err
    assert "cannot be had again: their broker gives them out only once" in done.err
    (new,) = bound_at(broker)
    assert new != old
    assert contents(svcat) == NEW
    assert binding(svcat)["status"]["ids"] == [{"id": new, "role": "current"}]
    assert svcat.run("describe", "binding", "db").err == ""
    assert "No orphans" in svcat.run("orphans", "list").err
    assert svcat.run("bind", "db", "--repair").err == "binding/db unchanged\n"
    svcat.run("unbind", "db")
    assert (bound_at(broker), contents(svcat)) == ([], None)


@pytest.mark.parametrize(
    ("reply", "names_its_predecessor"),
    [(answer(404, {}), False), (answer(200, {}), True), (answer(400, {}), True)],
    ids=["404", "nothing in it", "400"],
)
def test_a_promise_to_give_again_that_is_broken_is_no_promise(
    svcat: Svcat, broker: ToldBroker, reply: object, names_its_predecessor: bool
) -> None:
    broker.plans = [plan("small", binding_rotatable=True)]
    bind(svcat, broker, can_fetch=True)
    (old,) = bound_at(broker)
    delete_secret(svcat)
    broker.tell("GET", reply)  # type: ignore[arg-type]

    svcat.run("bind", "db", "--repair")

    assert contents(svcat) == NEW
    asked = broker.sent("PUT")[-1].json
    assert asked.get("predecessor_binding_id") == (old if names_its_predecessor else None)


@pytest.mark.parametrize("mode", ["client", "server"])
@accidents
def test_a_dry_run_tells_it_beforehand(
    svcat: Svcat, broker: ToldBroker, accident: Accident, mode: str
) -> None:
    bind(svcat, broker)
    accident(svcat)
    before, asked = svcat.snapshot(), len(broker.broker.requests)

    done = svcat.run("bind", "db", "--repair", "--dry-run", mode)

    assert "binding db is rotated" in done.err
    assert "PUT" in done.out
    assert (svcat.snapshot(), len(broker.broker.requests)) == (before, asked)


def test_a_dry_run_of_a_fetch_does_not_speak_of_a_rotation(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, can_fetch=True)
    delete_secret(svcat)

    done = svcat.run("bind", "db", "--repair", "--dry-run", "client")

    assert "rotated" not in done.out + done.err
    assert "what-the-broker-gives" in done.out


@accidents
def test_a_broker_that_refuses_leaves_it_to_the_next_repair(
    svcat: Svcat, broker: ToldBroker, accident: Accident
) -> None:
    bind(svcat, broker)
    (old,) = bound_at(broker)
    accident(svcat)
    broker.tell("PUT", answer(400, {"description": "not today"}))

    done = svcat.run("bind", "db", "--repair", code=7)

    assert "refused: HTTP 400: not today" in done.err
    assert [known["id"] for known in binding(svcat)["status"]["ids"]] == [old]
    assert "--repair" in svcat.run("describe", "binding", "db").err
    svcat.run("bind", "db", "--repair")
    assert contents(svcat) == NEW


def test_a_repair_killed_anywhere_is_seen_through_by_the_next(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker)
    code, point = SIGKILL, 0
    while code == SIGKILL and point < 80:
        point += 5
        delete_both(svcat)
        svcat.environment = {"SVCAT_KILL_POINT": str(point), **QUICK}
        code = svcat.run("bind", "db", "--repair", code=None).code
        svcat.environment = QUICK

        if code == SIGKILL:
            svcat.run("bind", "db", "--repair")

        assert contents(svcat) == NEW
        assert svcat.run("describe", "binding", "db").err == ""
        ids = [known["id"] for known in binding(svcat)["status"]["ids"]]
        assert set(ids) >= set(bound_at(broker))
    assert (code, point > 20) == (0, True)
    svcat.run("unbind", "db")
    assert bound_at(broker) == []


def test_of_what_only_the_ledger_knows_a_record_is_made_again(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, "--name", "app", "--secret-name", "s")
    before = binding(svcat, "app")
    delete_record(svcat, "app")
    delete_secret(svcat, "s")

    gone = svcat.run("describe", "binding", "app", code=5)
    assert "binding 'app' not found in namespace default; the ledger remembers it" in gone.err
    assert "svcat bind db --name app -n default --repair" in gone.err
    done = svcat.run("bind", "db", "--name", "app", "--repair")

    assert "without the parameters that it may have had and the layout of its Secret" in done.err
    assert contents(svcat, "s") == NEW
    after = binding(svcat, "app")
    assert after["spec"] | {"externalID": ""} == before["spec"] | {"externalID": ""}


def test_only_a_record_that_is_gone_takes_parameters(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, "-p", "read_only=true")
    words = ("bind", "db", "--repair", "-p", "read_only=true")
    assert "knows its parameters" in svcat.run(*words, code=2).err
    delete_both(svcat)

    done = svcat.run(*words)

    assert "parameters" not in done.err
    assert broker.sent("PUT")[-1].json["parameters"] == {"read_only": "true"}


def test_of_several_ids_one_is_replaced_and_the_others_are_kept_a_while(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker)
    svcat.run("rotate", "db", "--grace", "1h", "--no-wait")
    before = set(bound_at(broker))
    delete_both(svcat)

    done = svcat.run("bind", "db", "--repair")

    assert "work until" in done.err
    assert len(bound_at(broker)) == 2
    assert len(before & set(bound_at(broker))) == 1
    svcat.run("unbind", "db")
    assert bound_at(broker) == []


def test_where_nothing_leads_to_the_binding_a_new_one_is_proposed(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker)
    svcat.run("unbind", "db")

    done = svcat.run("bind", "db", "--repair", code=5)

    assert "nor a Secret of it, nor an entry of it in the ledger" in done.err
    assert "svcat bind db --name db -n default" in done.err


def test_what_was_abandoned_is_not_brought_back(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker)
    svcat.run("abandon", "binding/db", "--yes")

    svcat.run("bind", "db", "--repair", code=5)

    assert svcat.run("get", "bindings", "-o", "name").out == ""


def test_an_empty_secret_says_which_id_it_is_for(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker)
    delete_secret(svcat)
    svcat.environment = {"SVCAT_KILL_POINT": "12"}
    svcat.run("bind", "db", "--repair", code=None)
    svcat.environment = {}
    delete_record(svcat)

    svcat.run("bind", "db", "--repair")

    assert contents(svcat) == NEW
