"""``update``, ``upgrade`` and ``touch``: what is shown, what is sent, what is remembered."""

from typing import Any

import pytest

from tests.brokers.hostile import answer
from tests.cli_updates.svcat import DRAFT_7, Svcat, ToldBroker, plan, schemas


def provision(svcat: Svcat, *words: str, plan_name: str = "small") -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", plan_name, *words)


def patches(broker: ToldBroker) -> list[Any]:
    return [seen.json for seen in broker.sent("PATCH")]


def test_a_parameter_changes_and_only_that_is_sent(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat, "-p", "a=1", "-p", "b=2")

    done = svcat.run("update", "db", "-p", "a=5")

    assert done.err == "instance/db changes:\n  parameters.a  1 -> 5\n"
    (body,) = patches(registered)
    assert body["parameters"] == {"a": "5"}
    assert body["plan_id"] == body["previous_values"]["plan_id"] == "small-id"
    assert "maintenance_info" not in body
    assert svcat.instance("db")["spec"]["parameters"] == {"a": "5", "b": "2"}


def test_another_plan_is_sent_with_the_one_before(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat, "-p", "a=1")

    done = svcat.run("update", "db", "--plan", "large")

    assert "  plan  small -> large\n" in done.err
    (body,) = patches(registered)
    assert (body["plan_id"], body["previous_values"]["plan_id"]) == ("large-id", "small-id")
    assert "parameters" not in body
    assert svcat.instance("db")["spec"]["plan"] == "large"


@pytest.mark.parametrize(
    "words", [("-p", "a=1"), ("--plan", "small"), ("--plan", "small", "-p", "a=1")]
)
def test_what_is_so_already_is_not_sent(
    svcat: Svcat, registered: ToldBroker, words: tuple[str, ...]
) -> None:
    provision(svcat, "-p", "a=1")

    done = svcat.run("update", "db", *words)

    assert done.err == "instance/db unchanged\n"
    assert not patches(registered)
    assert svcat.run("update", "db", *words, "--error-unchanged", code=3).out == ""


def test_true_is_not_the_number_one(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat, "--params-json", '{"a": {"b": [1]}}')
    asked = ("--params-json", '{"a": {"b": [true]}}')

    repeated = svcat.run("provision", "db", "--class", "thing", "--plan", "small", *asked, code=6)
    done = svcat.run("update", "db", *asked)

    assert "parameters.a.b: is [1], asked for [true]" in repeated.err
    assert "parameters.a.b  [1] -> [true]" in done.err
    assert patches(registered)[0]["parameters"] == {"a": {"b": [True]}}
    assert svcat.run("update", "db", *asked).err == "instance/db unchanged\n"


def test_a_parameter_taken_back_is_sent_as_null_and_gone_from_the_record(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "-p", "a=1", "-p", "b=2")

    done = svcat.run("update", "db", "--unset", "a")

    assert "parameters.a  1 -> (not set)" in done.err
    assert patches(registered)[0]["parameters"] == {"a": None}
    assert svcat.instance("db")["spec"]["parameters"] == {"b": "2"}
    assert "unchanged" in svcat.run("update", "db", "--unset", "a").err


def test_taking_back_is_not_held_against_the_schema(svcat: Svcat, broker: ToldBroker) -> None:
    rules = {"$schema": DRAFT_7, "properties": {"a": {"type": "string"}}}
    broker.plans = [plan("small", schemas=schemas(update=rules))]
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat, "-p", "a=1", "-p", "o.x=1", "-p", "o.y=2")

    svcat.run("update", "db", "--unset", "a", "--unset", "o.x")

    assert patches(broker)[0]["parameters"] == {"a": None, "o": {"x": None}}


def test_members_left_out_of_an_object_are_mentioned(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat, "-p", "storage.gb=1", "-p", "storage.tier=gold")

    done = svcat.run("update", "db", "-p", "storage.gb=2")

    assert "parameters.storage.gb  1 -> 2" in done.err
    assert "sent without its members tier" in done.err
    assert patches(registered)[0]["parameters"] == {"storage": {"gb": "2"}}


def test_the_update_schema_of_the_new_plan_counts(svcat: Svcat, broker: ToldBroker) -> None:
    rules = {"$schema": DRAFT_7, "properties": {"gb": {"type": "integer", "maximum": 5}}}
    broker.plans = [plan("small"), plan("large", schemas=schemas(update=rules))]
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat)

    done = svcat.run("update", "db", "--plan", "large", "-p", "gb=9", code=2)

    assert "parameters.gb: 9 is above maximum 5 (-p gb)" in done.err
    assert not patches(broker)
    svcat.run("update", "db", "--plan", "large", "-p", "gb=3")
    assert patches(broker)[0]["parameters"] == {"gb": 3}


