"""docs/how-to/parameters.md: every command in it is run, and says what is written under it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from svcat.cli import parameter_files
from tests.brokers.bundled import start_bundled
from tests.cli_updates.svcat import Svcat

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "parameters.md"
TEXT = HOW_TO.read_text(encoding="utf-8")
URL = "http://127.0.0.1:8080"


def steps() -> list[tuple[str, list[str]]]:
    """Each command with the lines that its output has in it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_every_command_says_what_is_written_under_it(tmp_path: Path) -> None:
    svcat = Svcat(tmp_path)
    environment = svcat.full_environment()
    bin_directory = Path(sys.executable).parent
    environment["PATH"] = f"{bin_directory}:{environment['PATH']}"
    with start_bundled(tmp_path, test_plans=False) as broker:
        for command, lines in steps():
            done = subprocess.run(
                ["sh", "-c", f'{command.replace(URL, broker.url)} 2>&1; echo "[exit $?]"'],
                env=environment,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            said = squeezed(done.stdout.replace(broker.url, URL))
            said = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", said)
            for line in lines:
                assert squeezed(line) in said, f"{command}\n{done.stdout}"
            if "[exit" not in "".join(lines):
                assert said.endswith("[exit 0]"), f"{command}\n{done.stdout}"


def test_the_file_shown_is_one_that_is_read(tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(.*?)```", TEXT, re.S)
    assert block
    file = tmp_path / "db.yaml"
    file.write_text(block[1])

    assert parameter_files.read(str(file))[1] == {"journal_mode": "delete", "page_size": 4096}


@pytest.mark.parametrize(
    "option",
    [
        "--params-file",
        "--params-json",
        "--secret",
        "--interactive",
        "--no-validate",
        "--trace-file",
    ],
)
def test_every_option_about_parameters_is_told_of(option: str) -> None:
    assert f"`{option}" in TEXT
