"""A command in our place: our terminal, our signals, its exit code.

Signals are not handled but waited for, so that none is lost and none ends us before what must be
cleaned up is. Those of the terminal (Ctrl-C) reach the command by themselves; those that were sent
to us are passed on.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from svcat.cli.help import HelpfulCommand
from svcat.errors import SvcatError

_PASSED_ON = frozenset(
    {
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTERM,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGWINCH,
    }
)
_WAITED_FOR = _PASSED_ON | {signal.SIGCHLD}
_OF_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT})
_FROM_KERNEL = 0x80  # SI_KERNEL: the terminal sent it to its whole foreground group
# Python ignores these, and a command would inherit that.
_BACK_TO_DEFAULT = (signal.SIGPIPE, signal.SIGXFSZ)


class CommandNotFound(SvcatError):
    """There is no such command; the code is a shell's."""

    exit_code = 127


class CommandNotStarted(SvcatError):
    """The command is there and cannot be run; the code is a shell's."""

    exit_code = 126


class WrappingCommand(HelpfulCommand):
    """A command that takes another one after ``--``, which it leaves in ``Invocation.wrapped``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep what follows the first ``--`` as it is; parse the rest."""
        end = args.index("--") if "--" in args else len(args)
        if ctx.obj is not None:
            ctx.obj.wrapped = args[end + 1 :]
        parsed: list[str] = super().parse_args(ctx, args[:end])
        return parsed

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line."""
        return [*super().collect_usage_pieces(ctx), "-- COMMAND [ARG]..."]


@contextmanager
def signals_held() -> "Iterator[Callable[[list[str], Mapping[str, str]], int]]":
    """Let no signal end us inside; give what runs a command and passes signals on to it."""
    # What is ignored is not even waited for; whoever started us may have ignored it.
    reaped = signal.signal(signal.SIGCHLD, lambda *_: None)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)

    def run(words: list[str], environ: Mapping[str, str]) -> int:
        return _ended(_started(words, environ, before))

    try:
        yield run
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGCHLD, reaped)


def _started(words: list[str], environ: Mapping[str, str], mask: Any) -> int:
    try:
        return os.posix_spawnp(
            words[0], words, environ, setsigmask=mask, setsigdef=_BACK_TO_DEFAULT
        )
    except (FileNotFoundError, NotADirectoryError):
        raise CommandNotFound(f"command {words[0]!r} not found") from None
    except OSError as error:
        raise CommandNotStarted(f"command {words[0]!r} cannot be run: {error.strerror}") from None


def _ended(child: int) -> int:
    """Wait for the child's end; return its exit code, 128+N if signal N ended it."""
    while True:
        number, is_for_us = _next_signal()
        if number == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        elif is_for_us:
            os.kill(child, number)


def _next_signal() -> tuple[int, bool]:
    """Return the next signal, and whether it was sent to us, not to all on the terminal."""
    if sys.platform != "linux":  # it tells no sender
        number = signal.sigwait(_WAITED_FOR)
        return number, not (number in _OF_TERMINAL and sys.stdin.isatty())
    info = signal.sigwaitinfo(_WAITED_FOR)
    return info.si_signo, info.si_code != _FROM_KERNEL
