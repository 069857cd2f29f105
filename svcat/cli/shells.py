"""``completion SHELL`` and ``install plugin``: svcat in a shell's hands, and in kubectl's."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from svcat.cli import groups
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.errors import SvcatError, UsageError

PROGRAMS = ("kubectl-svcat", "kubectl_complete-svcat")


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "completion")(completion)
    command(groups.install(app), "plugin")(install_plugin)


def completion(
    call: Call,
    shell: Annotated[str, typer.Argument(help="bash, zsh, fish or powershell.")],
) -> None:
    """Print what lets a shell complete commands, flags and names.

    Names of instances and brokers, and parameters of plans too.

    Examples:
      source <(svcat completion bash)
      svcat completion zsh > ~/.zfunc/_svcat
      svcat completion fish > ~/.config/fish/completions/svcat.fish
      svcat completion powershell | Out-String | Invoke-Expression
    """
    from svcat.cli.completion_scripts import SCRIPTS
    from svcat.output.messages import script

    if shell not in SCRIPTS:
        raise UsageError(
            f"unsupported shell type {shell!r}", hint=f"there are: {', '.join(SCRIPTS)}"
        )
    if call.format.is_for_people and not call.format.columns:
        call.write(SCRIPTS[shell])
    else:
        call.show(script(shell, SCRIPTS[shell]))


def install_plugin(
    call: Call,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--plugins-path",
            "-p",
            help="A folder of $PATH; otherwise where svcat is, or ~/.local/bin.",
        ),
    ] = None,
) -> None:
    """Let kubectl know svcat: as ``kubectl svcat``, with completion.

    Writes two small programs, kubectl-svcat and kubectl_complete-svcat.

    Examples:
      svcat install plugin
      svcat install plugin --plugins-path ~/bin
    """
    from svcat.output.messages import installed

    place = folder or _default_folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        files = [_write(place / name) for name in PROGRAMS]
    except OSError as error:
        raise SvcatError(
            f"the plugin cannot be written to {place}: {error.strerror}",
            hint="name a folder of yours: svcat install plugin --plugins-path ~/.local/bin",
        ) from error
    if str(place) not in call.invocation.environ.get("PATH", "").split(os.pathsep):
        call.deps.warn(f"{place} is not in $PATH, so kubectl will not find it there")
    call.show(installed(place, files))


def _default_folder() -> Path:
    own = Path(sys.argv[0]).resolve().parent
    if Path(sys.argv[0]).name == "svcat" and os.access(own, os.W_OK):
        return own
    return Path.home() / ".local" / "bin"


def _write(path: Path) -> Path:
    """Write a program that runs what we are, by the Python that we run on."""
    root = Path(__file__).parent.parent.parent
    text = f"#!{sys.executable}\nimport sys\n\nsys.path.append({str(root)!r})\n"
    text += "from svcat.cli.main import program\n\nprogram()\n"
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o755)
    new.replace(path)
    return path
