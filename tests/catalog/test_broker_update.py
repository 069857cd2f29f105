"""``broker update``: a registration changes only if the broker answers as it would be reached."""

import base64
from pathlib import Path

import pytest

from tests.brokers.hostile import HostileBroker
from tests.catalog.shop import MAILBOX, Shop
from tests.cli_updates.svcat import Svcat

FIRST = "Basic " + base64.b64encode(b"svcat:first").decode()
SECOND = "Basic " + base64.b64encode(b"svcat:second").decode()


def _secrets(svcat: Svcat) -> list[str]:
    return [name for kind, _, name, _ in svcat.snapshot() if kind == "Secret"]


def test_a_new_password_is_tried_before_it_is_kept(svcat: Svcat, new_shop: Shop) -> None:
    new_shop.login = FIRST
    words = ["--username", "svcat", "--password-stdin"]
    svcat.run("register", "team", "--url", new_shop.url, *words, stdin="first\n")
    before = svcat.snapshot()
    done = svcat.run("broker", "update", "team", *words, stdin="second\n", code=4)
    assert "second" not in done.err
    assert svcat.snapshot() == before
    new_shop.login = SECOND
    svcat.run("sync", "broker", "team", code=4)
    svcat.run("broker", "update", "team", *words, stdin="second\n")
    assert "Ready" in svcat.run("get", "broker", "team").out
    svcat.run("sync", "broker", "team")


def test_a_login_is_not_written_where_neither_it_nor_where_it_goes_has_changed(
    svcat: Svcat, new_shop: Shop
) -> None:
    words = ["--username", "svcat", "--password-stdin"]
    svcat.run("register", "team", "--url", new_shop.url, *words, stdin="first\n")
    steps = svcat.run("broker", "update", "team", "--api-version", "2.14", "--dry-run=server").out
    assert "update configmap/svcat.broker.team" in steps
    assert "secret/" not in steps
    with HostileBroker() as elsewhere:
        moved = Shop(elsewhere, new_shop.services)
        steps = svcat.run("broker", "update", "team", "--url", moved.url, "--dry-run=server").out
    assert "update secret/svcat.login.team" in steps


def test_a_login_of_ours_goes_when_another_takes_its_place(svcat: Svcat, new_shop: Shop) -> None:
    new_shop.login = FIRST
    words = ["--username", "svcat", "--password-stdin"]
    svcat.run("register", "team", "--url", new_shop.url, *words, stdin="first\n")
    assert _secrets(svcat) == ["svcat.login.team"]
    svcat.put_secret("mine", {"username": "svcat", "password": "first"})
    auth = svcat.run("broker", "update", "team", "--basic-secret", "mine", "-o", "json").json
    assert auth["spec"]["auth"]["secretRef"] == {"namespace": "default", "name": "mine"}
    assert _secrets(svcat) == ["mine"]
    new_shop.login = ""
    svcat.run("broker", "update", "team", "--no-login")
    assert "Login" not in svcat.run("describe", "broker", "team").out
    assert _secrets(svcat) == ["mine"]


def test_another_url_must_be_the_same_broker_if_it_has_instances(svcat: Svcat, shop: Shop) -> None:
    svcat.run("provision", "cache", "--class", "redis", "--plan", "small")
    with HostileBroker() as socket:
        moved = Shop(socket, [MAILBOX])
        words = ["broker", "update", "team", "--url", moved.url]
        done = svcat.run(*words, code=6)
        assert "default/cache" in done.err
        assert "--force" in done.err
        moved.services = shop.services
        assert f"URL:          {moved.url}" in svcat.run(*words).out
        svcat.run("deprovision", "cache")
        assert [seen.method for seen in socket.requests][-1] == "DELETE"


def test_what_cannot_be_reached_is_not_kept(svcat: Svcat, shop: Shop) -> None:
    before = svcat.snapshot()
    svcat.run("broker", "update", "team", "--url", "http://127.0.0.1:1", code=10)
    svcat.run("broker", "update", "team", "--url", "http://broker.example.com", code=2)
    svcat.run("broker", "update", "nope", "--url", shop.url, code=5)
    svcat.run("broker", "update", "team", code=2)
    svcat.run("broker", "update", "team", "--no-login", "--username", "x", code=2)
    assert svcat.snapshot() == before
    asked = len(shop.asked())
    assert "unchanged" in svcat.run("broker", "update", "team", "--url", shop.url).err
    same = ("--url", shop.url, "--error-unchanged")
    assert "as asked for" in svcat.run("broker", "update", "team", *same, code=3).err
    assert len(shop.asked()) == asked


def test_the_version_to_speak_can_be_set(svcat: Svcat, shop: Shop) -> None:
    svcat.run("broker", "update", "team", "--api-version", "2.14")
    assert shop.asked()[-1].headers["x-broker-api-version"] == "2.14"
    assert "2.14" in svcat.run("describe", "broker", "team").out
    svcat.run("provision", "cache", "--class", "redis", "--plan", "small")
    assert shop.asked("PUT")[-1].headers["x-broker-api-version"] == "2.14"


def test_a_dry_run_changes_nothing(svcat: Svcat, shop: Shop) -> None:
    before = svcat.snapshot()
    words = ["broker", "update", "team", "--relist-behavior", "manual", "--dry-run", "client"]
    assert "relist-behavior" in svcat.run(*words).out
    assert svcat.snapshot() == before


@pytest.mark.parametrize("flag", ["--oauth-secret", "--client-cert-secret"])
def test_logins_of_every_kind_are_named_by_their_secrets(
    svcat: Svcat, shop: Shop, flag: str, tmp_path: Path
) -> None:
    svcat.put_secret("odd", {"unrelated": "x"})
    done = svcat.run("broker", "update", "team", flag, "odd", code=4)
    assert "has no key" in done.err
