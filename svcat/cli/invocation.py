"""One run of the program: its streams, its environment, and how it may end besides an error."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

from svcat.cli.called_as import as_typed
from svcat.cli.settings import Settings
from svcat.cli.signals import Stopper


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
    has_written: bool = False  # a document for machines: an error's would be a second one
    wrapped: list[str] = field(default_factory=list)  # what follows ``--``

    @property
    def out(self) -> TextIO:
        """Where results go."""
        return sys.stdout

    @property
    def err(self) -> TextIO:
        """Where everything else goes."""
        return sys.stderr

    def width(self) -> int:
        """How many columns results have: those of the terminal, or as many as they need."""
        try:
            return os.get_terminal_size(self.out.fileno()).columns or sys.maxsize
        except (OSError, ValueError):
            return sys.maxsize

    def is_coloured(self, out: TextIO) -> bool:
        """Whether what is written to ``out`` has colours."""
        from svcat.output.colour import is_wanted

        return is_wanted(out, self.environ)

    def say(self, text: str, *, label: str = "") -> None:
        """Tell people ``text``, once in a command that looks again and again."""
        from svcat.output.colour import painted
        from svcat.output.safe import safe_line

        text = as_typed(text)
        if self.said is not None:
            if text in self.said:
                return
            self.said.add(text)
        lead = f"{painted(label, 'yellow' if self.is_coloured(self.err) else '')} "
        print(f"{lead if label else ''}{safe_line(text)}", file=self.err, flush=True)
