"""Places at which a test may kill this very process, to prove that a restart loses nothing.

Without ``SVCAT_BROKER_KILL_POINTS`` in the environment ``kill_point`` does nothing at all. With it
(a directory), every point passed is appended to ``passed`` there, and a number in ``fatal`` is the
point to die at, counted from an empty ``passed``.
"""

import os
import signal
from pathlib import Path

_DIRECTORY = os.environ.get("SVCAT_BROKER_KILL_POINTS", "")

if _DIRECTORY:

    def kill_point(name: str) -> None:
        """Note the point, and die there without any clean-up if it is the chosen one."""
        passed, fatal = Path(_DIRECTORY, "passed"), Path(_DIRECTORY, "fatal")
        with passed.open("a", encoding="utf-8") as log:
            log.write(name + "\n")
        count = len(passed.read_text(encoding="utf-8").splitlines())
        if fatal.exists() and fatal.read_text(encoding="utf-8") == str(count):
            fatal.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

else:

    def kill_point(name: str) -> None:
        """Do nothing: the hook is not compiled in."""
