"""A registration is a ConfigMap: who may write it does not get the broker's login by it."""

import pytest

from svcat.objects import CONFIG_MAP, SECRET
from tests.brokers.hostile import HostileBroker, answer
from tests.e2e.conftest import Offer
from tests.e2e.place import Place

RECORD, LOGIN = "svcat.broker.b", "svcat.login.b"


def turn(place: Place, **facts: str) -> None:
    """Change the registration behind svcat's back."""
    record = place.objects.get(CONFIG_MAP, place.namespace, RECORD)
    for name, value in facts.items():
        record["metadata"]["annotations"][f"svcat.dev/{name}"] = value
    place.objects.replace(CONFIG_MAP, record)


@pytest.mark.parametrize("way", ["url", "proxy"])
def test_a_registration_that_leads_elsewhere_does_not_take_the_login_along(
    place: Place, bundled: Offer, way: str
) -> None:
    place.register(bundled.broker)
    with HostileBroker() as thief:
        thief.script(answer(200, {"services": []}))
        turn(place, **{way: thief.url})

        done = place.run("sync", "broker", "b", code=6)
        place.run("provision", "db", "--class", "sqlite", "--plan", "file", code=6)

        assert thief.connections == 0
    assert "changed by other means than svcat" in done.err
    assert "svcat broker update b" in done.err


def test_broker_update_takes_the_login_to_the_new_address(place: Place, bundled: Offer) -> None:
    place.register(bundled.broker)
    before = place.objects.get(SECRET, place.namespace, LOGIN)["data"]

    place.run(
        "broker", "update", "b", "--url", bundled.broker.url.replace("127.0.0.1", "localhost")
    )
    place.run("sync", "broker", "b")

    assert place.objects.get(SECRET, place.namespace, LOGIN)["data"] == before


def test_who_gives_the_login_again_makes_it_right(place: Place, bundled: Offer) -> None:
    broker = bundled.broker
    place.register(broker)
    turn(place, url=broker.url.replace("127.0.0.1", "localhost"))
    place.run("sync", "broker", "b", code=6)

    login = ("--username", broker.username, "--password-stdin")
    place.run("broker", "update", "b", *login, stdin=broker.password + "\n")

    place.run("sync", "broker", "b")
