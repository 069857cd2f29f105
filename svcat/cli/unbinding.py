"""``unbind``: one binding, several, or all of an instance."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import Abandon, Eject, WaitFlags, Yes
from svcat.cli.recovery import abandon_each
from svcat.errors import Interrupted, SvcatError, raise_for

if TYPE_CHECKING:
    from svcat.output.view import View


def register(app: typer.Typer) -> None:
    """Add the command of this module to ``app``."""
    command(app, "unbind", mutates=True)(unbind)


def unbind(
    call: Call,
    instance: Annotated[str, typer.Argument(help="Delete all bindings of this instance.")] = "",
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Delete this binding; may be repeated.")
    ] = None,
    eject: Eject = False,
    abandon: Abandon = False,
    yes: Yes = False,
    *,
    waiting: WaitFlags,
) -> None:
    """Delete bindings and their Secrets.

    A binding that is injected into workloads stays, unless it is taken out of them first: with
    --eject, which waits until their new pods run.

    Examples:
      svcat unbind db
      svcat unbind --name db-reports
      svcat unbind db --eject
    """
    from svcat.app.lookup import names_to_unbind
    from svcat.output.messages import results

    wanted = [part for each in name or [] for part in each.split(",")]
    found = names_to_unbind(instance, wanted, call.namespace, call.ports)
    if not found:
        call.note(f"No bindings of instance {instance} found in namespace {call.namespace}.")
    if abandon:
        abandon_each(call, [f"binding/{each}" for each in found], confirmed=yes, ejects=eject)
        return
    tried = list(_unbound(call, found, waiting, ejects=eject))
    done = [each for each in tried if not isinstance(each, SvcatError)]
    if done or not found:
        call.show(done[0] if len(found) == 1 else results("Binding", done))
    if tried and isinstance(tried[-1], Interrupted):
        raise tried[-1]
    errors = [each if isinstance(each, SvcatError) else None for each in tried]
    raise_for(errors, "bindings are not unbound", tells_each=True)


def _unbound(
    call: Call, names: list[str], waiting: WaitFlags, *, ejects: bool
) -> "Iterator[View | SvcatError]":
    """Unbind each in turn; what fails keeps no other back, unless somebody stopped it all."""
    from svcat.app import unbinding
    from svcat.output.messages import message, removed

    namespace = call.namespace
    for name in names:
        try:
            done = unbinding.unbind(name, namespace, call.ports, waiting.patience(), ejects=ejects)
        except SvcatError as error:
            yield error
            if isinstance(error, Interrupted):
                return
            continue
        text = f"unbinding of {name} was accepted; see: svcat describe binding {name}"
        yield (
            removed("Binding", name, namespace, f"deleted {name}")
            if done.is_gone
            else message("Binding", name, namespace, text, "unbinding")
        )
