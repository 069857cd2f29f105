"""Where in a command line the cursor stands: which command, which parameter, what was given.

Reads the words as Typer would, but forgives all that is not finished. Only the one command that the
words name is built: building all of them would be felt on every Tab.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import typer

from svcat.cli.groups import DEFAULT_NOUNS


class Place(NamedTuple):
    """The group or command that the words lead to, and the words after its name."""

    app: typer.Typer
    path: tuple[str, ...]
    rest: tuple[str, ...]
    is_group: bool
    given: dict[str, list[str]]  # by options before the command
    waiting: str = ""  # one of those that has no value yet


class Point(NamedTuple):
    """The parameter under the cursor; ``lead`` is what of the word stands before its value."""

    path: tuple[str, ...]
    parameter: Any
    current: str
    given: dict[str, list[str]]
    lead: str = ""
    formats: tuple[str, ...] = ()  # what the command's -o takes besides the usual ones

    @property
    def name(self) -> str:
        """The parameter's name."""
        return str(self.parameter.name)

    def first(self, *names: str) -> str:
        """Return the first value given for one of ``names``."""
        return next((self.given[name][0] for name in names if self.given.get(name)), "")


def place(app: typer.Typer, words: Sequence[str], with_value: frozenset[str]) -> Place:
    """Return where the finished ``words`` lead; ``with_value`` are the root's options."""
    path: list[str] = []
    given: dict[str, list[str]] = {}
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word in with_value:
            name = {"-n": "namespace"}.get(word, word.lstrip("-"))
            if position == len(words):
                return Place(app, tuple(path), (), is_group=True, given=given, waiting=name)
            given[name] = [words[position]]
            position += 1
        elif not word.startswith("-"):
            path.append(word)
            group = next((g for g in app.registered_groups if g.name == word), None)
            if group is None or group.typer_instance is None:
                rest = tuple(words[position:])
                return Place(app, tuple(path), rest, is_group=False, given=given)
            app = group.typer_instance
            noun = DEFAULT_NOUNS.get(word, "")
            nouns = {each.name for each in app.registered_commands}
            if noun and position < len(words) and words[position] not in nouns:
                rest = tuple(words[position:])
                return Place(app, (*path, noun), rest, is_group=False, given=given)
    return Place(app, tuple(path), (), is_group=True, given=given)


def commands_of(app: typer.Typer) -> Iterator[tuple[str, str]]:
    """Give the names of the commands and groups that help shows, with what they are for."""
    for command in app.registered_commands:
        if command.name and not command.hidden:
            text = (command.callback.__doc__ or "") if command.callback else ""
            yield command.name, text.strip().partition("\n")[0]
    for group in app.registered_groups:
        if group.name and not group.hidden and group.typer_instance is not None:
            yield group.name, str(group.typer_instance.info.help or "")


def root_of(app: typer.Typer) -> Any:
    """Return the program's root with its options, without its commands."""
    app.registered_commands, app.registered_groups = app.registered_commands[:1], []
    return typer.main.get_command(app)


def leaf(pruned: typer.Typer, words: Sequence[str]) -> Any:
    """Return the command that ``words`` name, out of a tree with little else in it."""
    command = typer.main.get_command(pruned)
    for word in words:
        if not hasattr(command, "commands"):
            break
        command = command.commands.get(word, command)
    return command


def read(command: Any, place: Place, current: str) -> Point:
    """Return what parameter of ``command`` the word ``current`` belongs to."""
    path = place.path
    given, arguments, waiting = _shared_out(command, place.rest)
    given = place.given | given
    positions = [p for p in command.params if p.param_type_name == "argument"]
    for number, value in enumerate(arguments):
        if taker := _taker(positions, number):
            given.setdefault(taker.name, []).append(value)
    formats = getattr(command.callback, "formats", ())
    if waiting is not None:
        return Point(path, waiting, current, given=given, formats=formats)
    name, equals, value = current.partition("=")
    if equals and current.startswith("--"):
        option = _option(command, name)
        return Point(path, option, value, lead=f"{name}=", given=given, formats=formats)
    if current.startswith("-"):
        return Point(path, None, current, given=given)
    return Point(path, _taker(positions, len(arguments)), current, given=given)


def _shared_out(command: Any, words: Sequence[str]) -> tuple[dict[str, list[str]], list[str], Any]:
    """Return what options were given, the other words, and the option that waits for its value."""
    given: dict[str, list[str]] = {}
    arguments: list[str] = []
    waiting: Any = None
    for word in words:
        if waiting is not None:
            given.setdefault(waiting.name, []).append(word)
            waiting = None
            continue
        if not word.startswith("-") or word == "-":
            arguments.append(word)
            continue
        name, equals, value = word.partition("=")
        option = _option(command, name)
        if option is None or _is_flag(option):
            continue
        if equals:
            given.setdefault(option.name, []).append(value)
        else:
            waiting = option
    return given, arguments, waiting


def _option(command: Any, name: str) -> Any:
    return next((p for p in command.params if name in (*p.opts, *p.secondary_opts)), None)


def _is_flag(option: Any) -> bool:
    return bool(getattr(option, "is_flag", False))


def _taker(positions: list[Any], number: int) -> Any:
    """Return the argument that takes the word of that number; the last may take many."""
    if number < len(positions):
        return positions[number]
    return positions[-1] if positions and positions[-1].nargs == -1 else None
