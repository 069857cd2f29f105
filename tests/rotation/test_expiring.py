"""Credentials that end: told of, rotated in time, and truly changed (PostgreSQL logins)."""

import psycopg
import pytest

from tests.brokers.bundled import BundledBroker
from tests.e2e.place import Place


def can_log_in(uri: str) -> bool:
    try:
        with psycopg.connect(uri, connect_timeout=10):
            return True
    except psycopg.OperationalError:
        return False


def test_what_ends_soon_is_found_and_rotated_and_only_the_new_login_works(
    place: Place, lapsing_broker: BundledBroker
) -> None:
    place.register(lapsing_broker)
    place.run("provision", "db", "--class", "postgresql", "--plan", "small")
    place.run("bind", "db")
    old = place.secret("db")["uri"]
    listed = place.run("get", "bindings", "-o", "wide").out
    ends = place.run("get", "binding", "db", "-o", "jsonpath={.status.expiresAt}").out
    renewal = place.run("get", "binding", "db", "-o", "jsonpath={.status.renewBefore}").out
    assert ends in listed
    assert renewal in listed

    assert place.run("get", "bindings", "--expiring", "2d", "--exit-code").out == ""
    soon = place.run("get", "bindings", "--expiring", "7d", "--exit-code", code=11)
    assert ends in soon.out
    assert ends in place.run("get", "bindings", "--expiring", "7d").out

    assert can_log_in(old)
    place.run("rotate", "--expiring", "2d")
    assert place.secret("db")["uri"] == old
    place.run("rotate", "--expiring", "7d")
    new = place.secret("db")["uri"]
    assert new != old
    assert can_log_in(new)
    assert not can_log_in(old)
    assert place.run("get", "binding", "db", "-o", "jsonpath={.status.expiresAt}").out > ends

    place.run("rotate", "db", "--grace", "1h", "--no-wait")
    assert can_log_in(new)
    assert can_log_in(place.secret("db")["uri"])
    place.run("deprovision", "db", "--cascade")
    assert not can_log_in(new)
    place.run("deregister", "b")


@pytest.mark.parametrize("words", [("--exit-code",), ("--expiring", "soon")])
def test_a_question_that_makes_no_sense_is_refused(local: Place, words: tuple[str, ...]) -> None:
    local.run("get", "bindings", *words, code=2)
