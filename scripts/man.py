"""The manual page, man/svcat.1: every command with the options that are its own.

What all commands take stands once. Written by ``make docs`` from the tree of commands and from the
tables of docs/reference.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from svcat import __version__
from svcat.cli import tree
from svcat.cli.command import common_options
from svcat.cli.overview import SECTIONS

ROOT = Path(__file__).parent.parent
_SUMMARY = "browse, provision and bind services of Open Service Broker brokers"
_VERBATIM = "\b"  # before the paragraphs whose lines are kept, see svcat/cli/help.py
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def page() -> str:
    """Return man/svcat.1."""
    root = typer.main.get_command(tree.whole())
    leaves = dict(_leaves(root))
    lines = [
        r'.\" Written by "make docs" from the commands themselves.',
        f'.TH SVCAT 1 "" "svcat {__version__}" "User Commands"',
        *(".nh", ".ad l", ".SH NAME", rf"svcat \- {_SUMMARY}"),
        *(".SH SYNOPSIS", ".B svcat", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGS\fR]..."),
        *(".SH DESCRIPTION", *_paragraphs(root.help or "")),
        *(".SH COMMANDS", *_overview(root)),
        *(".SH OPTIONS", "Every command takes these.", *_options(_common(leaves))),
        *(".SH THE COMMANDS ONE BY ONE", *_one_by_one(leaves, _common(leaves))),
        *(".SH EXIT STATUS", *_definitions("reference/exit-codes.md")),
        *(".SH ENVIRONMENT", *_definitions("reference/environment.md")),
        *(".SH SEE ALSO", r"\fBkubectl\fR(1); \fBsvcat help\fR for pages on single matters."),
    ]
    return "\n".join(lines) + "\n"


def _leaves(command: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Give every command that help shows, by its words."""
    for name, each in sorted(getattr(command, "commands", {}).items()):
        if each.hidden:
            continue
        if hasattr(each, "commands"):
            yield from _leaves(each, (*above, name))
        else:
            yield " ".join((*above, name)), each


def _common(leaves: dict[str, Any]) -> list[Any]:
    known = common_options()
    return [each for each in leaves["bind"].params if each.name in known]


def _overview(root: Any) -> Iterator[str]:
    for title, names in SECTIONS:
        yield f".SS {_text(title)}"
        for name in names:
            yield from (
                ".TP",
                f".B {_text(name)}",
                _text(root.commands[name].get_short_help_str(200)),
            )


def _one_by_one(leaves: dict[str, Any], common: list[Any]) -> Iterator[str]:
    known = {each.name: each.help for each in common}
    for words, command in leaves.items():
        usage = " ".join(piece for piece in _usage(command) if piece != "[OPTIONS]")
        yield f'.SS "{_text(f"svcat {words} {usage}".rstrip())}"'
        yield from _paragraphs(command.help or "")
        for each in command.params:
            if each.param_type_name == "argument" and each.help:
                yield from (".TP", rf"\fI{_text(each.make_metavar(_context(command)))}\fR")
                yield _text(each.help)
        # An option that says something of its own here is one of its own, too.
        options = [each for each in command.params if each.param_type_name == "option"]
        yield from _options([each for each in options if known.get(each.name) != each.help])


def _usage(command: Any) -> list[str]:
    pieces: list[str] = command.collect_usage_pieces(_context(command))
    return pieces


def _context(command: Any) -> Any:
    return command.make_context("svcat", [], resilient_parsing=True)


def _options(parameters: list[Any]) -> Iterator[str]:
    for each in parameters:
        if each.hidden:
            continue
        value = rf" \fI{_text(each.metavar)}\fR" if each.metavar and not each.is_flag else ""
        names = [*sorted(each.opts, key=len), *each.secondary_opts]
        yield from (".TP", ", ".join(rf"\fB{_text(name)}\fR" for name in names) + value)
        yield _text(each.help or "")


def _paragraphs(text: str) -> Iterator[str]:
    """Give help text: paragraphs filled, examples line by line."""
    for paragraph in text.strip().split("\n\n"):
        is_verbatim = paragraph.startswith(_VERBATIM)
        lines = paragraph.removeprefix(_VERBATIM).strip("\n").split("\n")
        if not is_verbatim:
            yield from (".PP", _text(" ".join(line.strip() for line in lines)))
            continue
        yield from (".PP", _text(lines[0]), ".PP", ".nf", ".RS 4")
        yield from (_text(line.strip()) for line in lines[1:])
        yield from (".RE", ".fi")


def _definitions(name: str) -> Iterator[str]:
    """Give the first two columns of the table on a page of docs."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+|`.+?`) \| (.+?) \|", text, re.MULTILINE)
    for term, meaning in rows:
        yield from (".TP", f".B {_plain(term)}", _plain(meaning))


def _plain(markdown: str) -> str:
    return _text(_CODE.sub(r"\1", _LINK.sub(r"\1", markdown)))


def _text(text: str) -> str:
    """Return text that troff takes for nothing but text."""
    escaped = text.replace("\\", r"\(rs").replace("-", r"\-").replace('"', r"\(dq")
    escaped = escaped.replace("'", r"\(aq").replace("`", r"\(ga").replace("~", r"\(ti")
    escaped = escaped.replace("^", r"\(ha")
    return rf"\&{escaped}" if escaped.startswith(".") else escaped
