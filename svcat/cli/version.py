"""``svcat version``."""

from typing import Annotated

import typer

from svcat import __version__
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.errors import SvcatError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "version")(version)


def version(
    call: Call,
    client: Annotated[
        bool, typer.Option("--client", "-c", help="Only this program's, without a cluster.")
    ] = False,
) -> None:
    """Show the versions of svcat and of the API server.

    Example: svcat version --client
    """
    from svcat.output.version import version_view

    if client:
        call.show(version_view(__version__, None))
        return
    try:
        server = call.deps.objects.server_version()
    except SvcatError:
        call.show(version_view(__version__, None))  # which does not depend on the server
        raise
    call.show(version_view(__version__, server))
