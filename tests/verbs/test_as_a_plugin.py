"""As kubectl's plug-in: what is to be typed next can be typed where ``svcat`` is no command."""

import subprocess
from pathlib import Path

import pytest

from tests.cli_updates.svcat import Svcat, ToldBroker, answer
from tests.verbs.test_completion import PROGRAMS


def plugin(svcat: Svcat, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PROGRAMS / "kubectl-svcat", *words],
        env=svcat.full_environment(),
        cwd=svcat.home,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("get instance nope", "see what there is: kubectl svcat get instances -A"),
        ("get bindings -n other", "Make one: kubectl svcat bind INSTANCE"),
        ("bind", "see: kubectl svcat bind --help"),
        ("bind --help", "\n    kubectl svcat bind db\n"),
        ("--help", "\n    kubectl svcat marketplace\n"),
        ("help provision", "Usage: kubectl svcat provision"),
        ("deprovision db", "hint: remove them first: kubectl svcat unbind db -n default"),
        ("status", "to mend it: kubectl svcat resume slow -n default"),
        ("install plugin --plugins-path bin", "Try it: kubectl svcat version"),
    ],
)
def test_commands_are_shown_as_they_are_typed(
    svcat: Svcat, registered: ToldBroker, words: str, said: str
) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")
    svcat.run("bind", "db")
    registered.tell("PUT", answer(202, {}))
    svcat.run("provision", "slow", "--class", "thing", "--plan", "small", "--no-wait")

    done = plugin(svcat, *words.split())

    assert said in done.stdout + done.stderr


def test_what_scripts_read_is_the_same(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")

    for words in (("status", "-o", "json"), ("get", "instances", "-o", "yaml")):
        assert plugin(svcat, *words).stdout == svcat.run(*words).out


def test_nothing_else_is_taken_for_a_command(svcat: Svcat, registered: ToldBroker) -> None:
    path = Path("svcat service.pem")

    assert (
        f"{path}: No such file"
        in plugin(svcat, "register", "x", "--url", registered.url, "--ca", str(path)).stderr
    )
