"""Places at which a test may kill this very process, to prove that a restart loses nothing.

Without ``SVCAT_BROKER_KILL_POINTS`` in the environment ``kill_point`` does nothing at all. With it
(a file), every point passed is appended there; ``SVCAT_BROKER_KILL_AT=N`` kills at the N-th.
"""

import os
import signal
from pathlib import Path

_LOG = os.environ.get("SVCAT_BROKER_KILL_POINTS", "")
_FATAL = int(os.environ.get("SVCAT_BROKER_KILL_AT", "0"))

if _LOG:
    _passed: list[str] = []

    def kill_point(name: str) -> None:
        """Note the point, and die there without any clean-up if it is the chosen one."""
        _passed.append(name)
        with Path(_LOG).open("a", encoding="utf-8") as log:
            log.write(name + "\n")
        if len(_passed) == _FATAL:
            os.kill(os.getpid(), signal.SIGKILL)

else:

    def kill_point(name: str) -> None:
        """Do nothing: the hook is not compiled in."""
