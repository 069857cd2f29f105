"""How old a catalog may be: what says so, what fetches it again, what syncing tells."""

from datetime import UTC, datetime, timedelta

import pytest

from svcat.app.brokers import is_outdated
from svcat.store.records import BrokerRecord, RelistBehavior, Scope
from tests.brokers.hostile import HostileBroker, answer
from tests.catalog.shop import MAILBOX, POSTGRESQL, REDIS, Shop, plan, service
from tests.cli_updates.svcat import Svcat

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age_s", "behavior", "duration_s", "old"),
    [
        (86_401, RelistBehavior.DURATION, 86_400, True),
        (86_400, RelistBehavior.DURATION, 86_400, False),
        (10, RelistBehavior.DURATION, 5, True),
        (10**9, RelistBehavior.MANUAL, 5, False),
    ],
)
def test_a_catalog_grows_old_unless_it_is_fetched_by_hand(
    age_s: int, behavior: RelistBehavior, duration_s: int, old: bool
) -> None:
    broker = BrokerRecord(
        namespace="n",
        name="b",
        scope=Scope.NAMESPACE,
        url="u",
        fetched_at=NOW - timedelta(seconds=age_s),
        relist_behavior=behavior,
        relist_duration_s=duration_s,
    )
    assert is_outdated(broker, NOW) is old


def _make_old(svcat: Svcat) -> None:
    """Let the catalog have been fetched two days ago."""
    from msgspec.structs import replace

    from svcat.clock import SystemClock
    from svcat.local.client import LocalObjects
    from svcat.store.store import Records

    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        records = Records(api, SystemClock(), lambda: "w")
        broker = records.load(BrokerRecord, "default", "team")
        then = records.now() - timedelta(days=2)
        records.change(broker, lambda found: replace(found, fetched_at=then))


def test_an_old_catalog_is_shown_with_a_warning_and_fetched_before_it_is_ordered_from(
    svcat: Svcat, shop: Shop
) -> None:
    _make_old(svcat)
    shop.services = [REDIS, MAILBOX]
    done = svcat.run("marketplace", "-o", "name")
    assert "svcat sync broker team" in done.err
    assert "class/postgresql" in done.out
    done = svcat.run("provision", "db", "--class", "postgresql", "--plan", "small", code=5)
    assert "not found" in done.err
    assert svcat.run("marketplace", "-o", "name").out == "class/mailbox\nclass/redis\n"


def test_an_old_catalog_serves_if_the_broker_gives_no_new_one(svcat: Svcat, shop: Shop) -> None:
    _make_old(svcat)
    shop.login = "Bearer changed"
    done = svcat.run("marketplace", "--refresh")
    assert "is not fetched again" in done.err
    assert "postgresql" in done.out


def test_refresh_fetches_what_is_not_old(svcat: Svcat, shop: Shop) -> None:
    shop.services = [MAILBOX]
    assert "redis" in svcat.run("marketplace").out
    assert "redis" not in svcat.run("marketplace", "--refresh").out


def test_relist_flags_are_those_of_service_catalog(svcat: Svcat, new_shop: Shop) -> None:
    words = ["register", "team", "--url", new_shop.url, "--wait", "--timeout", "1m"]
    more = ["--relist-behavior", "Duration", "--relist-duration", "15m"]
    spec = svcat.run(*words, *more, "-o", "json").json["spec"]
    assert (spec["relistBehavior"], spec["relistDurationSeconds"]) == ("duration", 900)
    assert "after 15m\n" in svcat.run("describe", "broker", "team").out
    spec = svcat.run("broker", "update", "team", "--relist-behavior", "manual", "-o", "json").json
    assert spec["spec"]["relistBehavior"] == "manual"
    for bad in (
        ["--relist-behavior", "often"],
        ["--relist-duration", "0s"],
        ["--relist-duration", "soon"],
        ["--relist-behavior", "manual", "--relist-duration", "1h"],
    ):
        assert "--relist-" in svcat.run(*words, *bad, code=2).err


def test_sync_tells_what_came_and_went_and_who_still_uses_it(svcat: Svcat, shop: Shop) -> None:
    svcat.run("provision", "cache", "--class", "redis", "--plan", "large")
    shop.services = [POSTGRESQL, MAILBOX, service("kafka", plan("small"))]
    done = svcat.run("sync", "broker", "team")
    assert "new: kafka/small" in done.out
    assert "removed: redis/large" in done.out
    assert "instance default/cache is of plan redis/large" in done.err
    assert svcat.run("describe", "instance", "cache").out
    svcat.run("deprovision", "cache")


def test_all_brokers_are_synced_at_once_and_one_that_fails_keeps_no_other_back(
    svcat: Svcat, shop: Shop
) -> None:
    assert svcat.run("relist", "brokers").out.startswith("Synchronized broker team: 3 classes")
    svcat.run("register", "other", "--url", shop.url)
    shop.services = [MAILBOX]
    out = svcat.run("sync", "brokers", "-o", "json").json
    assert [item["metadata"]["name"] for item in out["items"]] == ["other", "team"]
    shop.login = "Bearer changed"
    done = svcat.run("sync", "brokers", code=4)
    told, first, second, hint = done.err.splitlines()
    assert told == "error: 2 of 2 catalogs are not fetched"
    assert first.startswith("  the catalog of broker 'other' is not fetched again: ")
    assert second.startswith("  the catalog of broker 'team' is not fetched again: ")
    assert hint.startswith("hint: ")


def test_catalogs_that_fail_in_different_ways_end_in_8_and_one_alone_as_by_itself(
    svcat: Svcat, shop: Shop
) -> None:
    for name in ("gone", "also-gone"):
        with HostileBroker() as broker:
            broker.always(answer(200, {"services": []}))
            svcat.run("register", name, "--url", broker.url)

    away = svcat.run("sync", "brokers", code=10)
    shop.login = "Bearer changed"
    mixed = svcat.run("sync", "brokers", code=8)
    svcat.run("deregister", "also-gone")
    shop.login = ""
    one = svcat.run("sync", "brokers", code=10)

    assert "2 of 3 catalogs are not fetched\n" in away.err
    assert "Synchronized broker team" in away.out
    assert "3 of 3 catalogs are not fetched" in mixed.err
    assert one.err.startswith("error: the catalog of broker 'gone' is not fetched again: ")
    assert one.err.count("refused") == 1
    assert "is not fetched again" not in svcat.run("sync", "broker", "gone", code=10).err


def test_what_became_of_all_catalogs_is_one_document_however_many_there_are(
    svcat: Svcat, shop: Shop
) -> None:
    (alone,) = svcat.run("sync", "brokers", "-o", "json").json["items"]
    assert alone["status"]["phase"] == "synced"
    with HostileBroker() as broker:
        broker.always(answer(200, {"services": []}))
        svcat.run("register", "gone", "--url", broker.url)

    gone, synced = svcat.run("sync", "brokers", "-o", "json", code=10).json["items"]

    assert gone["status"]["phase"] == "failed"
    assert "refused" in gone["status"]["lastError"]
    assert synced["status"]["phase"] == "synced"
    listed = svcat.run("sync", "brokers", "-o", "yaml", code=10).out
    assert listed.count("apiVersion:") == 3  # the list's and its items'; no error's besides
