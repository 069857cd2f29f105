"""servicebinding.io: the table of its rules is complete, and what no other test shows."""

import re
from pathlib import Path

import pytest

from svcat.app import secret_layout
from svcat.app.secret_layout import RAW_DOCUMENT
from svcat.errors import UsageError
from svcat.store import names
from svcat.store.shape import Shape
from tests.cli_updates.conftest import broker, svcat
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.credentials.records import binding, bound, contents_of
from tests.osb.test_rule_table import known_tests
from tests.repair.scene import bind, secret

__all__ = ["broker", "svcat"]

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "servicebinding.md"
RULES = [
    f"{letter}{number:02}"
    for letter, last in (("S", 5), ("P", 11), ("W", 8), ("M", 10), ("L", 3))
    for number in range(1, last + 1)
]


def rows() -> dict[str, str]:
    """Rule → its proofs, or why it is left out."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split(" | ") for line in lines if re.match(r"\| [A-Z]\d\d \|", line)]
    return {row[0].strip(): row[-1].strip() for row in cells}


def test_no_rule_is_missing() -> None:
    assert list(rows()) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_every_row_names_tests_that_exist_or_says_why_not(rule: str) -> None:
    proof = rows().get(rule, "")
    named = re.findall(r"`(test_\w+)`", proof)

    assert named or re.match(r"left out: \w+", proof)
    assert set(named) <= known_tests()


@pytest.mark.parametrize(
    "shape",
    [
        Shape(removes=("type", "provider")),
        Shape(secret_key="all"),
        Shape(flatten=True, renames=(("kind", "type"),)),
    ],
    ids=repr,
)
def test_no_layout_is_without_type_and_provider(shape: Shape) -> None:
    contents = contents_of(bound({"type": "mysql", "a": {"b": "1"}}), binding(shape))

    assert contents["type"]
    assert contents["provider"]


def test_a_type_or_provider_that_was_asked_for_wins() -> None:
    theirs = {"type": "mysql", "provider": "them", "user": "u"}
    shape = Shape(service_type="mariadb", provider="us")

    contents = contents_of(bound(theirs), binding(shape))

    assert (contents["type"], contents["provider"]) == (b"mariadb", b"us")
    assert RAW_DOCUMENT in contents
    assert secret_layout.document_in(contents, binding(shape)) == theirs


def test_the_secrets_own_type_names_the_bindings_type(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker, "--type", "postgresql")
    assert secret(svcat)["type"] == "servicebinding.io/postgresql"

    svcat.run("bind", "db", "--name", "plain")
    assert secret(svcat, "plain")["type"] == "servicebinding.io/thing"


@pytest.mark.parametrize("name", ["a", "a-b", "0", "x" * 63])
def test_a_bindings_name_may_name_a_directory_of_bindings(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9\-.]{1,253}", names.require_name(name, "a binding"))


@pytest.mark.parametrize("name", ["A", "a_b", "", "a/b", "..", "ä", "x" * 64])
def test_what_may_not_name_a_directory_of_bindings_is_no_bindings_name(name: str) -> None:
    with pytest.raises(UsageError):
        names.require_name(name, "a binding")
