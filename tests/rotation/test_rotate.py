"""``rotate`` as a user types it, on both stores, against two brokers."""

from pathlib import Path
from typing import Any

from svcat.objects import SECRET
from tests.brokers.bundled import start_bundled
from tests.e2e.conftest import Offer
from tests.e2e.place import Place


def bind(place: Place, offer: Offer, *plan: str) -> None:
    place.register(offer.broker)
    place.run("provision", "db", "--class", offer.service, "--plan", *(plan or (offer.sync,)))
    place.run("bind", "db", "--interval", "200ms")


def clear(place: Place) -> None:
    place.run("deprovision", "db", "--cascade", "--interval", "200ms")
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def binding(place: Place) -> Any:
    return place.run("get", "binding", "db", "-o", "json").json


def held_id(place: Place) -> str:
    annotations = place.objects.get(SECRET, place.namespace, "db")["metadata"]["annotations"]
    held: str = annotations["svcat.dev/binding-id"]
    return held


def test_a_rotation_leaves_one_binding_and_its_credentials(place: Place, offer: Offer) -> None:
    bind(place, offer)
    (old,) = offer.bindings()
    before = place.secret("db")

    done = place.run("rotate", "db")

    (new,) = offer.bindings()
    assert new != old
    assert held_id(place) == new == binding(place)["spec"]["externalID"]
    assert binding(place)["status"]["ids"] == [{"id": new, "role": "current"}]
    assert "The credentials were rotated" in done.out
    assert done.err == ""
    after = place.secret("db")
    assert set(after) == set(before)
    if offer.service == "postbox":  # the bundled offering has no login: its path stays
        assert after["password"] != before["password"]
    clear(place)


def test_a_binding_made_slowly_is_rotated_slowly(local: Place, offer: Offer) -> None:
    bind(local, offer, offer.slow_bind)
    (old,) = offer.bindings()

    local.run("rotate", "db", "--interval", "200ms")

    (new,) = offer.bindings()
    assert (held_id(local), new != old) == (new, True)
    clear(local)


def test_without_waiting_it_is_under_way_and_resume_ends_it(local: Place, bundled: Offer) -> None:
    bind(local, bundled, bundled.slow_bind)
    before = local.secret("db")

    done = local.run("rotate", "db", "--no-wait")

    assert "svcat resume db" in done.err
    assert binding(local)["status"]["phase"] == "rotating"
    assert local.secret("db") == before
    assert len(bundled.bindings()) == 2
    local.run("resume", "db", "--interval", "200ms")
    assert held_id(local) in bundled.bindings()
    assert len(bundled.bindings()) == 1
    clear(local)


def test_the_old_credentials_are_kept_as_long_as_asked(place: Place, bundled: Offer) -> None:
    bind(place, bundled)
    (old,) = bundled.bindings()

    done = place.run("rotate", "db", "--grace", "1h", "--no-wait")

    assert "work until" in done.err
    assert old in bundled.bindings()
    assert held_id(place) != old
    ids = {known["id"]: known for known in binding(place)["status"]["ids"]}
    assert ids[old]["role"] == "retired"
    assert ids[old]["keptUntil"]
    assert f"{old}, to be deleted at the broker after" in place.run("describe", "binding", "db").out
    assert place.run("get", "bindings").err == ""  # nothing to see to yet
    place.run("resume")
    assert old in bundled.bindings()
    place.run("unbind", "db")
    assert bundled.bindings() == set()
    clear(place)


def test_a_grace_is_waited_out(local: Place, bundled: Offer) -> None:
    bind(local, bundled)
    (old,) = bundled.bindings()

    local.run("rotate", "db", "--grace", "2s", "--timeout", "60s")

    assert old not in bundled.bindings()
    clear(local)


def test_a_broker_that_is_away_leaves_the_binding_as_it_was(local: Place, tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    with start_bundled(tmp_path / "broker") as broker:
        local.register(broker)
        local.run("provision", "db", "--class", "sqlite", "--plan", "file")
        local.run("bind", "db")
        before, secret = binding(local), local.secret("db")
        broker.kill()

        failed = local.run("rotate", "db", "--interval", "100ms", code=10)

        assert "cannot be reached" in failed.err
        after = binding(local)
        assert (after["spec"], local.secret("db")) == (before["spec"], secret)
        assert (after["status"]["phase"], after["status"]["ids"]) == (
            "ready",
            before["status"]["ids"],
        )
        assert local.run("get", "bindings").err == ""
        assert local.run("orphans", "list", "-o", "name").out == ""
        broker.restart()
        local.run("rotate", "db")
        assert held_id(local) != before["spec"]["externalID"]
        clear(local)


def test_several_bindings_are_rotated_and_one_failure_does_not_stop_the_others(
    local: Place, bundled: Offer
) -> None:
    bind(local, bundled)
    local.run("bind", "db", "--name", "reader")
    old = bundled.bindings()

    done = local.run("rotate", "--all", "-o", "json")

    assert {item["metadata"]["name"] for item in done.json["items"]} == {"db", "reader"}
    assert len(bundled.bindings()) == 2
    assert not old & bundled.bindings()
    assert local.run("rotate", "--expiring", "7d").err == "Nothing to rotate.\n"
    clear(local)


def test_a_dry_run_shows_the_steps_and_takes_none(local: Place, offer: Offer) -> None:
    bind(local, offer)
    before, ids = binding(local), offer.bindings()

    shown = local.run("rotate", "db", "--dry-run=client")

    assert ("predecessor_binding_id" in shown.out) == (offer.service == "sqlite")
    assert shown.err == ""
    assert (binding(local), offer.bindings()) == (before, ids)
    clear(local)


def test_what_to_rotate_has_to_be_said(local: Place) -> None:
    assert "--expiring 7d" in local.run("rotate", code=2).err
    local.run("rotate", "db", "--all", code=2)
    assert "not found" in local.run("rotate", "db", code=5).err
