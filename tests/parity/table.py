"""The original's surface (original.yaml) and the table of it (docs/reference/parity.md)."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer.main
import yaml

from svcat.cli import tree

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "parity.md"
_ROW = re.compile(r"^\| `(.+?)` \| (.*) \| (.+) \|$")
WHOLE: Any = typer.main.get_command(tree.whole())


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of the original: ``--scope=all``, ``--plan/-p``."""

    command: str
    long: str
    short: str
    default: str

    @property
    def key(self) -> str:
        """How its row begins."""
        words = f"{self.command} {self.long}".strip()
        return f"{words}, {self.short}" if self.short else words


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table."""

    key: str
    now: str
    proof: str

    @property
    def is_left_out(self) -> bool:
        """Whether it is not there any more, on purpose."""
        return self.now.startswith("left out")


@cache
def original() -> dict[str, Any]:
    file = Path(__file__).parent / "original.yaml"
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


@cache
def rows() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if match := _ROW.match(line):
            assert match[1] not in found, f"{match[1]}: two rows"
            found[match[1]] = Row(*(part.strip() for part in match.groups()))
    return found


def flags() -> list[Flag]:
    """Every flag of every command."""
    found = [_flag("", text) for text in original()["root"]["flags"].split()]
    for command, facts in original()["commands"].items():
        found += [_flag(command, text) for text in facts.get("flags", "").split()]
    return found


def keys() -> list[str]:
    """The rows that there have to be."""
    found = [flag.key for flag in flags() if not flag.command]
    for group, aliases in original()["groups"].items():
        found += [group, *aliases]
    for command, facts in original()["commands"].items():
        verb = command.rpartition(" ")[0]
        found.append(command)
        found += [f"{verb} {alias}".strip() for alias in facts.get("aliases", [])]
        found += [flag.key for flag in flags() if flag.command == command]
        if header := facts.get("header"):
            found.append(f"{command}: {header}")
        found += [f"{command}: {label}" for label in facts.get("labels", [])]
    found += [f"vector: {name}" for name in original()["vectors"]]
    return found + [f"bug: {name}" for name in original()["bugs"]]


def command_of(words: str) -> Any:
    """The command of the CLI that these words run; None if there is none."""
    here = WHOLE
    for word in words.split():
        if here is not WHOLE and not hasattr(here, "commands"):
            return here  # what is left are its arguments
        here = getattr(here, "commands", {}).get(word)
        if here is None:
            return None
    return here


def option_of(flag: Flag) -> Any:
    """The CLI's option of that name; None if it refuses it."""
    command = command_of(flag.command)
    for parameter in getattr(command, "params", []):
        if flag.long in {*parameter.opts, *parameter.secondary_opts}:
            return parameter
    return None


def _flag(command: str, text: str) -> Flag:
    names, _, default = text.partition("=")
    long, _, short = names.partition("/")
    return Flag(command, long, short, default)
