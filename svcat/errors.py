"""Everything that can go wrong, by what the *user* can do about it.

Anything may raise these; only ``svcat/cli/main.py`` turns them into words and exit codes.
A message says what failed, on what, and why, in lower case without a full stop; ``hint`` is the
next command to type. Outcomes that the caller must branch on (an asynchronous answer, an answer
that was lost) are return values, never exceptions.

    SvcatError                 1   anything else
    ├── UsageError             2   the words typed are off
    │   └── Invalid            2   the object API or a schema refuses the value
    ├── Unchanged              3   nothing to do (only with --error-unchanged)
    ├── AuthFailed             4   login refused
    │   └── Forbidden          4   login fine, the verb is not allowed
    ├── NotFound               5
    ├── Conflict               6   somebody or something else is in the way
    │   ├── AlreadyExists      6   a create lost the race for a name
    │   └── Stale              6   a compare-and-swap lost
    ├── BrokerRefused          7   the broker said no; nothing changed there
    ├── OperationFailed        8   the operation ended in failure
    ├── StillRunning           9   the waiting ended, the operation goes on
    ├── Unreachable           10   no answer, or not an answer of that server
    │   └── Expired           10   a list's continue token is too old
    └── Interrupted          130   Ctrl-C or SIGTERM
"""

from collections.abc import Sequence
from typing import ClassVar


class SvcatError(Exception):
    """The root; ``hint`` is the command or the change that helps, ``details`` a line for each."""

    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, hint: str | None = None, details: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details


class UsageError(SvcatError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class Invalid(UsageError):
    """A value breaks a rule of the object API or of a schema."""


class Unchanged(SvcatError):
    """The wanted state is there already (raised only with ``--error-unchanged``)."""

    exit_code = 3


class AuthFailed(SvcatError):
    """The cluster or the broker does not accept the login."""

    exit_code = 4


class Forbidden(AuthFailed):
    """The login is good but may not do this."""


class NotFound(SvcatError):
    """The thing named is not there."""

    exit_code = 5


class Conflict(SvcatError):
    """Another command, another request or a foreign object is in the way."""

    exit_code = 6


class AlreadyExists(Conflict):
    """A create found the name taken."""


class Stale(Conflict):
    """A write or delete carried an old resourceVersion or another uid."""


class BrokerRefused(SvcatError):
    """The broker rejected the request and changed nothing."""

    exit_code = 7


class OperationFailed(SvcatError):
    """The operation ran and failed, or its outcome is being cleaned up."""

    exit_code = 8


class StillRunning(SvcatError):
    """``--timeout`` ended the waiting; the operation and its record go on."""

    exit_code = 9


class Unreachable(SvcatError):
    """A server gave no answer, or something else answered in its place.

    ``may_have_happened`` is false where it is certain that it did not: it was never asked.
    """

    exit_code = 10

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        details: tuple[str, ...] = (),
        may_have_happened: bool = True,
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.may_have_happened = may_have_happened


class Expired(Unreachable):
    """A list page came too late (HTTP 410); ``continue_token`` goes on, inconsistently."""

    def __init__(self, message: str, *, continue_token: str = "") -> None:
        super().__init__(message)
        self.continue_token = continue_token


class Interrupted(SvcatError):
    """The user stopped the waiting."""

    exit_code = 130


def raise_for(
    errors: Sequence[SvcatError | None], unfinished: str, *, tells_each: bool = False
) -> None:
    """Fail if any of several did; ``unfinished`` says what they are then ("could not be …").

    One failure is raised as it is. Several of one exit code are an error of that code, several of
    different ones an OperationFailed; it has the first message, or all if it ``tells_each``.
    """
    failed = [error for error in errors if error is not None]
    if not failed:
        return
    first = failed[0]
    if len(failed) == 1:
        raise first
    kind: type[SvcatError] = OperationFailed
    if len({error.exit_code for error in failed}) == 1:
        kind = next(each for each in type(first).__mro__ if "exit_code" in vars(each))
    message = f"{len(failed)} of {len(errors)} {unfinished}"
    details = tuple(error.message for error in failed) if tells_each else ()
    if not tells_each:
        message = f"{message}; the first: {first.message}"
    raise kind(message, hint=first.hint, details=details)
