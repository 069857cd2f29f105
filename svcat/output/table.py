"""Tables and descriptions on a terminal, with rich. Foreign text goes through ``safe`` first.

What somebody may want to copy (names, states, ids) is never cut or broken: a table that is too wide
runs over the edge, as kubectl's do. Prose gives way first: it is wrapped to what is left, cut after
a few lines, and left out where there is no room for it (``-o wide`` shows all of it).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text as RichText

from svcat.output.colour import of_cell
from svcat.output.safe import safe, safe_line
from svcat.output.text import shown_columns, to_text
from svcat.output.view import Block, Column, Section, Table

_PROSE = frozenset({"DESCRIPTION", "MESSAGE"})
_GAP = 3
_LEAST_PROSE = 24  # columns; below that it is noise
_LEAST_KEPT = 16  # of a column that is prose by itself, and kept however narrow the screen
_MANY = 300  # rows; beyond, rich's table is felt
_MOST_LINES = 3  # of prose in a cell
_FILLING = re.compile(r"(?: |\x1b\[[0-9;]*m)+$", re.MULTILINE)


def draw(
    blocks: Sequence[Block],
    out: TextIO,
    *,
    wide: bool,
    headers: bool,
    colour: bool,
) -> None:
    """Draw ``blocks`` on the terminal ``out``."""
    console = Console(
        file=out,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
    width = console.width
    for block in blocks:
        _draw(block, console, wide=wide, headers=headers)
        console.width = width


def _draw(block: Block, console: Console, *, wide: bool, headers: bool) -> None:
    match block:
        case Table(rows=rows) if rows:
            _print_table(block, console, wide=wide, headers=headers)
        case Section(title=title, body=Table(rows=rows) as table) if rows:
            console.print(RichText(f"\n{safe_line(title)}:", style="bold"))
            _print_table(table, console, wide=wide, headers=True, indent=2)
        case _:
            text = to_text([block], wide=wide).rstrip("\n")
            console.print(RichText(text), soft_wrap=True)  # the terminal wraps; nothing is broken


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column as it is shown, and the columns of the screen that it needs."""

    column: Column
    cells: tuple[str, ...]
    width: int

    @property
    def is_prose(self) -> bool:
        is_ours = not self.column.path  # what somebody asked for in so many words is shown whole
        return self.column.prose or (is_ours and self.column.title in _PROSE)


def _print_table(
    table: Table, console: Console, *, wide: bool, headers: bool, indent: int = 0
) -> None:
    columns = [_measured(table, i, headers=headers) for i in shown_columns(table, wide=wide)]
    fitted = _fitted(columns, console.width - indent, keeps_prose=wide)
    if len(table.rows) > _MANY and not table.is_grouped and all(map(_is_plain, fitted)):
        _print_lines(fitted, console, headers=headers, indent=indent)
        return
    drawn = RichTable(
        box=None,
        show_header=headers,
        header_style="bold",
        pad_edge=False,
        padding=(0, _GAP, 0, 0),
    )
    for each in fitted:
        drawn.add_column(
            RichText(safe_line(each.column.title)), width=each.width, no_wrap=not each.is_prose
        )
    for row in range(len(table.rows)):
        cells = [_cell(each, row, console, is_whole=wide) for each in fitted]
        if table.is_grouped and row:
            if table.rows[row][0] == table.rows[row - 1][0]:
                cells[0] = RichText("")
            else:
                drawn.add_row()
        drawn.add_row(*cells)
    total = indent + sum(each.width for each in fitted) + _GAP * (len(fitted) - 1)
    console.width = max(console.width, total)
    with console.capture() as captured:
        console.print(Padding(drawn, (0, 0, 0, indent), expand=False))
    # Where a line runs over the edge, the spaces that fill it up would be a line of their own.
    console.file.write(_FILLING.sub(lambda found: found[0].replace(" ", ""), captured.get()))


def _is_plain(shown: _Shown) -> bool:
    """Whether a column needs nothing but padding."""
    return all("\n" not in cell and cell_len(cell) <= shown.width for cell in shown.cells)


def _print_lines(columns: list[_Shown], console: Console, *, headers: bool, indent: int) -> None:
    """Print what rich's table would, in a fifth of its time."""
    gap, lead = " " * _GAP, " " * indent
    for start in range(0, len(columns[0].cells), _MANY):
        text = RichText(end="")
        if headers and not start:
            titles = (set_cell_size(safe_line(c.column.title), c.width) for c in columns)
            text.append(f"{lead}{gap.join(titles).rstrip()}\n", style="bold")
        for cells in zip(*(c.cells[start : start + _MANY] for c in columns), strict=True):
            text.append(lead)
            for shown, cell in zip(columns, cells, strict=True):
                is_last = shown is columns[-1]
                padded = cell if is_last else set_cell_size(cell, shown.width) + gap
                text.append(padded, style=of_cell(shown.column, cell))
            text.append("\n")
        console.print(text, soft_wrap=True, end="")


def _measured(table: Table, i: int, *, headers: bool) -> _Shown:
    cells = tuple(safe(row[i]) for row in table.rows)
    titles = [safe_line(table.columns[i].title)] if headers else []
    lines = [line for cell in cells for line in cell.split("\n")]
    least = table.widths[i] if table.widths else 1
    return _Shown(table.columns[i], cells, max([least, *map(cell_len, [*titles, *lines])]))


def _fitted(columns: list[_Shown], room: int, *, keeps_prose: bool) -> list[_Shown]:
    """Return the columns with what is left for prose shared out among it."""
    prose = [each for each in columns if each.is_prose]
    fixed = sum(each.width for each in columns if not each.is_prose)
    left = room - fixed - _GAP * (len(columns) - 1)
    if not prose or sum(each.width for each in prose) <= left:
        return columns
    share = left // len(prose)
    least = _LEAST_KEPT if any(each.column.prose for each in prose) else _LEAST_PROSE
    if share < least and not keeps_prose and least != _LEAST_KEPT:
        return [each for each in columns if not each.is_prose]
    if share < least and keeps_prose:
        return columns  # the rows run over the edge anyhow: one line each can be read and searched
    share = max(share, least)
    return [
        _Shown(each.column, each.cells, min(each.width, share)) if each.is_prose else each
        for each in columns
    ]


def _cell(shown: _Shown, row: int, console: Console, *, is_whole: bool) -> RichText:
    text = shown.cells[row]
    if style := of_cell(shown.column, text):
        return RichText(text, style=style)
    if not shown.is_prose or shown.column.prose or is_whole:
        return RichText(text)
    lines = RichText(text).wrap(console, shown.width)
    if len(lines) <= _MOST_LINES:
        return RichText(text)
    kept = [line.plain.rstrip() for line in lines[:_MOST_LINES]]
    kept[-1] = f"{kept[-1][: shown.width - 1]}…"
    return RichText("\n".join(kept))
