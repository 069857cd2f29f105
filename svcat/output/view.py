"""What a command has to show, before anybody decides how: one value, many formats.

A View carries both readings of the same facts: the JSON contract (``docs/reference/json.md``) and
what people see. Views are made by the pure functions in ``brokers``, ``catalog``, ``instances``
and ``bindings``.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

API_VERSION = "svcat.dev/v1"
NONE = "<none>"
UNKNOWN = "<unknown>"
WHERE = "{where}"  # in what is said beside an empty list: the namespace, which a View knows not

JsonObject = dict[str, Any]


class Style(StrEnum):
    """The formats of ``-o``."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"
    JSONPATH = "jsonpath"
    CUSTOM_COLUMNS = "custom-columns"


class Column(Struct, frozen=True):
    """A column of a table; ``wide`` ones are shown with ``-o wide`` only."""

    title: str
    wide: bool = False
    prose: bool = False  # its cells may be wrapped, whatever its title
    path: str = ""  # of a custom one: where in each object its cells are


class Format(Struct, frozen=True):
    """What ``-o`` asks for (``formats``); ``path`` is that of jsonpath."""

    style: Style = Style.TABLE
    path: str = ""
    columns: tuple[Column, ...] = ()

    @property
    def is_for_machines(self) -> bool:
        """Whether scripts read it: errors follow in the same format."""
        return self.style in {Style.JSON, Style.YAML}

    @property
    def is_for_people(self) -> bool:
        """Whether it is a table or a description."""
        return self.style in {Style.TABLE, Style.WIDE, Style.CUSTOM_COLUMNS}


class Table(Struct, frozen=True):
    """Rows under columns. Cells may hold line breaks."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = ""  # said instead of a table without rows
    widths: tuple[int, ...] = ()  # at least so wide, by column
    is_grouped: bool = False  # rows with the same first cell belong together


class Fields(Struct, frozen=True):
    """``Label:  value`` lines."""

    lines: tuple[tuple[str, str], ...]


class Section(Struct, frozen=True):
    """A titled part of a description."""

    title: str
    body: "Table | Fields | Text"


class Text(Struct, frozen=True):
    """Lines as they are."""

    text: str


Block = Table | Fields | Section | Text


class View(Struct, frozen=True):
    """Something to show: ``obj`` for machines, ``blocks`` for people, ``names`` for ``-o name``."""

    obj: JsonObject
    blocks: tuple[Block, ...]
    names: tuple[str, ...] = ()
    documents: tuple[JsonObject, ...] = ()  # in YAML ``obj`` is a stream of these

    @property
    def nothing(self) -> str:
        """What to say beside an empty list; empty for anything else."""
        match self.blocks:
            case (Table(rows=(), empty=words),):
                return words
        return ""


def with_texts(view: View, change: Callable[[str], str]) -> View:
    """Return ``view`` with what people read of it changed."""
    return replace(view, blocks=tuple(_with_texts(block, change) for block in view.blocks))


def _with_texts(block: Any, change: Callable[[str], str]) -> Any:
    match block:
        case Table():
            rows = tuple(tuple(map(change, row)) for row in block.rows)
            return replace(block, rows=rows, empty=change(block.empty))
        case Fields(lines=lines):
            return Fields(tuple((label, change(value)) for label, value in lines))
        case Section(body=body):
            return replace(block, body=_with_texts(body, change))
        case _:
            return Text(change(block.text))


def list_of(kind: str, items: Iterable[JsonObject], table: Table) -> View:
    """Return the View of a list: ``{kind: KINDList, items: []}``."""
    listed = list(items)
    obj = {"apiVersion": API_VERSION, "kind": f"{kind}List", "items": listed}
    return View(obj, (table,), tuple(name_of(item) for item in listed))


def name_of(obj: JsonObject) -> str:
    """Return ``kind/name`` as ``-o name`` prints it."""
    return f"{str(obj['kind']).lower()}/{obj['metadata']['name']}"


def envelope(
    kind: str, metadata: JsonObject, spec: JsonObject, status: JsonObject | None = None
) -> JsonObject:
    """Return a JSON object of the contract; empty members are left out."""
    obj = {"apiVersion": API_VERSION, "kind": kind, "metadata": _trimmed(metadata)}
    obj["spec"] = _trimmed(spec)
    if status is not None:
        obj["status"] = _trimmed(status)
    return obj


def _trimmed(members: Mapping[str, Any]) -> JsonObject:
    return {k: v for k, v in members.items() if v is not None and v not in ("", [], {}, ())}
