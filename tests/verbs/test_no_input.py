"""``--no-input`` on a terminal: no question, and the flag that would have answered it."""

import pytest

from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.verbs.test_lists import provision
from tests.verbs.test_progress import screen_of

QUESTIONS = [
    ("svcat deprovision db", "this needs a confirmation", "--yes"),
    ("svcat abandon instance/db", "this needs a confirmation", "--yes"),
    ("svcat provision new --class thing --plan small --interactive", "--interactive", "-p NAME"),
    ("svcat register other --url http://127.0.0.1:9 --username u", "a password", "--password-file"),
    ("svcat create user-provided own", "which credentials?", "--credentials-file"),
]


@pytest.mark.parametrize(("line", "complaint", "flag"), QUESTIONS)
def test_what_would_be_asked_is_an_error_that_names_the_flag(
    svcat: Svcat, registered: ToldBroker, line: str, complaint: str, flag: str
) -> None:
    provision(svcat, "db")
    before = svcat.snapshot()

    by_flag = screen_of(svcat, f"{line} --no-input")
    by_variable = screen_of(svcat, line, SVCAT_NO_INPUT="1")

    for said in (by_flag, by_variable):
        assert "end-2-2" in said
        assert complaint in said
        assert flag in said
        assert "> " not in said
        assert "Type" not in said
        assert "Password of" not in said
    assert svcat.snapshot() == before


def test_before_the_command_it_counts_too_and_what_is_answered_goes_on(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "db")

    assert "--yes" in screen_of(svcat, "svcat --no-input deprovision db")
    assert "deleted db" in screen_of(svcat, "svcat --no-input deprovision db --yes")


def test_interactive_is_not_said_to_lack_a_terminal_that_is_there(
    svcat: Svcat, registered: ToldBroker
) -> None:
    said = screen_of(svcat, f"{QUESTIONS[2][0]} --no-input")

    assert "--interactive asks, which --no-input forbids" in said


def test_scripts_without_a_terminal_go_on_as_they_always_did(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "db")

    assert svcat.run("deprovision", "db", "--no-input").out == "deleted db\n"
