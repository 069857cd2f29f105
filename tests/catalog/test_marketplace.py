"""``marketplace``, ``search``, ``compare``: what there is, what it costs, where it is found."""

from typing import Any

import pytest

from svcat.app.market import Wish, narrowed
from svcat.osb.metadata import plan_metadata
from svcat.output.market import parameters_hint
from svcat.output.prices import cost_word
from svcat.output.text import to_text
from svcat.output.view import Text
from tests.brokers.hostile import HostileBroker
from tests.catalog.shop import (
    MAILBOX,
    POSTGRESQL,
    REDIS,
    Shop,
    offerings_of,
    priced,
    service,
    takes,
)
from tests.cli_updates.svcat import Svcat, plan


def cells(text: str) -> list[list[str]]:
    """The rows of a table, split where columns are."""
    return [[c.strip() for c in line.split("   ") if c.strip()] for line in text.splitlines()]


def test_the_marketplace_has_each_class_with_its_plans_and_what_they_cost(
    svcat: Svcat, shop: Shop
) -> None:
    assert cells(svcat.run("marketplace").out) == [
        ["CLASS", "PLANS", "COST", "DESCRIPTION"],
        ["mailbox", "standard", "5 EUR", "The service mailbox"],
        ["postgresql", "small", "free", "A relational database with backups"],
        ["medium", "49 EUR or 55 USD / month"],
        ["large", "399.5 EUR / month"],
        ["redis", "small", "free", "A key-value store; what SQL is not"],
        ["large", "paid"],
    ]


def test_wide_tells_what_plans_can_do_and_what_they_take(svcat: Svcat, shop: Shop) -> None:
    header, *rows = svcat.run("mp", "-c", "postgresql", "-o", "wide").out.splitlines()
    starts = {title: header.index(title) for title in header.split()}

    def column(title: str) -> list[str]:
        return [row[starts[title] :].split("   ")[0].strip() for row in rows]

    assert column("BINDABLE") == ["yes", "yes", "yes"]
    assert column("UPDATEABLE") == ["yes", "yes", "no"]
    assert column("PARAMETERS") == ["1", "2 (1 required)", ""]
    assert column("TAGS")[0] == "SQL, database"
    assert column("BROKER")[0] == "team"


def test_json_has_every_plan_with_its_price(svcat: Svcat, shop: Shop) -> None:
    items = svcat.run("marketplace", "-o", "json").json["items"]
    offers = {item["metadata"]["name"]: item["spec"]["offers"] for item in items}
    assert [o["name"] for o in offers["postgresql"]] == ["small", "medium", "large"]
    assert offers["postgresql"][1]["costs"] == [
        {"amount": {"eur": 49.0, "usd": 55}, "unit": "MONTHLY"}
    ]
    assert [o["free"] for o in offers["postgresql"]] == [True, False, False]
    assert [o["planUpdatable"] for o in offers["postgresql"]] == [True, True, False]
    assert [o["bindable"] for o in offers["redis"]] == [True, False]
    assert "5 EUR" in svcat.run("describe", "plan", "mailbox/standard").out


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), ["redis: small large", "postgresql: small medium large", "mailbox: standard"]),
        (Wish(is_free=True), ["redis: small", "postgresql: small"]),
        (Wish(is_free=False), ["redis: large", "postgresql: medium large", "mailbox: standard"]),
        (Wish(tags=("sql",)), ["postgresql: small medium large"]),
        (Wish(tags=("sql", "cache")), []),
        (Wish(is_bindable=False), ["redis: large", "mailbox: standard"]),
        (Wish(is_bindable=True, is_free=True, tags=("cache",)), ["redis: small"]),
        (Wish(text="sql"), ["redis: small large", "postgresql: small medium large"]),
        (Wish(text="SMALL sql"), ["redis: small", "postgresql: small"]),
        (Wish(text="replica"), ["postgresql: medium"]),
    ],
)
def test_the_marketplace_is_narrowed(wish: Wish, expected: list[str]) -> None:
    shown = narrowed(offerings_of(REDIS, POSTGRESQL, MAILBOX), wish)
    assert [
        f"{o.service.name}: {' '.join(plan.name for plan in o.service.plans)}" for o in shown
    ] == expected


def test_every_way_to_narrow_it_has_a_flag(svcat: Svcat, shop: Shop) -> None:
    words = ["--free", "--bindable", "--tag", "cache", "--search", "key", "-b", "team"]
    done = svcat.run("marketplace", *words, "--class", "redis", "-o", "json")
    assert [i["spec"]["plans"] for i in done.json["items"]] == [["small"]]
    assert cells(svcat.run("mp", "--not-bindable", "--paid", "--no-headers").out) == [
        ["mailbox", "standard", "5 EUR", "The service mailbox"],
        ["redis", "large", "paid", "A key-value store; what SQL is not"],
    ]


def test_nothing_left_is_told_from_nothing_there(svcat: Svcat, new_shop: Shop) -> None:
    assert "Register a broker" in svcat.run("marketplace").err
    svcat.run("register", "team", "--url", new_shop.url)
    done = svcat.run("marketplace", "--tag", "no-such-tag")
    assert (done.out, done.err) == (
        "",
        "Nothing there is like that; see all there is: svcat marketplace\n",
    )


