"""Objects for another store: a stream of YAML, a List for JSON, a table of what there is. Pure."""

from svcat.output.view import Column, JsonObject, Table, View, name_of

_COLUMNS = (Column("KIND"), Column("NAMESPACE"), Column("NAME"))


def export_view(objects: list[JsonObject]) -> View:
    """Return the View of an export."""
    rows = tuple(
        (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        for obj in objects
    )
    whole: JsonObject = {"apiVersion": "v1", "kind": "List", "items": objects}
    table = Table(_COLUMNS, rows, empty="Nothing to export in {where}.")
    return View(whole, (table,), tuple(map(name_of, objects)), tuple(objects))
