"""A function of svcat that raises an error with all that it was called with in its message.

Laid in the process of one command (``Fleet.start(first=...)``), where svcat is loaded already: the
function is replaced in every module that knows it.
"""

import importlib
import sys
from typing import Any


def lay(target: str) -> None:
    """Let ``module:function`` or ``module:Class.method`` explode when it is called."""
    module, _, path = target.partition(":")
    holder: Any = importlib.import_module(module)
    *above, name = path.split(".")
    for part in above:
        holder = getattr(holder, part)

    def explode(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"{name} was called with {_deep(args)} {_deep(kwargs)}")

    harmless = getattr(holder, name)
    setattr(holder, name, explode)
    for known in list(sys.modules.values()):
        if known.__name__.startswith("svcat.") and vars(known).get(name) is harmless:
            setattr(known, name, explode)


def _deep(value: Any) -> str:
    """All that is in a value, also where its repr is discreet."""
    if isinstance(value, dict):
        return str({str(k): _deep(v) for k, v in value.items()})
    if isinstance(value, list | tuple):
        return str([_deep(member) for member in value])
    fields = getattr(value, "__struct_fields__", None)
    if fields:
        return str({name: _deep(getattr(value, name)) for name in fields})
    return repr(value)
