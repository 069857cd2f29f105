"""``orphans``: what it says of what it leaves, and an instance that was moved to another plan."""

from tests.brokers.hostile import Answer, Seen, answer
from tests.cli_updates.svcat import Svcat, ToldBroker


def provision_and_abandon(svcat: Svcat) -> str:
    """Leave an instance at the broker that was made of one plan and moved to another."""
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")
    svcat.run("update", "db", "--plan", "large")
    instance_id = svcat.run("get", "instance", "db", "-o", "jsonpath={.spec.externalID}").out
    done = svcat.run("abandon", "instance/db", "--yes")
    assert done.out.startswith("abandoned instance/db\n")
    return instance_id


def test_an_orphan_that_was_moved_to_another_plan_is_deleted_as_one_of_that(
    svcat: Svcat, registered: ToldBroker
) -> None:
    def strict(seen: Seen) -> Answer:
        is_right = seen.params["plan_id"] == "large-id"
        return answer(200, {}) if is_right else answer(400, {"description": "not that plan"})

    provision_and_abandon(svcat)
    registered.tell("DELETE", *[strict] * 2)

    svcat.run("orphans", "clean", "--abandoned", "--yes")

    sent = [seen.params["plan_id"] for seen in registered.sent("DELETE")]
    assert sent == ["small-id", "large-id"]
    assert svcat.run("orphans", "list", "-o", "name").out == ""


def test_what_a_broker_refuses_under_every_plan_stays_an_orphan(
    svcat: Svcat, registered: ToldBroker
) -> None:
    instance_id = provision_and_abandon(svcat)
    registered.tell("DELETE", *[answer(400, {"description": "no"})] * 20)

    done = svcat.run("orphans", "clean", "--abandoned", "--yes", "--timeout", "1s", code=8)

    assert "HTTP 400: no" in done.err
    assert instance_id in svcat.run("orphans", "list").out


def test_cleaning_says_what_it_leaves(svcat: Svcat, registered: ToldBroker) -> None:
    none = svcat.run("orphans", "clean", "--yes")
    provision_and_abandon(svcat)
    left = svcat.run("orphans", "clean", "--yes")
    unknown = svcat.run("orphans", "clean", "no-such-id", "--yes", code=5)

    asked = svcat.run("orphans", "clean", "--abandoned", code=2)

    assert "- instance db of default at broker b\n" in asked.err
    assert none.err == "No orphans.\n"
    assert "that too: svcat orphans clean --abandoned" in left.err
    assert "no orphans have these ids: no-such-id\nhint: see what there is: svcat" in unknown.err
    assert registered.sent("DELETE") == []


def test_who_deregisters_a_broker_hears_what_may_be_left_there(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision_and_abandon(svcat)

    gone = svcat.run("deregister", "b")

    assert "at broker b there may still be: instance default/db;" in gone.err
    assert f"once {registered.url} is registered again" in gone.err
