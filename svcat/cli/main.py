"""The program: its root, and the one place that turns errors into words and exit codes."""

import atexit
import contextlib
import gc
import io
import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from svcat import __version__
from svcat.cli import called_as
from svcat.errors import Interrupted, SvcatError

if TYPE_CHECKING:
    from svcat.cli.invocation import Invocation

BROKEN_PIPE = 141  # 128 + SIGPIPE, as a shell reports it
COMPLETE = "__complete"
KUBECTL_COMPLETE = "kubectl_complete-svcat"
_STOPPED = Interrupted("stopped", hint="finish what was begun: svcat resume")


def program() -> None:
    """Run the command line and end at once, with its exit code.

    Python takes its time to take itself down: longer than a list of instances needs to be read.
    What has to be done at the end is registered with ``atexit``, and done.
    """
    try:
        run()
    except SystemExit as ended:
        if threading.active_count() > 1 or not isinstance(ended.code, int):
            raise
        code = ended.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody got it all
        code = code or SvcatError.exit_code
    atexit._run_exitfuncs()
    os._exit(code)


def run(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"svcat {__version__}")  # noqa: T201 - answered before anything is loaded
        sys.exit(0)
    if words[:1] == [COMPLETE] or called_as.file_name() == KUBECTL_COMPLETE:
        sys.exit(_completed(words))
    sys.exit(_exit_code(words))


def _completed(words: list[str]) -> int:
    """Answer a Tab: a shell's script calls ``__complete``, kubectl a program of its own."""
    gc.disable()
    from svcat.cli import completing
    from svcat.cli.invocation import Invocation

    return completing.run(words[1:] if words[:1] == [COMPLETE] else words, Invocation())


def _exit_code(words: Sequence[str]) -> int:
    gc.set_threshold(100_000)  # starting up makes much and drops nothing: a tenth of its time
    from svcat.cli import tree
    from svcat.cli.invocation import Ended, Invocation, NobodyReads

    os.environ.update(tree.variables_said(words))  # for us, and for what we start
    invocation = Invocation()
    invocation.output = tree.asked_output(words) or invocation.output
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows no UTF-8
    try:
        code = tree.run(words, invocation, called_as.program())
    except SvcatError as error:
        return _fail(error, invocation)
    except KeyboardInterrupt:
        return _fail(_STOPPED, invocation)
    except NobodyReads:
        return BROKEN_PIPE
    except Ended as ended:
        return ended.code
    except Exception as error:
        if invocation.environ.get("SVCAT_DEBUG"):
            raise
        # The message could hold anything, a credential too.
        return _fail(_bug(error), invocation)
    # Typer turns a KeyboardInterrupt into this code and says nothing.
    return _fail(_STOPPED, invocation) if code == Interrupted.exit_code else code


def _fail(error: SvcatError, invocation: "Invocation") -> int:
    from svcat.output.failure import show_failure

    called_as.error_as_typed(error)
    with contextlib.suppress(OSError):  # nobody reads it; the exit code tells all the same
        colour = invocation.is_coloured(invocation.err)
        output = "" if invocation.has_written else invocation.output
        show_failure(error, output, invocation.out, invocation.err, colour=colour)
    return error.exit_code


def _bug(error: Exception) -> SvcatError:
    return SvcatError(
        f"svcat has a bug: {type(error).__name__}",
        hint="run it again with SVCAT_DEBUG=1 and report what it prints (look through it first: "
        "it may hold secrets); nothing is lost: svcat resume goes on",
    )
