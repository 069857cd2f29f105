"""The code blocks of README.md and docs/, and the one convention that they follow.

After the language stand words for the runner (readers do not see them):

    console              commands, run in their order, all of a page in one shell session;
                         lines that begin with "$ " are commands and what follows each is in its
                         output, "…" for anything; without "$ " every line is a command
    console cluster      the same on a cluster instead of the local store, from here on
    yaml file=db.yaml    also put into a file of that name, before the commands that follow
    yaml steps=github    a pipeline: put into its file, and its steps are run like commands
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
GENERATED = frozenset({"docs/reference/cli.md"})  # compared with the commands' own help
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it begins, what it is, its text."""

    page: str
    line: int
    language: str
    words: dict[str, str]
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line} ({self.language})"

    @property
    def is_commands(self) -> bool:
        return self.language == "console"

    @property
    def file(self) -> str:
        return self.words.get("file", "")


@dataclass(slots=True)
class Step:
    """A command, and lines that are in its output."""

    command: str
    block: Block
    output: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        """How it ends."""
        found = re.search(r"\[exit (\d+)\]", "\n".join(self.output))
        return int(found[1]) if found else 0


def pages() -> list[str]:
    """Every page that a reader may follow."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return sorted(str(file.relative_to(ROOT)) for file in found)


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@cache
def blocks(page: str) -> tuple[Block, ...]:
    """The fenced blocks of a page, in their order."""
    found: list[Block] = []
    opened: tuple[int, str, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(text_of(page).splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is None:
            if fence:
                opened, lines = (number, fence["info"].strip(), fence["indent"]), []
        elif fence and not fence["info"].strip():
            found.append(_block(page, opened[0], opened[1], lines))
            opened = None
        else:
            lines.append(line.removeprefix(opened[2]))
    assert opened is None, f"{page}:{opened and opened[0]}: a block without an end"
    return tuple(found)


def _block(page: str, line: int, info: str, lines: list[str]) -> Block:
    language, *words = info.split() or [""]
    pairs = [word.partition("=") for word in words]
    named = {name: value for name, _, value in pairs}
    return Block(page, line, language, named, "".join(f"{line}\n" for line in lines))


def steps(block: Block) -> list[Step]:
    """The commands of a ``console`` block; one that ends in a backslash goes on."""
    has_prompts = any(line.startswith(_PROMPT) for line in block.text.splitlines())
    found: list[Step] = []
    goes_on = False
    for line in block.text.splitlines():
        if goes_on:
            found[-1].command += "\n" + line
        elif not has_prompts and line.strip() and not line.startswith("#"):
            found.append(Step(line, block))
        elif line.startswith(_PROMPT):
            found.append(Step(line.removeprefix(_PROMPT), block))
        elif has_prompts and line.strip():
            assert found, f"{block}: output before a command"
            found[-1].output.append(line)
        goes_on = bool(found) and not found[-1].output and _is_open(found[-1].command)
    return found


def _is_open(command: str) -> bool:
    here = re.search(r"<<-?'?(\w+)'?", command)
    if here and "\n" not in command:
        return True
    if here:
        return command.splitlines()[-1].strip() != here[1]
    return command.endswith("\\")