def test_secrets_are_hidden_in_what_changes(svcat: Svcat, broker: ToldBroker) -> None:
    rules = {"$schema": DRAFT_7, "properties": {"pin": {"type": "string", "writeOnly": True}}}
    broker.plans = [plan("small", schemas=schemas(update=rules))]
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat, "-p", "admin_password=canary-one")

    words = ("-p", "admin_password=canary-two", "-p", "pin=canary-three", "-p", "o.token=canary-4")
    done = svcat.run("update", "db", *words)

    assert "canary" not in done.err
    assert "canary-two" not in done.out
    assert "parameters.admin_password  <redacted> -> <redacted>" in done.err
    assert patches(broker)[0]["parameters"]["pin"] == "canary-three"


def test_a_class_that_allows_no_plan_change_is_not_asked_for_one(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"plan_updateable": False}
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat)

    done = svcat.run("update", "db", "--plan", "large", code=2)

    assert "does not allow" in done.err
    assert "changes:" not in done.err
    assert not patches(broker)
    svcat.run("update", "db", "-p", "a=1")


def test_the_plans_own_word_on_plan_changes_counts_first(svcat: Svcat, broker: ToldBroker) -> None:
    broker.plans = [plan("small", plan_updateable=False), plan("large")]
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat)

    assert "does not allow" in svcat.run("update", "db", "--plan", "large", code=2).err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("update", "none", "-p", "a=1"), 5, "not found"),
        (("update", "db"), 2, "nothing to update"),
        (("update", "db", "--plan", "lagre"), 5, "did you mean large"),
        (("update", "db", "--unset", "a=1"), 2, "invalid --unset"),
        (("update", "db", "--unset", "a", "-p", "a=1"), 2, "given and unset"),
        (("update", "db", "--secret", "none[x]"), 5, "not found"),
    ],
)
def test_what_cannot_be_updated_is_said_before_anything_is_sent(
    svcat: Svcat, registered: ToldBroker, words: tuple[str, ...], code: int, text: str
) -> None:
    provision(svcat)

    assert text in svcat.run(*words, code=code).err
    assert not patches(registered)


def test_a_failed_update_leaves_the_record_and_can_be_sent_again(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "-p", "a=1")
    registered.tell("PATCH", answer(400, {"description": "not today"}))

    done = svcat.run("update", "db", "-p", "a=2", code=7)

    assert "not today" in done.err
    assert svcat.instance("db")["spec"]["parameters"] == {"a": "1"}
    svcat.run("update", "db", "-p", "a=2")
    assert svcat.instance("db")["spec"]["parameters"] == {"a": "2"}


def test_after_a_failed_update_even_the_recorded_values_are_sent(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "-p", "a=1")
    registered.tell("PATCH", answer(422, {"error": "X", "description": "half done"}))
    svcat.run("update", "db", "-p", "a=2", code=7)

    svcat.run("update", "db", "-p", "a=1")

    assert [body["parameters"]["a"] for body in patches(registered)] == ["2", "1"]


def test_an_update_not_to_be_repeated_is_not_unless_forced(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "-p", "a=1")
    refusal = {"error": "X", "description": "no", "update_repeatable": False}
    registered.tell("PATCH", answer(422, refusal), answer(422, {"description": "other"}))
    svcat.run("update", "db", "-p", "a=2", code=7)

    done = svcat.run("update", "db", "-p", "a=2", code=6)

    assert "not to be repeated" in done.err
    assert "--force" in done.err
    assert len(patches(registered)) == 1
    svcat.run("update", "db", "-p", "a=3", code=7)  # another one is fine …
    assert svcat.run("update", "db", "-p", "a=2", code=6)  # … and does not make it good
    svcat.run("update", "db", "-p", "a=2", "--force")
    assert svcat.instance("db")["spec"]["parameters"] == {"a": "2"}
    registered.tell("PATCH", answer(200, {}))
    svcat.run("update", "db", "-p", "a=4")
    svcat.run("update", "db", "-p", "a=2")  # success forgets it


def test_upgrade_sends_the_version_with_the_one_before(svcat: Svcat, broker: ToldBroker) -> None:
    broker.plans = [plan("small", maintenance_info={"version": "1.0.0"})]
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat)
    assert "unchanged" in svcat.run("upgrade", "db").err
    info = {"version": "2.0.0", "description": "patched kernel"}
    broker.plans = [plan("small", maintenance_info=info)]
    svcat.run("sync", "broker", "b")

    done = svcat.run("upgrade", "db")

    assert "maintenance version  1.0.0 -> 2.0.0" in done.err
    assert "patched kernel" in done.err
    (body,) = patches(broker)
    assert body["maintenance_info"] == {"version": "2.0.0"}
    assert body["previous_values"]["maintenance_info"] == {"version": "1.0.0"}
    assert "parameters" not in body
    assert svcat.instance("db")["status"]["maintenanceVersion"] == "2.0.0"


def test_a_provision_names_the_maintenance_version_of_a_plan_that_has_one(
    svcat: Svcat, broker: ToldBroker
) -> None:
    info = {"version": "1.0.0", "description": "first"}
    broker.plans = [plan("small", maintenance_info=info), plan("large")]
    svcat.run("register", "b", "--url", broker.url)

    provision(svcat)
    svcat.run("provision", "db2", "--class", "thing", "--plan", "large")

    with_one, without = broker.sent("PUT")
    assert with_one.json["maintenance_info"] == {"version": "1.0.0"}
    assert "maintenance_info" not in without.json


