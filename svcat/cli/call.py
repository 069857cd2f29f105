"""What a command gets: its ports, its namespace, and where its result and its remarks go."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from svcat.cli import listing
from svcat.cli.called_as import as_typed, view_as_typed
from svcat.cli.invocation import Invocation, NobodyReads, drop_output
from svcat.errors import SvcatError

if TYPE_CHECKING:
    from svcat.app.ports import Ports
    from svcat.cli.asking import Interview
    from svcat.cli.deps import Deps
    from svcat.output.changes import Changes
    from svcat.output.view import Format, View
    from svcat.store.records import Work


@dataclass
class Call:
    """One command's run: its ports, its namespace, its output."""

    invocation: Invocation
    deps: "Deps"
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

    def namespace_or_all(self, *, everywhere: bool) -> str:
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

        if not self.format.columns:
            view = view_as_typed(view)
        colour = self.invocation.is_coloured(self.invocation.out)
        self.invocation.has_written = self.format.is_for_machines
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

    def interview(self, *, is_wanted: bool) -> "Interview | None":
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
            for line in map(as_typed, lines):
                print(safe(line), file=self.invocation.err, flush=True)
