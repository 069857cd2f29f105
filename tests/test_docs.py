"""The reference says what the code does."""

import re
from pathlib import Path

import msgspec
import pytest

from scripts import docs
from svcat import errors
from svcat.store import codec, names
from svcat.store.records import (
    BindingRecord,
    BrokerRecord,
    InstanceRecord,
    LedgerEntry,
    Operation,
)

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"


def stored_facts() -> set[str]:
    facts = {
        field.name
        for kind in (BrokerRecord, InstanceRecord, BindingRecord, LedgerEntry)
        for field in msgspec.structs.fields(kind)
    }
    facts -= codec._METADATA_FIELDS | {"operation"}
    facts |= {f"operation-{field.name}" for field in msgspec.structs.fields(Operation)}
    return {codec._DATA_FIELDS.get(fact, fact.replace("_", "-")) for fact in facts}


def test_every_stored_fact_is_documented() -> None:
    text = (REFERENCE / "annotations.md").read_text(encoding="utf-8")

    missing = {fact for fact in stored_facts() if f"`{fact}`" not in text}

    assert missing == set()


def test_every_kind_of_error_is_documented_with_its_exit_code() -> None:
    text = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d+) \|.*\| ([A-Za-z, ]+) \|$", text, re.MULTILINE))
    documented = {
        name.strip(): int(code) for code, listed in rows.items() for name in listed.split(",")
    }
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SvcatError)
    ]

    assert {kind.__name__: kind.exit_code for kind in kinds}.items() <= documented.items()


def test_every_variable_that_is_read_is_documented() -> None:
    text = (REFERENCE / "environment.md").read_text(encoding="utf-8")
    read = {
        variable
        for file in (ROOT / "svcat").rglob("*.py")
        for variable in re.findall(r"\bSVCAT_[A-Z_]+[A-Z]\b", file.read_text(encoding="utf-8"))
    }

    assert {variable for variable in read if f"`{variable}`" not in text} == set()


@pytest.mark.parametrize(
    "page",
    sorted(str(p.relative_to(ROOT)) for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]),
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    source = ROOT / page
    targets = re.findall(r"\]\(([^)#\s]+)", source.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]

    assert [target for target in local if not (source.parent / target).exists()] == []


def test_the_schema_version_in_the_docs_is_the_one_in_use() -> None:
    text = (REFERENCE / "annotations.md").read_text(encoding="utf-8")

    assert f'`{names.SCHEMA}: "{names.SCHEMA_VERSION}"`' in text


def test_the_command_reference_is_what_the_commands_say() -> None:
    assert (REFERENCE / "cli.md").read_text(encoding="utf-8") == docs.reference()


def test_the_completion_scripts_are_what_the_command_prints() -> None:
    kept = {f.name: f.read_text(encoding="utf-8") for f in (ROOT / "completions").iterdir()}

    assert kept == docs.completions()
