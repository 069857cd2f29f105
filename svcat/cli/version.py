"""``svcat version``."""

from typing import Annotated

import typer

from svcat import __version__
from svcat.cli.command import Call, command


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

    server = None if client else call.deps.server_version()
    call.show(version_view(__version__, server))
