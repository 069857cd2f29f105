"""What is not even asked of a broker, because the catalog or the record says no."""

from signal import SIGKILL

import pytest

from tests.brokers.hostile import answer, reset
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.osb_rules.broker_words import (
    FAILED,
    OK,
    QUICK,
    accepted,
    binds,
    provision,
    provisions,
    register,
)

OTHER_PLAN = answer(400, {"description": "it has another plan"})


def update_with_unknown_outcome(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PATCH", reset(), answer(400, {}))
    svcat.run("update", "db", "--plan", "large", *QUICK, code=7)
    assert "UpdateOutcomeUnknown" in svcat.run("get", "instance", "db", "-o", "json").out


@pytest.mark.parametrize(
    ("offering", "plan_says"),
    [({"bindable": False}, {}), ({"bindable": True}, {"bindable": False})],
)
def test_R210_R211_what_is_not_bindable_is_never_asked_for_a_binding(
    svcat: Svcat, broker: ToldBroker, offering: dict[str, bool], plan_says: dict[str, bool]
) -> None:
    broker.offering, broker.plans = offering, [plan("small", **plan_says)]
    register(svcat, broker)
    provision(svcat)

    done = svcat.run("bind", "db", code=2)

    assert "plan thing/small is not bindable" in done.err
    assert binds(broker) == []
    svcat.run("get", "binding", "db", code=5)


def test_R210_a_plan_may_be_bindable_where_its_class_is_not(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering, broker.plans = {"bindable": False}, [plan("small", bindable=True)]
    register(svcat, broker)
    provision(svcat)

    svcat.run("bind", "db")

    assert len(binds(broker)) == 1


def test_R203_R264_no_new_bindings_for_what_a_failed_operation_made_unusable(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    broken = {"description": "half done", "instance_usable": False}
    registered.tell("PATCH", answer(422, broken))
    svcat.run("update", "db", "-p", "a=1", code=7)

    done = svcat.run("bind", "db", code=6)

    assert "unusable" in done.err
    assert binds(registered) == []
    svcat.run("update", "db", "-p", "a=1", "--force")  # repaired by another update
    svcat.run("bind", "db")


def test_R264_after_a_failed_deprovision_the_broker_says_whether_it_can_be_used(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.tell("DELETE", accepted())
    failed = {"state": "failed", "description": "volume busy", "instance_usable": False}
    registered.tell("GET", answer(200, failed))

    done = svcat.run("deprovision", "db", *QUICK, code=8)

    assert "volume busy" in done.err
    assert "unusable" in svcat.run("bind", "db", code=6).err
    assert svcat.run("deprovision", "db").out == "deleted db\n"


def test_R265_where_nothing_is_said_it_stays_usable(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("DELETE", accepted())
    registered.tell("GET", FAILED)
    svcat.run("deprovision", "db", *QUICK, code=8)

    svcat.run("bind", "db")


def test_R202_after_a_refused_update_the_old_values_stand(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "-p", "a=1")
    registered.tell("PATCH", answer(422, {"description": "not from here to there"}))

    done = svcat.run("update", "db", "--plan", "large", "-p", "a=2", code=7)

    assert "not from here to there" in done.err
    spec = svcat.instance("db")["spec"]
    assert (spec["plan"], spec["parameters"]) == ("small", {"a": "1"})


def test_R258_Q74_bindings_are_deleted_before_their_instance(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db")

    done = svcat.run("deprovision", "db", code=6)

    assert "svcat unbind db" in done.err
    assert registered.sent("DELETE") == []
    svcat.run("deprovision", "db", "--cascade")
    assert ["/service_bindings/" in seen.path for seen in registered.sent("DELETE")] == [
        True,
        False,
    ]


def test_R112_one_change_of_an_instance_at_a_time(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("PATCH", accepted())
    svcat.run("update", "db", "-p", "a=1", "--no-wait")

    done = svcat.run("update", "db", "-p", "b=1", "--timeout", "1s", code=6)

    assert "svcat resume db" in done.err
    assert len(registered.sent("PATCH")) == 1


def test_R111_no_binding_is_begun_while_the_instance_is_being_changed(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.tell("PATCH", accepted())
    svcat.run("update", "db", "-p", "a=1", "--no-wait")

    assert "updating, not ready" in svcat.run("bind", "db", code=6).err
    assert binds(registered) == []


def test_R150_Q71_no_id_is_ever_used_twice(svcat: Svcat, registered: ToldBroker) -> None:
    """Not after a refusal, not after a mitigation, not after a deprovision."""
    registered.tell("PUT", answer(400, {}), answer(500, {}))
    provision(svcat, code=7)
    provision(svcat, code=8)
    provision(svcat)
    svcat.run("deprovision", "db")
    provision(svcat)

    ids = [seen.path for seen in provisions(registered)]
    assert len(ids) == len(set(ids)) == 4


def test_R150_R241_the_ids_of_bindings_neither(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("PUT", answer(400, {}), answer(500, {}))
    svcat.run("bind", "db", code=7)
    svcat.run("bind", "db", code=8)
    svcat.run("bind", "db")
    svcat.run("unbind", "db")
    svcat.run("bind", "db")

    ids = [seen.path for seen in binds(registered)]
    assert len(ids) == len(set(ids)) == 4


def test_R022_ids_are_uuids_that_need_no_encoding(svcat: Svcat, registered: ToldBroker) -> None:
    import uuid

    provision(svcat)
    svcat.run("bind", "db")

    _, _, _, instance_id, _, binding_id = binds(registered)[0].target.partition("?")[0].split("/")
    assert [str(uuid.UUID(each)) for each in (instance_id, binding_id)] == [instance_id, binding_id]


def test_R152_R153_R218_what_is_asked_for_is_of_this_brokers_catalog(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db")

    for seen in registered.sent("PUT"):
        assert (seen.json["service_id"], seen.json["plan_id"]) == ("class-id", "small-id")
    provision_of_another = ("provision", "x", "--class", "thing", "--plan", "huge")
    assert "not found" in svcat.run(*provision_of_another, code=5).err
    assert "not found" in svcat.run("provision", "x", "--class", "other", code=5).err


def test_R218_a_binding_goes_by_the_plan_that_the_instance_has_now(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("update", "db", "--plan", "large")

    svcat.run("bind", "db")

    assert binds(registered)[0].json["plan_id"] == "large-id"
    svcat.run("unbind", "db")
    assert registered.sent("DELETE")[0].params["plan_id"] == "large-id"


def test_R250_a_binding_made_before_the_plan_changed_is_deleted_with_the_new_one(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db")
    svcat.run("update", "db", "--plan", "large")

    svcat.run("unbind", "db")

    assert registered.sent("DELETE")[0].params["plan_id"] == "large-id"


@pytest.mark.parametrize("mishap", ["killed", "unanswered"])
def test_R250_R259_after_an_update_of_unknown_outcome_deletes_name_the_plan_the_broker_knows(
    svcat: Svcat, registered: ToldBroker, mishap: str
) -> None:
    provision(svcat)
    svcat.run("bind", "db")
    if mishap == "killed":
        svcat.environment["SVCAT_KILL_POINT"] = "update:after"
        svcat.run("update", "db", "--plan", "large", code=-SIGKILL)
        svcat.environment.clear()
    else:
        update_with_unknown_outcome(svcat, registered)
    registered.tell("DELETE", OTHER_PLAN, OK, OTHER_PLAN, OK)

    svcat.run("unbind", "db")
    svcat.run("deprovision", "db")

    plans = [seen.params["plan_id"] for seen in registered.sent("DELETE")]
    assert plans[:4] == ["small-id", "large-id"] * 2
    assert set(plans[4:]) <= {"large-id"}  # once more, where a lost request may still arrive
    assert svcat.run("orphans", "list").out == ""


def test_R259_what_is_refused_under_either_plan_is_refused_in_the_words_for_its_own(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    update_with_unknown_outcome(svcat, registered)
    registered.tell("DELETE", answer(400, {"description": "it is locked"}), OTHER_PLAN)

    done = svcat.run("deprovision", "db", code=7)

    assert "it is locked" in done.err
    assert svcat.instance("db")["spec"]["plan"] == "small"


def test_an_update_waits_until_what_was_lost_of_an_earlier_one_cannot_come_after_it(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.environment["SVCAT_BROKER_TIMEOUT"] = "1"  # so that a lost request is soon a dead one
    provision(svcat)
    registered.tell("PATCH", reset(), OK)
    svcat.run("update", "db", "--plan", "large", *QUICK)

    hasty = svcat.run("update", "db", "--plan", "small", "--timeout", "0.1s", code=6)
    patient = svcat.run("update", "db", "--plan", "small")

    for done in (hasty, patient):
        assert "an earlier update was lost and may still be carried out for" in done.err
    assert [seen.json["plan_id"] for seen in registered.sent("PATCH")] == [
        "large-id",
        "large-id",
        "small-id",
    ]
    assert svcat.instance("db")["status"]["phase"] == "ready"


def test_R195_only_what_the_user_gave_now_is_sent(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat, "-p", "a=1", "-p", "b=2")

    svcat.run("update", "db", "--plan", "large")
    svcat.run("update", "db", "-p", "c=3")

    first, second = (seen.json for seen in registered.sent("PATCH"))
    assert "parameters" not in first
    assert second["parameters"] == {"c": "3"}


def test_R261_a_deprovision_goes_out_while_the_provision_runs(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted())
    provision(svcat, "--no-wait")

    assert svcat.run("deprovision", "db").out == "deleted db\n"

    assert len(registered.sent("DELETE")) == 1


def test_R261_what_a_broker_refuses_to_interrupt_is_not_forgotten(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted())
    provision(svcat, "--no-wait")
    refusal = answer(422, {"error": "Busy", "description": "not while creating"})
    registered.tell("DELETE", *[refusal] * 3)

    done = svcat.run("deprovision", "db", *QUICK, code=7)

    assert "not while creating" in done.err
    assert svcat.run("resume", "db").code == 0
    svcat.run("get", "instance", "db", code=5)


def test_R252_an_unbind_goes_out_while_the_bind_runs(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    registered.tell("PUT", accepted())
    svcat.run("bind", "db", "--no-wait")

    svcat.run("unbind", "db")

    (delete,) = registered.sent("DELETE")
    assert "/service_bindings/" in delete.path
    svcat.run("get", "binding", "db", code=5)
