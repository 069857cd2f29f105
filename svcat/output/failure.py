"""How an error looks: one line and a hint on stderr, an object on stdout for scripts."""

from typing import TextIO

from svcat.errors import SvcatError, UsageError
from svcat.output.colour import painted
from svcat.output.formats import parse_format
from svcat.output.safe import safe_line
from svcat.output.view import API_VERSION, Format, JsonObject, View


def show_failure(
    error: SvcatError, output: str, out: TextIO, err: TextIO, *, colour: bool = False
) -> None:
    """Write ``error`` to ``err``; with ``-o json|yaml`` its object to ``out`` as well."""
    label = painted("error:", "red" if colour else "")
    print(f"{label} {safe_line(error.message, limit=4096)}", file=err)
    for detail in error.details:
        print(f"  {safe_line(detail)}", file=err)
    if error.hint:
        print(f"hint: {safe_line(error.hint)}", file=err)
    wanted = _format(output)
    if wanted.is_for_machines:
        from svcat.output.render import render

        render(View(failure_object(error), ()), wanted, out)


def failure_object(error: SvcatError) -> JsonObject:
    """Return an error as the JSON contract has it."""
    obj: JsonObject = {
        "apiVersion": API_VERSION,
        "kind": "Error",
        "reason": type(error).__name__,
        "message": error.message,
        "exitCode": error.exit_code,
    }
    if error.details:
        obj["details"] = list(error.details)
    return {**obj, "hint": error.hint} if error.hint else obj


def _format(output: str) -> Format:
    try:
        return parse_format(output)
    except UsageError:
        return Format()
