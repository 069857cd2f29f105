"""What a waiting command shows on a terminal, in CI, in a pipe; what it asks before it deletes."""

import re

import pytest

from svcat.cli.progress import Progress
from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.output.screens import Terminal
from tests.verbs.test_completion import PROGRAMS, Shell, shell

PROVISION = "svcat provision db --class thing --plan small --interval 400ms"
CLEAR = "\r\x1b[K"


@pytest.fixture
def slow(registered: ToldBroker) -> ToldBroker:
    """A broker that takes its time, and talks in colours."""
    going_on = {"state": "in progress", "description": "copying \x1b[31mdata"}
    registered.tell("PUT", answer(202, {}))
    registered.tell("GET", *[answer(200, going_on)] * 2, answer(200, {"state": "succeeded"}))
    return registered


def screen_of(svcat: Svcat, line: str, **environment: str) -> str:
    """What a terminal gets from a command line."""
    svcat.environment |= {"PATH": f"{PROGRAMS}:/usr/bin:/bin", **environment}
    with shell(
        svcat, "bash", "--norc", "-c", f"export TERM=xterm; {line}; echo end-$?-$((1+1))"
    ) as on:
        return heard(on)


def heard(on: Shell) -> str:
    said = ""
    while "-2\r\n" not in said:
        on.expect("\n")
        said = on.whole
    return said


def test_a_line_moves_on_a_terminal_and_leaves_nothing_behind(
    svcat: Svcat, slow: ToldBroker
) -> None:
    said = screen_of(svcat, PROVISION)

    assert re.search(r"db: copying \\x1b\[31mdata \(\d+s\)", said)
    assert "\x1b[31m" not in said
    last = said.rpartition(CLEAR)[2]
    assert last.startswith("Name: ")
    assert "end-0-2" in last


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"NOBODY": "x"}])
def test_a_line_a_change_in_ci_and_in_a_pipe(
    svcat: Svcat, slow: ToldBroker, environment: dict[str, str]
) -> None:
    pipe = "" if "CI" in environment else " 2>&1 | cat"

    said = screen_of(svcat, PROVISION + pipe, **environment)

    assert CLEAR not in said
    assert said.count("db: copying \\x1b[31mdata\r\n") == 1


def test_a_broker_that_gives_no_news_is_said_to_give_none(
    svcat: Svcat, registered: ToldBroker
) -> None:
    ill = answer(500, {"description": "the database is away"})
    going_on = answer(200, {"state": "in progress", "description": "copying"})
    registered.tell("PUT", answer(202, {}))
    registered.tell("GET", ill, ill, going_on, ill, answer(200, {"state": "succeeded"}))
    words = ("provision", "db", "--class", "thing", "--plan", "small", "--interval", "10ms")

    said = svcat.run(*words).err.splitlines()

    no_news = "db: no news from the broker, asking again: HTTP 500: the database is away"
    assert said == [no_news, "db: copying", no_news]


@pytest.mark.parametrize("what", ["instance", "binding"])
def test_who_waited_long_enough_hears_that_nothing_is_known_of_late(
    svcat: Svcat, registered: ToldBroker, what: str
) -> None:
    provision = ("provision", "db", "--class", "thing", "--plan", "small")
    words = provision if what == "instance" else ("bind", "db")
    if what == "binding":
        svcat.run(*provision)
    registered.tell("PUT", answer(202, {}))
    registered.tell("GET", *[answer(500, {"description": "the database is away"})] * 1000)

    done = svcat.run(*words, "--interval", "10ms", "--timeout", "500ms", code=9)

    assert "as far as is known: broker 'b' gives no news (HTTP 500: the database is" in done.err
    assert "nothing is lost" in done.err


def test_nothing_moves_when_told_to_be_quiet(svcat: Svcat, slow: ToldBroker) -> None:
    said = screen_of(svcat, PROVISION + " --quiet")

    assert CLEAR not in said
    assert "copying" not in said


def test_a_long_story_is_cut_to_the_width() -> None:
    progress = Progress(Terminal())
    progress.tell("x" * 300)

    line = progress.line(0, 65.2, 60)

    assert len(line) < 60 - len("^C"), "a terminal that shows a Ctrl-C would begin another line"
    assert line.endswith("… (1m05s)")


def test_deleting_data_asks_for_the_name_on_a_terminal_only(
    svcat: Svcat, registered: ToldBroker
) -> None:
    for name in ("one", "two", "three"):
        svcat.run("provision", name, "--class", "thing", "--plan", "small", "-q")
    svcat.environment["PATH"] = f"{PROGRAMS}:/usr/bin:/bin"
    with shell(svcat, "svcat", "deprovision", "one") as on:
        on.expect("Type one to go on: ")
        on.type("two\n")
        on.expect("not confirmed: nothing was done")
    svcat.run("bind", "two", "-q")
    for words, error in (("one-more", "not found"), ("two", "still has bindings")):
        screen = screen_of(svcat, f"svcat deprovision {words}")
        assert error in screen
        assert "Type" not in screen
    with shell(svcat, "svcat", "deprovision", "one") as on:
        on.expect("Type one to go on: ")
        on.type("one\n")
        on.expect("deleted one")
    assert "Type" not in screen_of(svcat, "svcat deprovision two --cascade --yes")
    assert "Type" not in screen_of(svcat, "svcat deprovision three", CI="true")

    assert svcat.run("get", "instances").out == ""


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("svcat deprovision db", "Type db to go on: "),
        ("svcat abandon instance/db", "Type db to go on: "),
        ("svcat register other --url http://127.0.0.1:9 --username u", "Password of u: "),
        ("svcat create user-provided own", "name, as in password> "),
    ],
)
def test_ctrl_c_at_a_question_leaves_all_as_it_is_and_says_so(
    svcat: Svcat, registered: ToldBroker, line: str, question: str
) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small", "-q")
    before = svcat.snapshot()
    svcat.environment["PATH"] = f"{PROGRAMS}:/usr/bin:/bin"

    with shell(svcat, *line.split()) as on:
        on.expect(question)
        on.type("\x03")
        on.expect("\r\nerror: stopped at a question: nothing was done\r\n")

    assert "resume" not in on.whole
    assert svcat.snapshot() == before


def test_no_answer_ends_the_line_of_the_question(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small", "-q")
    svcat.environment["PATH"] = f"{PROGRAMS}:/usr/bin:/bin"

    with shell(svcat, "svcat", "deprovision", "db") as on:
        on.expect("Type db to go on: ")
        on.type("\x04")
        on.expect("\r\nerror: not confirmed: nothing was done")


def test_a_terminal_is_told_what_usually_comes_next_and_nobody_else(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision = "svcat provision db --class thing --plan small"
    for line, following in (
        (f"svcat register other --url {registered.url} -n shop", "svcat marketplace -n shop"),
        (f"{provision} --dry-run=client", ""),
        (provision, "svcat bind db"),
        (provision, ""),
        ("svcat bind db", "svcat env db"),
        ("svcat bind db --name quiet -q", ""),
        ("svcat bind db --name piped 2>&1 | cat", ""),
        ("svcat bind db --name scripted -o json", ""),
    ):
        said = screen_of(svcat, line)
        assert "end-0-2" in said
        assert (f"next: {following}\r\n" in said) if following else ("next:" not in said), line
