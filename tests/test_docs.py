"""The reference says what the code does."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from scripts import docs, man
from svcat import errors
from svcat.output.words import status_word
from svcat.store import codec, names
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    BrokerRecord,
    InstancePhase,
    InstanceRecord,
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


def found_in(folder: str, pattern: str) -> set[str]:
    texts = (file.read_text(encoding="utf-8") for file in (ROOT / folder).rglob("*.py"))
    return {name for text in texts for name in re.findall(pattern, text)}


def test_every_variable_that_is_read_is_documented() -> None:
    text = (REFERENCE / "environment.md").read_text(encoding="utf-8")
    ours = found_in("svcat", r"\bSVCAT_[A-Z_]+[A-Z]\b")
    others = found_in("svcat", r"""environ(?:\.get\(|\[)"([A-Z_]+)\"""")
    as_everywhere = {"HOME", "PATH"}

    assert {variable for variable in ours | others if f"`{variable}`" not in text} == as_everywhere


def test_every_variable_in_the_reference_is_read() -> None:
    text = (REFERENCE / "environment.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", text))

    assert documented - found_in("svcat", r"""\"([A-Z][A-Z_]+)\"""") == set()


def test_every_variable_of_the_suite_is_in_the_guide() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    read = found_in("tests", r"\bSVCAT_(?:TEST|RACES|EXPLORER)_[A-Z_]+[A-Z]\b")

    assert {variable for variable in read if f"`{variable}`" not in text} == {"SVCAT_TEST_PARENT"}


def test_every_room_is_on_the_map() -> None:
    architecture = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    unseen = {room for room in rooms("svcat") if not re.search(rf"^{room} ", architecture, re.M)}
    assert unseen == set()
    assert {room for room in rooms("tests") if f"`{room}`" not in guide} == set()


def rooms(folder: str) -> set[str]:
    return {file.parent.name for file in (ROOT / folder).glob("*/*.py")}


PAGES = sorted(str(p.relative_to(ROOT)) for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in t]

    assert [target for target in targets if not leads_somewhere(page, target)] == []


def leads_somewhere(page: str, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = (ROOT / page).parent / name if name else ROOT / page
    return file.exists() and (not anchor or anchor in anchors(file))


def test_what_the_comparison_says_of_svcat_leads_to_where_it_is_shown() -> None:
    """Its page is run (tests/pages), or compared with the code."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (ours,) = re.findall(r"^\| \| svcat .*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    claims = [row.split(" | ")[1] for row in ours.splitlines()]

    assert len(claims) > 5
    assert [claim for claim in claims if not re.match(r"\[.+\]\(\S+\.md\)", claim)] == []


def anchors(file: Path) -> set[str]:
    """The names that headings get on the web."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md|toml|sh|txt|yaml))`", text)
    places = (ROOT, ROOT / "svcat")

    assert [name for name in named if not any((place / name).exists() for place in places)] == []


# Of pip, kubectl, pg_dumpall and useradd; and what the Go svcat had.
OTHERS_FLAGS = frozenset(
    {
        "--image",
        "--cert",
        "--key",
        "--from-file",
        "--from-literal",
        "--clusterrole",
        "--serviceaccount",
        "--no-cache-dir",
        "--no-create-home",
        "--uid",
        "--roles-only",
        "--find-links",
        "--no-index",
        "--wheel-dir",
        "--logtostderr",
        "--server-side",
        "--force-replace",
    }
)


@pytest.mark.parametrize("page", PAGES)
def test_flags_that_a_page_names_are_ours(page: str) -> None:
    flag = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
    ours = set(flag.findall((REFERENCE / "cli.md").read_text(encoding="utf-8")))
    named = set(flag.findall((ROOT / page).read_text(encoding="utf-8")))

    assert named - ours - OTHERS_FLAGS == set()


def test_every_member_of_a_spec_or_status_is_in_the_reference_and_no_other() -> None:
    text = (REFERENCE / "json.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z]\w+) \|(.*)\|(.*)\|$", text, re.MULTILINE)
    texts = {f.stem: f.read_text(encoding="utf-8") for f in (REFERENCE / "schemas").iterdir()}
    kinds = {kind for kind in texts if not kind.endswith("List")} - {"common"}

    assert {kind for kind, _, _ in rows} == kinds
    for kind, *cells in rows:
        properties = json.loads(texts[kind])["properties"]
        for part, cell in zip(("spec", "status"), cells, strict=True):
            members = properties.get(part, {}).get("properties", {})
            assert [m for m in members if f"`{m}`" not in cell] == [], f"{kind}.{part}"
    told = {word for row in rows for word in re.findall(r"`(\w+)`", " ".join(row))}
    commands, open_objects = {"marketplace", "sync"}, {"amount", "unit"}
    unknown = {word for word in told if f'"{word}"' not in "".join(texts.values())}
    assert unknown == commands | open_objects


def test_every_state_is_in_the_reference_with_its_word() -> None:
    text = (REFERENCE / "states.md").read_text(encoding="utf-8")
    instances, bindings = text.split("## Bindings")

    for phases, part in ((InstancePhase, instances), (BindingPhase, bindings)):
        rows = re.findall(r"^\| (\w+) \| `(\w+)` \|", part, re.MULTILINE)
        assert rows == [(status_word(phase), phase) for phase in phases]


def test_the_schema_version_in_the_docs_is_the_one_in_use() -> None:
    text = (REFERENCE / "annotations.md").read_text(encoding="utf-8")

    assert f'`{names.SCHEMA}: "{names.SCHEMA_VERSION}"`' in text


def test_the_command_reference_is_what_the_commands_say() -> None:
    assert (REFERENCE / "cli.md").read_text(encoding="utf-8") == docs.reference()


def test_the_manual_page_is_what_the_commands_say_and_troff_obeys_nothing_else() -> None:
    page = (ROOT / "man" / "svcat.1").read_text(encoding="utf-8")

    assert page == man.page()
    requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    ours = r".\" .TH .nh .ad .SH .SS .PP .TP .B .nf .fi .RS .RE"
    assert requests <= set(ours.split())
    escapes = set(re.findall(r"\\(f[BIR]|\([a-z]{2}|.)", page))
    assert escapes <= {*"-&", '"', "fB", "fI", "fR", "(rs", "(dq", "(aq", "(ga", "(ti", "(ha"}


def test_the_manual_page_goes_where_man_looks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]

    assert shared == {"man/svcat.1": "share/man/man1/svcat.1"}


def test_the_completion_scripts_are_what_the_command_prints() -> None:
    kept = {f.name: f.read_text(encoding="utf-8") for f in (ROOT / "completions").iterdir()}

    assert kept == docs.completions()
