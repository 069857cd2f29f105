"""What brokers say of an instance, unasked and asked: kept, replaced, or told as a drift."""

from typing import Any

import pytest

from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.osb_rules.broker_words import (
    QUICK,
    SUCCEEDED,
    accepted,
    fetches,
    provision,
    register,
)

DASHBOARD = "https://dash.example/1"


def status(svcat: Svcat) -> Any:
    return svcat.instance("db")["status"]


@pytest.fixture
def retrievable(svcat: Svcat, broker: ToldBroker) -> ToldBroker:
    broker.offering = {"instances_retrievable": True}
    broker.plans = [plan("small", maintenance_info={"version": "1.0.0"}), plan("large")]
    register(svcat, broker)
    return broker


@pytest.mark.parametrize("body", [{}, {"dashboard_url": None}, {"dashboard_url": ""}])
def test_R206_an_update_that_says_nothing_of_the_dashboard_keeps_it(
    svcat: Svcat, registered: ToldBroker, body: dict[str, Any]
) -> None:
    registered.tell("PUT", answer(201, {"dashboard_url": DASHBOARD}))
    provision(svcat)
    registered.tell("PATCH", answer(200, body))

    svcat.run("update", "db", "-p", "a=1")

    assert status(svcat)["dashboardURL"] == DASHBOARD
    registered.tell("PATCH", accepted(dashboard_url="https://dash.example/2"))
    registered.tell("GET", SUCCEEDED)
    svcat.run("update", "db", "-p", "a=2", *QUICK)
    assert status(svcat)["dashboardURL"] == "https://dash.example/2"


def test_R207_labels_replace_all_earlier_ones(svcat: Svcat, registered: ToldBroker) -> None:
    registered.tell("PUT", answer(201, {"metadata": {"labels": {"a": "1", "b": "2"}}}))
    provision(svcat)
    assert status(svcat)["labels"] == {"a": "1", "b": "2"}
    registered.tell("PATCH", answer(200, {}))
    svcat.run("update", "db", "-p", "x=1")
    assert status(svcat)["labels"] == {"a": "1", "b": "2"}  # not spoken of: as they were
    registered.tell("PATCH", answer(200, {"metadata": {"labels": {"c": "3"}}}))

    svcat.run("update", "db", "-p", "x=2")

    assert status(svcat)["labels"] == {"c": "3"}


def test_R208_R209_labels_that_do_not_fit_and_attributes_cost_nothing(
    svcat: Svcat, registered: ToldBroker
) -> None:
    labels = {
        "example.com/team": "shop",
        "plain": "",
        "with space": "x",
        "long": "x" * 64,
        "bad": "a b",
        "x" * 64: "x",
        "-domain/x": "x",
        "number": 7,
    }
    metadata = {"labels": labels, "attributes": {"anything": ["goes"]}}
    registered.tell("PUT", answer(201, {"metadata": metadata}))

    provision(svcat)

    fit = {"example.com/team": "shop", "plain": "", "number": "7"}
    assert status(svcat)["labels"] == {k: v for k, v in fit.items() if v or k == "plain"}


def test_R174_what_may_not_be_fetched_is_never_asked_for(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)

    done = svcat.run("sync", "instance", "db", code=2)

    assert "does not let its instances be fetched" in done.err
    assert fetches(registered) == []


def test_R175_R181_a_fetch_refreshes_what_is_known(svcat: Svcat, retrievable: ToldBroker) -> None:
    provision(svcat, "-p", "a=1", "-p", "b=2")
    body = {
        "dashboard_url": DASHBOARD,
        "parameters": {"a": "1", "b": "changed", "c": "not ours"},
        "metadata": {"labels": {"zone": "eu"}},
    }
    retrievable.tell("GET", answer(200, body))

    done = svcat.run("sync", "instance", "db")

    (fetch,) = fetches(retrievable)
    assert fetch.params == {"service_id": "class-id", "plan_id": "small-id"}
    assert status(svcat)["dashboardURL"] == DASHBOARD
    assert status(svcat)["labels"] == {"zone": "eu"}
    assert "other parameters than recorded: b\n" in done.err
    assert svcat.instance("db")["spec"]["parameters"] == {"a": "1", "b": "2"}


def test_R182_maintenance_out_of_band_is_told_and_goes_into_the_next_update(
    svcat: Svcat, retrievable: ToldBroker
) -> None:
    provision(svcat)
    info = {"version": "1.1.0", "description": "not for us"}
    retrievable.tell("GET", answer(200, {"maintenance_info": info}))

    done = svcat.run("sync", "instance", "db")

    assert "maintenance version is 1.1.0, not 1.0.0" in done.err
    svcat.run("update", "db", "-p", "a=1")
    previous = retrievable.sent("PATCH")[0].json["previous_values"]
    assert previous["maintenance_info"] == {"version": "1.1.0"}


def test_R175_a_plan_that_is_another_there_is_told_and_not_believed(
    svcat: Svcat, retrievable: ToldBroker
) -> None:
    provision(svcat)
    retrievable.tell("GET", answer(200, {"plan_id": "large-id"}))

    done = svcat.run("sync", "instance", "db")

    assert "its plan has the id large-id, not small-id" in done.err
    assert svcat.instance("db")["spec"]["plan"] == "small"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer(404, {}), 7),
        (answer(410, {}), 7),
        (answer(422, {"error": "ConcurrencyError", "description": "busy"}), 7),
        (answer(401, {}), 4),
        (answer(500, {}), 10),
        (answer(200, "nonsense"), 10),
    ],
)
def test_R177_R178_R179_whatever_a_fetch_is_answered_nothing_is_forgotten(
    svcat: Svcat, retrievable: ToldBroker, said: Any, code: int
) -> None:
    provision(svcat)
    before = svcat.instance("db")
    retrievable.tell("GET", said, said)

    done = svcat.run("sync", "instance", "db", code=code)

    assert "fetching instance db" in done.err
    assert svcat.instance("db") == before


def test_a_remark_about_the_broker_is_made_to_who_asks_for_details(
    svcat: Svcat, registered: ToldBroker
) -> None:
    odd = answer(201, {"metadata": {"labels": []}})
    registered.tell("PUT", odd, odd)

    assert provision(svcat).err == ""
    done = svcat.run("provision", "db2", "--class", "thing", "--plan", "small", "-v")

    assert "$.metadata.labels has a wrong type and is ignored" in done.err
