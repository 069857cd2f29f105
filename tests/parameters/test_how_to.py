"""docs/how-to/parameters.md: its file is read, its options are there. tests/pages runs it."""

import re
from pathlib import Path

import pytest

from svcat.cli import parameter_files

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "parameters.md"
TEXT = HOW_TO.read_text(encoding="utf-8")


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
    ],
)
def test_every_option_about_parameters_is_told_of(option: str) -> None:
    assert f"`{option}" in TEXT
