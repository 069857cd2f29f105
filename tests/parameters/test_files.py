"""Parameter files: JSON, and the part of YAML that means the same to everybody."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcat.cli import parameter_files
from svcat.errors import UsageError
from svcat.output.yaml import to_yaml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def read(file: Path, text: str | bytes) -> dict[str, Any]:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return parameter_files.read(str(file))[1]


GOOD: list[tuple[str, Any]] = [
    ("size: 3", {"size": 3}),
    ("ratio: 0.5\nbig: 1.0e+3\nminus: -2", {"ratio": 0.5, "big": 1000.0, "minus": -2}),
    ("on: true".replace("on", "enabled"), {"enabled": True}),
    ("a: null\nb: false", {"a": None, "b": False}),
    ("tier: gold", {"tier": "gold"}),
    ("axis: y", {"axis": "y"}),
    ("a: 'no'\nb: \"017\"\nc: '12:30'", {"a": "no", "b": "017", "c": "12:30"}),
    ("'1': x", {"1": "x"}),
    ("a:\n  b:\n    - c\n    - d: 1", {"a": {"b": ["c", {"d": 1}]}}),
    ("text: |\n  one\n  two\n", {"text": "one\ntwo\n"}),
    ("text: >\n  one\n  two\n", {"text": "one two\n"}),
    ("# only a comment\na: 1 # and one more", {"a": 1}),
    ("---\na: 1\n...\n", {"a": 1}),
    ('{"a": {"b": [1, 2.5, null, true, "x"]}}', {"a": {"b": [1, 2.5, None, True, "x"]}}),
    ('{\n\t"a":\t1\n}', {"a": 1}),
    ("{}", {}),
    ("﻿a: 1", {"a": 1}),
    ("a: 12345678901234567890", {"a": 12345678901234567890}),
    ("umlaut: ä\nemoji: 🚀", {"umlaut": "ä", "emoji": "🚀"}),
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_what_is_plain_is_read(file: Path, text: str, expected: Any) -> None:
    assert json.dumps(read(file, text)) == json.dumps(expected)


BAD: list[tuple[str | bytes, str]] = [
    ("a: no", "1: .*true or false"),
    ("x: 1\na: On", "2: .*true or false"),
    ("a: ~", "takes it for null"),
    ("a: Null", "takes it for null"),
    ("a:", "no value"),
    ("a: 017", "a number"),
    ("a: 0x1F", "a number"),
    ("a: 0b1", "a number"),
    ("a: 1_000", "a number"),
    ("a: +5", "a number"),
    ("a: .5", "a number"),
    ("a: 5.", "a number"),
    ("a: 1e3", "a number"),
    ("a: .inf", "a number"),
    ("a: .nan", "a number"),
    ("a: 12:30:45", "a number"),
    ("a: 2024-01-01", "a date"),
    ("a: 2024-01-01T10:00:00Z", "a date"),
    ("a: =", "a default value"),
    ("<<: {a: 1}", "a merge"),
    ("a: 1\na: 2", ":2: 'a' is given twice"),
    ("o:\n  a: 1\n  b: 2\n  a: 3", ":4: 'a' is given twice"),
    ('{"a": 1, "a": 2}', "'a' is given twice"),
    ("a: &x 1\nb: *x", "anchor"),
    ("a: [*x]", "alias"),
    ("a: !!str 1", "tag"),
    ("a: !!python/object/apply:os.system ['true']", "tag"),
    ("a: !custom 1", "tag"),
    ("a: 1\n---\nb: 2", ":2: a second document"),
    ("1: x", "a name must be text"),
    ("true: x", "a name must be text"),
    ("? [a]\n: x", "a name must be text"),
    ("on: x", "true or false"),
    ("- a\n- b", "are an object"),
    ("just words", "are an object"),
    ("", "are an object"),
    ("[1, 2]", "are an object"),
    ("a: {b", "did not find"),
    ("a: b: c", ":1: mapping values"),
    ("a:\n\t- b", "tab|character"),
    ("a: 1.0e+999", "too large for JSON"),
    ('{"a": 1e999}', "too large for JSON"),
    ('{"a": "\\ud800"}', "surrogate"),
    (b"a: \xff\xfe", "not UTF-8"),
    (b"\x00", "not YAML"),
    ("{" + '"a":{' * 70 + "}" * 71, "nested"),
    ("a: " + "[" * 5000 + "]" * 5000, "nested"),
    ("[" * 100_000, "nested"),
    ("a: " + "9" * 5000, "a number"),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=lambda v: repr(v[:24]))
def test_what_is_doubtful_is_refused_with_its_line(
    file: Path, text: str | bytes, words: str
) -> None:
    started = time.monotonic()

    with pytest.raises(UsageError, match=f"params.yaml.*{words}"):
        read(file, text)

    assert time.monotonic() - started < 2


def test_refusals_do_not_quote_values(file: Path) -> None:
    for text in ("password: 1_234_567", "token: 12:30:45", '{"pin": 1e999}', "a: [s3cr3t"):
        with pytest.raises(UsageError) as caught:
            read(file, text)

        shown = f"{caught.value} {caught.value.hint}"
        assert not any(secret in shown for secret in ("234", "30:45", "e999", "s3cr3t"))


def test_a_bomb_of_aliases_is_refused_at_once(file: Path) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    started = time.monotonic()

    with pytest.raises(UsageError, match="anchor"):
        read(file, "\n".join(lines))

    assert time.monotonic() - started < 0.5


def test_more_than_a_mebibyte_is_refused(file: Path) -> None:
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        read(file, "a: " + "x" * 1024 * 1024)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        parameter_files.read(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "storage:\n  size_gb: 0\n  disks:\n    - fast\n    - slow\ntier: gold\n",
        '{"storage": {\n  "size_gb": 0, "disks": [\n\n    "fast",\n    "slow"]},\n "tier": "gold"}',
    ],
    ids=["yaml", "json"],
)
def test_every_member_has_its_line(file: Path, text: str) -> None:
    file.write_text(text)

    _, _, lines = parameter_files.read(str(file))

    for place in [("storage", "size_gb"), ("storage", "disks", 1), ("tier",)]:
        sought = str(place[-1]).replace("1", "slow")
        assert sought in text.splitlines()[lines[place] - 1]


_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_NAMES, _JSON, max_size=4))
def test_any_json_value_is_itself_as_json(value: dict[str, Any]) -> None:
    text = json.dumps(value)

    assert json.loads(text) == _read_text(text) == value


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_NAMES, _JSON, max_size=4))
def test_yaml_that_we_write_is_read_back_as_it_was(value: dict[str, Any]) -> None:
    assert json.dumps(_read_text(to_yaml(value))) == json.dumps(value)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_an_object_or_a_usage_error(text: str) -> None:
    try:
        assert isinstance(_read_text(text), dict)
    except UsageError:
        return


def _read_text(text: str) -> Any:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(text.encode("utf-8", "surrogatepass"))
        file.flush()
        return parameter_files.read(file.name)[1]
