"""Catalogs over time: what changed, what is missed, what odd names do, what people get to see."""

from datetime import timedelta
from typing import Any

import pytest

from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP
from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.osb_rules.broker_words import OK, provision, provisions, register


def catalogs(broker: ToldBroker) -> int:
    return sum(seen.path == "/v2/catalog" for seen in broker.sent("GET"))


def make_old(svcat: Svcat) -> None:
    """Let the catalog have been fetched the day before yesterday."""
    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        obj = api.get(CONFIG_MAP, "default", "svcat.broker.b")
        fetched = (api.now() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        obj["metadata"]["annotations"]["svcat.dev/fetched-at"] = fetched
        api.replace(CONFIG_MAP, obj)


def test_R056_a_catalog_that_has_grown_old_is_fetched_again_before_it_is_used(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    assert catalogs(registered) == 1
    make_old(svcat)
    registered.plans = [plan("small", id="another-id")]

    svcat.run("provision", "db2", "--class", "thing", "--plan", "small")

    assert catalogs(registered) == 2
    assert provisions(registered)[1].json["plan_id"] == "another-id"


def test_R056_one_that_cannot_be_fetched_is_used_as_it_is(
    svcat: Svcat, registered: ToldBroker
) -> None:
    make_old(svcat)
    plain = registered._answer
    registered.broker.always(
        lambda seen: answer(500, {}) if seen.path == "/v2/catalog" else plain(seen)
    )

    done = provision(svcat)

    assert "the catalog of broker 'b' is not fetched again" in done.err


def test_R057_a_plan_is_the_same_whatever_it_is_called_now(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.plans = [plan("tiny", id="small-id", maintenance_info={"version": "2.0.0"})]

    done = svcat.run("sync", "broker", "b")

    assert "new: thing/tiny" not in done.out and "removed: thing/small" not in done.out
    assert "removed: thing/large" in done.out
    assert "offered no more" not in done.err
    svcat.run("upgrade", "db")
    assert registered.sent("PATCH")[0].json["plan_id"] == "small-id"


def test_R058_R059_Q53_other_ids_are_other_plans_and_what_instances_miss_is_said(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.plans = [plan("small", id="new-id"), plan("large")]

    done = svcat.run("sync", "broker", "b")

    assert "removed: thing/small" in done.out and "new: thing/small" in done.out
    assert "instance default/db is of plan thing/small (id small-id)" in done.err
    svcat.run("deprovision", "db")
    assert registered.sent("DELETE")[0].params["plan_id"] == "small-id"  # as it was used


def test_R060_Q54_what_is_offered_no_more_can_always_be_taken_down(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db")
    registered.plans = []
    svcat.run("sync", "broker", "b")
    assert (
        "not found"
        in svcat.run("provision", "x", "--class", "thing", "--plan", "small", code=5).err
    )

    svcat.run("deprovision", "db", "--cascade")

    assert [seen.params["plan_id"] for seen in registered.sent("DELETE")] == ["small-id"] * 2


def test_Q54_a_broker_that_has_forgotten_the_plan_gets_an_explanation_and_a_way_out(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.plans = [plan("large")]
    svcat.run("sync", "broker", "b")
    registered.tell("DELETE", *[answer(400, {"description": "what plan?"})] * 3)

    done = svcat.run("deprovision", "db", "--interval", "0.1s", code=7)

    assert "what plan?" in done.err
    assert "no more" in done.err
    assert "svcat deprovision db -n default --abandon" in done.err


@pytest.mark.parametrize("broken", [answer(200, "<html>"), answer(200, {}), answer(500, {})])
def test_Q55_the_last_good_catalog_is_kept(
    svcat: Svcat, registered: ToldBroker, broken: Any
) -> None:
    registered.broker.script(broken, broken, broken)

    svcat.run("sync", "broker", "b", code=10)

    assert "small" in svcat.run("marketplace").out
    assert "ErrorFetchingCatalog" in svcat.run("get", "brokers").out


def test_Q55_one_broken_entry_costs_the_others_nothing(svcat: Svcat, broker: ToldBroker) -> None:
    broken: Any = {"name": "no id"}
    broker.plans = [broken, plan("small")]

    done = register(svcat, broker)

    assert "no id" in done.err
    provision(svcat)


NAMES = ["UPPER", "with space", "a/b", "-", "_x.y", "数据库", "ünï", "[red]"]


@pytest.mark.parametrize("name", NAMES)
def test_R065_Q50_whatever_it_is_called_it_is_found_by_name_and_by_id(
    svcat: Svcat, broker: ToldBroker, name: str
) -> None:
    broker.plans = [plan(name, id="the-id")]
    broker.offering = {"name": name}
    register(svcat, broker)

    svcat.run("provision", "one", f"--class={name}", f"--plan={name}")
    svcat.run("provision", "two", "--class=class-id", "--plan=the-id")
    svcat.run("provision", "three", "--class=class-id", "--plan=the-id", "--kube-name")

    assert {seen.json["plan_id"] for seen in provisions(broker)} == {"the-id"}
    assert svcat.instance("one")["spec"]["plan"] == name


def test_R064_names_compare_with_case(svcat: Svcat, broker: ToldBroker) -> None:
    broker.plans = [plan("Small", id="upper"), plan("small", id="lower")]
    register(svcat, broker)

    provision(svcat)

    assert provisions(broker)[0].json["plan_id"] == "lower"


def test_Q52_a_name_that_comes_twice_is_asked_to_be_told_apart_by_id(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.plans = [plan("small", id="one"), plan("small", id="two")]
    register(svcat, broker)

    done = provision(svcat, code=6)

    assert "--plan one | two" in done.err
    assert provisions(broker) == []
    provision(svcat, plan="two")
    assert provisions(broker)[0].json["plan_id"] == "two"


def test_Q52_classes_too(svcat: Svcat, broker: ToldBroker) -> None:
    offerings = [
        {"id": each, "name": "thing", "description": "x", "plans": [plan("p", id=f"{each}-p")]}
        for each in ("one", "two")
    ]
    broker.broker.always(
        lambda seen: answer(200, {"services": offerings}) if seen.method == "GET" else OK
    )
    register(svcat, broker)

    done = svcat.run("provision", "db", "--class", "thing", code=6)

    assert "--class one | two" in done.err
    svcat.run("provision", "db", "--class", "two")
    assert provisions(broker)[0].json["plan_id"] == "two-p"


def test_R061_Q57_what_is_long_is_kept_whole_and_only_cut_where_it_is_shown(
    svcat: Svcat, broker: ToldBroker
) -> None:
    long = "word " * 1000 + "end"
    broker.plans = [plan("small", description=long)]
    register(svcat, broker)

    assert svcat.run("get", "plan", "small", "-o", "json").json["spec"]["description"] == long
    shown = svcat.run("describe", "plan", "thing/small").out
    assert "word word" in shown and len(shown) < len(long)


def test_R098_R099_R100_metadata_is_shown_whole_and_every_cost(
    svcat: Svcat, broker: ToldBroker
) -> None:
    costs = [
        {"amount": {"usd": 9.5, "eur": 8.0}, "unit": "MONTHLY"},
        {"amount": {"usd": 0.99}, "unit": "1GB of messages over 20GB"},
    ]
    said = {"displayName": "Small One", "bullets": ["a", "b"], "costs": costs}
    broker.plans = [plan("small", free=False, metadata=said)]
    about = {"displayName": "The Thing", "shareable": True, "supportUrl": "https://help.example"}
    broker.offering = {"metadata": about}
    register(svcat, broker)

    shown = svcat.run("describe", "plan", "thing/small").out
    for cost in ("9.5 USD", "8 EUR", "month", "0.99 USD", "1GB of messages over 20GB"):
        assert cost.lower() in shown.lower()
    spec = svcat.run("get", "plan", "small", "-o", "json").json["spec"]
    assert spec["externalMetadata"] == said
    spec = svcat.run("get", "class", "thing", "-o", "json").json["spec"]
    assert spec["externalMetadata"] == about


def test_R077_the_dashboard_clients_secret_is_shown_nowhere_and_its_id_is(
    svcat: Svcat, broker: ToldBroker
) -> None:
    client = {"id": "the-client", "secret": "canary", "redirect_uri": "https://dash.example"}
    broker.offering = {"dashboard_client": client}
    done = register(svcat, broker)

    spec = svcat.run("get", "class", "thing", "-o", "json")

    assert "canary" not in spec.out + done.out
    assert spec.json["spec"]["dashboardClient"] == {
        "id": "the-client",
        "redirectURI": "https://dash.example",
    }
    store = (svcat.home / "data" / "svcat" / "local.db").read_bytes()
    assert b"canary" not in store
