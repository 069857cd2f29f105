"""``update``, ``upgrade``, ``touch instance``: changes that are shown before they go out."""

from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli import groups, shaping, user_provided
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import (
    ErrorUnchanged,
    WaitFlags,
)
from svcat.cli.parameters import ParamFlags
from svcat.cli.user_provided import CredentialsFile
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.ports import Patience
    from svcat.app.updating import Planned

Name = Annotated[str, typer.Argument(help="The instance's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    noun = groups.update(app)
    command(noun, "instance", "instances", "inst", mutates=True)(update)
    command(noun, "binding", "bindings", "bnd", mutates=True)(update_binding)
    command(app, "upgrade", mutates=True)(upgrade)
    command(groups.touch(app), "instance", "instances", "inst", mutates=True)(touch)


def update(
    call: Call,
    name: Name,
    plan: Annotated[str, typer.Option("--plan", help="Change to this plan of its class.")] = "",
    *,
    params: ParamFlags,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="NAME", help="Take a parameter back: null is sent."),
    ] = None,
    credentials_file: CredentialsFile = "",
    force: Annotated[
        bool, typer.Option("--force", help="Even what the broker said is not to be repeated.")
    ] = False,
    error_unchanged: ErrorUnchanged = False,
    waiting: WaitFlags,
) -> None:
    """Change an instance's plan or parameters.

    What changes is shown before it is sent. Only what is given is sent. Nothing is sent if the
    instance is as asked for already.

    Examples:
      svcat update db -p journal_mode=delete
      svcat update db --plan large --params-file db.yaml
      svcat update db --unset comment
      svcat update legacy-db --credentials-file new.json
    """
    from svcat.app import updating

    if credentials_file:
        if plan or unset or params.are_given:
            raise UsageError("--credentials-file is for user-provided instances, and goes alone")
        user_provided.update(call, name, credentials_file, is_error=error_unchanged)
        return
    given = params.given(unset=unset)
    planned = updating.plan_update(
        name, call.namespace, given, call.ports, plan_name=plan, is_forced=force
    )
    limits = waiting.patience()
    _carry_out(call, planned, limits, is_error=error_unchanged)


def update_binding(
    call: Call,
    name: Annotated[str, typer.Argument(help="The binding's name.")],
    *,
    service_type: shaping.Type = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="One key a credential again, nothing added or removed.")
    ] = False,
    error_unchanged: ErrorUnchanged = False,
    shape: shaping.ShapeFlags,
) -> None:
    """Lay the Secret of a binding out otherwise.

    The options say the whole layout: what an earlier one added is gone if they do not add it again.
    The broker is asked only if the Secret does not hold the credentials as it gave them. Workloads
    that were given them follow: their pods are replaced.

    Examples:
      svcat update binding db --map host=hostname --template 'url=db://{{username}}@{{host}}'
      svcat update binding db --plain
    """
    from svcat.app import reshaping
    from svcat.app.ports import Patience
    from svcat.output.bindings import binding_summary

    order = reshaping.Order(
        binding=name,
        namespace=call.namespace,
        shape=shaping.shape_of(shape, call),
        service_type=service_type,
        is_plain=plain,
    )
    done = reshaping.reshape(order, call.ports, Patience())
    if not done.changed:
        call.unchanged(f"binding/{name}", is_error=error_unchanged)
    if done.record is not None:
        call.show(binding_summary(done.record))


def upgrade(
    call: Call,
    name: Name,
    error_unchanged: ErrorUnchanged = False,
    *,
    waiting: WaitFlags,
) -> None:
    """Bring an instance to its plan's maintenance version.

    The version is the one that the catalog has.

    Example: svcat upgrade db
    """
    from svcat.app import updating

    planned = updating.plan_upgrade(name, call.namespace, call.ports)
    limits = waiting.patience()
    _carry_out(call, planned, limits, is_error=error_unchanged)


def touch(
    call: Call,
    name: Name,
    error_unchanged: ErrorUnchanged = False,
    *,
    waiting: WaitFlags,
) -> None:
    """Send parameters again that come from changed Secrets.

    Example: svcat touch instance db
    """
    from svcat.app import updating

    planned = updating.plan_touch(name, call.namespace, call.ports)
    limits = waiting.patience()
    _carry_out(call, planned, limits, is_error=error_unchanged)


def _carry_out(
    call: Call, planned: "Planned", limits: "Patience", *, is_error: bool = False
) -> None:
    from svcat.app import updating
    from svcat.output.diff import diff_lines
    from svcat.output.instances import instance_summary

    name = planned.record.name
    if not planned.is_needed:
        call.unchanged(f"instance/{name}", is_error=is_error)
        call.show(instance_summary(planned.record))
        return
    changes = [(c.what, c.old, c.new) for c in planned.changes]
    call.note_lines(diff_lines(f"instance/{name}", changes))
    for remark in planned.remarks:
        call.note(f"note: {remark}")
    done = updating.carry_out(planned, call.ports, limits)
    if done.record is not None:
        user_provided.mention_bindings(call, done.record)
        call.show(instance_summary(done.record))
