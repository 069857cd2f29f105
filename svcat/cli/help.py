"""How help looks: examples line by line, values named after their options, no Python in it."""

import inspect
import re
from typing import Any, get_args

from typer.core import TyperCommand
from typer.models import ArgumentInfo, ParameterInfo

from svcat.cli.called_as import as_typed

_VERBATIM = "\b"  # Typer leaves the lines of a paragraph that begins with this as they are


class HelpfulCommand(TyperCommand):
    """A command whose usage line reads as people write it: ``svcat bind [OPTIONS] INSTANCE``."""

    def get_help(self, ctx: Any) -> str:
        """Return the help, with examples as they are typed."""
        return as_typed(super().get_help(ctx))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


def text_of(function: Any) -> str:
    """Return a docstring as help text; examples keep their lines."""
    text = inspect.cleandoc(function.__doc__ or "").replace("``", "")
    return re.sub(r"^(Examples?:)$", rf"{_VERBATIM}\n\1", text, flags=re.MULTILINE)


def name_value(parameter: inspect.Parameter) -> None:
    """Name the value of an argument or option after it, unless its declaration names it."""
    for info in get_args(parameter.annotation)[1:]:
        if not isinstance(info, ParameterInfo) or info.metavar or _is_flag(parameter):
            continue
        if isinstance(info, ArgumentInfo):
            info.metavar = parameter.name.upper()
        else:
            # Typer keeps the first spelling where the default would be.
            spellings = [s for s in (info.default, *(info.param_decls or ())) if isinstance(s, str)]
            longest = max(spellings, key=len, default=parameter.name.replace("_", "-"))
            info.metavar = longest.rpartition("-")[2].upper()


def _is_flag(parameter: inspect.Parameter) -> bool:
    return get_args(parameter.annotation)[0] in {bool, bool | None}
