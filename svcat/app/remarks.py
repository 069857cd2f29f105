"""What brokers do otherwise than the spec has it, said where it concerns somebody.

What concerns the credentials is a warning; what only concerns whoever runs the broker is a remark
that is made when asked for (``-v``).
"""

from collections.abc import Callable
from typing import Any, cast

from svcat.app.ports import Broker, Ports
from svcat.osb.models import Bound

# What an answer may hold only if the class asks for it (spec, Service Offering Object).
_PERMISSIONS = {
    "syslog_drain_url": "syslog_drain",
    "route_service_url": "route_forwarding",
    "volume_mounts": "volume_mount",
}


def attentive(broker: Broker, ports: Ports, *, requires: tuple[str, ...] = ()) -> Broker:
    """Return ``broker`` with an eye on its answers."""
    return cast(Broker, _Attentive(broker, ports, requires))


def misplaced(body: Bound, requires: tuple[str, ...]) -> list[str]:
    """Return what a binding's answer gives although its class does not say that it will."""
    return [
        f"the broker gives a {member} although its class does not require {permission!r}"
        for member, permission in _PERMISSIONS.items()
        if getattr(body, member) and permission not in requires
    ]


class _Attentive:
    """Passes every call on; each thing is said once."""

    def __init__(self, broker: Broker, ports: Ports, requires: tuple[str, ...]) -> None:
        self._broker = broker
        self._ports = ports
        self._requires = requires
        self._said: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        ask = getattr(self._broker, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            answer = ask(*args, **kwargs)
            for words in getattr(answer, "warnings", ()):
                self._say(words, self._ports.remark)
            if isinstance(body := getattr(answer, "body", None), Bound):
                for words in misplaced(body, self._requires):
                    self._say(words, self._ports.warn)
            return answer

        return watched

    def _say(self, words: str, say: Callable[[str], None]) -> None:
        if words not in self._said:
            self._said.add(words)
            say(words)
