"""``--interactive`` on a real terminal (a pseudo one): questions, wrong answers, giving up."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.hostile import HostileBroker
from tests.cli_updates.svcat import DRAFT_7, Svcat, ToldBroker, plan, schemas

RULES: dict[str, Any] = {
    "$schema": DRAFT_7,
    "properties": {
        "storage": {
            "type": "object",
            "description": "where the data go",
            "properties": {"gb": {"type": "integer", "minimum": 10, "default": 20}},
        },
        "region": {"enum": ["north", "south"], "description": "on which \x1b[31mside"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "pin": {"type": "string", "writeOnly": True},
        "backup": {"type": "boolean"},
    },
    "required": ["region"],
}
PROVISION = ("provision", "db", "--class", "thing", "--plan", "small", "--interactive")


@dataclass(slots=True)
class Terminal:
    """A command on a terminal: what it says, and answers typed into it."""

    popen: subprocess.Popen[bytes]
    main: int
    said: str = ""

    def expect(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text not in self.said:
            ready, _, _ = select.select([self.main], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} was never said: {self.said}"
            self.said += os.read(self.main, 65536).decode()

    def answer(self, question: str, text: str) -> None:
        self.expect(question)
        self.said = self.said.partition(question)[2]
        self.expect("> ")
        os.write(self.main, f"{text}\n".encode())

    def end(self) -> int:
        while True:
            try:
                read = os.read(self.main, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not read:
                break
            self.said += read.decode()
        return self.popen.wait(20)


@pytest.fixture
def svcat(tmp_path: Path) -> Svcat:
    return Svcat(tmp_path)


@pytest.fixture
def broker(svcat: Svcat) -> Iterator[ToldBroker]:
    with HostileBroker() as hostile:
        made = schemas(
            create=RULES, bind={"$schema": DRAFT_7, "properties": {"ro": {"type": "boolean"}}}
        )
        told = ToldBroker(hostile, [plan("small", schemas=made), plan("bare")])
        svcat.run("register", "b", "--url", told.url)
        yield told


@pytest.fixture
def start(svcat: Svcat) -> Iterator[Any]:
    opened: list[Terminal] = []

    def run(*words: str) -> Terminal:
        main, other = pty.openpty()
        popen = subprocess.Popen(
            [sys.executable, "-m", "svcat", *words],
            stdin=other,
            stdout=other,
            stderr=other,
            env=svcat.full_environment(),
            cwd=svcat.home,
            start_new_session=True,
        )
        os.close(other)
        opened.append(Terminal(popen, main))
        return opened[-1]

    yield run
    for terminal in opened:
        terminal.popen.kill()
        terminal.popen.wait()
        os.close(terminal.main)


def test_what_the_schema_describes_is_asked_for_and_held_against_it(
    svcat: Svcat, broker: ToldBroker, start: Any
) -> None:
    svcat.put_secret("s", {"json": '{"pin": "1234"}'})
    terminal = start(*PROVISION)

    terminal.answer("storage (object): where the data go", "y")
    terminal.answer("storage.gb (integer, at least 10, default 20)", "5")
    terminal.answer("5 is below minimum 10", "50")
    terminal.answer("region (choice, north, south, required): on which \\x1b[31mside", "")
    terminal.answer("it is required", "south")
    terminal.answer("tags (list of text)", "a")
    terminal.answer("one item a line", "b,c")
    terminal.answer("one item a line", "")
    terminal.answer("pin (text)", "s[")
    terminal.answer("invalid --secret", "s[json]")
    terminal.answer("backup (true or false)", "")

    assert terminal.end() == 0, terminal.said
    assert broker.sent("PUT")[0].json["parameters"] == {
        "storage": {"gb": 50},
        "region": "south",
        "tags": ["a", "b,c"],
        "pin": "1234",
    }


def test_answers_as_people_give_them(svcat: Svcat, start: Any) -> None:
    rules = {
        "$schema": DRAFT_7,
        "properties": {
            "size": {"type": "integer", "default": 20},
            "zones": {"type": "array", "items": {"type": "string"}, "default": ["a", "b"]},
            "backup": {"type": "boolean", "default": False},
            "audit": {"type": "boolean"},
            "admin": {"type": "object", "properties": {"admin_password": {"type": "string"}}},
            "token_days": {"type": "integer"},
        },
        "required": ["size", "zones"],
    }
    svcat.put_secret("s", {"json": '{"admin": {"admin_password": "1234"}}'})
    with HostileBroker() as hostile:
        told = ToldBroker(hostile, [plan("small", schemas=schemas(create=rules))])
        svcat.run("register", "b", "--url", told.url)
        terminal = start(*PROVISION)

        terminal.answer("size (integer, required, default 20)", "")
        terminal.answer('zones (list of text, required, default ["a", "b"])', "")
        terminal.answer("backup (true or false, default false)", "Yes")
        terminal.answer("audit (true or false)", "n")
        terminal.answer("admin (object)", "y")
        terminal.answer("admin.admin_password (text)", "s[json]")
        terminal.answer("token_days (integer)", "3")

        assert terminal.end() == 0, terminal.said
        assert told.sent("PUT")[0].json["parameters"] == {
            "size": 20,
            "zones": ["a", "b"],
            "backup": True,
            "audit": False,
            "admin": {"admin_password": "1234"},
            "token_days": 3,
        }


def test_a_secret_is_asked_for_by_what_its_key_has_to_hold(
    svcat: Svcat, broker: ToldBroker, start: Any
) -> None:
    terminal = start(*PROVISION, "-p", "storage.gb=10", "-p", "region=south", "-p", "tags=x")

    terminal.expect('SECRET[KEY], where KEY holds {"pin": "…"}> ')


def test_what_is_given_is_not_asked_for(svcat: Svcat, broker: ToldBroker, start: Any) -> None:
    (svcat.home / "p.yaml").write_text("storage: {gb: 10}\n")
    words = ("-f", "p.yaml", "-p", "region=north", "-p", "tags=x", "-p", "backup=true")
    terminal = start(*PROVISION, *words)

    terminal.answer("pin (text)", "")

    assert terminal.end() == 0, terminal.said
    assert broker.sent("PUT")[0].json["parameters"]["region"] == "north"


def test_a_bind_asks_too(svcat: Svcat, broker: ToldBroker, start: Any) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "bare")
    terminal = start("bind", "db", "--interactive")
    terminal.end()
    svcat.run("provision", "db2", "--class", "thing", "--plan", "small", "-p", "region=north")

    terminal = start("bind", "db2", "--interactive")
    terminal.answer("ro (true or false)", "true")

    assert terminal.end() == 0, terminal.said
    assert "parameters" not in broker.sent("PUT")[1].json
    assert broker.sent("PUT")[3].json["parameters"] == {"ro": True}


def test_giving_up_leaves_nothing(svcat: Svcat, broker: ToldBroker, start: Any) -> None:
    before = svcat.snapshot()
    for key in (b"\x04", b"\x03"):
        terminal = start(*PROVISION)
        terminal.expect("where the data go")
        terminal.expect("> ")
        if key == b"\x03":  # the terminal is nobody's controlling one: the signal itself
            os.kill(terminal.popen.pid, signal.SIGINT)
        else:
            os.write(terminal.main, key)

        assert terminal.end() == (2 if key == b"\x04" else 130), terminal.said

    terminal = start(*PROVISION, "-p", "storage.gb=10")
    terminal.answer("region (choice", "west")
    for _ in range(4):
        terminal.answer("is none of", "west")
    assert terminal.end() == 2
    assert svcat.snapshot() == before
    assert not broker.sent()


def test_without_a_terminal_nobody_is_asked(svcat: Svcat, broker: ToldBroker) -> None:
    done = svcat.run(*PROVISION, stdin="y\n", code=2)

    assert "needs a terminal" in done.err
    assert not broker.sent()
