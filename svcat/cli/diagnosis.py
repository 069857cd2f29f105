"""``status``, ``tree``, ``events``, ``doctor``: how things are, and what to do about it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import AllNamespaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from svcat.app.findings import Finding
    from svcat.app.overview import Branch
    from svcat.output.overview import Node


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "status")(status)
    command(app, "tree")(tree)
    command(app, "events", lists=True)(events)
    command(app, "doctor")(doctor)


def status(call: Call, all_namespaces: AllNamespaces = False) -> None:
    """Show on one screen how things are, and what needs somebody.

    Unfinished work, failures, brokers that could not be reached, credentials that end; each with
    the command that mends it. Nobody is asked: svcat doctor looks further.

    Examples:
      svcat status
      svcat status -A
    """
    from svcat.app import overview as app
    from svcat.output import overview as view

    namespace = call.namespace_or_all(everywhere=all_namespaces)
    seen = app.look(namespace, call.ports)
    attention = [_object(finding) for finding in app.attention(seen, call.ports)]
    call.show(
        view.overview(seen.brokers, seen.instances, seen.bindings, attention, namespace=namespace)
    )


def tree(
    call: Call,
    what: Annotated[
        str,
        typer.Argument(
            metavar="[TYPE/NAME]", help="Only that, and what hangs on it; a NAME alone will do."
        ),
    ] = "",
    all_namespaces: AllNamespaces = False,
) -> None:
    """Show what hangs on what.

    Brokers, their instances, the bindings of those, Secrets, workloads.

    Examples:
      svcat tree
      svcat tree instance/db
    """
    from svcat.app import overview as app
    from svcat.output import overview as view

    namespace = call.namespace_or_all(everywhere=all_namespaces)
    if what:
        branches = app.one(what, call.namespace, call.ports)
    else:
        branches = app.forest(app.look(namespace, call.ports))
    call.show(
        view.tree(
            [_node(branch, call) for branch in branches],
            shows_namespaces=all_namespaces,
            empty="Nothing found. Begin with: svcat register NAME --url URL",
        )
    )


def events(
    call: Call,
    what: Annotated[
        str, typer.Argument(metavar="[TYPE/NAME]", help="Only of that; a NAME alone will do.")
    ] = "",
    all_namespaces: AllNamespaces = False,
) -> None:
    """Show what happened to instances and bindings.

    Each record keeps its last 20 changes.

    Examples:
      svcat events
      svcat events instance/db -w
      svcat events -A --sort-by object
    """
    from svcat.app import overview as app
    from svcat.output.overview import event_list

    namespace = call.namespace_or_all(everywhere=all_namespaces and not what)
    lines = app.histories(what, namespace, call.ports, selector=call.selector)
    call.show(event_list(lines, call.ports.records.now()))


def doctor(
    call: Call,
    all_namespaces: AllNamespaces = False,
    asks_brokers: Annotated[
        bool, typer.Option("--brokers/--no-brokers", help="Ask each broker for its catalog.")
    ] = True,
) -> None:
    """Look for what could be wrong, and say what mends it.

    Kubeconfig, login and rights; clocks; each broker's TLS, login, version and catalog; work that
    nobody is at; Secrets and workloads that somebody changed; orphans. Changes nothing. Exits with
    0 if there is no problem, else with the code of the first one.

    Examples:
      svcat doctor
      svcat doctor -A -o json
    """
    from svcat.output.overview import finding_list
    from svcat.output.words import counted

    found = list(_checked(call, everywhere=all_namespaces, asks_brokers=asks_brokers))
    problems = [finding for finding in found if finding.level == "problem"]
    warnings = [finding for finding in found if finding.level == "warning"]
    summary = f"{counted(len(problems), 'problem')}, {counted(len(warnings), 'warning')}"
    call.show(finding_list(map(_object, found), summary=summary))
    if problems:
        raise typer.Exit(problems[0].exit_code)


def _checked(call: Call, *, everywhere: bool, asks_brokers: bool) -> "Iterator[Finding]":
    from datetime import UTC, datetime

    from svcat.app import checkup, findings
    from svcat.app.findings import Finding, Level
    from svcat.errors import SvcatError

    try:
        server, warnings = call.deps.objects.place()
        version = call.deps.objects.server_version()
        namespace = call.namespace
    except SvcatError as error:
        yield findings.from_error("cluster", error)
        return
    yield Finding(subject="store", level=Level.OK, message=f"{server}, {version}")
    for warning in warnings:
        yield Finding(subject="kubeconfig", level=Level.WARNING, message=warning)
    where = "" if everywhere else namespace
    yield from checkup.check(
        where,
        namespace,
        call.ports,
        local_time=datetime.now(UTC).replace(microsecond=0),
        asks_brokers=asks_brokers,
    )


def _object(finding: "Finding") -> dict[str, Any]:
    from svcat.output.overview import finding_object

    return finding_object(
        finding.subject,
        finding.level,
        finding.message,
        namespace=finding.namespace,
        fix=finding.fix,
        exit_code=finding.exit_code,
    )


def _node(branch: "Branch", call: Call) -> "Node":
    from svcat.app import injection
    from svcat.app.findings import namespace_of
    from svcat.output.overview import binding_node, broker_node, instance_node
    from svcat.store.records import BindingRecord, BrokerRecord, InstanceRecord

    children = tuple(_node(child, call) for child in branch.children)
    match branch.record:
        case BindingRecord() as binding:
            lapses = injection.drift(binding, call.ports)
            words = {
                f"{each.injection.kind.lower()}/{each.injection.name}": each.lapse.value
                for each in lapses
            }
            return binding_node(binding, words)
        case InstanceRecord() as instance:
            return instance_node(instance, children)
        case BrokerRecord() as broker:
            return broker_node(broker, broker.name, children, namespace=namespace_of(broker))
        case None:
            ref = branch.broker
            name, namespace = (ref.name, ref.namespace) if ref else ("", "")
            return broker_node(None, name, children, namespace=namespace)
