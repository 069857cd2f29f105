"""Whatever secret goes in or comes back, it comes out nowhere: all commands, loud and traced."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.docs import command_paths
from svcat.cli import tree
from tests.canaries.net import Net, disguises
from tests.canaries.stage import Stage, staged
from tests.canaries.story import play
from tests.canaries.summary import Record

LOUD = {
    "traced": ("-v", "-o", "wide", "--trace", "--trace-file", "a.trace"),
    "json": ("-v", "-o", "json"),
}
# Commands that meet no secret, or never end by themselves.
ELSEWHERE = {"broker serve", "completion", "help", "install plugin"}


@pytest.mark.timeout(400)  # a hundred commands
@pytest.mark.parametrize("flags", LOUD.values(), ids=LOUD)
def test_no_canary_comes_out(flags: tuple[str, ...], tmp_path: Path, canary_run: Record) -> None:
    net = Net()
    with staged(tmp_path, flags, net) as stage:
        play(stage)

    canary_run(net, stage)
    assert not stage.caught, _told(stage)
    assert len(net.canaries) >= 40
    assert [name for name in net.canaries if not stage.was_in_play(name)] == []
    paths = {" ".join(path) for path in command_paths(tree.whole())} - ELSEWHERE
    played = {" ".join(words) for words in stage.ran}
    assert {path for path in paths if not any(p.startswith(path) for p in played)} == set(), (
        "a command that the canary run does not know: play it in tests/canaries/story.py"
    )


def _told(stage: Stage) -> str:
    return "\n".join(f"{c.canary}: {c.disguise}: {c.where}" for c in stage.caught)


BIND = ("bind", "db", "--name", "x")
CREATE = ("create", "user-provided", "own", "--credentials-file", "c.json")
EXPLOSIONS = {
    "svcat.osb.wire:encode": BIND,
    "svcat.osb.client:BrokerClient._send": BIND,
    "svcat.app.secret_layout:lay_out_document": BIND,
    "svcat.store.secrets:Secrets.fill": BIND,
    "svcat.store.secrets:encode_data": BIND,
    "svcat.cli.wiring.logins:login_from": BIND,
    "svcat.app.secret_parameters:_parameters": (*BIND, "-s", "s"),
    "svcat.store.user_provided:UserProvided.provision": CREATE,
    "svcat.app.environment:environment_of": ("env", "db"),
    "svcat.output.environment:in_format": ("env", "db"),
    "svcat.cli.binding_root:_written": ("run", "db", "--", "true"),
    "svcat.cli.child:_started": ("run", "db", "--", "true"),
    "svcat.output.bindings:binding_details": ("describe", "binding", "db"),
}


REPAIR = ("bind", "db", "--repair")
# With a Secret that was changed by hand; the last one leaves a rotation behind.
EXPLOSIONS_OF_A_REPAIR = {
    "svcat.app.secret_layout:document_in": REPAIR,
    "svcat.app.switching:Switch.remember": REPAIR,
}


def test_no_canary_comes_out_of_a_crash(tmp_path: Path, canary_run: Record) -> None:
    net = Net()
    with staged(tmp_path, ("--trace", "-v"), net) as stage:
        (tmp_path / "pw").write_text(net.canary("basic password"))
        (tmp_path / "c.json").write_text(f'{{"p": "{net.plain("user-provided")}"}}')
        login = ("--username", "u", "--password-file", "pw")
        stage.run("register", "b", "--url", stage.broker.url, *login)
        stage.run("provision", "db", "--class", "thing", "--plan", "small", "--interval", "20ms")
        stage.run("bind", "db")
        stage.put_secret("s", {"key": net.canary("parameter in a Secret")})
        for target, words in EXPLOSIONS.items():
            _, _, err = stage.run(*words, code=1, explode=target)
            assert b"svcat has a bug: RuntimeError" in err, (target, err)
        stage.put_secret("db", {"password": net.canary("changed by hand")})
        for target, words in EXPLOSIONS_OF_A_REPAIR.items():
            _, _, err = stage.run(*words, code=1, explode=target)
            assert b"svcat has a bug: RuntimeError" in err, (target, err)

    canary_run(net, stage)
    assert not stage.caught, _told(stage)


def leak_in_a_note(stage: Stage) -> None:
    stage.run("run", "db", "--", "printenv", "HOST", code=None)
    stage.run("run", "db", "--", "printenv", "PASSWORD", code=None)


def leak_in_a_description(stage: Stage) -> None:
    stage.run("describe", "binding", "db", "--show-secrets", code=None)


def leak_in_a_variable(stage: Stage) -> None:
    stage.run("run", "db", "--", "sh", "-c", "printf %s $PASSWORD | base64 >&2", code=None)


def leak_url_encoded(stage: Stage) -> None:
    encode = "import os,urllib.parse as u; print(u.quote(os.environ['PASSWORD'], safe=''))"
    stage.run("run", "db", "--", "python3", "-c", encode, code=None)


def leak_in_a_trace(stage: Stage) -> None:
    stage.run("run", "db", "--", "sh", "-c", "echo $PASSWORD > x.trace", code=None)
    stage.look_at_files()


SABOTAGE: list[Callable[[Stage], None]] = [
    leak_in_a_note,
    leak_in_a_description,
    leak_in_a_variable,
    leak_url_encoded,
    leak_in_a_trace,
]


def test_the_net_catches_what_is_let_out_on_purpose(tmp_path: Path) -> None:
    with staged(tmp_path, (), Net()) as stage:
        stage.run("register", "b", "--url", stage.broker.url)
        stage.run("provision", "db", "--class", "thing", "--plan", "small", "--interval", "20ms")
        stage.run("bind", "db")
        assert stage.caught == []
        for leak in SABOTAGE:
            leak(stage)
            assert any("password" in catch.canary for catch in stage.caught), leak.__name__
            stage.caught.clear()


def test_the_net_knows_every_disguise() -> None:
    net = Net()
    text = net.canary("x")
    for disguise, form in disguises(text):
        caught = net.catches({"here": b"before " + form + b" after"})
        assert [catch.canary for catch in caught] == ["x"], disguise
    import base64

    for offset in range(7):
        longer = base64.b64encode(b"p" * offset + text.encode() + b"more")
        assert net.catches({"here": longer}), offset
    assert net.catches({"here": b"nothing of it"}) == []
