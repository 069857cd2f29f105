"""What ``env`` prints is read back as it was, by those for whom it is meant."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcat.output.environment import (
    EnvFormat,
    for_terminal,
    hard_to_quote,
    in_format,
    unfit_for,
)
from tests.output.screens import hostile_in

NASTY = {
    "PLAIN": "abc-1.2_3:/@%+,=",
    "EMPTY": "",
    "SPACES": "  a b  ",
    "TAB": "a\tb",
    "SINGLE": "it's",
    "DOUBLE": 'say "x"',
    "BOTH": """it's "x\"""",
    "DOLLAR": "a$HOME${HOME}$(id)",
    "DOLLAR_AND_QUOTE": "it's $HOME ${HOME} $(id) `id`",
    "BACKTICK": "`id`",
    "BACKSLASHES": "a\\b\\\\c\\",
    "BACKSLASH_AND_QUOTE": "it's \\ \\\\ \\'",
    "HASH": "#x # y",
    "NEWLINE": "-----BEGIN X-----\nabc\n-----END X-----\n",
    "NEWLINE_AND_QUOTE": "it's\ntwo lines\n",
    "CARRIAGE_RETURN": "a\r\nb\r",
    "UNICODE": "päß→😀",
    "ESCAPE": "\x1b[31m\x07",
    "LEADING_EQUALS": "=x",
    "BANG": "!! !x",
    "GLOB": "* ? [a] {a,b} ~",
    "SEMICOLON": "a; id & | < > ( )",
    "JSON": '{"a": ["b\\n", null]}',
}
_TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
_VALUES = st.lists(_TEXT, max_size=8).map(lambda texts: {f"V{i}": t for i, t in enumerate(texts)})


def sourced(text: str, folder: Path, names: Mapping[str, str]) -> dict[str, str]:
    """What a shell has after it read ``text``."""
    file = folder / "sourced"
    file.write_bytes(text.encode())
    done = subprocess.run(
        ["bash", "--norc", "-c", 'set -aeu; . "$0"; exec env -0', str(file)],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere"},
    )
    assert done.stderr == b""
    pairs = (entry.decode().partition("=") for entry in done.stdout.split(b"\0") if entry)
    return {name: value for name, _, value in pairs if name in names}


def as_docker_reads(text: str) -> dict[str, str]:
    """``docker run --env-file``: a line each, up to its end, with no quotes or escapes at all."""
    found = {}
    for raw_line in text.encode().split(b"\n"):
        assert len(raw_line) < 64 * 1024, "docker's reader takes no longer lines"
        line = raw_line.removesuffix(b"\r").decode().lstrip(" \t")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        assert equals and name and not any(c in name for c in " \t")
        found[name] = value
    return found


@pytest.mark.parametrize("style", [EnvFormat.SHELL, EnvFormat.DOTENV])
def test_a_shell_reads_back_every_value(style: EnvFormat, tmp_path: Path) -> None:
    assert sourced(in_format(NASTY, style), tmp_path, NASTY) == NASTY


@pytest.mark.parametrize("style", [EnvFormat.SHELL, EnvFormat.DOTENV])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=_VALUES)
def test_a_shell_reads_back_any_value(
    style: EnvFormat, values: dict[str, str], tmp_path: Path
) -> None:
    assert sourced(in_format(values, style), tmp_path, values) == values


@settings(deadline=None)
@given(_VALUES)
def test_docker_reads_back_what_a_line_can_hold(values: dict[str, str]) -> None:
    unfit = unfit_for(EnvFormat.DOCKER, values)
    kept = {name: value for name, value in values.items() if name not in unfit}

    assert as_docker_reads(in_format(kept, EnvFormat.DOCKER)) == kept
    assert all("\n" in values[name] or "\r" in values[name] for name in unfit)


def test_what_no_docker_env_file_can_hold_is_named() -> None:
    long = {"FITS": "x" * 60_000, "LONG": "x" * 66_000}

    assert unfit_for(EnvFormat.DOCKER, NASTY | long) == [
        "NEWLINE",
        "NEWLINE_AND_QUOTE",
        "CARRIAGE_RETURN",
        "LONG",
    ]
    assert unfit_for(EnvFormat.SHELL, NASTY | long) == []


def test_what_readers_of_dotenv_files_dispute_is_named() -> None:
    assert hard_to_quote(EnvFormat.DOTENV, NASTY) == [
        "BOTH",
        "DOLLAR",
        "DOLLAR_AND_QUOTE",
        "BACKSLASHES",
        "BACKSLASH_AND_QUOTE",
        "CARRIAGE_RETURN",
    ]
    assert hard_to_quote(EnvFormat.SHELL, NASTY) == []


def test_a_terminal_is_not_played_tricks_on() -> None:
    for style in (EnvFormat.SHELL, EnvFormat.DOTENV, EnvFormat.DOCKER):
        assert hostile_in(for_terminal(in_format(NASTY, style))) == []


def test_json_and_yaml_are_read_back_by_their_readers() -> None:
    import io

    from svcat.output.environment import environment_view
    from svcat.output.formats import parse_format
    from svcat.output.render import render

    view = environment_view(NASTY, [])
    for style, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        out = io.StringIO()
        render(view, parse_format(style), out)
        assert read(out.getvalue()) == NASTY
