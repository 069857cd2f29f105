"""``register``, ``deregister``, ``sync``, ``get brokers``, ``describe broker``."""

from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli import broker_options as opts
from svcat.cli import groups
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import (
    AllNamespaces,
    ErrorUnchanged,
    FindScope,
    IgnoredWaitFlags,
    ReadScope,
    WriteScope,
    read_scope,
    write_scope,
)
from svcat.errors import SvcatError, raise_for

if TYPE_CHECKING:
    from svcat.app.brokers import Synced
    from svcat.output.view import View
    from svcat.store.records import BrokerRecord

Name = Annotated[str, typer.Argument(help="The broker's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "register", mutates=True)(register_broker)
    command(app, "deregister", mutates=True)(deregister)
    command(groups.sync(app), "broker", "brokers", "brk", mutates=True)(sync)
    command(groups.get(app), "brokers", "broker", "brk", lists=True)(get)
    command(groups.describe(app), "broker", "brokers", "brk")(describe)


def register_broker(
    call: Call,
    name: Name,
    *,
    url: Annotated[str, typer.Option("--url", help="The broker's base URL.")],
    scope: WriteScope = "namespace",
    login: opts.LoginFlags,
    trust: opts.TrustFlags,
    reach: opts.ReachFlags,
    offer: opts.OfferFlags,
    update_if_exists: Annotated[
        bool, typer.Option("--update-if-exists", help="Change a registration of that name.")
    ] = False,
    error_unchanged: ErrorUnchanged = False,
    waiting: IgnoredWaitFlags,
) -> None:
    """Register a broker and fetch its catalog.

    A login that is given here is kept in a Secret of its own.

    Examples:
      svcat register demo --url http://127.0.0.1:8080
      svcat register team --url https://broker.example.com --username svcat --password-file ./pw
      svcat register all --url https://broker.example.com --scope cluster --basic-secret login
      svcat register free --url https://broker.example.com --plan-restrictions spec.free=true
      svcat register m --url https://broker.example.com --client-cert me.crt --client-key me.key
    """
    from svcat.app import registration
    from svcat.cli import registering
    from svcat.output.brokers import broker_details

    waiting.require_sense()
    order = registering.registration(
        name,
        call.namespace,
        url=url,
        scope=write_scope(scope),
        login=login,
        trust=trust,
        reach=reach,
        offer=offer,
        replaces=update_if_exists,
    )
    synced = registration.register(order, call.ports)
    for problem in synced.catalog.problems:
        call.deps.warn(problem)
    if trust.skip_tls:
        call.deps.warn(registering.UNVERIFIED)
    if not synced.changed:
        call.unchanged(f"broker/{name}", is_error=error_unchanged)
    call.show(broker_details(synced.broker))
    if synced.changed:
        call.suggest("svcat marketplace")


def deregister(
    call: Call,
    name: Name,
    scope: FindScope = None,
    *,
    waiting: IgnoredWaitFlags,
) -> None:
    """Forget a broker that has no instances any more.

    Example: svcat deregister demo
    """
    from svcat.app import brokers
    from svcat.app.lookup import find_broker
    from svcat.output.messages import removed

    waiting.require_sense()
    broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
    brokers.deregister(broker, call.ports)
    call.show(removed("Broker", name, broker.namespace, f'Successfully removed broker "{name}"'))


def sync(
    call: Call,
    name: Annotated[str, typer.Argument(help="The broker's name; none for all of them.")] = "",
    scope: FindScope = None,
) -> None:
    """Fetch a broker's catalog again, or those of all brokers.

    Examples:
      svcat sync broker demo
      svcat sync brokers
    """
    from svcat.app.freshness import sync_each
    from svcat.app.lookup import find_broker, visible_brokers
    from svcat.output.messages import synced

    if name:
        broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
        (done,) = sync_each([broker], call.ports)
        if isinstance(done, SvcatError):
            raise done
        _tell_problems(call, done)
        call.show(synced(done.broker, done.catalog, done.added, done.removed))
        return
    found = visible_brokers(call.namespace, read_scope(scope), call.ports)
    if not found:
        call.note(
            f"No brokers found in namespace {call.namespace}. "
            "Register one: svcat register NAME --url URL"
        )
    _show_synced(call, found, sync_each(found, call.ports))


def _tell_problems(call: Call, done: "Synced") -> None:
    rehearsal = call.deps.rehearsal
    if rehearsal is not None and not rehearsal.reads_brokers:
        return  # nothing is known of a catalog that was not fetched
    for problem in (*done.catalog.problems, *done.missed):
        call.deps.warn(problem)


def _show_synced(
    call: Call, found: "list[BrokerRecord]", tried: "list[Synced | SvcatError]"
) -> None:
    """Show what became of each catalog. Raises what kept some from being fetched."""
    from svcat.app.freshness import not_fetched
    from svcat.output.messages import not_synced, results, synced

    views: list[View] = []
    errors: list[SvcatError | None] = []
    for broker, each in zip(found, tried, strict=True):
        if isinstance(each, SvcatError):
            each.message = not_fetched(broker, each)  # errors name the URL, not the broker
            errors.append(each)
            views.append(not_synced(broker, each.message))
        else:
            _tell_problems(call, each)
            errors.append(None)
            views.append(synced(each.broker, each.catalog, each.added, each.removed))
    if None in errors or not found:
        call.show(results("Broker", views))
    raise_for(errors, "catalogs are not fetched", tells_each=True)


def get(
    call: Call,
    name: Annotated[str, typer.Argument(help="Only this one.")] = "",
    scope: ReadScope = "all",
    all_namespaces: AllNamespaces = False,
) -> None:
    """List brokers.

    Example: svcat get brokers -A
    """
    from svcat.app.lookup import find_broker, visible_brokers
    from svcat.output.brokers import broker_list, broker_row

    now = call.ports.records.now()
    if name:
        broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
        call.show(broker_row(broker, now))
        return
    namespace = call.namespace_or_all(everywhere=all_namespaces)
    found = visible_brokers(namespace, read_scope(scope), call.ports, selector=call.selector)
    call.show(broker_list(found, now))


def describe(call: Call, name: Name, scope: ReadScope = "all") -> None:
    """Show one broker.

    Example: svcat describe broker demo
    """
    from svcat.app.lookup import find_broker
    from svcat.output.brokers import broker_details

    call.show(broker_details(find_broker(name, call.namespace, read_scope(scope), call.ports)))
