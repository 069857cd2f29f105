"""The validator on its leash (cli/schemas.py): right answers, no fetches, no hangs."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svcat.app.ports import Misfit, Verdict
from svcat.cli.schemas import JsonSchemas

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"


def check(schema: Any, value: Any, *, time_limit_s: float = 5.0) -> Verdict:
    return JsonSchemas(time_limit_s=time_limit_s).check(json.dumps(schema).encode(), value)


MISFITS: list[tuple[dict[str, Any], dict[str, Any], list[Misfit]]] = [
    ({"properties": {"a": {"minimum": 10}}}, {"a": 10}, []),
    ({"properties": {"a": {"minimum": 10}}}, {"a": 0}, [Misfit(("a",), "minimum", 10)]),
    ({"properties": {"a": {"maximum": 1.5}}}, {"a": 2}, [Misfit(("a",), "maximum", 1.5)]),
    (
        {"properties": {"a": {"type": "object", "properties": {"b": {"type": "integer"}}}}},
        {"a": {"b": "x"}},
        [Misfit(("a", "b"), "type", ["integer"])],
    ),
    (
        {"properties": {"l": {"items": {"type": "string"}}}},
        {"l": ["x", 1]},
        [Misfit(("l", 1), "type", ["string"])],
    ),
    ({"required": ["a", "b"]}, {"a": 1}, [Misfit((), "required", ["b"])]),
    ({"additionalProperties": False}, {"a": 1}, [Misfit((), "additionalProperties", [])]),
    (
        {"properties": {"b": {}}, "additionalProperties": False},
        {"a": 1, "b": 1},
        [Misfit((), "additionalProperties", ["a"])],
    ),
    ({"properties": {"a": {"enum": [1, "x"]}}}, {"a": 2}, [Misfit(("a",), "enum", [1, "x"])]),
    ({"properties": {"a": {"pattern": "^x"}}}, {"a": "y"}, [Misfit(("a",), "pattern", "^x")]),
    ({"properties": {"a": {"multipleOf": 5}}}, {"a": 3}, [Misfit(("a",), "multipleOf", 5)]),
    ({"properties": {"a": {"maxLength": 1}}}, {"a": "xx"}, [Misfit(("a",), "maxLength", 1)]),
    (
        {"properties": {"a": {"anyOf": [{"type": "null"}, {"type": "string"}]}}},
        {"a": 1},
        [Misfit(("a",), "anyOf", None)],
    ),
    (
        {
            "properties": {
                "a": {
                    "oneOf": [
                        {"type": "string"},
                        {"type": "object", "properties": {"gb": {"minimum": 10}}},
                    ]
                }
            }
        },
        {"a": {"gb": 1}},
        [Misfit(("a", "gb"), "minimum", 10)],
    ),
]


@pytest.mark.parametrize(("schema", "value", "expected"), MISFITS, ids=str)
def test_every_misfit_names_place_keyword_and_limit(
    schema: dict[str, Any], value: dict[str, Any], expected: list[Misfit]
) -> None:
    verdict = check({"$schema": DRAFT_4, **schema}, value)

    assert list(verdict.misfits) == expected
    assert (verdict.skipped, verdict.remarks) == ("", ())


def test_all_misfits_come_at_once() -> None:
    schema = {"$schema": DRAFT_7, "properties": {"a": {"minimum": 1}, "b": {"type": "string"}}}

    assert len(check({**schema, "required": ["c"]}, {"a": 0, "b": 0}).misfits) == 3


DRAFTS = [
    # exclusiveMinimum is a switch in draft-04 and a number from draft-06 on.
    (DRAFT_4, {"minimum": 10, "exclusiveMinimum": True}, 10, "exclusiveMinimum"),
    (DRAFT_7, {"exclusiveMinimum": 10}, 10, "exclusiveMinimum"),
    (DRAFT_2020, {"exclusiveMinimum": 10}, 10, "exclusiveMinimum"),
    (DRAFT_7, {"const": 1}, 2, "const"),
    (DRAFT_2020, {"dependentRequired": {"x": ["y"]}}, {"x": 1}, "required"),
]


@pytest.mark.parametrize(("draft", "rule", "value", "keyword"), DRAFTS)
def test_each_draft_has_its_own_meaning(
    draft: str, rule: dict[str, Any], value: Any, keyword: str
) -> None:
    verdict = check({"$schema": draft, "properties": {"a": rule}}, {"a": value})

    assert [misfit.keyword for misfit in verdict.misfits] == [keyword]


def test_a_schema_that_names_no_draft_is_draft_04_with_a_remark() -> None:
    rule = {"minimum": 10, "exclusiveMinimum": True}

    verdict = check({"properties": {"a": rule}}, {"a": 10})

    assert verdict.misfits == (Misfit(("a",), "exclusiveMinimum", 10),)
    assert "draft-04" in verdict.remarks[0]


def test_true_takes_everything_and_false_nothing() -> None:
    assert check(True, {"a": 1}) == Verdict()
    assert check(False, {"a": 1}).misfits


UNUSABLE: list[tuple[Any, str]] = [
    ("aGVsbG8=", "no JSON schema"),
    ([], "no JSON schema"),
    (5, "no JSON schema"),
    ({"type": "nonsense"}, "no valid JSON schema"),
    ({"properties": {"a": {"pattern": "("}}}, "no valid JSON schema"),
    ({"$schema": DRAFT_7, "properties": {"a": {"$ref": "#/nowhere"}}}, "no valid JSON schema"),
    ({"$schema": "http://evil.example/schema#"}, "no valid JSON schema"),
    ({"description": "x" * 70_000}, "larger than 64 kB"),
    ({"enum": [1] * 12_000}, "more than 10000 parts"),
]


@pytest.mark.parametrize(("schema", "words"), UNUSABLE, ids=lambda v: str(v)[:30])
def test_a_schema_that_cannot_be_used_blocks_nothing(schema: Any, words: str) -> None:
    verdict = check(schema, {"a": 1})

    assert not verdict.misfits
    assert words in verdict.skipped


def test_bytes_that_are_no_json_block_nothing() -> None:
    for raw in (b"{", b"\xff", b"[" * 60_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000):
        assert JsonSchemas().check(raw, {}).skipped


def test_a_schema_nested_too_deep_is_skipped() -> None:
    schema: Any = {"type": "object"}
    for _ in range(80):
        schema = {"not": schema}

    assert "nested" in check(schema, {}).skipped


@pytest.fixture
def canary() -> Iterator[tuple[str, list[bytes]]]:
    """A server that nobody should ask for anything."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            heard.append(b"somebody came")
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/schema.json", heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_nothing_is_fetched_whatever_a_schema_refers_to(
    canary: tuple[str, list[bytes]],
) -> None:
    url, heard = canary
    schemas: list[dict[str, Any]] = [
        {"$ref": url},
        {"properties": {"a": {"$ref": f"{url}#/definitions/x"}}},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"$schema": url, "properties": {"a": {"minimum": 5}}},
        {"id": url, "properties": {"a": {"$ref": "other.json"}}},
        {"$id": url, "$schema": DRAFT_2020, "properties": {"a": {"$dynamicRef": "other.json"}}},
        {"$id": url, "$schema": DRAFT_7, "properties": {"a": {"$ref": "#/definitions/no"}}},
        {"definitions": {"deep": {"allOf": [{"$ref": url}]}}},
    ]

    for schema in schemas:
        assert check(schema, {"a": 1}).skipped

    assert not heard


