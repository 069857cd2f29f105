"""Every code block of README.md and docs/ is run, or has a reason and another test."""

import ast
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from svcat.kube.client import KubeObjects
from tests.brokers.bundled import start_bundled
from tests.controlplane.server import KubeServer
from tests.pages.blocks import GENERATED, ROOT, Block, blocks, pages, steps, text_of
from tests.pages.session import SERVED, TEAM, Session

pytestmark = pytest.mark.timeout(400)

PAGES = [page for page in pages() if page not in GENERATED]
_SAVED = {"yaml", "json", "toml", "sh", "python", "dotenv"}


@cache
def elsewhere() -> list[dict[str, str]]:
    file = Path(__file__).parent / "elsewhere.toml"
    found: list[dict[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))["block"]
    return found


@cache
def known_tests() -> frozenset[str]:
    """The names of all test functions."""
    return frozenset(
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def is_elsewhere(block: Block) -> bool:
    return any(
        row["page"] == block.page and block.text.lstrip().startswith(row["begins"])
        for row in elsewhere()
    )


def runnable(page: str) -> list[Block]:
    return [block for block in blocks(page) if not is_elsewhere(block)]


def needs_cluster(page: str) -> bool:
    return any("cluster" in block.words for block in runnable(page))


def is_run(page: str) -> bool:
    return any(block.is_commands or "steps" in block.words for block in runnable(page))


@contextmanager
def prepared(page: str, home: Path) -> Iterator[Session]:
    """A session with the brokers that the page speaks of, and the password of one."""
    text = text_of(page)
    with start_bundled(home / "team", username="svcat", password="of-the-team") as team:
        (home / "password").write_text(f"{team.password}\n")
        names = {TEAM: team.url}
        environment = {"BROKER_PASSWORD": team.password}
        if "svcat broker serve" in text:
            yield Session(home, {**names, SERVED: "${SERVED}"}, environment)
            return
        with start_bundled(home / "served", test_plans=False) as served:
            yield Session(home, {**names, SERVED: served.url}, environment)


def play(session: Session, page: str) -> None:
    """Run a page; fail at its first line that is not so."""
    for block in runnable(page):
        if "steps" in block.words:
            session.add_file(block)
            session.add_pipeline(block)
        elif block.file:
            session.add_file(block)
        elif block.is_commands:
            session.add_commands(block, steps(block))
    played = session.run()
    for step, said, code in played:
        shown = f"{step.block}\n$ {step.command}\n{said}\n[exit {code}]"
        assert code == step.code, shown
        look_for(step.output, said, shown)
    assert len(played) == session.length, f"{page}: the session ended early\n{shown}"


def look_for(lines: list[str], said: str, shown: str) -> None:
    """Find each line in what was said, one after the other; spaces do not count."""
    rest = squeezed(said)
    for line in lines:
        if line.startswith("[exit "):
            continue
        pattern = re.escape(squeezed(line)).replace("…", r".*?")
        found = re.search(pattern, rest)
        assert found, f"{shown}\n--- is not in there: {line}"
        rest = rest[found.end() :]


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("page", [p for p in PAGES if is_run(p) and not needs_cluster(p)])
def test_the_commands_of_the_page_do_what_it_says(page: str, tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "served").mkdir()
    with prepared(page, tmp_path) as session:
        play(session, page)


@pytest.mark.parametrize("page", [p for p in PAGES if is_run(p) and needs_cluster(p)])
def test_the_commands_of_the_page_do_what_it_says_on_a_cluster(
    page: str,
    tmp_path: Path,
    kube_server: KubeServer,
    kube_api: KubeObjects,
    kube_namespace: str,
    kubectl: Path,
) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "served").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kubectl").symlink_to(kubectl)
    system = f"system-of-{kube_namespace}"
    kubeconfig = kube_server.kubeconfig_for("reader", "system:masters", namespace=kube_namespace)
    with prepared(page, tmp_path) as session:
        session.names |= {"team-a": kube_namespace, "svcat-system": system}
        session.cluster = {
            "KUBECONFIG": str(kubeconfig),
            "SVCAT_SYSTEM_NAMESPACE": system,
            "PATH": f"{tmp_path / 'bin'}:{session.path}",
            "CLUSTER": str(kubeconfig),
            "CI_PIPELINE_ID": "1",
            "KUBECONFIG_CONTENT": kubeconfig.read_text(),
        }
        deploy(kube_server, kube_namespace, "shop")
        play(session, page)


def deploy(server: KubeServer, namespace: str, name: str) -> None:
    """The Deployment that pages take for granted."""
    image = "--image=registry.example/web:1"
    server.run_kubectl("create", "deployment", name, image, "-n", namespace)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run_or_has_a_reason(page: str) -> None:
    for block in runnable(page):
        is_used = (
            block.language == "text"
            or block.is_commands
            or (block.file and block.language in _SAVED)
        )
        assert is_used, f"{block} is not run: give it file=, or a row in elsewhere.toml"


@pytest.mark.parametrize("page", PAGES)
def test_no_block_hides_as_an_indented_one(page: str) -> None:
    fenced = re.sub(r"^( *)```.*?^\1```$", "", text_of(page), flags=re.S | re.M)
    indented = re.findall(r"(?<=\n\n) {4,}(?![-*\d]).*", fenced)

    assert indented == []


@pytest.mark.parametrize("page", [page for page in pages() if page.startswith("docs/")])
def test_every_page_is_found_from_the_index(page: str) -> None:
    index = ROOT / "docs" / "index.md"
    links = re.findall(r"\]\(([^)#\s]+)", index.read_text(encoding="utf-8"))

    assert (ROOT / page) == index or (ROOT / page) in [index.parent / link for link in links]


@pytest.mark.parametrize("row", elsewhere(), ids=lambda row: f"{row['page']}-{row['begins']}")
def test_every_reason_is_about_a_block_that_is_there_and_a_test_that_is_there(
    row: dict[str, str],
) -> None:
    here = [b for b in blocks(row["page"]) if b.text.lstrip().startswith(row["begins"])]

    assert len(here) == 1
    assert row["reason"]
    assert row["proof"] in known_tests()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_word_given_to_make_is_a_target(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    words = re.findall(r"(?:^|`)make ([a-z-]+)", text_of(page), re.M)

    assert words
    assert [word for word in words if not re.search(rf"^{word}:", makefile, re.M)] == []


def test_what_is_installed_is_what_the_pages_say() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for page in PAGES:
        for extra in re.findall(r"(?:install|wheel) .*'(?:svcat|\.)\[(\w+)\]'", text_of(page)):
            assert extra in project["optional-dependencies"]
    assert {"svcat", "kubectl-svcat"} <= set(project["scripts"])


def test_a_line_that_is_not_in_the_output_fails() -> None:
    look_for(["a  b", "c…e"], "x a b\nc d e", "")
    with pytest.raises(AssertionError, match="is not in there: b"):
        look_for(["c", "b"], "b c", "")