def test_a_plan_without_maintenance_has_nothing_to_upgrade(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)

    assert "unchanged" in svcat.run("upgrade", "db").err
    assert not patches(registered)


def test_another_plan_brings_its_own_maintenance_version(svcat: Svcat, broker: ToldBroker) -> None:
    broker.plans = [plan("small", maintenance_info={"version": "1.0.0"}), plan("large")]
    broker.plans.append(plan("huge", maintenance_info={"version": "7.0.0"}))
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat)

    svcat.run("update", "db", "--plan", "large")
    svcat.run("update", "db", "--plan", "huge")

    first, second = patches(broker)
    assert "maintenance_info" not in first
    assert "maintenance_info" not in second["previous_values"]
    assert second["maintenance_info"] == {"version": "7.0.0"}
    assert svcat.instance("db")["status"]["maintenanceVersion"] == "7.0.0"


@pytest.mark.parametrize("verb", ["provision", "upgrade"])
def test_a_maintenance_conflict_fetches_the_catalog_again_and_says_so(
    svcat: Svcat, broker: ToldBroker, verb: str
) -> None:
    broker.plans = [plan("small", maintenance_info={"version": "1.0.0"})]
    svcat.run("register", "b", "--url", broker.url)
    if verb == "upgrade":
        provision(svcat)
        broker.plans = [plan("small", maintenance_info={"version": "2.0.0"})]
        svcat.run("sync", "broker", "b")
    broker.plans = [plan("small", maintenance_info={"version": "3.0.0"})]
    refusal = {"error": "MaintenanceInfoConflict", "description": "the version is another"}
    broker.tell("PUT" if verb == "provision" else "PATCH", answer(422, refusal))
    words = [verb, "db", *(["--class", "thing"] if verb == "provision" else [])]

    done = svcat.run(*words, code=7)

    assert "the catalog was fetched again" in done.err
    assert "3.0.0" in done.err
    svcat.run(*words)
    last = broker.sent("PUT", "PATCH")[-1]
    assert last.json["maintenance_info"] == {"version": "3.0.0"}


def test_touch_sends_again_what_changed_in_secrets_and_nothing_else(
    svcat: Svcat, registered: ToldBroker
) -> None:
    svcat.put_secret("one", {"json": '{"x": 1}'})
    svcat.put_secret("two", {"y": "canary-y"})
    provision(svcat, "-p", "a=1", "--secret", "one[json]", "--secret", "two")
    assert "unchanged" in svcat.run("touch", "instance", "db").err
    svcat.put_secret("one", {"json": '{"x": 2, "z": "canary-z"}'})

    done = svcat.run("touch", "instance", "db")

    assert "Secret one[json]  as sent before -> as it is now" in done.err
    assert [body["parameters"] for body in patches(registered)] == [{"x": 2, "z": "canary-z"}]
    assert "unchanged" in svcat.run("touch", "inst", "db").err
    sources = svcat.instance("db")["spec"]["parametersFrom"]
    assert [next(iter(s.values()))["name"] for s in sources] == ["one", "two"]
    assert "canary" not in done.out + done.err


def test_touch_says_which_secret_is_gone(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)
    svcat.put_secret("one", {"json": '{"x": 1}'})
    svcat.run("update", "db", "--secret", "one[json]")
    assert "unchanged" in svcat.run("update", "db", "--secret", "one[json]").err

    assert patches(registered)[0]["parameters"] == {"x": 1}
    assert svcat.instance("db")["spec"]["parametersFrom"] == [
        {"secretKeyRef": {"name": "one", "key": "json"}}
    ]


def test_the_result_is_the_instance_and_the_difference_is_not_in_it(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)

    done = svcat.run("update", "db", "-p", "a=1", "-o", "json")

    assert done.json["kind"] == "Instance"
    assert done.json["spec"]["parameters"] == {"a": "1"}
    assert "changes:" in done.err
    assert svcat.run("update", "db", "-p", "a=2", "-q").err == ""


def test_what_a_repeated_provision_differs_in_shows_no_secret(
    svcat: Svcat, broker: ToldBroker
) -> None:
    hidden = {"properties": {"o": {"properties": {"pin": {"type": "string", "writeOnly": True}}}}}
    broker.plans = [plan("small", schemas=schemas(create=hidden, update=hidden))]
    svcat.run("register", "b", "--url", broker.url)
    provision(svcat, "--params-json", '{"o": {"pin": "first", "gone": 1}, "my_token": "third"}')
    words = ("provision", "db", "--class", "thing", "--plan", "small", "-o", "json")

    done = svcat.run(*words, "--params-json", '{"o": {"pin": "second"}, "a": 1}', code=6)

    assert done.json["details"] == [
        "parameters.my_token: is <redacted>, not asked for",
        "parameters.o.gone: is 1, not asked for",
        "parameters.o.pin: is another than asked for",
        "parameters.a: is not set, asked for 1",
    ]
    assert done.json["hint"] == (
        "change it: svcat update db -n default with what is asked for here; or take another name"
    )
