"""``explain CLASS/PLAN[.PARAMETER]``: what a plan takes, from its schemas in the cached catalog."""

from typing import Annotated

import typer

from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import KubeName, ReadScope, read_scope


def register(app: typer.Typer) -> None:
    """Add the command of this module to ``app``."""
    command(app, "explain")(explain)


def explain(
    call: Call,
    what: Annotated[
        str,
        typer.Argument(metavar="CLASS/PLAN[.PARAMETER]", help="The plan, or one parameter of it."),
    ],
    kube_name: KubeName = False,
    scope: ReadScope = "all",
) -> None:
    """Explain the parameters of a plan, or one of them.

    Shows type, limits, default and an example.

    Examples:
      svcat explain sqlite/file
      svcat explain sqlite/file.journal_mode
    """
    from svcat.app import explain as app
    from svcat.output import plan_schema as view

    found = app.explain(what, call.namespace, call.ports, scope=read_scope(scope), by_id=kube_name)
    names = (found.offer.service.name, found.offer.plan.name)
    for use, problem in found.problems:
        call.deps.warn(f"the schema for {use} cannot be used: {problem}")
    show = view.parameter_details if found.path else view.parameter_list
    call.show(show(*names, found.uses))
