"""What every command has in common: the options that say where to work and how to show."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svcat.cli import listing
from svcat.cli.bundles import unfolded
from svcat.cli.call import Call
from svcat.cli.help import HelpfulCommand, name_value, text_of
from svcat.cli.invocation import Invocation
from svcat.cli.options import NoColor, NoInput

if TYPE_CHECKING:
    from svcat.output.view import Format

COLUMNS_FILE = "custom-columns-file"

_OUTPUTS = "table, wide, json, yaml, name, jsonpath=..., custom-columns=..."
_COMMON: dict[str, tuple[Any, Any]] = {
    "namespace": (
        Annotated[str | None, typer.Option("--namespace", "-n", help="The namespace to work in.")],
        None,
    ),
    "output": (
        Annotated[
            str | None,
            typer.Option("--output", "-o", help=f"{_OUTPUTS} (svcat help output)."),
        ],
        None,
    ),
    "no_headers": (Annotated[bool, typer.Option("--no-headers", help="Rows only.")], False),
    "context": (
        Annotated[str | None, typer.Option("--context", help="The kubeconfig context to use.")],
        None,
    ),
    "kubeconfig": (
        Annotated[
            str | None, typer.Option("--kubeconfig", help="The kubeconfig file; else $KUBECONFIG.")
        ],
        None,
    ),
    "store": (
        Annotated[
            str | None,
            typer.Option("--store", help="kube, or local: one file on this machine."),
        ],
        None,
    ),
    "trace": (
        Annotated[
            bool,
            typer.Option("--trace", help="Show each exchange with brokers and cluster, redacted."),
        ],
        False,
    ),
    "trace_file": (
        Annotated[
            str | None,
            typer.Option("--trace-file", metavar="FILE", help="Append the trace, as JSON lines."),
        ],
        None,
    ),
    "verbose": (Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")], False),
    "quiet": (Annotated[bool, typer.Option("--quiet", "-q", help="Say only the result.")], False),
    "no_color": (NoColor, False),  # these two are read ahead, as variables (``tree``)
    "no_input": (NoInput, False),
}


def common_options() -> frozenset[str]:
    """Return the names of the options that every command has."""
    return frozenset(_COMMON)


_DRY_RUN: dict[str, tuple[Any, Any]] = {
    "dry_run": (
        Annotated[
            str | None,
            typer.Option(
                "--dry-run",
                metavar="client|server",
                help="Only show what would be written and sent; server: judged by the API server. "
                "-o curl gives the requests as commands.",
            ),
        ],
        None,
    ),
}


def command(
    app: typer.Typer,
    *names: str,
    hidden: bool = False,
    mutates: bool = False,
    lists: bool = False,
    formats: tuple[str, ...] = (),
    format_by_default: str | None = None,
    cls: type[HelpfulCommand] = HelpfulCommand,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function under ``names`` (the first is shown in help) with the common options.

    One that ``mutates`` takes ``--dry-run`` too, one that ``lists`` (and shows one list)
    ``--selector``, ``--sort-by`` and ``--watch``. ``formats`` are words that ``-o`` takes besides
    the usual ones, for the function to look up in ``call.invocation.output``. The function's first
    parameter is the Call; the others are its own options, as Typer takes them, or bundles of them.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        flat = unfolded(function)
        own = (_DRY_RUN if mutates else {}) | (listing.OPTIONS if lists else {})
        options = own | _COMMON | _output_of(formats, format_by_default)
        wrapper = _with_options(flat, options, formats)
        for position, name in enumerate(names):
            app.command(name, cls=cls, hidden=hidden or position > 0)(wrapper)
        return function

    return register


def _output_of(formats: tuple[str, ...], default: str | None) -> dict[str, tuple[Any, Any]]:
    """Return the ``-o`` of a command with formats of its own."""
    if not formats:
        return {}
    words = f"{_OUTPUTS}, {', '.join(formats)} (svcat help output)."
    option = Annotated[str | None, typer.Option("--output", "-o", help=words)]
    return {"output": (option, default)}


def _with_options(
    function: Callable[..., None],
    options: dict[str, tuple[Any, Any]],
    formats: tuple[str, ...] = (),
) -> Callable[..., None]:
    own = list(inspect.signature(function).parameters.values())[1:]

    @functools.wraps(function)
    def run(ctx: typer.Context, **given: Any) -> None:
        shared = {name: given.pop(name) for name in options if name in given}
        call = _call(ctx.obj, shared, formats)
        if call.deps.rehearsal is not None:
            from svcat.cli.dry_run import rehearse

            rehearse(call, call.deps.rehearsal, function, given)
        elif "sort_by" in shared:
            listing.run(call, function, given, shared)
        else:
            function(call, **given)

    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    taken = {parameter.name for parameter in own}
    common = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )
        for name, (annotation, default) in options.items()
        if name not in taken
    ]
    parameters = [context, *(p.replace(kind=p.KEYWORD_ONLY) for p in own), *common]
    for parameter in parameters[1:]:
        name_value(parameter)
    run.__doc__ = text_of(function)
    run.__dict__["formats"] = (*formats, "curl") if "dry_run" in options else formats  # for Tab
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _call(invocation: Invocation, common: dict[str, Any], formats: tuple[str, ...] = ()) -> Call:
    from svcat.cli.deps import make_deps
    from svcat.cli.dry_run import CURL, parse

    invocation.output = common.get("output") or invocation.output
    can_rehearse = "dry_run" in common
    rehearsal = parse(common["dry_run"], invocation.output) if can_rehearse else None
    is_own = invocation.output in formats or (rehearsal and invocation.output == CURL)
    root = invocation.root
    settings = root._replace(
        context=common["context"] or root.context,
        kubeconfig=common["kubeconfig"] or root.kubeconfig,
        store=common["store"] or root.store,
        namespace=common["namespace"] or root.namespace,
        verbose=common["verbose"] or root.verbose,
        quiet=common["quiet"] or root.quiet,
        trace=common["trace"],
        trace_file=common["trace_file"],
    )
    return Call(
        invocation=invocation,
        deps=make_deps(invocation, settings, rehearsal),
        format=_format(
            "table" if is_own else invocation.output, (*formats, CURL) if rehearsal else formats
        ),
        headers=not common["no_headers"],
    )


def _format(output: str, others: tuple[str, ...]) -> "Format":
    """Return what ``-o`` asks for; columns may stand in a file. Raises UsageError."""
    from svcat.output.formats import parse_format

    word, equals, name = output.partition("=")
    if equals and word.lower() == COLUMNS_FILE:
        from svcat.cli.input_files import read_text
        from svcat.output.formats import columns_of_file

        output = f"custom-columns={columns_of_file(read_text(name, 'the columns'), name)}"
    return parse_format(output, others)
