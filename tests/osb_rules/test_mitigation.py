"""In doubt: what may exist is deleted, what was sent before is verified, nothing is forgotten."""

from signal import SIGKILL

import pytest

from tests.brokers.hostile import Answer, answer, reset
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.osb_rules.broker_words import (
    GONE,
    OK,
    QUICK,
    RUNNING,
    SUCCEEDED,
    accepted,
    binds,
    fetches,
    last_segment,
    polls,
    provision,
    provisions,
    register,
)

BOOM = answer(500, {"description": "boom"})
CONFLICT = answer(409, {"description": "it is there"})
IN_DOUBT = {"500": BOOM, "no answer": reset(), "201 cut off": answer(201, '{"dash')}


@pytest.mark.parametrize("what", IN_DOUBT)
def test_R266_R267_what_may_have_been_created_is_deleted_until_the_broker_confirms(
    svcat: Svcat, registered: ToldBroker, what: str
) -> None:
    registered.tell("PUT", IN_DOUBT[what])
    registered.tell("DELETE", BOOM, answer(404, {}), GONE)
    svcat.environment["SVCAT_BROKER_TIMEOUT"] = "1"  # so that a lost request is soon a dead one

    done = provision(svcat, *QUICK, code=8)
    svcat.run("resume", "db", *QUICK, code=None)

    assert "404" not in done.err  # why it failed, and not what the delete was answered
    assert {last_segment(seen) for seen in registered.sent("DELETE")} == {
        last_segment(provisions(registered)[0])
    }
    assert len(registered.sent("DELETE")) >= 3
    assert svcat.instance("db")["status"]["phase"] == "failed"
    assert svcat.run("orphans", "list").out == ""


