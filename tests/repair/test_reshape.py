"""``update binding``: another layout of the Secret, without the broker where that can be."""

import json

import pytest

from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.repair.scene import (
    CREDENTIALS,
    bind,
    binding,
    contents,
    edit_secret,
    gives_again,
    secret,
)
from tests.repair.test_repair import PLAIN, SIGKILL

SHAPED = ("--map", "login=user", "--template", "url={{login}}@{{host.name}}")


def raw(svcat: Svcat) -> object:
    return json.loads((contents(svcat) or {})["credentials.json"])


def test_a_layout_is_changed_back_and_forth_without_the_broker(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, *SHAPED)
    asked = len(broker.broker.requests)

    svcat.run("update", "binding", "db", "--flatten", "--remove", "port")
    flat = contents(svcat) or {}
    assert {"host.name", "user"} <= set(flat)
    assert not {"url", "login", "port"} & set(flat)
    assert raw(svcat) == CREDENTIALS

    svcat.run("update", "binding", "db", "--secret-key", "all")
    assert json.loads((contents(svcat) or {})["all"]) == CREDENTIALS

    svcat.run("update", "binding", "db", "--plain")
    assert contents(svcat) == PLAIN
    assert len(broker.broker.requests) == asked


def test_from_the_plain_layout_it_needs_no_broker_either(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker)

    svcat.run("update", "binding", "db", *SHAPED)

    held = contents(svcat) or {}
    assert held["url"] == "u@h"
    assert held["login"] == "u"
    assert not broker.sent("GET")[1:]


def test_the_same_again_is_unchanged(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, *SHAPED)
    before = svcat.snapshot()

    assert svcat.run("update", "binding", "db", *SHAPED).err == "binding/db unchanged\n"
    svcat.run("update", "bindings", "db", *SHAPED, "--error-unchanged", code=3)

    assert svcat.snapshot() == before


def test_type_and_provider_change_by_themselves_and_stay(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, *SHAPED)

    svcat.run("update", "binding", "db", "--type", "postgresql", "--provider", "us")
    held = contents(svcat) or {}
    assert (held["type"], held["provider"], held["url"]) == ("postgresql", "us", "u@h")

    svcat.run("update", "binding", "db", "--plain")
    assert contents(svcat) == {**PLAIN, "type": "postgresql", "provider": "us"}
    assert "unchanged" in svcat.run("bind", "db", "--type", "postgresql", "--provider", "us").err


def test_what_the_secret_does_not_hold_any_more_is_fetched(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, "--remove", "user", "--remove", "credentials.json", can_fetch=True)
    gives_again(broker)

    svcat.run("update", "binding", "db", "--map", "login=user")

    assert (contents(svcat) or {})["login"] == "u"


def test_what_cannot_be_had_changes_nothing(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, "--remove", "user", "--remove", "credentials.json")
    before = svcat.snapshot()

    done = svcat.run("update", "binding", "db", "--plain", code=6)

    assert "svcat rotate db" in done.err
    assert svcat.snapshot() == before


def test_a_secret_that_was_changed_by_hand_is_not_laid_out_as_if_it_were_the_brokers(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker)
    edit_secret(svcat, user="mallory")

    svcat.run("update", "binding", "db", *SHAPED, code=6)

    assert (contents(svcat) or {})["user"] == "mallory"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "what is to change in binding 'db'?"),
        (("--plain", "--flatten"), "say one of them"),
        (("--add-path", "k={.nothing}"), "nothing at {.nothing}"),
        (("--template", "k={{nothing}}"), "'nothing', which the credentials do not have"),
        (("--map", "a/b=user"), "cannot be a key"),
        (("--type", "A B"), "cannot be a binding's type"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    svcat: Svcat, broker: ToldBroker, words: tuple[str, ...], problem: str
) -> None:
    bind(svcat, broker)
    before = svcat.snapshot()

    assert problem in svcat.run("update", "binding", "db", *words, code=2).err

    assert svcat.snapshot() == before


def test_a_dry_run_shows_it_and_writes_nothing(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker)
    before = svcat.snapshot()

    done = svcat.run("update", "binding", "db", *SHAPED, "--dry-run", "client")

    assert svcat.snapshot() == before
    assert "data.url: (not set) -> <redacted>" in done.out
    assert "u@h" not in done.out + done.err
    assert secret(svcat)["metadata"]["annotations"]["svcat.dev/digest"] not in done.out


def test_without_a_noun_a_name_is_an_instances(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker)

    assert "instance/db unchanged" in svcat.run("update", "--plan", "small", "db").err
    assert "instance/db unchanged" in svcat.run("update", "instance", "db", "--plan", "small").err
    assert binding(svcat)["status"]["phase"] == "ready"


def test_a_new_layout_killed_anywhere_is_finished_by_the_same_words_or_by_repair(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker)
    code, point = SIGKILL, 0
    while code == SIGKILL and point < 40:
        point += 1
        login = f"login{point}"
        words = ("update", "binding", "db", "--map", f"{login}=user")
        svcat.environment = {"SVCAT_KILL_POINT": str(point)}
        code = svcat.run(*words, code=None).code
        svcat.environment = {}
        is_asked = "laid out as asked" in svcat.run("describe", "binding", "db").err

        svcat.run(*(("bind", "db", "--repair") if is_asked and point % 2 else words))

        assert (contents(svcat) or {})[login] == "u"
    assert (code, point > 4) == (0, True)
