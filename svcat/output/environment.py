"""Variables as files and shells read them, each format by its own rules of quoting. Pure.

``shell`` and ``json`` can say everything. A docker env file takes each line as it is and knows no
quotes. Readers of dotenv files agree on plain words and on single quotes around what has none; for
the rest ``hard_to_quote`` names what some of them read differently.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from enum import StrEnum

from svcat.output.safe import safe
from svcat.output.view import Column, JsonObject, Table, View
from svcat.redaction import REDACTED, hidden

Row = tuple[str, str, str, int]  # variable, binding, key, bytes


class EnvFormat(StrEnum):
    """What ``svcat env -o`` takes besides the usual formats."""

    DOTENV = "dotenv"
    SHELL = "shell"
    DOCKER = "docker"
    VCAP = "vcap"


_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+", re.ASCII)
_DOCKER_LINE = 64 * 1024 - 1  # its reader gives up on longer lines
# In single quotes some readers see an escape in \\ and a variable in ${x}, and make \r to \n.
_DISPUTED = re.compile(r"\\\\|\\$|\$\{|\r")
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'[\\"$`]')


def in_format(values: Mapping[str, str], wanted: EnvFormat) -> str:
    """Return ``values`` as lines; what ``unfit_for`` names must not be among them."""
    line = _LINES[wanted]
    return "".join(line(name, value) for name, value in values.items())


def unfit_for(wanted: EnvFormat, values: Mapping[str, str]) -> list[str]:
    """Return the variables that the format has no way to write."""
    if wanted is not EnvFormat.DOCKER:
        return []
    return [name for name, value in values.items() if not _fits_a_docker_line(name, value)]


def hard_to_quote(wanted: EnvFormat, values: Mapping[str, str]) -> list[str]:
    """Return the variables whose value readers of the format take differently."""
    if wanted is not EnvFormat.DOTENV:
        return []
    return [name for name, value in values.items() if not _is_portable(value)]


def masked(values: Mapping[str, str]) -> dict[str, str]:
    """Return the names with no values."""
    return dict.fromkeys(values, REDACTED)


def masked_document(document: JsonObject) -> JsonObject:
    """Return a VCAP_SERVICES document with no credentials in it."""
    return {
        label: [{**service, "credentials": hidden(service["credentials"])} for service in services]
        for label, services in document.items()
    }


def for_terminal(text: str) -> str:
    """Return ``text`` with nothing in it that a terminal would act on."""
    return safe(text, limit=len(text))


def vcap_text(document: JsonObject) -> str:
    """Return VCAP_SERVICES as it stands in the variable of that name."""
    return json.dumps(document, ensure_ascii=True) + "\n"


def environment_view(values: Mapping[str, str], rows: Iterable[Row]) -> View:
    """Return the View: a JSON object of the variables; a table of names and sizes, no values."""
    columns = (Column("VARIABLE"), Column("BINDING"), Column("KEY"), Column("BYTES"))
    table = Table(
        columns,
        tuple((name, binding, key, str(size)) for name, binding, key, size in rows),
        empty="The bindings have no credentials",
    )
    return View(dict(values), (table,), tuple(values))


def _dotenv_line(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f"{name}={value}\n"
    if "'" not in value:
        return f"{name}='{value}'\n"
    escaped = _SPECIAL_IN_DOUBLE_QUOTES.sub(lambda match: f"\\{match[0]}", value)
    return f'{name}="{escaped}"\n'


def _shell_line(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}\n"


def _docker_line(name: str, value: str) -> str:
    return f"{name}={value}\n"


_LINES = {
    EnvFormat.DOTENV: _dotenv_line,
    EnvFormat.SHELL: _shell_line,
    EnvFormat.DOCKER: _docker_line,
}


def _is_portable(value: str) -> bool:
    if _PLAIN.fullmatch(value):
        return True
    if "'" not in value:
        return not _DISPUTED.search(value)
    return not _SPECIAL_IN_DOUBLE_QUOTES.search(value) and "\r" not in value


def _fits_a_docker_line(name: str, value: str) -> bool:
    is_one_line = "\n" not in value and "\r" not in value
    return is_one_line and len(f"{name}={value}".encode()) <= _DOCKER_LINE