def test_a_class_or_broker_that_is_not_there_is_an_error_with_a_guess(
    svcat: Svcat, shop: Shop
) -> None:
    for words in (["marketplace", "--class", "redsi"], ["marketplace", "--broker", "taem"]):
        done = svcat.run(*words, code=5)
        assert "did you mean" in done.err
    assert svcat.run("get", "classes", "--broker", "nope", code=5).out == ""


def test_several_brokers_are_told_apart_in_every_row_of_a_pipe(svcat: Svcat, shop: Shop) -> None:
    with HostileBroker() as other:
        second = Shop(other, [service("redis", plan("tiny"))])
        second.services[0]["id"] = "another"
        svcat.run("register", "shared", "--url", second.url, "--scope", "cluster")
        rows = cells(svcat.run("marketplace", "-c", "redis").out)
        assert rows[0][:2] == ["BROKER", "CLASS"]
        assert [row[:2] for row in rows[1:3]] == [["shared", "redis"], ["team", "redis"]]
        svcat.run("register", "team", "--url", second.url, "--scope", "cluster")
        out = svcat.run("marketplace", "-c", "redis", "--no-headers").out
        assert "team (cluster)" in out
        assert "team (default)" in out


def test_search_has_the_best_first(svcat: Svcat, shop: Shop) -> None:
    def found(*words: str) -> list[str]:
        items = svcat.run("search", *words, "-o", "json").json["items"]
        return [f"{i['spec']['class']}/{i['metadata']['name']}" for i in items]

    assert found("redis") == ["redis/large", "redis/small"]
    # The tag says it, the other only speaks of it.
    assert found("sql", "small") == ["postgresql/small", "redis/small"]
    assert found("platform", "postgres", "replica") == ["postgresql/medium"]
    assert found("no-such-thing") == []
    done = svcat.run("search", "sql", "nonsense")
    assert done.out == ""
    assert "svcat marketplace" in done.err
    row = cells(svcat.run("search", "medium").out)[1]
    assert row == ["postgresql/medium", "49 EUR or 55 USD / month", "plan medium"]


def test_plans_are_compared_side_by_side(svcat: Svcat, shop: Shop) -> None:
    lines = svcat.run("compare", "postgresql/small", "postgresql/medium").out.splitlines()
    facts = {line.split("   ")[0]: " ".join(line.split()) for line in lines}
    assert facts["FACT"] == "FACT DIFF small medium"
    assert facts["Broker"] == "Broker team team"
    assert facts["Cost"] == "Cost * free 49 EUR or 55 USD / month"
    assert facts["provision -p replicas"].startswith("provision -p replicas * - integer, 0 to 5")
    assert facts["provision -p size_gb"].endswith("default 20, required")


def test_a_comparison_can_be_of_a_whole_class_and_of_the_differences_alone(
    svcat: Svcat, shop: Shop
) -> None:
    done = svcat.run("compare", "postgresql", "redis/small", "--differences", "-o", "json")
    spec = done.json["spec"]
    assert [f"{p['class']}/{p['plan']}" for p in spec["plans"]] == [
        "postgresql/small",
        "postgresql/medium",
        "postgresql/large",
        "redis/small",
    ]
    assert all(fact["differs"] for fact in spec["facts"])
    facts = {fact["about"]: fact["values"] for fact in spec["facts"]}
    assert facts["Updateable"] == ["yes", "yes", "no", "yes"]
    assert "Broker" not in facts
    done = svcat.run("compare", "mailbox/standard", code=2)
    assert "svcat compare mailbox/standard" in done.err


@pytest.mark.parametrize(
    ("metadata", "cost"),
    [
        (None, "free"),
        ([1], "free"),
        ({"costs": "much"}, "free"),
        ({"costs": [7, {"amount": 3}, {"amount": {"eur": "7"}}]}, "free"),
        ({"costs": [{"amount": {"eur": True}}]}, "free"),
        (priced({"eur": 0}), "free"),
        (priced({"eur": 0.125}, "1GB of\nmessages"), "0.125 EUR / 1GB of messages"),
        (priced({"eur": 10**400}), "free"),
        (priced({"eur": 10**20}), "1e+20 EUR / month"),
        (priced({"eur": 1}, None), "1 EUR"),
    ],
)
def test_prices_of_any_shape_do_no_harm(metadata: Any, cost: str) -> None:
    (thing,) = offerings_of(service("thing", plan("odd", metadata=metadata)))
    (odd,) = thing.service.plans
    assert to_text([Text(cost_word(odd, plan_metadata(odd)))]) == f"{cost}\n"


def test_a_schema_of_any_shape_has_its_parameters_counted() -> None:
    combined = {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}, "required": ["b"]}]}
    of = {
        "plain": takes({"a": {}, "b": {}}, "b", "not-there"),
        "combined": {"service_instance": {"create": {"parameters": combined}}},
        "broken": {"service_instance": {"create": {"parameters": {"properties": 7}}}},
        "foreign": {"service_instance": {"create": {"parameters": {"$ref": "http://x/y"}}}},
    }
    plans = [plan(name, schemas=schemas) for name, schemas in of.items()] + [plan("none")]
    (offering,) = offerings_of(service("s", *plans))
    hints = [parameters_hint(each) for each in offering.service.plans]
    assert hints == ["2 (1 required)", "2 (1 required)", "0", "", ""]
