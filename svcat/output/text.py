"""Plain aligned text, for pipes and files: stable columns, no box, no wrapping.

Colours only where they were demanded.
"""

from collections.abc import Sequence

from svcat.output.colour import of_cell, painted
from svcat.output.safe import safe, safe_line
from svcat.output.view import Block, Column, Fields, Section, Table, Text

_GAP = "   "
_CELL_LIMIT = 4096


def to_text(
    blocks: Sequence[Block], *, wide: bool = False, headers: bool = True, colour: bool = False
) -> str:
    """Return ``blocks`` as lines, each ending in a newline."""
    lines: list[str] = []
    for block in blocks:
        lines += _lines(block, wide=wide, headers=headers, colour=colour)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def shown_columns(table: Table, *, wide: bool) -> list[int]:
    """Return the indexes of the columns that are shown."""
    return [i for i, column in enumerate(table.columns) if wide or not column.wide]


def _lines(block: Block, *, wide: bool, headers: bool, colour: bool) -> list[str]:
    match block:
        case Table():
            return _table_lines(block, wide=wide, headers=headers, colour=colour)
        case Fields(lines=lines):
            return field_lines(lines)
        case Text(text=text):
            return safe(text, limit=1_000_000).split("\n")
        case Section(title=title, body=body):
            inside = _lines(body, wide=wide, headers=True, colour=colour)
            return ["", f"{safe_line(title)}:", *(f"  {line}" for line in inside)]


def field_lines(lines: Sequence[tuple[str, str]]) -> list[str]:
    """Return ``Label:   value`` lines with the values in one column."""
    safe_lines = [(safe_line(label), safe_line(value)) for label, value in lines]
    width = max((len(label) for label, _ in safe_lines), default=0) + 1
    return [f"{label + ':':<{width}}  {value}" for label, value in safe_lines]


def _table_lines(table: Table, *, wide: bool, headers: bool, colour: bool) -> list[str]:
    if not table.rows and table.empty:
        return [table.empty]
    shown = shown_columns(table, wide=wide)
    titles: list[list[str]] = [[_title(table.columns[i]) for i in shown]] if headers else []
    rows = titles + [row for cells in table.rows for row in _split([cells[i] for i in shown])]
    least = [table.widths[i] if table.widths else 0 for i in shown]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(len(shown))]
    widths = list(map(max, widths, least))
    columns = [table.columns[i] for i in shown]
    lines = [[cell.ljust(w) for cell, w in zip(row, widths, strict=True)] for row in rows]
    if colour:
        lines = [
            _painted(line, columns, is_header=headers and i == 0) for i, line in enumerate(lines)
        ]
    return [_GAP.join(line) for line in lines]


def _painted(line: list[str], columns: list[Column], *, is_header: bool) -> list[str]:
    """Return padded cells with the colours of states; spaces have none."""
    pairs = [(each.rstrip(), column) for each, column in zip(line, columns, strict=True)]
    styles = ["bold" if is_header else of_cell(column, text) for text, column in pairs]
    return [
        painted(text, style if text else "") + cell[len(text) :]
        for (text, _), style, cell in zip(pairs, styles, line, strict=True)
    ]


def _title(column: Column) -> str:
    return safe_line(column.title)


def _split(cells: Sequence[str]) -> list[list[str]]:
    """Return the lines of a row whose cells may hold line breaks."""
    parts = [[safe_line(line, limit=_CELL_LIMIT) for line in cell.split("\n")] for cell in cells]
    height = max((len(part) for part in parts), default=1)
    return [[part[i] if i < len(part) else "" for part in parts] for i in range(height)]
