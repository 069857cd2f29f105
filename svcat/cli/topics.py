"""``svcat help``: a command's help, or a page of the reference.

The pages are the ones of ``docs/``: shipped inside the package, read from beside it in a checkout.
"""

from pathlib import Path
from typing import Annotated

import typer

from svcat.cli.call import Call
from svcat.cli.called_as import program
from svcat.cli.command import command
from svcat.errors import NotFound

# Topic, page, and what it is about.
TOPICS = {
    "exit-codes": ("reference/exit-codes.md", "what each exit code means"),
    "environment": ("reference/environment.md", "variables that are read"),
    "output": ("reference/json.md", "-o json and yaml: what the objects hold"),
    "states": ("reference/states.md", "the states of instances and bindings"),
    "parameters": ("how-to/parameters.md", "giving parameters, from flags, files and Secrets"),
    "objects": ("reference/annotations.md", "what is stored where in the cluster"),
    "logins": ("how-to/broker-logins.md", "how a broker is logged in to"),
    "recovery": ("how-to/recover.md", "killed commands, failures, lost brokers and namespaces"),
    "completion": ("how-to/complete-on-tab.md", "what Tab completes, in each shell"),
}
_PACKAGE = Path(__file__).parent.parent


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "help")(help_on)


def help_on(
    call: Call,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND|TOPIC]...", help="On what.")
    ] = None,
) -> None:
    """Show help on a command or a topic.

    Topics: exit-codes, environment, output, states, parameters, objects, logins, recovery,
    completion.

    Examples:
      svcat help provision
      svcat help exit-codes
    """
    from svcat.output.pages import page_view

    if not words:
        call.write(_of_command(()))
        lines = [f"  {topic:<12} {about}" for topic, (_, about) in TOPICS.items()]
        call.write("\n".join(["", "Topics (svcat help TOPIC):", *lines, ""]))
        return
    topic = words[0].lower()
    if len(words) == 1 and topic in TOPICS:
        call.show(page_view(topic, _page(TOPICS[topic][0]), call.invocation.width()))
        return
    call.write(_of_command(tuple(words)))


def _of_command(words: tuple[str, ...]) -> str:
    """Return what ``svcat WORDS --help`` says. Raises NotFound."""
    from svcat.cli import tree
    from svcat.store.names import close_to

    found = typer.main.get_command(tree.whole())
    context = found.make_context(program(), ["--help"], resilient_parsing=True)
    for word in words:
        commands = getattr(found, "commands", {})
        if word not in commands:
            known = [*commands, *(TOPICS if found.name == "svcat" else ())]
            raise NotFound(
                f"there is no help on {' '.join(words)!r}",
                hint=close_to(word, known) or "see: svcat help",
            )
        found = commands[word]
        context = found.make_context(word, ["--help"], parent=context, resilient_parsing=True)
    return f"{found.get_help(context)}\n"


def _page(name: str) -> str:
    for folder in (_PACKAGE / "pages", _PACKAGE.parent / "docs"):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    raise NotFound(f"the page {name} was not installed with svcat")
