"""``provision``, ``deprovision``, ``get instances``, ``describe instance``."""

from functools import partial
from typing import Annotated

import typer

from svcat.cli import confirm, groups
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import (
    Abandon,
    AllNamespaces,
    BrokerName,
    Eject,
    ErrorUnchanged,
    FindScope,
    Interactive,
    KeepFailed,
    KubeName,
    WaitFlags,
    Yes,
    read_labels,
    read_scope,
)
from svcat.cli.parameters import ParamFlags
from svcat.cli.recovery import abandon_record
from svcat.errors import UsageError

Name = Annotated[str, typer.Argument(help="The instance's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "provision", mutates=True)(provision)
    command(app, "deprovision", mutates=True)(deprovision)
    command(groups.sync(app), "instance", "instances", "inst", mutates=True)(refresh)
    command(groups.get(app), "instances", "instance", "inst", lists=True)(get)
    command(groups.describe(app), "instance", "instances", "inst")(describe)


def provision(
    call: Call,
    name: Name,
    class_name: Annotated[str, typer.Option("--class", help="The class; see: svcat marketplace.")],
    plan: Annotated[
        str, typer.Option("--plan", help="The plan; not needed if the class has one only.")
    ] = "",
    broker: BrokerName = "",
    scope: FindScope = None,
    kube_name: KubeName = False,
    external_id: Annotated[
        str, typer.Option("--external-id", help="The instance id to use; otherwise a new UUID.")
    ] = "",
    *,
    params: ParamFlags,
    interactive: Interactive = False,
    error_unchanged: ErrorUnchanged = False,
    keep_failed: KeepFailed = False,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME=VALUE", help="A label, to find it by with -l."),
    ] = None,
    protect: Annotated[
        bool,
        typer.Option("--protect", help="Let its namespace wait until it is deprovisioned."),
    ] = False,
    waiting: WaitFlags,
) -> None:
    """Create an instance of a class, and wait until it is ready.

    Repeating it with the same request is no error; with another it is a conflict.

    Examples:
      svcat provision db --class sqlite --plan file
      svcat provision db --class postgresql --plan small -p extensions=pgcrypto --timeout 10m
      svcat provision db --class postgresql --plan small --secret db-params[json] --no-wait
    """
    from svcat.app import parameter_check, provisioning
    from svcat.app.freshness import renew
    from svcat.app.updating import refetching
    from svcat.output.instances import instance_summary
    from svcat.store.records import InstancePhase

    given = params.given()
    order = provisioning.Order(
        name=name,
        namespace=call.namespace,
        class_name=class_name,
        plan_name=plan,
        broker_name=broker,
        scope=read_scope(scope),
        by_id=kube_name,
        external_id=external_id,
        labels=read_labels(label or []),
        keep_failed=keep_failed,
        protect=protect,
    )
    if call.deps.rehearsal is None:
        renew(call.namespace, call.ports, broker=broker)
    order = parameter_check.for_provision(
        order, given, call.ports, ask=call.interview(is_wanted=interactive)
    )
    with refetching(name, call.namespace, call.ports):
        done = provisioning.provision(order, call.ports, waiting.patience())
    if not done.changed:
        call.unchanged(f"instance/{name}", is_error=error_unchanged)
    if done.record is not None:
        call.show(instance_summary(done.record))
    if done.record is not None and done.changed:
        is_ready = done.record.phase is InstancePhase.READY
        call.suggest(f"svcat bind {name}" if is_ready else f"svcat wait instance/{name}")


def deprovision(
    call: Call,
    name: Name,
    cascade: Annotated[bool, typer.Option("--cascade", help="Delete its bindings first.")] = False,
    eject: Eject = False,
    abandon: Abandon = False,
    yes: Yes = False,
    *,
    waiting: WaitFlags,
) -> None:
    """Delete an instance and wait until it is gone.

    On a terminal it asks first, unless --yes says so. It must have no bindings any more; --cascade
    deletes them first. If workloads use these, nothing is done, unless they are freed of them
    first: --cascade --eject.

    Examples:
      svcat deprovision db
      svcat deprovision db --cascade
    """
    from svcat.app import deprovisioning
    from svcat.output.messages import message, removed

    if abandon:
        abandon_record(call, f"instance/{name}", confirmed=yes, ejects=eject)
        return
    if eject and not cascade:
        raise UsageError("--eject is for bindings, which --cascade deletes: say both, or neither")
    namespace = call.namespace
    limits = waiting.patience()
    if call.deps.rehearsal is None:
        gone = "its bindings and its data" if cascade else "its data"
        warning = f"instance/{name} in {namespace}, {gone} will be deleted at the broker."
        check = partial(
            deprovisioning.require_deletable, name, namespace, call.ports, cascades=cascade
        )
        confirm.on_a_terminal(name, warning, confirmed=yes, before=check)
    done = deprovisioning.deprovision(
        name, namespace, call.ports, limits, cascades=cascade, ejects=eject
    )
    if done.is_gone:
        call.show(removed("Instance", name, namespace, f"deleted {name}"))
        return
    text = f"deprovisioning of {name} was accepted; see: svcat describe instance {name}"
    call.show(message("Instance", name, namespace, text, "deprovisioning"))


def refresh(call: Call, name: Name) -> None:
    """Ask the broker how an instance is.

    Says what the record has wrong. Only for classes that let their instances be fetched.

    Example: svcat sync instance db
    """
    from svcat.app.refreshing import refresh
    from svcat.output.instances import instance_summary

    done = refresh(name, call.namespace, call.ports)
    for drift in done.drift:
        call.deps.warn(f"instance/{name}: {drift}")
    call.show(instance_summary(done.record))


def get(
    call: Call,
    name: Annotated[str, typer.Argument(help="Only this one.")] = "",
    class_name: Annotated[str, typer.Option("--class", "-c", help="Only of this class.")] = "",
    plan: Annotated[str, typer.Option("--plan", "-p", help="Only of this plan.")] = "",
    all_namespaces: AllNamespaces = False,
) -> None:
    """List instances.

    Examples:
      svcat get instances -A
      svcat get instance db -o jsonpath='{.status.phase}'
    """
    from svcat.output.instances import instance_list, instance_row
    from svcat.store.records import InstanceRecord

    ports = call.ports
    records = ports.records
    if name:
        if class_name or plan:
            raise UsageError("a class or plan filter is not supported with an instance's name")
        found = records.load(InstanceRecord, call.namespace, name)
        call.show(instance_row(found, records.now()))
        return
    listed = records.list(
        InstanceRecord, call.namespace_or_all(everywhere=all_namespaces), selector=call.selector
    )
    shown = [i for i in listed if class_name in {"", i.service_name} and plan in {"", i.plan_name}]
    call.mention_unfinished(shown)
    shown.sort(key=lambda i: (i.namespace, i.name))
    is_narrow = bool(class_name or plan)
    call.show(instance_list(shown, records.now(), is_narrow=is_narrow))


def describe(
    call: Call,
    name: Name,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show the whole dashboard URL, with its tokens.")
    ] = False,
) -> None:
    """Show one instance in full.

    Parameters, bindings, the last operation, the history.

    Example: svcat describe instance db
    """
    from svcat.app.lookup import bindings_of
    from svcat.output.instances import instance_details
    from svcat.store.records import InstanceRecord

    instance = call.ports.records.load(InstanceRecord, call.namespace, name)
    call.mention_unfinished([instance])
    bindings = bindings_of(instance, call.ports)
    call.show(instance_details(instance, bindings, show_secrets=show_secrets))
