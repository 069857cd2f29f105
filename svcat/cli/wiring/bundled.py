"""The bundled broker (extra ``broker``), if it is installed."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from svcat.errors import UsageError


class BundledBroker(NamedTuple):
    """The server side, if the extra ``broker`` is installed."""

    serve: Callable[[Any], None]
    load_settings: Callable[..., Any]
    SetupError: type[Exception]


def bundled_broker() -> BundledBroker:
    """Return the bundled broker. Raises UsageError if it is not installed."""
    try:
        from svcat.broker.errors import BrokerSetupError
        from svcat.broker.server import serve
        from svcat.broker.settings import load_settings
    except ImportError as error:
        raise UsageError(
            f"the bundled broker is not installed ({error.name} is missing)",
            hint="install it: pip install 'svcat[broker]'",
        ) from error
    return BundledBroker(serve, load_settings, BrokerSetupError)


def state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the bundled broker keeps its state: ``$XDG_DATA_HOME/svcat/broker``."""
    data_home = Path(environ.get("XDG_DATA_HOME", ""))
    if not data_home.is_absolute():
        data_home = Path.home() / ".local" / "share"
    return data_home / "svcat" / "broker"
