"""``get|describe`` for classes and plans: all from the cached catalogs."""

from typing import Annotated

import typer

from svcat.cli import groups
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import AllNamespaces, BrokerName, KubeName, ReadScope, read_scope

ClassFilter = Annotated[str, typer.Option("--class", "-c", help="Only of this class.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(groups.get(app), "classes", "class", "cl", lists=True)(get_classes)
    command(groups.get(app), "plans", "plan", "pl", lists=True)(get_plans)
    command(groups.describe(app), "class", "classes", "cl")(describe_class)
    command(groups.describe(app), "plan", "plans", "pl")(describe_plan)


def get_classes(
    call: Call,
    name: Annotated[str, typer.Argument(help="Only this one.")] = "",
    broker: BrokerName = "",
    kube_name: KubeName = False,
    scope: ReadScope = "all",
    all_namespaces: AllNamespaces = False,
) -> None:
    """List classes: the services that brokers offer.

    Examples:
      svcat get classes
      svcat get class sqlite -o yaml
    """
    from svcat.app.catalog import find_class, offerings
    from svcat.output import catalog as view

    namespace = call.namespace_or_all(everywhere=all_namespaces)
    where = read_scope(scope)
    if not name:
        found = offerings(namespace, call.ports, scope=where, broker=broker)
        if call.selector:
            from svcat.app import selection

            found = selection.classes(found, call.selector)
        call.show(view.class_list((o.broker, o.service, o.preset) for o in found))
        return
    one = find_class(name, namespace, call.ports, scope=where, broker=broker, by_id=kube_name)
    call.show(view.class_row(one.broker, one.service, one.preset))


def get_plans(
    call: Call,
    name: Annotated[str, typer.Argument(help="PLAN or CLASS/PLAN.")] = "",
    class_name: ClassFilter = "",
    broker: BrokerName = "",
    kube_name: KubeName = False,
    scope: ReadScope = "all",
    all_namespaces: AllNamespaces = False,
) -> None:
    """List plans.

    Examples:
      svcat get plans --class sqlite
      svcat get plan sqlite/file
    """
    from svcat.app.catalog import find_plans
    from svcat.output import catalog as view

    found = find_plans(
        name,
        call.namespace_or_all(everywhere=all_namespaces),
        call.ports,
        class_name=class_name,
        broker=broker,
        scope=read_scope(scope),
        by_id=kube_name,
    )
    if call.selector:
        from svcat.app import selection

        found = selection.plans(found, call.selector)
    offers = [(p.broker, p.service, p.plan) for p in found]
    call.show(view.plan_row(*offers[0]) if name and len(offers) == 1 else view.plan_list(offers))


def describe_class(
    call: Call,
    name: Annotated[str, typer.Argument(help="The class's name.")],
    broker: BrokerName = "",
    kube_name: KubeName = False,
    scope: ReadScope = "all",
    all_namespaces: AllNamespaces = False,
) -> None:
    """Show one class with its plans.

    Example: svcat describe class sqlite
    """
    from svcat.app.catalog import find_class
    from svcat.output import catalog as view

    found = find_class(
        name,
        call.namespace_or_all(everywhere=all_namespaces),
        call.ports,
        scope=read_scope(scope),
        broker=broker,
        by_id=kube_name,
    )
    call.show(view.class_details(found.broker, found.service, found.preset))


def describe_plan(
    call: Call,
    name: Annotated[str, typer.Argument(help="PLAN or CLASS/PLAN.")],
    class_name: ClassFilter = "",
    broker: BrokerName = "",
    kube_name: KubeName = False,
    scope: ReadScope = "all",
    show_schemas: Annotated[
        bool, typer.Option("--show-schemas/--no-show-schemas", help="Show the parameters' schemas.")
    ] = True,
) -> None:
    """Show one plan, its instances and its schemas.

    Example: svcat describe plan sqlite/file
    """
    from svcat.app.catalog import find_one_plan
    from svcat.app.lookup import instances_of_plan
    from svcat.output import catalog as view

    found = find_one_plan(
        name,
        call.namespace,
        call.ports,
        class_name=class_name,
        broker=broker,
        scope=read_scope(scope),
        by_id=kube_name,
    )
    users = instances_of_plan(found.broker, found.plan.id, call.namespace, call.ports)
    call.show(
        view.plan_details(
            found.broker,
            found.service,
            found.plan,
            users,
            defaults=found.defaults,
            with_schemas=show_schemas,
        )
    )
