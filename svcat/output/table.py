"""Tables and descriptions on a terminal, with rich. Foreign text goes through ``safe`` first."""

import os
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from svcat.output.safe import safe, safe_line
from svcat.output.text import shown_columns, to_text
from svcat.output.view import Block, Column, Section, Table

_STATUS_STYLES = {
    "Ready": "green",
    "Active": "green",
    "Failed": "red",
    "Unusable": "red",
    "ErrorFetchingCatalog": "red",
    "Deprecated": "yellow",
}
_GONE_ON = "yellow"  # every other status: something is going on


def draw(
    blocks: Sequence[Block],
    out: TextIO,
    *,
    wide: bool,
    headers: bool,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Draw ``blocks`` on the terminal ``out``."""
    console = Console(
        file=out,
        no_color=_without_color(environ),
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )
    for block in blocks:
        _draw(block, console, wide=wide, headers=headers)


def _without_color(environ: Mapping[str, str]) -> bool | None:
    return True if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" else None


def _draw(block: Block, console: Console, *, wide: bool, headers: bool) -> None:
    match block:
        case Table(rows=rows) if rows:
            console.print(_rich_table(block, wide=wide, headers=headers))
        case Section(title=title, body=Table(rows=rows) as table) if rows:
            console.print(RichText(f"\n{safe_line(title)}:", style="bold"))
            console.print(_rich_table(table, wide=wide, headers=True, indent=2))
        case _:
            console.print(RichText(to_text([block], wide=wide).rstrip("\n")))


def _rich_table(table: Table, *, wide: bool, headers: bool, indent: int = 0) -> RichTable:
    shown = shown_columns(table, wide=wide)
    drawn = RichTable(
        box=None,
        show_header=headers,
        header_style="bold",
        pad_edge=False,
        padding=(0, 3, 0, 0),
    )
    for position, i in enumerate(shown):
        title = table.columns[i].title
        heading = " " * indent + title if position == 0 else title
        drawn.add_column(RichText(heading), overflow="fold", no_wrap=_is_short(table.columns[i]))
    for row in table.rows:
        cells = [safe(row[i]) for i in shown]
        cells[0] = "\n".join(" " * indent + line for line in cells[0].split("\n"))
        drawn.add_row(
            *(_cell(cell, table.columns[i]) for cell, i in zip(cells, shown, strict=True))
        )
    return drawn


def _is_short(column: Column) -> bool:
    return column.title not in {"DESCRIPTION", "URL", "MESSAGE", "PLANS"}


def _cell(text: str, column: Column) -> RichText:
    if column.title != "STATUS" or not text:
        return RichText(text)
    return RichText(text, style=_STATUS_STYLES.get(text, _GONE_ON))
