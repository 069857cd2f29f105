"""``bind``, ``get bindings``, ``describe binding``."""

from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli import groups, shaping
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import (
    AllNamespaces,
    ErrorUnchanged,
    Interactive,
    KeepFailed,
    WaitFlags,
)
from svcat.cli.parameters import ParamFlags
from svcat.cli.rotating import Expiring, due, mention_what_is_left
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.binding_order import Order
    from svcat.app.parameters import Given
    from svcat.app.ports import Patience
    from svcat.store.records import BindingRecord

THERE_ARE = 11  # docs/reference/exit-codes.md
Name = Annotated[str, typer.Argument(help="The binding's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "bind", mutates=True)(bind)
    command(groups.get(app), "bindings", "binding", "bnd", lists=True)(get)
    command(groups.describe(app), "binding", "bindings", "bnd")(describe)


def bind(
    call: Call,
    instance: Annotated[str, typer.Argument(help="The instance to bind.")],
    *,
    name: Annotated[
        str, typer.Option("--name", help="The binding's name; otherwise the instance's.")
    ] = "",
    secret_name: Annotated[
        str, typer.Option("--secret-name", help="The Secret's name; otherwise the binding's.")
    ] = "",
    service_type: shaping.Type = "",
    route: Annotated[
        str,
        typer.Option("--route", help="What a route service is to stand before: HOST or HOST/PATH."),
    ] = "",
    external_id: Annotated[
        str, typer.Option("--external-id", help="The binding id to use; otherwise a new UUID.")
    ] = "",
    params: ParamFlags,
    interactive: Interactive = False,
    error_unchanged: ErrorUnchanged = False,
    keep_failed: KeepFailed = False,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Bring back a Secret or a record that was lost or changed."),
    ] = False,
    waiting: WaitFlags,
    shape: shaping.ShapeFlags,
) -> None:
    """Get credentials for an instance into a Secret.

    With --repair, a Secret that somebody deleted or changed is filled again: from what it still
    holds, by asking the broker, or, if that gives credentials out only once, with new ones, as
    rotate does. A record that was deleted is made again from the Secret or the ledger; only then
    it takes parameters.

    Examples:
      svcat bind db
      svcat bind db --name db-reports --secret-name reports-db -p read_only=true
      svcat bind db --template 'url=db://{{username}}:{{password|url}}@{{host}}' --remove uri
    """
    from svcat.app import binding_order, bindings, expiry, parameter_check
    from svcat.output.bindings import binding_summary

    order = binding_order.Order(
        instance=instance,
        namespace=call.namespace,
        name=name,
        secret_name=secret_name,
        service_type=service_type,
        route=route,
        shape=shaping.shape_of(shape, call),
        external_id=external_id,
        keep_failed=keep_failed,
    )
    given = params.given()
    if repair:
        limits = waiting.patience()
        _repair(call, order, given, limits, error_unchanged=error_unchanged)
        return
    order = parameter_check.for_bind(
        order, given, call.ports, ask=call.interview(is_wanted=interactive)
    )
    done = bindings.bind(order, call.ports, waiting.patience())
    if not done.changed:
        call.unchanged(f"binding/{name or instance}", is_error=error_unchanged)
    if done.record is not None:
        for remark in expiry.remarks(done.record):
            call.deps.warn(remark)
        call.show(binding_summary(done.record))
    if done.record is not None and done.changed:
        call.suggest(_next_step(done.record, call))


def _next_step(binding: "BindingRecord", call: Call) -> str:
    from svcat.store.records import BindingPhase

    if binding.phase is not BindingPhase.READY:
        return f"svcat wait binding/{binding.name}"
    is_local = call.ports.workloads is None
    return f"svcat env {binding.name}" if is_local else f"svcat inject {binding.name} KIND/NAME"


def _repair(
    call: Call, order: "Order", given: "Given", limits: "Patience", *, error_unchanged: bool
) -> None:
    from svcat.app import parameter_check
    from svcat.app.parameters import Given
    from svcat.app.repairing import repair
    from svcat.output.bindings import binding_summary
    from svcat.store.shape import Shape

    if order.shape != Shape() or order.service_type or order.external_id:
        raise UsageError(
            "--repair brings back what was: it takes no words about a new layout or id",
            hint="another layout: svcat update binding NAME --map ...",
        )
    if given != Given(is_validated=given.is_validated):
        order = parameter_check.for_bind(order, given, call.ports)
    done = repair(order, call.ports, limits)
    if not done.changed:
        call.unchanged(f"binding/{order.name or order.instance}", is_error=error_unchanged)
    if done.record is not None:
        mention_what_is_left(call, [done.record])
        call.show(binding_summary(done.record))


def get(
    call: Call,
    name: Annotated[str, typer.Argument(help="Only this one.")] = "",
    instance: Annotated[str, typer.Option("--instance", help="Only of this instance.")] = "",
    all_namespaces: AllNamespaces = False,
    expiring: Expiring = "",
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="With --expiring: exit with 11 if there are any.")
    ] = False,
) -> None:
    """List bindings.

    Examples:
      svcat get bindings -A
      svcat get bindings --expiring 7d --exit-code
    """
    from svcat.output.bindings import binding_list, binding_row
    from svcat.store.records import BindingRecord

    if exit_code and not expiring:
        raise UsageError("--exit-code tells whether bindings expire", hint="say --expiring 7d too")
    records = call.ports.records
    if name and not expiring:
        call.show(binding_row(records.load(BindingRecord, call.namespace, name), records.now()))
        return
    listed = records.list(
        BindingRecord, call.namespace_or_all(everywhere=all_namespaces), selector=call.selector
    )
    shown = [b for b in listed if instance in {"", b.instance} and name in {"", b.name}]
    if expiring:
        shown = due(call, shown, expiring)
    call.mention_unfinished(shown)
    shown.sort(key=lambda b: (b.namespace, b.name))
    call.show(binding_list(shown, records.now(), expiring=bool(expiring)))
    if shown and exit_code:
        raise typer.Exit(THERE_ARE)


