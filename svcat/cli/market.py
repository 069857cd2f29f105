"""``marketplace``, ``search``, ``compare``: what there is to provision, from cached catalogs."""

from typing import Annotated

import typer

from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import AllNamespaces, BrokerName, ReadScope, read_scope
from svcat.errors import UsageError

Free = Annotated[bool | None, typer.Option("--free/--paid", help="Only what costs nothing.")]
Bindable = Annotated[
    bool | None, typer.Option("--bindable/--not-bindable", help="Only what gives credentials.")
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="Only with this tag; repeatable.")
]
ClassName = Annotated[str, typer.Option("--class", "-c", help="Only this class.")]
_FEWEST = 2
_HTML = "html"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "marketplace", "mp", lists=True, formats=(_HTML,))(marketplace)
    command(app, "search", lists=True)(search)
    command(app, "compare")(compare)


def marketplace(
    call: Call,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="Only where all words are found.")
    ] = "",
    tag: Tags = None,
    free: Free = None,
    bindable: Bindable = None,
    class_name: ClassName = "",
    broker: BrokerName = "",
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch the catalogs from the brokers first.")
    ] = False,
    scope: ReadScope = "all",
    all_namespaces: AllNamespaces = False,
) -> None:
    """Show what there is to provision: classes, plans and prices.

    -o html gives one page to look through and compare in, that loads nothing from anywhere.

    Examples:
      svcat marketplace
      svcat marketplace --free --tag sql -o wide
      svcat marketplace --search "postgres backup"
      svcat marketplace -o html > marketplace.html
    """
    from svcat.app.catalog import find_class, offerings
    from svcat.app.market import Wish, close_to, narrowed
    from svcat.output import market as view

    namespace = call.namespace_or_all(everywhere=all_namespaces)
    where = read_scope(scope)
    if refresh:
        from svcat.app.freshness import renew

        renew(namespace, call.ports, broker=broker, is_forced=True)
    found = offerings(namespace, call.ports, scope=where, broker=broker)
    if class_name:
        matching = [o for o in found if o.service.name == class_name]
        found = matching or [find_class(class_name, namespace, call.ports, scope=where)]
    wish = Wish(text=search, tags=tuple(tag or ()), is_free=free, is_bindable=bindable)
    shown = narrowed(found, wish)
    if call.selector:
        from svcat.app.selection import with_plans

        shown = with_plans(shown, call.selector)
    offers = [(o.broker, o.service) for o in shown]
    if call.invocation.output == _HTML:
        from svcat.output.market_page import market_page

        call.write(market_page(offers, call.ports.records.now()))
        return
    close = close_to(search, found) if search and not shown else ""
    call.show(view.marketplace(offers, is_narrow=len(shown) < len(found), close=close))


def search(
    call: Call,
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="Words that must all occur.")],
    broker: BrokerName = "",
    scope: ReadScope = "all",
    all_namespaces: AllNamespaces = False,
) -> None:
    """Find plans by words in names, tags and descriptions.

    The best come first. To find nothing is no error.

    Examples:
      svcat search sql
      svcat search postgres backup
    """
    from svcat.app.catalog import offerings
    from svcat.app.market import close_to, ranked
    from svcat.output import market as view

    namespace = call.namespace_or_all(everywhere=all_namespaces)
    words = " ".join(text)
    known = offerings(namespace, call.ports, scope=read_scope(scope), broker=broker)
    if call.selector:
        from svcat.app.selection import with_plans

        known = with_plans(known, call.selector)
    found = ranked(known, words)
    offers = [(o.broker, o.service, o.plan) for o in found]
    close = "" if found else close_to(words, known)
    call.show(view.found_plans(offers, words, is_empty=not known, close=close))


def compare(
    call: Call,
    plans: Annotated[
        list[str], typer.Argument(metavar="PLAN PLAN...", help="CLASS/PLAN, or PLAN if clear.")
    ],
    broker: BrokerName = "",
    scope: ReadScope = "all",
    differences: Annotated[
        bool, typer.Option("--differences", help="Only what they differ in.")
    ] = False,
) -> None:
    """Compare plans side by side: prices, contents, parameters.

    A class alone stands for all its plans.

    Examples:
      svcat compare postgresql/small postgresql/large
      svcat compare postgresql --differences
    """
    from svcat.app.catalog import find_several_plans
    from svcat.output.comparison import comparison

    found = find_several_plans(
        plans, call.namespace, call.ports, broker=broker, scope=read_scope(scope)
    )
    if len(found) < _FEWEST:
        raise UsageError(
            f"there is nothing to compare {found[0].name} with",
            hint=f"name another plan: svcat compare {found[0].name} CLASS/PLAN",
        )
    offers = ((o.broker, o.service, o.plan) for o in found)
    call.show(comparison(offers, only_differences=differences))
