"""docs/reference/parity.md has a row for all of the original, and every row is true."""

import ast
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.parity.table import PAGE, ROOT, Flag, command_of, flags, keys, option_of, original, rows

_PROOF = re.compile(r"`(test_\w+)`")
_REASONS = re.compile(r"left out: .{10,}")


@cache
def known_tests() -> dict[str, str]:
    """Each test function with the text of its file."""
    return {
        node.name: text
        for file in (ROOT / "tests").rglob("test_*.py")
        for text in [_text(file)]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _text(file: Path) -> str:
    """The file, and what its folder's tests have in common."""
    common = [f for f in file.parent.glob("*.py") if not f.name.startswith("test_")]
    return "".join(f.read_text(encoding="utf-8") for f in [file, *common])


def test_there_is_a_row_for_all_of_the_original_and_for_nothing_else() -> None:
    assert [key for key in keys() if key not in rows()] == []
    assert [key for key in rows() if key not in keys()] == []


@pytest.mark.parametrize("key", rows())
def test_every_row_names_tests_that_exist(key: str) -> None:
    proofs = _PROOF.findall(rows()[key].proof)

    assert proofs, f"{key}: no test"
    assert [proof for proof in proofs if proof not in known_tests()] == []


@pytest.mark.parametrize("key", rows())
def test_what_is_left_out_has_a_reason(key: str) -> None:
    row = rows()[key]

    assert not row.is_left_out or _REASONS.fullmatch(row.now)


@pytest.mark.parametrize("flag", flags(), ids=lambda flag: flag.key)
def test_every_flag_is_taken_as_it_was(flag: Flag) -> None:
    row, option = rows()[flag.key], option_of(flag)
    if row.is_left_out:
        assert option is None or flag.short == "" == flag.default
        return

    assert option is not None, f"svcat {flag.command} refuses {flag.long}"
    assert not flag.short or flag.short in option.opts
    default = "" if option.default is None else str(option.default).lower()
    if flag.default and default != flag.default:
        assert "default" in row.now, f"{flag.key}: the default is {default!r}, and no word of that"


@pytest.mark.parametrize("flag", flags(), ids=lambda flag: flag.key)
def test_the_test_of_a_flag_types_it(flag: Flag) -> None:
    texts = [known_tests()[proof] for proof in _PROOF.findall(rows()[flag.key].proof)]
    spellings = [f'"{flag.long}"', f"{flag.long} ", f"{flag.long}=", f'"{flag.short}"']

    if texts and not rows()[flag.key].is_left_out:
        assert any(
            spelling in text for text in texts for spelling in spellings if spelling != '""'
        ), f"{flag.key}: its test does not use it"


@pytest.mark.parametrize("command", original()["commands"])
def test_every_name_of_a_command_runs_the_same(command: str) -> None:
    verb = command.rpartition(" ")[0]
    if rows()[command].is_left_out:
        return
    known = command_of(command)

    assert known is not None
    for alias in original()["commands"][command].get("aliases", []):
        other = command_of(f"{verb} {alias}".strip())
        assert other is not None
        assert _origin(other) == _origin(known)


def _origin(command: Any) -> tuple[str, str]:
    function = inspect.unwrap(command.callback)
    return function.__module__, function.__qualname__


@pytest.mark.parametrize("group", original()["groups"])
def test_every_group_answers_to_its_names(group: str) -> None:
    for name in (group, *original()["groups"][group]):
        assert command_of(name) is not None


def test_the_head_counts_what_the_table_has() -> None:
    left_out = [row for row in rows().values() if row.is_left_out]
    counts = f"{len(rows())} rows, {len(flags())} of them flags; {len(left_out)} are left out"

    assert counts in " ".join(PAGE.read_text(encoding="utf-8").split())
