"""Custom columns: what their paths find in the documented objects, those of ``-o json``. Pure.

A list has a row for each of its items, anything else one.
"""

from collections.abc import Sequence

from svcat import jsonpath
from svcat.output.view import NONE, Column, JsonObject, Table, View


def with_columns(view: View, columns: tuple[Column, ...]) -> View:
    """Return ``view`` with a table of ``columns`` for people."""
    rows = tuple(row_of(obj, columns) for obj in objects_of(view.obj))
    return View(view.obj, (Table(columns, rows, empty=view.nothing),), view.names)


def objects_of(obj: JsonObject) -> list[JsonObject]:
    """Return the items of a list; of anything else, itself."""
    items = obj.get("items")
    return items if isinstance(items, list) else [obj]


def row_of(obj: JsonObject, columns: Sequence[Column]) -> tuple[str, ...]:
    """Return what each column finds in ``obj``, in one line."""
    return tuple(_cell(obj, column.path) for column in columns)


def _cell(obj: JsonObject, path: str) -> str:
    found = (jsonpath.shown(each) for each in jsonpath.find(path, obj) if each is not None)
    return " ".join(",".join(found).split()) or NONE
