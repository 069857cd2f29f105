"""What every command has in common: where to work, how to show, and the options that say so."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from svcat.cli import listing
from svcat.cli.bundles import unfolded
from svcat.cli.deps import Deps, Settings
from svcat.cli.help import HelpfulCommand, name_value, text_of
from svcat.cli.options import NoColor, NoInput
from svcat.cli.signals import Stopper
from svcat.errors import SvcatError

if TYPE_CHECKING:
    from svcat.app.ports import Ports
    from svcat.cli.asking import Interview
    from svcat.cli.dry_run import Rehearsal
    from svcat.cli.progress import Progress
    from svcat.output.changes import Changes
    from svcat.output.view import Format, View
    from svcat.store.records import Work


COLUMNS_FILE = "custom-columns-file"


class NobodyReads(Exception):
    """Whoever read our results has gone, as ``head`` does."""


class Ended(Exception):
    """A command that was run has ended: its exit code is ours, and there is nothing to say."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def drop_output() -> None:
    """Let what is still to be written go nowhere, or Python would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass
class Invocation:
    """One run of the program: its streams, its environment, what the error printer must know."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stopper: Stopper = field(default_factory=Stopper)
    root: Settings = field(default_factory=Settings)
    output: str = "table"
    said: set[str] | None = None  # by a command that looks again and again
    wrapped: list[str] = field(default_factory=list)  # what follows ``--``

    @property
    def out(self) -> TextIO:
        """Where results go."""
        return sys.stdout

    @property
    def err(self) -> TextIO:
        """Where everything else goes."""
        return sys.stderr

    def is_coloured(self, out: TextIO) -> bool:
        """Whether what is written to ``out`` has colours."""
        from svcat.output.colour import is_wanted

        return is_wanted(out, self.environ)


@dataclass
class Call:
    """One command's run: its ports, its namespace, its output."""

    invocation: Invocation
    deps: Deps
    format: "Format"
    headers: bool = True
    is_local: bool = True  # it looks into one namespace
    selector: str = ""
    sort_by: str = ""
    changes: "Changes | None" = None  # of a list that is watched
    shown: "View | None" = None

    @property
    def ports(self) -> "Ports":
        """What the use-cases get."""
        return self.deps.ports

    @property
    def namespace(self) -> str:
        """The namespace to work in."""
        return self.deps.namespace

    def namespace_or_all(self, everywhere: bool) -> str:
        """Return the namespace to look in; empty for all."""
        self.is_local = not everywhere
        return "" if everywhere else self.namespace

    def show(self, view: "View") -> None:
        """Write a result to stdout; in a dry run there is none."""
        if self.deps.rehearsal is None:
            self.render(view)

    def render(self, view: "View") -> None:
        """Write ``view`` to stdout."""
        if self.format.columns:
            from svcat.output.columns import with_columns

            view = with_columns(view, self.format.columns)
        if self.sort_by:
            from svcat.output.changes import in_order

            view = in_order(view, self.sort_by)
        if self.changes is not None:
            listing.show(self, view, self.changes)
            return
        if self.format.is_for_people and view.nothing:
            self.note(self.about_nothing(view))  # rows are results, their absence is a remark
            return
        self.write_view(view, headers=self.headers)

    def about_nothing(self, view: "View") -> str:
        """Return what to say beside an empty list."""
        if self.selector:
            return f"Nothing has these labels: {self.selector}"
        from svcat.output.view import WHERE

        where = f"namespace {self.namespace}" if self.is_local else "any namespace"
        return view.nothing.replace(WHERE, where)

    def write_view(self, view: "View", *, headers: bool = True) -> None:
        """Write ``view`` to stdout as it is."""
        from svcat.output.render import render

        colour = self.invocation.is_coloured(self.invocation.out)
        self._to_stdout(lambda out: render(view, self.format, out, headers=headers, colour=colour))

    def write(self, text: str) -> None:
        """Write text that is the result itself to stdout, as it is."""
        self._to_stdout(lambda out: out.write(text))

    def _to_stdout(self, give: Callable[[TextIO], object]) -> None:
        out = self.invocation.out
        try:
            give(out)
            out.flush()
        except BrokenPipeError:
            drop_output()
            raise NobodyReads from None
        except OSError as error:
            drop_output()
            raise SvcatError(
                f"the command did its work, but its result cannot be written: {error.strerror}"
            ) from error

    def mention_unfinished(self, records: "Iterable[Work]") -> None:
        """Say in one line each which records were left in the middle of something."""
        from svcat.app.stale import notices

        for notice in notices(records, self.ports):
            self.deps.say(notice)

    def interview(self, is_wanted: bool) -> "Interview | None":
        """Return what asks for parameters, if asked to. Raises UsageError without a terminal."""
        from svcat.cli import asking

        if not is_wanted:
            return None
        asking.require_terminal()
        return asking.Interview(self.ports.schemas)

    def unchanged(self, what: str, *, is_error: bool = False) -> None:
        """Say that nothing was to be done. Raises Unchanged if that is to be an exit code."""
        from svcat.errors import Unchanged

        if is_error:
            raise Unchanged(f"{what} is as asked for already")
        self.note(f"{what} unchanged")

    def note(self, text: str) -> None:
        """Say something beside the result."""
        self.deps.say(text)

    def suggest(self, command: str) -> None:
        """Say what usually comes next, to people who look."""
        is_real = self.deps.rehearsal is None
        if is_real and self.format.is_for_people and self.invocation.err.isatty():
            named = self.deps.settings.namespace
            self.note(f"next: {command}{f' -n {named}' if named else ''}")

    def note_lines(self, lines: "Iterable[str]") -> None:
        """Say something that needs its spaces: a table, an excerpt."""
        from svcat.output.safe import safe

        if not self.deps.settings.quiet:
            for line in lines:
                print(safe(line), file=self.invocation.err, flush=True)


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
        format=_format("table" if is_own else invocation.output),
        headers=not common["no_headers"],
    )


