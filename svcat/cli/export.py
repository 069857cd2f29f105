"""``export``: what is kept here, for another store."""

from typing import Annotated

import typer

from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import AllNamespaces
from svcat.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this module to ``app``."""
    command(app, "export")(export)


def export(
    call: Call,
    all_namespaces: AllNamespaces = False,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Yes, print the credentials with the rest.")
    ] = False,
) -> None:
    """Print all that is kept here as objects that kubectl applies.

    As YAML, or as one List with -o json; -o wide and -o name only say which. Afterwards use one of
    the two stores, never both: they lead to the same instances.

    Example: svcat export -A --show-secrets
    """
    from svcat.app.export import export as exported
    from svcat.output.export import export_view
    from svcat.output.view import Format, Style

    if call.format.style is Style.TABLE:
        call.format = Format(Style.YAML)  # not by -o: an error is no document for kubectl
    only_names = call.format.style in {Style.WIDE, Style.NAME}
    if not (show_secrets or only_names):
        raise UsageError(
            "an export holds credentials: those of bindings, brokers' logins, and parameters",
            hint="into a file that is yours alone: (umask 077; svcat export --show-secrets >FILE); "
            "what it would hold: svcat export -o wide",
        )
    view = export_view(exported(call.namespace_or_all(everywhere=all_namespaces), call.ports))
    if not view.names and not only_names:
        call.note(call.about_nothing(view))
    call.show(view)
