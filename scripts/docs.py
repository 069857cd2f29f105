"""Write the generated parts of the documentation: ``make docs``.

docs/reference/cli.md from the commands' own help, man/svcat.1 likewise (``man``), completions/ from
the command itself. Tests compare what is checked in with what this writes.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from scripts import man
from svcat.cli import tree

ROOT = Path(__file__).parent.parent
SHELLS = {
    "bash": "svcat.bash",
    "zsh": "_svcat",
    "fish": "svcat.fish",
    "powershell": "svcat.ps1",
}
_WIDTH = "100"
_AS_SVCAT = "import sys; sys.argv[0] = 'svcat'; from svcat.cli.main import run; run()"


def command_paths(app: typer.Typer, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the words of every command that help shows."""
    for command in app.registered_commands:
        if command.name and not command.hidden:
            yield (*above, command.name)
    for group in app.registered_groups:
        if group.name and group.typer_instance and not group.hidden:
            yield from command_paths(group.typer_instance, (*above, group.name))


def reference() -> str:
    """Return docs/reference/cli.md."""
    parts = ["# Commands\n\nWritten by `make docs` from the commands' own help.\n"]
    for path in sorted(command_paths(tree.whole())):
        words = " ".join(("svcat", *path))
        parts.append(f"## {words}\n\n```text\n{_help(path).rstrip()}\n```\n")
    return "\n".join(parts)


def completions() -> dict[str, str]:
    """Return the completion scripts by file name."""
    return {file: _svcat(("completion", shell)) for shell, file in SHELLS.items()}


def main() -> None:
    """Write everything."""
    (ROOT / "docs/reference/cli.md").write_text(reference(), encoding="utf-8")
    (ROOT / "man").mkdir(exist_ok=True)
    (ROOT / "man" / "svcat.1").write_text(man.page(), encoding="utf-8")
    (ROOT / "completions").mkdir(exist_ok=True)
    for file, text in completions().items():
        (ROOT / "completions" / file).write_text(text, encoding="utf-8")


def _help(path: tuple[str, ...]) -> str:
    return _svcat((*path, "--help"))


def _svcat(words: tuple[str, ...], **more: str) -> str:
    environment = {**os.environ, "COLUMNS": _WIDTH, "TERMINAL_WIDTH": _WIDTH, **more}
    ended = subprocess.run(
        [sys.executable, "-c", _AS_SVCAT, *words],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    return ended.stdout


if __name__ == "__main__":
    main()
