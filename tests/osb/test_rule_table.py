"""The table of rules is complete, names only tests that exist, and every numbered test is in it."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "osb-rules.md"
RULES = [f"R{number:03}" for number in range(1, 282)]
DEVIATIONS = [f"Q{number:02}" for number in (*range(1, 45), *range(50, 78))]

_ROW = re.compile(r"^\| ([RQ]\d+) \| (.+) \| (.+) \|$")
_NUMBER = re.compile(r"(?<=_)(?:R\d{3}|Q\d{2})(?=_)")


@cache
def rows() -> dict[str, list[str]]:
    """Rule → its proofs."""
    found = [match for line in PAGE.read_text().splitlines() if (match := _ROW.match(line))]
    counts = Counter(match[1] for match in found)
    assert [number for number, count in counts.items() if count > 1] == []
    return {match[1]: match[3].split("<br>") for match in found}


@cache
def known_tests() -> frozenset[str]:
    """The names of all test functions."""
    return frozenset(
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_no_rule_and_no_deviation_is_missing() -> None:
    assert list(rows()) == RULES + DEVIATIONS


@pytest.mark.parametrize("number", RULES + DEVIATIONS)
def test_every_row_names_tests_that_exist_or_says_why_not(number: str) -> None:
    for proof in rows()[number]:
        kind, _, rest = proof.partition(": ")
        if kind == "left out":
            assert rest, f"{number}: no reason"
        else:
            assert proof.strip("`") in known_tests(), f"{number}: no such test: {proof}"


def test_every_test_with_a_number_is_named_in_that_row() -> None:
    missing = [
        f"{number}: {name}"
        for name in sorted(known_tests())
        for number in _NUMBER.findall(name)
        if f"`{name}`" not in rows().get(number, [])
    ]

    assert missing == []


def test_the_counts() -> None:
    proved = {n for n, proofs in rows().items() if any(p.startswith("`") for p in proofs)}
    left_out = {n for n, proofs in rows().items() if any(p.startswith("left") for p in proofs)}

    for name, wanted in (("rules", RULES), ("deviations", DEVIATIONS)):
        print(
            f"{name}: {len(wanted)}; with tests {len(proved & set(wanted))}, "
            f"left out {len(left_out & set(wanted))}"
        )
    assert "pending" not in PAGE.read_text()
    assert not left_out & proved
    assert left_out | proved == {*RULES, *DEVIATIONS}
