"""How a page of the docs looks on a screen, without Markdown's marks. Pure."""

import re
from collections.abc import Iterator, Sequence
from textwrap import fill, wrap

from svcat.output.view import API_VERSION, Block, Column, Table, Text, View

WIDTH = 79  # of most screens, and what can be read
_NARROWEST = 24
_GAP = 3  # between the columns of a table
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_RULE = re.compile(r"\|[\s:|-]+\|$")
_BAR = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"#+ ")
_ITEM = re.compile(r" *(?:-|\d+\.) ")


def page_view(name: str, markdown: str, width: int = WIDTH) -> View:
    """Return the View of a help topic, for a screen of at least ``width`` columns."""
    width = max(_NARROWEST, min(WIDTH, width))
    obj = {
        "apiVersion": API_VERSION,
        "kind": "HelpTopic",
        "metadata": {"name": name},
        "spec": {"markdown": markdown},
    }
    return View(obj, tuple(_blocks(markdown, width)), (f"helptopic/{name}",))


def _blocks(markdown: str, width: int) -> Iterator[Block]:
    text: list[str] = []
    for piece in _pieces(markdown):
        if piece[0].startswith("|"):
            yield from _flushed(text)
            yield _table(piece, width)
            text = []
        elif piece[0].lstrip().startswith("```"):
            text += [f"  {line}".rstrip() for line in piece[1:]]
        else:
            text.append(_filled(piece, width))
    yield from _flushed(text)


def _pieces(markdown: str) -> Iterator[list[str]]:
    """Give the lines of each table, block of code, paragraph, item, heading and gap."""
    piece: list[str] = []
    is_code = False
    for line in markdown.rstrip().split("\n"):
        is_fence = line.lstrip().startswith("```")
        if is_fence and is_code:
            is_code = False
            continue
        if piece and not is_code and (is_fence or not _goes_on(piece, line)):
            yield piece
            piece = []
        is_code = is_code or is_fence
        piece.append(line)

    yield piece


def _goes_on(piece: Sequence[str], line: str) -> bool:
    """Whether ``line`` belongs to what has begun."""
    if piece[0].lstrip().startswith("```"):
        return False
    if piece[0].startswith("|") or line.startswith("|"):
        return piece[0].startswith("|") and line.startswith("|")
    ends = not piece[0] or _HEADING.match(piece[0])
    return not (ends or not line or _HEADING.match(line) or _ITEM.match(line))


def _flushed(text: list[str]) -> Iterator[Text]:
    whole = "\n".join(text).rstrip("\n")
    if whole:
        yield Text(f"{whole}\n" if text[-1] == "" else whole)


def _filled(lines: Sequence[str], width: int) -> str:
    if heading := _HEADING.match(lines[0]):
        title = _plain(lines[0][heading.end() :])
        return title.upper() if heading[0] == "# " else f"{title}:"
    item = _ITEM.match(lines[0])
    text = _plain(" ".join(line.strip() for line in lines))
    indent = len(item[0]) if item else 0
    before = item[0][: indent - len(item[0].lstrip())] if item else ""
    return fill(
        text,
        width,
        initial_indent=before,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(text: str) -> str:
    """Return text without Markdown's marks; what is code stays as it is."""
    outside = _LINK.sub(r"\1", text).split("`")
    return "".join(
        piece if number % 2 else piece.replace("**", "") for number, piece in enumerate(outside)
    )


def _table(lines: Sequence[str], screen: int) -> Table:
    rows = [
        tuple(_plain(cell.strip()).replace("\\|", "|") for cell in _BAR.split(line)[1:-1])
        for line in lines
        if not _RULE.match(line)
    ]
    titles, *cells = rows
    width = len(titles)
    fitting = [(*row, *[""] * width)[:width] for row in cells]
    widths = _widths([titles, *fitting], screen)
    wrapped = tuple(
        tuple(_wrapped(cell, room) for cell, room in zip(row, widths, strict=True))
        for row in fitting
    )
    return Table(tuple(Column(title.upper()) for title in titles), wrapped)


def _widths(rows: Sequence[Sequence[str]], screen: int) -> list[int]:
    """Share the screen out among columns: each its longest word, then who needs more gets more.

    The first row has the titles, which are not wrapped.
    """
    columns = list(zip(*rows, strict=True))
    needed = [max(map(len, column)) for column in columns]
    titles = [len(column[0]) for column in columns]
    widths = [
        max([title, *(len(word) for cell in column for word in cell.split())])
        for title, column in zip(titles, columns, strict=True)
    ]
    left = screen - _GAP * (len(columns) - 1) - sum(widths)
    for _ in range(-left):  # the longest words are broken
        spare = [i for i, width in enumerate(widths) if width > titles[i]]
        if spare:
            widths[max(spare, key=lambda i: widths[i])] -= 1
    for _ in range(left):
        short = [i for i, width in enumerate(widths) if width < needed[i]]
        if short:
            widths[min(short, key=lambda i: widths[i])] += 1
    return widths


def _wrapped(cell: str, width: int) -> str:
    return "\n".join(wrap(cell, width, break_on_hyphens=False))
