"""What the command line and the environment say about where to work, and how patiently."""

from collections.abc import Mapping
from typing import NamedTuple

from svcat.errors import UsageError

STORE_KUBE = "kube"
STORE_LOCAL = "local"
_LONGEST_S = 3600


class Settings(NamedTuple):
    """What the options say that every command has."""

    context: str | None = None
    kubeconfig: str | None = None
    store: str | None = None
    namespace: str | None = None
    verbose: bool = False
    quiet: bool = False
    trace: bool = False
    trace_file: str | None = None


def store_of(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return which object API: ``kube``, or ``local`` if asked for. Never chosen silently."""
    store = settings.store or environ.get("SVCAT_STORE") or STORE_KUBE
    if store not in {STORE_KUBE, STORE_LOCAL}:
        raise UsageError(f"there is no store {store!r}", hint="--store kube or --store local")
    return store


def call_s(environ: Mapping[str, str]) -> float:
    """Return the total deadline of one broker call, in seconds (``SVCAT_BROKER_TIMEOUT``)."""
    return _seconds("SVCAT_BROKER_TIMEOUT", environ) or 60.0


def patience_s(environ: Mapping[str, str], usual: float) -> float:
    """Return how long a store that does not answer is asked again (``SVCAT_STORE_PATIENCE``)."""
    return _seconds("SVCAT_STORE_PATIENCE", environ) or usual


def _seconds(name: str, environ: Mapping[str, str]) -> float | None:
    text = environ.get(name)
    if not text:
        return None
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise UsageError(f"{name}={text!r} is no number of seconds up to {_LONGEST_S}")
    return seconds
