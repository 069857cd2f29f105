"""``svcat help``, and what a mistyped word gets."""

import re
from pathlib import Path

import pytest

from svcat.cli.topics import TOPICS
from svcat.output.pages import page_view
from svcat.output.text import to_text
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.verbs.test_progress import screen_of

ROOT = Path(__file__).parent.parent.parent
PROVISION = ("--class", "thing", "--plan", "small", "-q")


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_page_that_reads_without_markdown(topic: str) -> None:
    page = (ROOT / "docs" / TOPICS[topic][0]).read_text(encoding="utf-8")
    shown = to_text(page_view(topic, page).blocks)

    assert "](" not in shown
    assert "```" not in shown
    assert not re.search(r"^\||^#", shown, re.MULTILINE)
    assert len(shown.splitlines()) > 10
    prose = [line for line in shown.splitlines() if not line.startswith("  ")]
    assert max(map(len, prose)) < 80, "wider than a terminal"


@pytest.mark.parametrize("topic", TOPICS)
def test_every_page_fits_a_narrow_terminal(topic: str) -> None:
    page = (ROOT / "docs" / TOPICS[topic][0]).read_text(encoding="utf-8")
    shown = to_text(page_view(topic, page, 60).blocks)

    lines = [line for line in shown.splitlines() if not line.startswith("  ")]
    assert max(map(len, lines)) <= 60


def test_a_page_is_as_wide_as_the_terminal(svcat: Svcat) -> None:
    said = screen_of(svcat, "stty cols 50; svcat help exit-codes", NO_COLOR="1")

    assert 40 < max(map(len, said.splitlines())) <= 50


def test_a_page_on_a_terminal_loses_its_marks_and_nothing_else() -> None:
    page = """# A *page*

One `***` of
[two
lines](x.md) and **bold**.

- an item that
  goes on
1. `a | b`

| a | b |
|---|---|
| x \\| y | `z` |

```sh
| not a table
```
last
"""
    shown = to_text(page_view("x", page).blocks)

    assert (
        shown
        == """A *PAGE*

One *** of two lines and bold.

- an item that goes on
1. a | b

A       B
x | y   z

  | not a table
last
"""
    )


def test_exit_codes_can_be_looked_up(svcat: Svcat) -> None:
    shown = svcat.run("help", "exit-codes").out

    assert re.search(r"^130 +interrupted", shown, re.MULTILINE)
    assert svcat.run("help", "exit-codes", "-o", "json").json["kind"] == "HelpTopic"


def test_help_on_a_command_is_its_help(svcat: Svcat) -> None:
    assert svcat.run("help", "get", "instances").out == svcat.run("get", "instances", "-h").out
    assert svcat.run("help", "get").out.startswith("Usage: svcat get")


def test_help_alone_names_commands_and_topics(svcat: Svcat) -> None:
    shown = svcat.run("help").out

    assert shown.startswith("Usage: svcat [OPTIONS]")
    assert all(topic in shown for topic in TOPICS)
    assert all(topic in svcat.run("help", "help").out for topic in TOPICS)


def test_the_command_alone_is_a_question_for_its_help(svcat: Svcat) -> None:
    alone = svcat.run()

    assert (alone.out, alone.err) == (svcat.run("--help").out, "")
    assert svcat.run("--", code=2).err.startswith("error: missing command")


def test_a_verb_without_its_noun_is_half_a_command(svcat: Svcat) -> None:
    half = svcat.run("get", code=2)

    assert half.out == ""
    assert half.err.startswith("Usage: svcat get")


def test_help_on_nothing_there_is_says_what_was_meant(svcat: Svcat) -> None:
    assert "did you mean exit-codes?" in svcat.run("help", "exitcodes", code=5).err
    assert "did you mean provision" in svcat.run("help", "provison", code=5).err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("provison db", "did you mean provision or deprovision? see: svcat --help"),
        ("get instnces", "did you mean instances? see: svcat get --help"),
        ("get instances --selecto x", "did you mean --selector"),
        ("get instance dbb", "did you mean db?"),
        ("describe broker bb", "did you mean b?"),
        ("get class thng", "did you mean thing?"),
        ("provision x --class thing --plan smal", "did you mean small?"),
        ("nothing-like-it", "see: svcat --help"),
        ("get instance something-else", "see what there is: svcat get instances -A"),
    ],
)
def test_a_mistyped_word_gets_the_one_that_was_meant(
    svcat: Svcat, registered: ToldBroker, words: str, hint: str
) -> None:
    svcat.run("provision", "db", *PROVISION)

    error, advice = svcat.run(*words.split(), code=None).err.splitlines()[-2:]

    assert advice.startswith(f"hint: {hint}")
    assert "mean" not in error
