"""Help as people meet it: every command explains itself, its examples work as they stand."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer.main

from svcat.cli import go_switches, tree
from svcat.cli.invocation import Invocation
from svcat.cli.overview import SECTIONS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that help shows, with its words."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


WHOLE = typer.main.get_command(tree.whole())
COMMANDS = dict(commands(WHOLE))


def examples() -> Iterator[tuple[str, str]]:
    """Command lines that help and documentation show, and where they stand."""
    for path, command in COMMANDS.items():
        for line in (command.help or "").splitlines():
            if match := re.match(r"\s*(?:Example: )?(svcat .+)", line):
                yield "svcat " + " ".join(path), match[1]
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"```(?:console|sh)\n(.*?)```", text, re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                if match := re.match(r"(?:\$ )?(svcat .+)", line):
                    yield str(page.relative_to(ROOT)), match[1]


def parse(words: list[str]) -> None:
    """Read a command line as a run does, up to the point where it would do something."""
    words = go_switches.without_values(words)
    command: Any = typer.main.get_command(tree.pruned(tree.leading_to(words), words))
    context = command.make_context("svcat", list(words), obj=Invocation())
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(("where", "line"), [*dict.fromkeys(examples())])
def test_an_example_is_a_command_line_that_exists(where: str, line: str) -> None:
    shown = re.split(r" #| \| | 2?>| &$", line, maxsplit=1)[0]
    words = shlex.split(shown)[1:]
    try:
        parse(words)
    except typer.Exit:  # --version, --help
        pass


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does_with_an_example(path: tuple[str, ...]) -> None:
    text = COMMANDS[path].help
    assert text
    assert text[0].isupper()
    assert "Example" in text


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    for parameter in COMMANDS[path].params:
        assert getattr(parameter, "help", None), parameter.name
        assert "<" not in (parameter.metavar or ""), f"{parameter.name}: types are for programmers"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_lists_of_commands_show_whole_sentences(path: tuple[str, ...]) -> None:
    shown_names = [name for name, each in WHOLE.commands.items() if not each.hidden]  # type: ignore[attr-defined]
    widest = max(map(len, shown_names)) if len(path) == 1 else 10
    shown = COMMANDS[path].get_short_help_str(80 - 6 - widest)
    assert not shown.endswith("..."), shown


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_run_builds_only_what_it_needs_and_means_the_same(path: tuple[str, ...]) -> None:
    words = [*path, "-h"]
    built = dict(commands(typer.main.get_command(tree.pruned(tree.leading_to(words), words))))
    assert [*built] == [path]
    assert [p.name for p in built[path].params] == [p.name for p in COMMANDS[path].params]


@pytest.mark.parametrize("module", tree.MODULES)
def test_a_module_is_imported_for_the_words_that_its_commands_begin_with(module: str) -> None:
    app = typer.Typer()

    import_module(f"svcat.cli.{module}").register(app)

    firsts = {command.name for command in app.registered_commands}
    firsts |= {group.name for group in app.registered_groups}
    assert firsts == set(tree.MODULES[module])


def test_no_module_with_commands_is_forgotten() -> None:
    registering = {
        path.stem
        for path in (ROOT / "svcat/cli").glob("*.py")
        if "\ndef register(app: typer.Typer)" in path.read_text(encoding="utf-8")
    }
    assert registering == tree.MODULES.keys()


@pytest.mark.parametrize("words", [["get"], ["get", "nonsense"], ["get", "-h"]])
def test_all_of_a_group_is_there_where_its_word_is_given(words: list[str]) -> None:
    built = dict(commands(typer.main.get_command(tree.pruned(tree.leading_to(words), words))))
    assert {path for path in COMMANDS if path[0] == "get"} <= built.keys()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["--help"],
        ["--no-such"],
        ["-n"],
    ],
)
def test_all_is_there_where_the_words_name_no_command(words: list[str]) -> None:
    built = dict(commands(typer.main.get_command(tree.pruned(tree.leading_to(words), words))))
    assert built.keys() == COMMANDS.keys()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-n", "get", "provision"], ("provision",)),
        (["--namespace=x", "--store", "local", "get", "instances"], ("get", "instances")),
        (["relist", "broker"], None),
        (["mp"], None),
    ],
)
def test_options_before_the_command_do_not_hide_it(
    words: list[str], expected: tuple[str, ...] | None
) -> None:
    built = dict(commands(typer.main.get_command(tree.pruned(tree.leading_to(words), words))))
    assert [*built] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("get -o json", "json"),
        ("get --output yaml x", "yaml"),
        ("get -oname", "name"),
        ("get -o=json", "json"),
        ("get --output=wide", "wide"),
        ("get -o", ""),
        ("get x", ""),
    ],
)
def test_the_format_of_early_errors_is_found(words: str, expected: str) -> None:
    assert tree.asked_output(words.split()) == expected


def test_every_command_has_its_place_in_one_section_of_the_overview() -> None:
    shown = [name for _, names in SECTIONS for name in names]
    visible = [name for name, command in WHOLE.commands.items() if not command.hidden]  # type: ignore[attr-defined]

    assert sorted(shown) == sorted(visible)


def test_the_overview_begins_with_what_newcomers_come_for() -> None:
    text = WHOLE.get_help(WHOLE.make_context("svcat", [], resilient_parsing=True))

    positions = [text.index(f"{title}:") for title, _ in SECTIONS]
    assert positions == sorted(positions)
    assert text.index("marketplace ") < text.index("deregister ")
