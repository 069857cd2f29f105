"""The audit log: one JSON line for each change, each look at credentials and each refusal.

Who asked (originating identity), what for, and how it ended; never parameters, contexts,
credentials or logins.
"""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from svcat.broker.limits import LIMITS
from svcat.osb.models import JsonObject

_log = logging.getLogger(__name__)


class Audit:
    """Writes lines to a file, or to standard error."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        if path is not None:
            path.touch(mode=0o600, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def write(self, event: str, **facts: object) -> None:
        """Write one line; facts that are None or empty are left out."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        shown = {key: value for key, value in facts.items() if value not in (None, "")}
        text = json.dumps({**line, **shown}, default=str)  # ASCII: no control character survives
        try:
            with self._lock:
                print(text, file=self._file or sys.stderr, flush=True)
        except OSError as error:
            # What is done is done: the platform must hear of it, whatever became of the log.
            _log.error("the audit log cannot be written: %s", error.strerror)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def shorten_identity(identity: JsonObject | None) -> JsonObject | str | None:
    """The identity as the log keeps it: whole, or cut if it is endless."""
    if identity is None:
        return None
    text = json.dumps(identity)
    return (
        identity if len(text) <= LIMITS.identity_characters else text[: LIMITS.identity_characters]
    )