def test_a_reference_within_the_document_is_followed() -> None:
    schema = {
        "$schema": DRAFT_7,
        "$id": "http://broker.example/schema.json",
        "properties": {"a": {"$ref": "#/definitions/count"}},
        "definitions": {"count": {"type": "integer"}},
    }

    assert check(schema, {"a": "x"}).misfits == (Misfit(("a",), "type", ["integer"]),)


def test_a_schema_may_refer_to_itself() -> None:
    schema = {"$schema": DRAFT_7, "properties": {"a": {"$ref": "#"}, "n": {"type": "integer"}}}
    value: dict[str, Any] = {"n": "x"}
    for _ in range(40):
        value = {"a": value}

    assert len(check(schema, value).misfits) == 1
    assert check({"$schema": DRAFT_7, "$ref": "#"}, {"a": 1}) is not None


def test_branches_that_multiply_without_end_are_given_up_in_time() -> None:
    branches = [{"properties": {"x": {"$ref": "#/definitions/a"}}} for _ in range(8)]
    schema = {
        "$schema": DRAFT_7,
        "$ref": "#/definitions/a",
        "definitions": {"a": {"type": "object", "anyOf": branches}},
    }
    value: Any = 5
    for _ in range(30):
        value = {"x": value}
    started = time.monotonic()

    verdict = check(schema, value, time_limit_s=0.5)

    assert verdict.skipped == "it takes more than 0.5 s"
    assert time.monotonic() - started < 2


EVIL_PATTERNS = [
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "(a*)*b",
    "^(.*a){20}$",
    "(?=(a+)+$)b",
    "((a+a+)+b)\\1",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(a?){40}a{40}\\1",
    "^(?!.*(a+)+$)b",
]


@pytest.mark.parametrize("pattern", EVIL_PATTERNS)
def test_patterns_made_to_backtrack_end_in_time_and_never_refuse_by_mistake(pattern: str) -> None:
    schema = {"$schema": DRAFT_7, "properties": {"a": {"pattern": pattern}}}
    started = time.monotonic()

    verdict = check(schema, {"a": "a" * 40 + "!"}, time_limit_s=1.0)

    assert time.monotonic() - started < 2
    is_judged = bool(verdict.misfits) or not (verdict.remarks or verdict.skipped)
    assert is_judged != bool(verdict.remarks or verdict.skipped)


def test_a_pattern_at_its_limit_is_a_remark_not_a_misfit() -> None:
    schema = {"$schema": DRAFT_7, "properties": {"a": {"pattern": "((a+a+)+b)\\1"}}}

    verdict = check(schema, {"a": "a" * 60 + "!"})

    assert not verdict.misfits
    assert "takes too long" in verdict.remarks[0]


def test_no_process_is_left_behind(canary: tuple[str, list[bytes]]) -> None:
    before = children()

    for _ in range(3):
        check({"$schema": DRAFT_7, "type": "object"}, {})

    assert children() <= before


def children() -> set[int]:
    """The processes that we started and did not wait for, dead ones too."""
    import os

    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # gone meanwhile
            continue
        if int(fields[1]) == os.getpid():
            found.add(int(stat.parent.name))
    return found
