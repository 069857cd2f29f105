"""One lock for each instance id: whatever changes an instance or its bindings holds it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from svcat.broker.errors import busy


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


class InstanceLocks:
    """Locks by instance id, kept only while somebody holds or wants them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    @contextmanager
    def holding(self, instance_id: str, *, wait_s: float) -> Iterator[None]:
        """Hold the lock; wait at most ``wait_s`` seconds (-1: forever). Raises ConcurrencyError."""
        with self._guard:
            entry = self._entries.setdefault(instance_id, _Entry())
            entry.users += 1
        try:
            if not entry.lock.acquire(timeout=wait_s):
                raise busy("this instance")
            try:
                yield
            finally:
                entry.lock.release()
        finally:
            with self._guard:
                entry.users -= 1
                if not entry.users:
                    del self._entries[instance_id]
