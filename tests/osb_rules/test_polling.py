"""Polling: when it begins, how fast it goes, what it asks, and what ends it (OSB 2.17, Polling)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from svcat.app import binding_order, bindings, provisioning
from svcat.app.ports import Patience
from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.osb_rules.broker_words import (
    FAILED,
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
from tests.osb_rules.conftest import Desk

ORDER = provisioning.Order(name="db", namespace="default", class_name="thing", plan_name="small")
CREDENTIALS = answer(200, {"credentials": {"password": "p"}})


def test_R105_R113_R134_a_202_is_polled_under_the_id_that_was_provisioned(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted("op-1"))
    registered.tell("GET", RUNNING, SUCCEEDED)

    provision(svcat, *QUICK)

    (put,) = provisions(registered)
    asked = polls(registered)
    assert [last_segment(seen) for seen in asked] == [last_segment(put)] * 2
    assert all(seen.params["operation"] == "op-1" for seen in asked)
    assert svcat.instance("db")["status"]["phase"] == "ready"


def test_R145_Q70_pauses_grow_from_one_second_to_thirty(desk: Desk, registered: ToldBroker) -> None:
    registered.tell("PUT", accepted())
    registered.tell("GET", *[RUNNING] * 11, SUCCEEDED)

    provisioning.provision(ORDER, desk.ports, Patience(timeout_s=-1))

    assert desk.slept[:3] == [1.0, 1.5, 2.25]
    assert max(desk.slept) == desk.slept[-1] == 30.0


@pytest.mark.parametrize("header", ["7", "a date"])
def test_R130_Q70_retry_after_is_the_least_that_is_waited(
    desk: Desk, registered: ToldBroker, header: str
) -> None:
    now = datetime.now(UTC)
    headers = {"Retry-After": header, "Date": format_datetime(now, usegmt=True)}
    if header == "a date":
        headers["Retry-After"] = format_datetime(now + timedelta(seconds=7), usegmt=True)
    registered.tell("PUT", accepted())
    registered.tell("GET", answer(200, {"state": "in progress"}, headers), SUCCEEDED)

    provisioning.provision(ORDER, desk.ports, Patience(timeout_s=-1))

    assert desk.slept == [1.0, 7.0]


def test_R130_a_retry_after_with_the_202_counts_as_well(desk: Desk, registered: ToldBroker) -> None:
    registered.tell("PUT", answer(202, {}, {"Retry-After": "9"}))
    registered.tell("GET", SUCCEEDED)

    provisioning.provision(ORDER, desk.ports, Patience(timeout_s=-1))

    assert desk.slept == [9.0]


def test_R116_R199_Q25_an_update_is_polled_with_the_plan_before_it(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.tell("PATCH", accepted())
    registered.tell("GET", RUNNING, SUCCEEDED)

    svcat.run("update", "db", "--plan", "large", *QUICK)

    assert [seen.params["plan_id"] for seen in polls(registered)] == ["small-id", "small-id"]
    assert svcat.instance("db")["spec"]["plan"] == "large"


def test_R124_R140_Q15_a_410_while_creating_says_nothing(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted(), accepted())
    registered.tell("GET", GONE, SUCCEEDED, GONE, SUCCEEDED, CREDENTIALS)

    provision(svcat, *QUICK)
    svcat.run("bind", "db", *QUICK)

    assert registered.sent("DELETE") == []


def test_R121_Q18_three_polls_in_a_row_answered_by_400_end_the_polling(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted())
    bad = answer(400, {"description": "what operation?"})
    registered.tell("GET", bad, bad, RUNNING, bad, bad, bad)

    done = provision(svcat, *QUICK, code=8)

    assert "what operation?" in done.err
    assert len(polls(registered)) == 6
    (delete,) = registered.sent("DELETE")
    assert last_segment(delete) == last_segment(provisions(registered)[0])


def test_R122_Q12_two_404_in_a_row_while_deleting_have_the_delete_sent_again(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    unknown = answer(404, {})
    registered.tell("DELETE", accepted(), GONE)
    registered.tell("GET", RUNNING, unknown, RUNNING, unknown, unknown)

    done = svcat.run("deprovision", "db", *QUICK)

    assert done.out == "deleted db\n"
    assert len(registered.sent("DELETE")) == 2  # the second one's 410 is what proves it


def test_R122_Q12_the_same_for_a_binding(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    svcat.run("bind", "db")
    registered.tell("DELETE", accepted(), GONE)
    registered.tell("GET", answer(404, {}), answer(404, {}))

    assert svcat.run("unbind", "db", *QUICK).out == "deleted db\n"
    assert len(registered.sent("DELETE")) == 2


def test_R122_a_404_while_creating_is_waited_out(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PUT", accepted())
    registered.tell("GET", *[answer(404, {})] * 4, SUCCEEDED)

    provision(svcat, *QUICK)

    assert registered.sent("DELETE") == []


def test_R132_a_provision_that_failed_is_deleted(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PUT", accepted())
    registered.tell("GET", FAILED)

    done = provision(svcat, *QUICK, code=8)

    assert "no room left" in done.err
    (delete,) = registered.sent("DELETE")
    assert last_segment(delete) == last_segment(provisions(registered)[0])
    assert svcat.instance("db")["status"]["phase"] == "failed"


def test_R144_a_bind_that_failed_is_deleted(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("PUT", accepted())
    registered.tell("GET", FAILED)

    done = svcat.run("bind", "db", *QUICK, code=8)

    assert "no room left" in done.err
    (delete,) = registered.sent("DELETE")
    assert last_segment(delete) == last_segment(binds(registered)[0])


def test_R133_Q75_a_final_state_that_was_missed_is_asked_for_again(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted("op-1"))
    provision(svcat, "--no-wait")
    registered.tell("GET", SUCCEEDED)

    svcat.run("resume", "db")

    assert [seen.params["operation"] for seen in polls(registered)] == ["op-1"]
    assert len(provisions(registered)) == 1
    assert svcat.instance("db")["status"]["phase"] == "ready"


def test_Q23_the_operation_is_on_record_before_the_first_poll(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted("op-1"))

    provision(svcat, "--no-wait")

    assert polls(registered) == []
    registered.tell("GET", SUCCEEDED)
    svcat.run("wait", "instance/db")
    assert polls(registered)[0].params["operation"] == "op-1"


@pytest.mark.parametrize("size", [10_000, 300_000])
def test_Q21_an_operation_of_any_length_is_kept(
    svcat: Svcat, registered: ToldBroker, size: int
) -> None:
    """Longer than all annotations of an object may be; and too long for a query, in the end."""
    registered.tell("PUT", accepted("x" * size), accepted("y" * size))

    provision(svcat, "--no-wait")

    registered.tell("GET", SUCCEEDED, SUCCEEDED, CREDENTIALS)
    svcat.run("resume", "db")
    assert polls(registered)[0].params["operation"] == "x" * size
    svcat.run("bind", "db", *QUICK)
    assert polls(registered)[1].params["operation"] == "y" * size


def test_R135_R245_a_binding_is_fetched_after_it_succeeded_and_not_before(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"bindings_retrievable": True}
    register(svcat, broker)
    provision(svcat)
    broker.tell("PUT", accepted("op-b"))
    broker.tell("GET", RUNNING, SUCCEEDED, CREDENTIALS)

    svcat.run("bind", "db", *QUICK)

    (fetch,) = fetches(broker)
    assert broker.sent("GET").index(fetch) > broker.sent("GET").index(polls(broker)[-1])
    assert svcat.run("describe", "binding", "db", "-o", "json").json["status"]["phase"] == "ready"


def test_R245_a_binding_that_is_not_there_yet_is_asked_for_again(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"bindings_retrievable": True}
    register(svcat, broker)
    provision(svcat)
    broker.tell("PUT", accepted())
    broker.tell("GET", SUCCEEDED, answer(404, {}), answer(404, {}), CREDENTIALS)

    svcat.run("bind", "db", *QUICK)

    assert len(fetches(broker)) == 3
    assert broker.sent("DELETE") == []


def test_R245_a_lost_bind_answer_is_fetched_although_the_catalog_promises_nothing(
    svcat: Svcat, registered: ToldBroker
) -> None:
    """The last resort: AsyncRequired from a broker that does not say bindings_retrievable."""
    provision(svcat)
    registered.tell("PUT", answer(422, {"error": "AsyncRequired"}), accepted())
    registered.tell("GET", SUCCEEDED, CREDENTIALS)

    svcat.run("bind", "db", *QUICK)

    assert len(fetches(registered)) == 1


def test_R138_no_second_operation_begins_on_a_binding_while_one_runs(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"bindings_retrievable": True}
    register(svcat, broker)
    provision(svcat)
    broker.tell("PUT", accepted())
    svcat.run("bind", "db", "--no-wait")
    broker.tell("GET", SUCCEEDED, CREDENTIALS)

    svcat.run("bind", "db", *QUICK)

    assert len(binds(broker)) == 1


def test_R089_R146_R147_Q71_Q73_the_plans_maximum_ends_the_polling_and_what_may_exist_is_deleted(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.plans = [plan("small", maximum_polling_duration=1)]
    register(svcat, broker)
    broker.tell("PUT", accepted())
    broker.tell("GET", *[RUNNING] * 100)

    done = provision(svcat, *QUICK, code=8)

    assert "maximum_polling_duration" in done.err
    assert len(provisions(broker)) == len(broker.sent("DELETE")) == 1  # and no second attempt
    assert svcat.instance("db")["status"]["phase"] == "failed"


def test_R146_an_update_that_takes_too_long_is_unknown_and_nothing_is_deleted(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.plans = [plan("small", maximum_polling_duration=1)]
    register(svcat, broker)
    provision(svcat)
    broker.tell("PATCH", accepted())
    broker.tell("GET", *[RUNNING] * 100)

    done = svcat.run("update", "db", "-p", "a=1", *QUICK, code=8)

    assert "maximum_polling_duration" in done.err
    assert broker.sent("DELETE") == []


def test_R148_the_deadline_is_a_moment_that_no_restart_moves(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.plans = [plan("small", maximum_polling_duration=3600)]
    register(svcat, broker)
    broker.tell("PUT", accepted())
    provision(svcat, "--no-wait")
    deadline = svcat.instance("db")["status"]["operation"]["deadline"]
    broker.tell("GET", *[RUNNING] * 100)

    svcat.run("resume", "db", "--timeout", "1s", *QUICK, code=9)

    assert deadline
    assert svcat.instance("db")["status"]["operation"]["deadline"] == deadline


def test_R146_the_commands_own_patience_ends_the_waiting_and_not_the_operation(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted())
    registered.tell("GET", *[RUNNING] * 100)

    done = provision(svcat, "--timeout", "1s", *QUICK, code=9)

    assert "svcat wait instance/db" in done.err
    assert registered.sent("DELETE") == []


def test_R145_a_binding_is_polled_at_the_same_pace(desk: Desk, registered: ToldBroker) -> None:
    provisioning.provision(ORDER, desk.ports, Patience())
    registered.tell("PUT", accepted())
    registered.tell("GET", RUNNING, RUNNING, SUCCEEDED, CREDENTIALS)

    order = binding_order.Order(instance="db", namespace="default")
    bindings.bind(order, desk.ports, Patience(timeout_s=-1))

    assert desk.slept == [1.0, 1.5, 2.25]


def test_R171_the_dashboard_of_a_202_is_known_at_once(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PUT", accepted(dashboard_url="https://dash.example/1"))

    provision(svcat, "--no-wait")

    assert svcat.instance("db")["status"]["dashboardURL"] == "https://dash.example/1"
    registered.tell("GET", SUCCEEDED)
    svcat.run("resume", "db")
    assert svcat.instance("db")["status"]["dashboardURL"] == "https://dash.example/1"


def test_R019_a_login_refused_while_polling_keeps_the_operation(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted("op-1"))
    registered.tell("GET", answer(401, "<h1>no</h1>"), SUCCEEDED)

    done = provision(svcat, *QUICK, code=4)

    assert "svcat resume db" in done.err
    svcat.run("resume", "db")
    assert registered.sent("DELETE") == []


def test_Q13_succeeded_instead_of_410_ends_a_delete(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("DELETE", accepted("d"))
    registered.tell("GET", RUNNING, SUCCEEDED)

    assert svcat.run("deprovision", "db", *QUICK).out == "deleted db\n"
    svcat.run("get", "instance", "db", code=5)


def test_R123_R139_a_410_to_a_poll_ends_a_delete(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    svcat.run("bind", "db")
    registered.tell("DELETE", accepted(), accepted())
    registered.tell("GET", GONE, GONE)

    svcat.run("deprovision", "db", "--cascade", *QUICK)

    assert len(registered.sent("DELETE")) == 2


def test_Q71_a_provision_that_fails_is_tried_once_by_one_command(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", answer(500, {"description": "boom"}))
    registered.tell("DELETE", OK)

    provision(svcat, code=8)

    assert len(provisions(registered)) == len(registered.sent("DELETE")) == 1