def describe(
    call: Call,
    name: Name,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show the credentials themselves.")
    ] = False,
) -> None:
    """Show one binding; credentials by name and size only.

    Example: svcat describe binding db
    """
    from svcat.app.credential_state import state_of
    from svcat.output.bindings import binding_details

    binding = _loaded(call, name)
    call.mention_unfinished([binding])
    secret = call.ports.secrets.find(binding.namespace, binding.secret_name)
    contents = secret.data if secret is not None and secret.is_of(binding) else None
    state = state_of(binding, secret)
    if state is not None:
        call.deps.warn(f"{state.words}; mend it: {state.fix}")
    notes = (state.words,) if state is not None else ()
    call.show(
        binding_details(
            binding, contents, show_secrets=show_secrets, notes=notes, lapses=_lapses(call, binding)
        )
    )


def _loaded(call: Call, name: str) -> "BindingRecord":
    """Return the record. Raises NotFound, which tells what is left of it without one."""
    from svcat.app import traces
    from svcat.errors import NotFound
    from svcat.store.records import BindingRecord

    try:
        return call.ports.records.load(BindingRecord, call.namespace, name)
    except NotFound as error:
        trace = traces.find(name, call.namespace, call.ports)
        if trace is not None:
            error.message = f"{error.message}; {trace.words}"
            error.hint = (
                f"make its record again: svcat bind {trace.instance} --name {name} "
                f"-n {call.namespace} --repair"
            )
        raise


def _lapses(call: Call, binding: "BindingRecord") -> dict[str, str]:
    """Return what is wrong in workloads, by KIND/NAME, and say how to mend it."""
    from svcat.app.injection import drift

    found = {}
    for each in drift(binding, call.ports):
        words = f"{each.injection.kind.lower()}/{each.injection.name}"
        found[words] = f"{each.lapse}: {', '.join(each.details)}" if each.details else each.lapse
    if found:
        call.deps.warn(
            f"not as it was injected: {', '.join(found)}; "
            f"mend it: svcat inject {binding.name} --repair -n {binding.namespace}"
        )
    return found
