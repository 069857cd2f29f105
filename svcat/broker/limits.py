"""Every limit and quota of the bundled broker, in one place.

A request past a limit is refused with a 4xx status that names the limit; nothing changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The static table; sizes in bytes, times in seconds."""

    body_bytes: int = 256 * 1024
    id_characters: int = 255
    identity_characters: int = 2048  # of the originating identity, as kept in the audit log
    description_characters: int = 1000
    instances: int = 1000
    bindings_per_instance: int = 100
    lock_wait_s: float = 10.0  # then 422 ConcurrencyError
    stop_wait_s: float = 20.0  # for requests and operations under way at SIGTERM
    operations_kept_s: float = 7 * 24 * 3600.0  # finished ones, for late polls
    workers: int = 4
    postgresql_connections: Mapping[str, int] = field(  # by plan, for each binding
        default_factory=lambda: MappingProxyType({"small": 20, "large": 100})
    )
    postgresql_extensions: int = 32  # in one request


LIMITS = Limits()