def _format(output: str) -> "Format":
    """Return what ``-o`` asks for; columns may stand in a file. Raises UsageError."""
    from svcat.output.formats import parse_format

    word, equals, name = output.partition("=")
    if equals and word.lower() == COLUMNS_FILE:
        from svcat.cli.input_files import read_text
        from svcat.output.formats import columns_of_file

        output = f"custom-columns={columns_of_file(read_text(name, 'the columns'), name)}"
    return parse_format(output)


def make_deps(
    invocation: Invocation, settings: Settings, rehearsal: "Rehearsal | None" = None
) -> Deps:
    """Return the outside world that ``settings`` name."""
    from svcat.cli.tracing import tracer

    invocation.stopper.install()
    mark = " (dry run)" if rehearsal else ""  # or it would say that something was done
    return Deps(
        settings=settings,
        say=lambda text: None if settings.quiet else _say(invocation, f"{text}{mark}"),
        warn=lambda text: _say(invocation, text, label="warning:"),
        stopping=invocation.stopper.is_asked,
        sleep=invocation.stopper.sleep,
        environ=invocation.environ,
        progress=None if rehearsal else _progress(invocation, settings),
        rehearsal=rehearsal,
        observe=tracer(settings.trace, settings.trace_file, invocation.err),
    )


def _progress(invocation: Invocation, settings: Settings) -> "Progress | None":
    """Return the line that moves, where somebody looks at it."""
    if settings.quiet or settings.trace or not invocation.err.isatty():
        return None
    from svcat.cli.progress import Progress, is_wanted

    return Progress(invocation.err) if is_wanted(invocation.environ) else None


def _say(invocation: Invocation, text: str, *, label: str = "") -> None:
    from svcat.output.colour import painted
    from svcat.output.safe import safe_line

    if invocation.said is not None:
        if text in invocation.said:
            return
        invocation.said.add(text)
    lead = f"{painted(label, 'yellow' if invocation.is_coloured(invocation.err) else '')} "
    print(f"{lead if label else ''}{safe_line(text)}", file=invocation.err, flush=True)
