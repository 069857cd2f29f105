"""``--selector``, ``--sort-by`` and ``--watch``: what every command that lists things takes.

A watch looks again and again, as long as nobody stops it: a list of everything by label is one
request, and what svcat keeps changes seldom.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svcat.errors import Interrupted, NotFound, UsageError

if TYPE_CHECKING:
    from svcat.cli.call import Call
    from svcat.output.changes import Changes, Entry
    from svcat.output.view import View

OPTIONS: dict[str, tuple[Any, Any]] = {
    "selector": (
        Annotated[
            str,
            typer.Option(
                "--selector", "-l", help="Only with these labels, like a=b,c!=d,e in (f,g),h,!i."
            ),
        ],
        "",
    ),
    "sort_by": (
        Annotated[
            str,
            typer.Option(
                "--sort-by",
                metavar="COLUMN|JSONPATH",
                help="Sort by a column, or as .metadata.creationTimestamp.",
            ),
        ],
        "",
    ),
    "watch": (
        Annotated[
            bool, typer.Option("--watch", "-w", help="Then show what changes, until Ctrl-C.")
        ],
        False,
    ),
    "watch_interval": (
        Annotated[str, typer.Option("--watch-interval", help="Look so often with --watch.")],
        "2s",
    ),
}


def run(
    call: "Call", function: Callable[..., None], given: dict[str, Any], options: dict[str, Any]
) -> None:
    """Call ``function``, which shows a list, once or, with ``--watch``, until somebody stops it."""
    from svcat.cli.options import parse_duration

    call.selector = options["selector"]
    if call.selector:
        _check_selector(call.selector, has_name=bool(given.get("name") or given.get("what")))
    look = functools.partial(function, call, **given)
    call.sort_by = options["sort_by"]
    if not options["watch"]:
        look()
        return
    interval_s = parse_duration(options["watch_interval"], "--watch-interval")
    if interval_s < 0.1:
        raise UsageError(
            f"invalid --watch-interval value ({options['watch_interval']})", hint="at least 100ms"
        )
    _watch(call, look, interval_s)


def _check_selector(text: str, *, has_name: bool) -> None:
    """Raises UsageError or Invalid for what cannot be, before anything is asked for."""
    from svcat import selectors

    if has_name:
        raise UsageError("a name and a selector exclude each other", hint="leave out one of them")
    selectors.parse(text)


def _watch(call: "Call", look: Callable[[], None], interval_s: float) -> None:
    from svcat.output.changes import Changes, table_of

    call.changes = changes = Changes()
    call.invocation.said = set()
    last: View | None = None
    while True:
        try:
            look()
            last = call.shown
        except NotFound:
            if changes.is_first:
                raise
            if last is not None:
                render(call, last, changes.nothing_left(table_of(last)), changes)
        call.deps.sleep(interval_s)
        if call.deps.stopping():
            raise Interrupted("stopped watching")


def show(call: "Call", view: "View", changes: "Changes") -> None:
    """Show the list at first, and what changed in it later."""
    call.shown = view
    entries = changes.since(view)
    if changes.is_first and view.nothing and call.format.is_for_people:
        call.note(call.about_nothing(view))
    render(call, view, entries, changes)
    changes.is_first = False


def render(call: "Call", view: "View", entries: "list[Entry]", changes: "Changes") -> None:
    """Write ``entries``: rows for people, one document each for machines."""
    from svcat.output.changes import object_views, rows_view

    if not entries:
        return
    if call.format.is_for_people:
        call.write_view(
            rows_view(view, entries, changes.widths), headers=call.headers and changes.is_first
        )
        return
    is_yaml = call.format.style == "yaml"
    for number, each in enumerate(object_views(entries)):
        if is_yaml and not (changes.is_first and number == 0):
            call.write("---\n")
        call.write_view(each)
        if call.format.style == "jsonpath":
            call.write("\n")
