"""The tree of commands; a run imports and builds the one branch that its words name.

All of it takes long. The modules of commands import nothing of what they do their work with.
"""

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated

import typer

from svcat import __version__
from svcat.cli import go_switches
from svcat.cli.help import text_of
from svcat.cli.invocation import Invocation
from svcat.cli.options import NoColor, NoInput
from svcat.cli.overview import Overview
from svcat.cli.prompt import NO_INPUT
from svcat.cli.settings import Settings
from svcat.errors import UsageError

# The modules with commands, in the order of the help, each with the first words that lead to it:
# a third of the time of a Tab would go into importing the others (a test holds it to the truth).
MODULES = {
    "market": ("marketplace", "mp", "search", "compare"),
    "catalog": ("get", "describe"),
    "own_classes": ("create", "delete"),
    "explaining": ("explain",),
    "brokers": ("register", "deregister", "sync", "relist", "get", "describe"),
    "instances": ("provision", "deprovision", "sync", "relist", "get", "describe"),
    "updating": ("upgrade", "update", "touch"),
    "user_provided": ("create-user-provided-service", "cups", "create"),
    "bindings": ("bind", "get", "describe"),
    "unbinding": ("unbind",),
    "workloads": ("inject", "eject"),
    "rotating": ("rotate",),
    "recovery": ("resume", "wait", "abandon", "orphans"),
    "diagnosis": ("status", "tree", "events", "doctor"),
    "serve": ("broker",),
    "broker_changes": ("broker",),
    "check": ("broker",),
    "environment": ("env", "run"),
    "export": ("export",),
    "shells": ("completion", "install"),
    "topics": ("help",),
    "version": ("version",),
}
# Options of the root that take the next word as their value, and the one that takes none.
WITH_VALUE = frozenset({"-n", "--namespace", "--context", "--kubeconfig", "--store"})
# Switches that say for one run what a variable says for all.
_AS_VARIABLES = {"--no-color": "NO_COLOR", "--no-input": NO_INPUT}


def _show_version(is_asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if is_asked:
        typer.echo(f"svcat {__version__}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    context: Annotated[
        str | None, typer.Option(metavar="CONTEXT", help="The kubeconfig context to use.")
    ] = None,
    kubeconfig: Annotated[
        str | None, typer.Option(metavar="FILE", help="The kubeconfig file.")
    ] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", metavar="NAMESPACE", help="The namespace.")
    ] = None,
    store: Annotated[str | None, typer.Option(metavar="STORE", help="kube or local.")] = None,
    no_color: NoColor = False,
    no_input: NoInput = False,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Browse, provision and bind services of Open Service Broker brokers.

    Examples:
      svcat register demo --url http://127.0.0.1:8080
      svcat marketplace
      svcat provision db --class sqlite --plan file
      svcat bind db
    """
    del show_version, no_color, no_input  # see variables_said()
    ctx.obj.root = Settings(
        context=context, kubeconfig=kubeconfig, store=store, namespace=namespace
    )


def whole() -> typer.Typer:
    """Return the tree with every command."""
    return _with_commands_of(MODULES)


def leading_to(words: Sequence[str]) -> typer.Typer:
    """Return the tree with all that begins like ``words``; the whole if that is not certain."""
    rest = _after_root_options(words)
    homes = [name for name, firsts in MODULES.items() if rest and rest[0] in firsts]
    return _with_commands_of(homes or MODULES)


def _with_commands_of(modules: Iterable[str]) -> typer.Typer:
    app = typer.Typer(
        name="svcat",
        cls=Overview,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(help=text_of(root))(root)
    for module in modules:
        import_module(f"svcat.cli.{module}").register(app)
    return app


def pruned(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """Drop from ``app`` what ``words`` cannot mean; all stays if that is not certain."""
    rest = _after_root_options(words)
    if not rest:
        return app
    commands = [each for each in app.registered_commands if each.name == rest[0]]
    groups = [each for each in app.registered_groups if each.name == rest[0]]
    if groups and groups[0].typer_instance and len(rest) > 1:
        group = groups[0].typer_instance
        members = [each for each in group.registered_commands if each.name == rest[1]]
        if members:
            group.registered_commands = members
            app.registered_commands, app.registered_groups = [], groups
    elif commands:
        app.registered_commands, app.registered_groups = commands, []
    return app


def asked_output(words: Sequence[str]) -> str:
    """Return what ``-o`` asks for, for errors that come before the words are understood."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word == "--":
            break  # what follows is another command's
        if word in {"-o", "--output"}:
            return following
        if word.startswith(("-o", "--output=")):
            return word.removeprefix("--output=").removeprefix("-o").removeprefix("=")
    return ""


def variables_said(words: Sequence[str]) -> dict[str, str]:
    """Return the variables that switches stand for; errors come before words are understood."""
    ours = words[: words.index("--")] if "--" in words else words
    return {variable: "1" for switch, variable in _AS_VARIABLES.items() if switch in ours}


def _after_root_options(words: Sequence[str]) -> Sequence[str]:
    """Return the words from the command on; none if an option is not known for sure."""
    position = 0
    while position < len(words) and words[position].startswith("-"):
        if words[position] in _AS_VARIABLES:
            position += 1
            continue
        name, equals, _ = words[position].partition("=")
        if name not in WITH_VALUE:
            return ()
        position += 1 if equals else 2
    return words[position:]


def run(words: Sequence[str], invocation: Invocation, program: str) -> int:
    """Run a command line and return its exit code. Raises SvcatError."""
    _require_text(words)
    words = go_switches.without_values(words)
    app = pruned(leading_to(words), words)
    try:
        code = app(args=list(words), obj=invocation, prog_name=program, standalone_mode=False)
    except typer.Abort:
        raise UsageError("no answer was given, so nothing was done") from None
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            is_root = getattr(getattr(error, "ctx", None), "parent", None) is None
            typer.echo(str(error), err=not is_root)
            return 0 if is_root else UsageError.exit_code
        problem = _usage_problem(error)
        if problem is None:
            raise
        raise problem from None
    return code if isinstance(code, int) else 0


def _require_text(words: Sequence[str]) -> None:
    try:
        "".join(words).encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the command line holds characters that this locale cannot read",
            hint="set LC_ALL=C.UTF-8, then try again",
        ) from None


def _plainly(message: str) -> str:
    """Return what Typer says of too many words as people say it."""
    found = re.fullmatch(r"Got unexpected extra argument\(s\) \((.*)\)", message)
    return f"unexpected argument: {found[1]}" if found else message


def _usage_problem(error: Exception) -> UsageError | None:
    """Return what Typer finds wrong with the words; None if ``error`` is something else."""
    if not hasattr(error, "format_message"):
        return None
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "svcat"
    message = _plainly(str(error.format_message()).rstrip("."))
    close = [str(each) for each in getattr(error, "possibilities", None) or ()]
    if close:
        message = message.partition(" (Possible")[0].partition(" Did you mean")[0].rstrip(".")
    elif "Did you mean" in message:
        message, _, words = message.partition(". Did you mean ")
        close = [word.strip("' ?") for word in words.split(",")]
    known = getattr(context and context.command, "commands", {})
    close = [each for each in close if each not in known or not known[each].hidden] or close[:1]
    hint = f"did you mean {' or '.join(close)}? see: " if close else "see: "
    return UsageError(message[:1].lower() + message[1:], hint=f"{hint}{command} --help")
