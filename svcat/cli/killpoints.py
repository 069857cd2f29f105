"""Places at which a test may kill this very process, to prove that nothing is lost.

Only ``deps`` wraps adapters in these, and only when ``SVCAT_KILL_POINT`` names a number: the
process ends by SIGKILL at that effect boundary, counted from 1: before and after each write of an
object and each call to a broker.
"""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

_WRITES = frozenset({"create", "replace", "delete"})
_APPLIES = frozenset({"apply", "replace"})
_CALLS = frozenset(
    {
        "provision",
        "update",
        "deprovision",
        "bind",
        "unbind",
        "poll_instance",
        "poll_binding",
        "fetch_binding",
    }
)


class KillPoints:
    """Counts effect boundaries and dies at the chosen one."""

    def __init__(self, fatal: int) -> None:
        self._fatal = fatal
        self._passed = 0

    def objects(self, api: Any) -> Any:
        """Return ``api`` with its writes watched."""
        return _Watched(api, _WRITES, self._pass)

    def workloads(self, workloads: Any) -> Any:
        """Return ``workloads`` with its writes watched."""
        return _Watched(workloads, _APPLIES, self._pass)

    def broker(self, broker: Any) -> Any:
        """Return ``broker`` with its calls watched."""
        return _Watched(broker, _CALLS, self._pass)

    def _pass(self) -> None:
        self._passed += 1
        if self._passed == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class _Watched:
    def __init__(self, inner: Any, names: frozenset[str], pass_point: Callable[[], None]) -> None:
        self._inner = inner
        self._names = names
        self._pass_point = pass_point

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        def watched(*arguments: Any, **options: Any) -> Any:
            self._pass_point()
            try:
                return found(*arguments, **options)
            finally:
                self._pass_point()

        return watched


def from_environment(environ: Mapping[str, str]) -> KillPoints | None:
    """Return the kill points that a test asks for, if any does."""
    fatal = environ.get("SVCAT_KILL_POINT", "")
    return KillPoints(int(fatal)) if fatal.isdecimal() else None
