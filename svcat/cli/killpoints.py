"""Places at which a test may kill or stop this very process, to prove that nothing is lost.

Only ``deps`` wraps adapters in these, and only when ``SVCAT_KILL_POINT`` (SIGKILL) or
``SVCAT_STOP_POINT`` (SIGSTOP, until the test lets it go on) names an effect boundary: before or
after a write of an object or a call to a broker. Either by number, counted from 1, or the first of
a kind by name: ``provision:after``.
"""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

_WRITES = frozenset({"create", "replace", "delete"})
_APPLIES = frozenset({"apply", "replace"})
_SIGNALS = {"SVCAT_KILL_POINT": signal.SIGKILL, "SVCAT_STOP_POINT": signal.SIGSTOP}
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
    """Counts effect boundaries and signals its own process at the chosen one."""

    def __init__(self, chosen: str, signal_number: signal.Signals) -> None:
        self._chosen = chosen
        self._signal = signal_number
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

    def _pass(self, point: str) -> None:
        self._passed += 1
        if self._chosen in {str(self._passed), point}:
            self._chosen = ""
            os.kill(os.getpid(), self._signal)


class _Watched:
    def __init__(
        self, inner: Any, names: frozenset[str], pass_point: Callable[[str], None]
    ) -> None:
        self._inner = inner
        self._names = names
        self._pass_point = pass_point

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        def watched(*arguments: Any, **options: Any) -> Any:
            self._pass_point(f"{name}:before")
            try:
                return found(*arguments, **options)
            finally:
                self._pass_point(f"{name}:after")

        return watched


def from_environment(environ: Mapping[str, str]) -> KillPoints | None:
    """Return the point that a test asks for, if any does. Raises ValueError if there is none such.

    A misspelt point must not let a test pass because nothing happened.
    """
    for variable, signal_number in _SIGNALS.items():
        if chosen := environ.get(variable):
            _require_point(chosen)
            return KillPoints(chosen, signal_number)
    return None


def _require_point(chosen: str) -> None:
    call, _, when = chosen.partition(":")
    is_named = call in _WRITES | _APPLIES | _CALLS and when in {"before", "after"}
    if not (is_named or chosen.isdecimal()):
        raise ValueError(f"no effect boundary is called {chosen!r}")
