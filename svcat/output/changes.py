"""Lists in order, and lists that are looked at again and again. Pure.

``--sort-by`` takes the title of a column or a JSONPath over each object, as kubectl does. A watch
shows the whole list once, then the rows that changed; columns keep their places.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from svcat import jsonpath
from svcat.errors import UsageError
from svcat.output.columns import objects_of, row_of
from svcat.output.view import JsonObject, Table, View, name_of

DELETED = "Deleted"
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a list: for machines, for people, for ``-o name``."""

    obj: JsonObject
    row: tuple[str, ...] = ()
    name: str = ""


def entries_of(view: View) -> list[Entry]:
    """Return the things of a list one by one; of anything else, itself.

    Where a table's rows are no single things (a summary, a tree), no entry has a row.
    """
    objects = objects_of(view.obj)
    table = table_of(view)
    rows = table.rows if table is not None and len(table.rows) == len(objects) else ()
    names = view.names if len(view.names) == len(objects) else ()
    return [
        Entry(obj, rows[i] if rows else (), names[i] if names else "")
        for i, obj in enumerate(objects)
    ]


def table_of(view: View) -> Table | None:
    """Return the table that the view is made of, if it is one table."""
    match view.blocks:
        case (Table() as table,):
            return table
    return None


def in_order(view: View, by: str) -> View:
    """Return a list sorted by a column's title or a JSONPath. Raises UsageError."""
    table = table_of(view)
    if "items" not in view.obj or table is None:
        return view
    entries = entries_of(view)
    if any(not entry.row for entry in entries):
        raise UsageError("this list has an order of its own: it takes no --sort-by")
    keys = _keys(entries, table, by)
    order = sorted(range(len(entries)), key=keys.__getitem__)
    shown = [entries[i] for i in order]
    return View(
        {**view.obj, "items": [entry.obj for entry in shown]},
        (replace(table, rows=tuple(entry.row for entry in shown), is_grouped=False),),
        tuple(entry.name for entry in shown) if view.names else (),
    )


def _keys(entries: list[Entry], table: Table, by: str) -> list[Any]:
    titles = [column.title for column in table.columns]
    if by.upper() == "AGE" and "AGE" in titles:
        return [_newest_first(entry.obj) for entry in entries]
    if by.upper() in titles:
        column = titles.index(by.upper())
        return [_natural(entry.row[column]) for entry in entries]
    if not by.startswith((".", "{", "[", "$")):
        raise UsageError(
            f"there is no column {by!r} to sort by",
            hint=f"columns: {', '.join(titles)}; or a JSONPath like .metadata.creationTimestamp",
        )
    found = [jsonpath.find(by, entry.obj) for entry in entries]
    if entries and not any(found):
        raise UsageError(f"nothing in this list has {by}", hint="look with -o yaml what there is")
    return [(len(values) > 0, _natural(values[0]) if values else ()) for values in found]


def _newest_first(obj: JsonObject) -> tuple[int, ...]:
    created = str(obj["metadata"].get("creationTimestamp") or "")
    return tuple(-ord(character) for character in created)


def _natural(value: Any) -> tuple[tuple[int, float, str], ...]:
    """Return a key that puts db-2 before db-10, and numbers before text."""
    if isinstance(value, bool | int | float):
        return ((0, float(value), ""),)
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    parts = _NUMBERS.split(text.casefold())
    return tuple((0, float(p), "") if p.isdigit() else (1, 0.0, p) for p in parts if p)


@dataclass(slots=True)
class Changes:
    """What of a list has changed since it was last looked at."""

    known: dict[str, Entry] = field(default_factory=dict)
    widths: tuple[int, ...] = ()
    is_first: bool = True

    def since(self, view: View) -> list[Entry]:
        """Return what is new, changed or gone; everything at first."""
        found = {_identity(entry.obj): entry for entry in entries_of(view)}
        changed = [e for key, e in found.items() if self._is_news(key, e)]
        gone = [
            _gone(entry, table_of(view)) for key, entry in self.known.items() if key not in found
        ]
        self.known = found
        self._widen(table_of(view))
        return [*changed, *gone]

    def nothing_left(self, table: Table | None) -> list[Entry]:
        """Return what was there, now that it is gone."""
        gone = [_gone(entry, table) for entry in self.known.values()]
        self.known = {}
        return gone

    def _is_news(self, key: str, entry: Entry) -> bool:
        return key not in self.known or self.known[key].obj != entry.obj

    def _widen(self, table: Table | None) -> None:
        if table is None:
            return
        columns = range(len(table.columns))
        before = self.widths or tuple(len(column.title) for column in table.columns)
        self.widths = tuple(
            max([before[i], *(len(row[i]) for row in table.rows if "\n" not in row[i])])
            for i in columns
        )


def rows_view(view: View, entries: list[Entry], widths: tuple[int, ...]) -> View:
    """Return the View of the rows of ``entries`` only, its columns at least ``widths`` wide."""
    table = table_of(view)
    if table is None or any(not entry.row for entry in entries):
        return view
    rows = tuple(entry.row for entry in entries)
    return replace(view, blocks=(replace(table, rows=rows, widths=widths),))


def object_views(entries: list[Entry]) -> Iterator[View]:
    """Give a View of each thing by itself."""
    for entry in entries:
        yield View(entry.obj, (), (entry.name or name_of(entry.obj),))


def _identity(obj: JsonObject) -> str:
    metadata, spec = obj["metadata"], obj.get("spec") or {}
    parts = (obj["kind"], metadata.get("namespace"), metadata["name"])
    return json.dumps([*parts, spec.get("class"), spec.get("broker")])  # plans share their names


def _gone(entry: Entry, table: Table | None) -> Entry:
    obj = {**entry.obj, "status": {"phase": "deleted"}}
    row = entry.row
    columns = table.columns if table is not None else ()
    titles = [column.title for column in columns]
    if row and columns[0].path:
        row = row_of(obj, columns)
    elif row and "STATUS" in titles:
        place = titles.index("STATUS")
        row = (*row[:place], DELETED, *row[place + 1 :])
    return Entry(obj, row, entry.name)
