"""How a page of the documentation looks: headings, tables and text of its Markdown. Pure."""

import re
from collections.abc import Iterator

from svcat.output.view import API_VERSION, Block, Column, Table, Text, View

_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_RULE = re.compile(r"\|[\s:|-]+\|$")
_BAR = re.compile(r"(?<!\\)\|")


def page_view(name: str, markdown: str) -> View:
    """Return the View of a help topic."""
    obj = {
        "apiVersion": API_VERSION,
        "kind": "HelpTopic",
        "metadata": {"name": name},
        "spec": {"markdown": markdown},
    }
    return View(obj, tuple(_blocks(markdown)), (f"helptopic/{name}",))


def _blocks(markdown: str) -> Iterator[Block]:
    text: list[str] = []
    table: list[str] = []
    is_code = False
    for line in [*markdown.rstrip().split("\n"), ""]:
        if line.startswith("```"):
            is_code = not is_code
            continue
        if line.startswith("|") and not is_code:
            table.append(line)
            continue
        if table:
            yield from _flushed(text)
            yield _table(table)
            text, table = [], []
        text.append(f"  {line}".rstrip() if is_code else _plain(line))
    yield from _flushed(text)


def _flushed(text: list[str]) -> Iterator[Text]:
    whole = "\n".join(text).rstrip("\n")
    if whole:
        yield Text(f"{whole}\n" if text[-1] == "" else whole)


def _plain(line: str) -> str:
    """Return a line without Markdown's marks."""
    if heading := re.match(r"#+ (.*)", line):
        return _plain(heading[1]).upper() if line.startswith("# ") else f"{_plain(heading[1])}:"
    return _LINK.sub(r"\1", line).replace("**", "").replace("`", "")


def _table(lines: list[str]) -> Table:
    rows = [
        tuple(_plain(cell.strip()).replace("\\|", "|") for cell in _BAR.split(line)[1:-1])
        for line in lines
        if not _RULE.match(line)
    ]
    titles, *cells = rows
    width = len(titles)
    fitting = tuple((*row, *[""] * width)[:width] for row in cells)
    return Table(tuple(Column(title.upper()) for title in titles), fitting)