def test_R266_a_bind_that_may_have_happened_is_undone(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("PUT", BOOM)

    done = svcat.run("bind", "db", code=8)

    assert "boom" in done.err
    assert [last_segment(seen) for seen in registered.sent("DELETE")] == [
        last_segment(binds(registered)[0])
    ]


def test_R267_a_broker_that_never_confirms_is_asked_again_by_every_resume(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", BOOM)
    registered.tell("DELETE", *[BOOM] * 6)

    done = provision(svcat, *QUICK, code=8)
    assert "svcat resume db" in done.err
    assert "(request " in done.err
    svcat.run("resume", "db", *QUICK, code=8)

    assert svcat.instance("db")["status"]["phase"] == "mitigating"
    registered.answers.clear()
    assert "boom" in svcat.run("resume", "db", code=8).err
    assert svcat.instance("db")["status"]["phase"] == "failed"


@pytest.mark.parametrize("flag", ["--keep-failed", "--no-orphan-mitigation"])
def test_R268_Q72_users_may_look_before_anything_is_deleted(
    svcat: Svcat, registered: ToldBroker, flag: str
) -> None:
    registered.tell("PUT", BOOM)

    done = provision(svcat, flag, code=8)

    assert "boom" in done.err
    assert registered.sent("DELETE") == []
    assert "boom" in svcat.run("describe", "instance", "db").out
    svcat.run("deprovision", "db")
    assert len(registered.sent("DELETE")) == 1


def test_R268_Q72_the_same_for_a_binding(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("PUT", BOOM)

    svcat.run("bind", "db", "--keep-failed", code=8)

    assert registered.sent("DELETE") == []
    svcat.run("unbind", "db")
    assert len(registered.sent("DELETE")) == 1


def test_R269_a_death_of_our_own_while_creating_is_made_good_later(
    svcat: Svcat, registered: ToldBroker
) -> None:
    """The answer was 201, and the command died before it could write that down."""
    svcat.environment["SVCAT_KILL_POINT"] = "provision:after"
    provision(svcat, code=-SIGKILL)
    svcat.environment.clear()

    svcat.run("deprovision", "db", "--timeout", "10s", code=None)

    assert last_segment(registered.sent("DELETE")[0]) == last_segment(provisions(registered)[0])


def test_R109_R186_Q30_a_409_to_our_own_provision_sent_again_is_verified(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", answer(200, '{"cut'), CONFLICT)  # in doubt, but nothing to delete
    registered.tell("GET", SUCCEEDED)

    provision(svcat, *QUICK)

    first, second = provisions(registered)
    assert (first.path, first.body) == (second.path, second.body)
    assert len(polls(registered)) == 1
    assert registered.sent("DELETE") == []
    assert svcat.instance("db")["status"]["phase"] == "ready"


def test_R109_Q30_a_409_to_our_own_bind_sent_again_is_verified(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"bindings_retrievable": True}
    register(svcat, broker)
    provision(svcat)
    broker.tell("PUT", answer(200, '{"cut'), CONFLICT)
    broker.tell("GET", answer(200, {"credentials": {"password": "p"}}))

    svcat.run("bind", "db", *QUICK)

    assert len(fetches(broker)) == 1
    assert broker.sent("DELETE") == []


def test_R109_a_409_to_the_first_send_is_a_refusal(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PUT", CONFLICT)

    assert "it is there" in provision(svcat, code=7).err
    assert registered.sent("DELETE") == registered.sent("GET")[1:] == []


def test_R186_a_409_to_our_own_update_sent_again_is_no_refusal(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.tell("PATCH", answer(500, {}), CONFLICT)
    registered.tell("GET", RUNNING, SUCCEEDED)

    svcat.run("update", "db", "-p", "a=1", *QUICK)

    assert len(registered.sent("PATCH")) == 2
    assert len(polls(registered)) == 2
    assert svcat.instance("db")["spec"]["parameters"] == {"a": "1"}


def test_Q31_under_one_id_only_one_body_is_ever_sent(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PUT", answer(200, '{"cut'), answer(200, '{"cut'), answer(200, '{"cut'))
    provision(svcat, "-p", "a=1", *QUICK, code=8)

    done = provision(svcat, "-p", "a=2", code=6)

    assert "other parameters" in done.err
    assert len({seen.body for seen in provisions(registered)}) == 1


BUSY = answer(422, {"error": "ConcurrencyError", "description": "one at a time"})


@pytest.mark.parametrize("again", [BUSY, answer(429, {}, {"Retry-After": "1"}), answer(408, {})])
def test_R049_R167_Q40_Q69_a_busy_broker_is_asked_again_and_nothing_is_deleted(
    svcat: Svcat, registered: ToldBroker, again: Answer
) -> None:
    registered.tell("PUT", again, OK)
    provision(svcat, *QUICK)
    registered.tell("PUT", again)
    svcat.run("bind", "db", *QUICK)
    registered.tell("PATCH", again)
    svcat.run("update", "db", "-p", "a=1", *QUICK)
    assert registered.sent("DELETE") == []
    registered.tell("DELETE", again, OK, again, OK)

    svcat.run("deprovision", "db", "--cascade", *QUICK)

    assert len({seen.path for seen in registered.sent("PUT")}) == 2  # the same ids again
    assert len(registered.sent("DELETE")) == 4


def test_R049_R270_busy_for_too_long_is_said_and_goes_on_later(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", *[BUSY] * 100)

    done = provision(svcat, "--timeout", "1s", *QUICK, code=9)

    assert "is busy" in done.err
    assert "one at a time" in done.err
    assert "svcat resume db" in done.err
    assert registered.sent("DELETE") == []
    registered.answers.clear()
    svcat.run("resume", "db")
    assert svcat.instance("db")["status"]["phase"] == "ready"


def test_Q16_Q17_what_is_500_for_ever_can_be_abandoned_and_stays_on_the_books(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db")
    registered.tell("DELETE", *[BOOM] * 100)
    svcat.run("unbind", "db", *QUICK, code=8)
    svcat.run("deprovision", "db", *QUICK, code=8)

    svcat.run("deprovision", "db", "--abandon", "--yes")

    svcat.run("get", "instance", "db", code=5)
    left = svcat.run("orphans", "list", "-o", "json").json["items"]
    ids = {last_segment(seen) for seen in registered.sent("PUT")}
    assert {item["metadata"]["name"] for item in left} == ids


def test_R257_R263_Q44_a_404_to_a_delete_keeps_the_record(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db")
    registered.tell("DELETE", *[answer(404, {})] * 100)

    svcat.run("unbind", "db", *QUICK, code=7)
    svcat.run("get", "binding", "db")
    registered.answers.clear()
    svcat.run("unbind", "db")
    registered.tell("DELETE", *[answer(404, {})] * 100)
    svcat.run("deprovision", "db", *QUICK, code=7)
    assert svcat.instance("db")["metadata"]["name"] == "db"


def test_Q44_a_200_to_the_delete_of_the_unknown_is_the_end(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.tell("DELETE", answer(200, ""))

    svcat.run("deprovision", "db")

    svcat.run("get", "instance", "db", code=5)


def test_Q41_after_a_gateway_gave_up_a_410_is_not_the_last_word(
    svcat: Svcat, registered: ToldBroker
) -> None:
    """The late request may still create what was not there when the delete came."""
    svcat.environment["SVCAT_BROKER_TIMEOUT"] = "1"
    registered.tell("PUT", answer(504, "<h1>Gateway Timeout</h1>"))
    registered.tell("DELETE", GONE, OK, GONE)

    provision(svcat, *QUICK, code=8)

    assert svcat.run("orphans", "list").err
    svcat.run("resume", "db", *QUICK, code=None)
    assert len(registered.sent("DELETE")) >= 2
    assert svcat.instance("db")["status"]["phase"] == "failed"
    assert svcat.run("deprovision", "db").code == 0


def test_R268_orphans_are_listed_and_cleaned_when_the_user_wants_it(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("deprovision", "db", "--abandon", "--yes")
    assert registered.sent("DELETE") == []

    svcat.run("orphans", "clean", "--abandoned", "--yes")

    assert [last_segment(seen) for seen in registered.sent("DELETE")] == [
        last_segment(provisions(registered)[0])
    ]


def test_R105_R261_a_mitigation_answered_by_202_is_polled_to_its_end(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", BOOM)
    registered.tell("DELETE", accepted("d-1"))
    registered.tell("GET", RUNNING, GONE)

    provision(svcat, *QUICK, code=8)

    assert [seen.params["operation"] for seen in polls(registered)] == ["d-1"] * 2
    assert svcat.instance("db")["status"]["phase"] == "failed"
