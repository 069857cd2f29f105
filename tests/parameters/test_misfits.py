"""What does not fit, in words, with its place, without secrets (app/misfits.py)."""

import json
from typing import Any

import pytest

from svcat.app.misfits import complaints, named
from svcat.app.ports import Misfit
from svcat.cli.schemas import JsonSchemas
from svcat.osb.plan_schema import read

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def complain(
    rules: dict[str, Any], value: dict[str, Any], *, from_secrets: tuple[str, ...] = ()
) -> list[str]:
    raw = json.dumps({"$schema": DRAFT_7, **rules}).encode()
    misfits = JsonSchemas(time_limit_s=5).check(raw, value).misfits
    return list(
        complaints(
            misfits, value, read(raw), where=lambda _: "", from_secrets=frozenset(from_secrets)
        )
    )


def one(rule: Any, value: Any) -> str:
    (line,) = complain({"properties": {"a": rule}}, {"a": value})
    return line.removeprefix("parameters.a: ")


WORDS: list[tuple[Any, Any, str]] = [
    ({"minimum": 10}, 0, "0 is below minimum 10"),
    ({"maximum": 10}, 10.5, "10.5 is above maximum 10"),
    ({"exclusiveMinimum": 0}, 0, "0 must be more than 0"),
    ({"exclusiveMaximum": 9}, 9, "9 must be less than 9"),
    ({"multipleOf": 5}, 7, "7 is no multiple of 5"),
    ({"minLength": 3}, "x", '"x" is shorter than 3 characters'),
    ({"maxLength": 1}, "xx", '"xx" is longer than 1 characters'),
    ({"pattern": "^[a-z]+$"}, "X", '"X" does not match ^[a-z]+$'),
    ({"type": "integer"}, "x", '"x" is not an integer'),
    ({"type": ["string", "null"]}, 1, "1 is not null or text"),
    ({"type": "boolean"}, "yes", '"yes" is not true or false'),
    ({"enum": ["gold", 1]}, "tin", '"tin" is none of "gold", 1'),
    ({"const": "x"}, "y", '"y" is not "x"'),
    ({"format": "ipv4"}, "x", '"x" is no ipv4'),
    ({"minItems": 2}, [1], "the list has less than 2 items"),
    ({"maxItems": 0}, [1], "the list has more than 0 items"),
    ({"uniqueItems": True}, [1, 1], "the list holds the same item twice"),
    ({"minProperties": 1}, {}, "an object has less than 1 members"),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "1 fits none of the allowed forms"),
    ({"not": {"type": "string"}}, "x", '"x" is what it must not be'),
    (False, 1, "is not allowed"),
    ({"maxLength": 3}, "y" * 500, f'"{"y" * 59}… is longer than 3 characters'),
]


@pytest.mark.parametrize(("rule", "value", "words"), WORDS, ids=lambda v: str(v)[:30])
def test_each_rule_has_its_words(rule: Any, value: Any, words: str) -> None:
    assert one(rule, value) == words


def test_a_missing_member_is_named_where_it_is_missing() -> None:
    rules = {"properties": {"storage": {"required": ["gb"]}}, "required": ["region"]}

    assert complain(rules, {"storage": {}}) == [
        "parameters.region: is required",
        "parameters.storage.gb: is required",
    ]


def test_an_unknown_member_gets_a_suggestion() -> None:
    rules = {"properties": {"size_gb": {}, "tier": {}}, "additionalProperties": False}

    assert complain(rules, {"sise_gb": 1, "x": 1}) == [
        "parameters.sise_gb: is not known; did you mean size_gb?",
        "parameters.x: is not known; there are: size_gb, tier",
    ]


def test_many_known_members_are_not_said_to_be_all() -> None:
    rules = {"properties": {f"n{i}": {} for i in range(11)}, "additionalProperties": False}

    (said,) = complain(rules, {"zzz": 1})

    assert said.endswith("there are: n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, …")


def test_where_nothing_is_known_every_member_is_too_much() -> None:
    assert complain({"additionalProperties": False}, {"x": 1, "y": 2}) == [
        "parameters.x: is not known",
        "parameters.y: is not known",
    ]


SECRETIVE: list[tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = [
    ({"db_password": {"minLength": 50}}, {"db_password": "hunter22"}, ()),
    ({"pin": {"minLength": 50, "writeOnly": True}}, {"pin": "hunter22"}, ()),
    ({"pin": {"minLength": 50, "format": "password"}}, {"pin": "hunter22"}, ()),
    ({"plain": {"minLength": 50}}, {"plain": "hunter22"}, ("plain",)),
    ({"o": {"properties": {"x": {"minLength": 50}}}}, {"o": {"x": "hunter22"}}, ("o",)),
    ({"secret": {"properties": {"x": {"maxLength": 1}}}}, {"secret": {"x": "hunter22"}}, ()),
    ({"l": {"items": {"maxLength": 1}, "writeOnly": True}}, {"l": ["hunter22"]}, ()),
    ({"password": {"enum": ["a"]}}, {"password": "hunter22"}, ()),
]


@pytest.mark.parametrize(("properties", "value", "from_secrets"), SECRETIVE, ids=str)
def test_a_secret_is_complained_of_but_not_shown(
    properties: dict[str, Any], value: dict[str, Any], from_secrets: tuple[str, ...]
) -> None:
    (line,) = complain({"properties": properties}, value, from_secrets=from_secrets)

    assert "the value" in line
    assert "hunter22" not in line


def test_what_is_wrong_with_all_parameters_together_shows_none_of_them() -> None:
    (line,) = complain({"not": {"type": "object"}}, {"x": "hunter22"})

    assert line == "parameters: the value is what it must not be"


def test_places_are_written_as_people_do() -> None:
    assert named(()) == "parameters"
    assert named(("storage", "size_gb")) == "parameters.storage.size_gb"
    assert named(("disks", 0, "tier-1")) == "parameters.disks[0].tier-1"
    assert named(("a.b", "c d")) == 'parameters["a.b"]["c d"]'


def test_a_keyword_without_words_of_its_own_is_named() -> None:
    found = complaints(
        (Misfit(("a",), "novelty"),),
        {"a": 1},
        read(b"{}"),
        where=lambda _: "f.yaml:3",
        from_secrets=frozenset(),
    )

    assert list(found) == ["parameters.a: 1 does not fit (novelty) (f.yaml:3)"]
