"""Under which name svcat was called; commands are shown as they are typed then.

kubectl calls a plug-in by its file: what then would be ``svcat bind db`` is ``kubectl svcat bind
db``, and ``svcat`` itself may be no command at all.
"""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svcat.errors import SvcatError
    from svcat.output.view import View

_PLUGIN = "kubectl svcat"


def file_name() -> str:
    """Return the name of the file that was run."""
    return os.path.basename(sys.argv[0])  # noqa: PTH119 - pathlib costs start-up time


def program() -> str:
    """Return what somebody types in front of the command."""
    return _PLUGIN if file_name().startswith("kubectl-") else "svcat"


def as_typed(text: str) -> str:
    """Return ``text`` with the commands of ours that stand in it as they are typed."""
    if program() == "svcat":
        return text
    import re

    from svcat.cli.tree import MODULES

    verbs = "|".join(sorted({verb for firsts in MODULES.values() for verb in firsts}))
    return re.sub(rf"(?<!kubectl )\bsvcat (?=(?:{verbs})\b)", f"{_PLUGIN} ", text)


def error_as_typed(error: "SvcatError") -> None:
    """Let an error name commands as they are typed."""
    error.message = as_typed(error.message)
    error.details = tuple(map(as_typed, error.details))
    error.hint = as_typed(error.hint) if error.hint else None


def view_as_typed(view: "View") -> "View":
    """Return ``view`` with commands as they are typed, for people: ``obj`` stays as it is."""
    if program() == "svcat":
        return view
    from svcat.output.view import with_texts

    return with_texts(view, as_typed)
