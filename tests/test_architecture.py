"""The walls of the house, and what a command loads before it does anything."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "svcat").rglob("*.py"))
LATE = [
    "httpx",
    "kubernetes",
    "rich",
    "yaml",
    "pydantic",
    "asyncio",
    "sqlite3",
    "jsonschema_rs",
    "msgspec",
]
LONGEST = 400  # lines; a file that grows past this holds two things


def loaded_after(code: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has after ``code``."""
    program = f"import sys\n{code}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_contracts_between_the_folders_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "code", ["import svcat.cli.main", "import svcat.cli.tree as tree; tree.whole()"]
)
def test_the_command_line_is_read_before_anything_big_is_loaded(code: str) -> None:
    assert loaded_after(code).isdisjoint(LATE)


def test_a_run_loads_no_command_that_its_words_cannot_mean() -> None:
    code = "import svcat.cli.tree as tree; tree.leading_to(['-n', 'few', 'get', 'instances'])"

    loaded = loaded_after(code)

    assert "svcat.cli.instances" in loaded
    assert loaded.isdisjoint({"svcat.cli.check", "svcat.cli.market", "svcat.cli.diagnosis"})


def test_names_are_offered_on_tab_before_any_record_could_be_read(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        "{current-context: a, contexts: [{name: a, context: {cluster: a}}],"
        " clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]}"
    )
    code = (
        "from svcat.cli import completing\nfrom svcat.cli.invocation import Invocation\n"
        f"words = ['--kubeconfig', {str(kubeconfig)!r}, 'get', 'instances', '']\n"
        "try:\n    completing.offered(words, Invocation(environ={}))\n"
        "except Exception as error:\n    print(type(error).__name__)"
    )

    loaded = loaded_after(code)

    assert "Unreachable" in loaded, "the cluster is asked"
    assert loaded.isdisjoint({"msgspec", "svcat.store.records", "svcat.cli.check"})


def test_the_version_is_told_without_even_reading_the_command_line() -> None:
    code = (
        "import svcat.cli.main as main\n"
        "try:\n    main.run(['--version'])\nexcept SystemExit:\n    pass"
    )
    assert "typer" not in loaded_after(code)


def test_reading_the_local_store_loads_nothing_that_only_clusters_and_brokers_need() -> None:
    code = "import svcat.cli.tree, svcat.app.ports, svcat.store.store, svcat.output.instances"
    others = {"ssl", "h11", "hashlib", "getpass"}
    assert loaded_after(code).isdisjoint(set(LATE) - {"msgspec", "sqlite3"} | others)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert not text or ast.get_docstring(ast.parse(text)), "no module docstring"
