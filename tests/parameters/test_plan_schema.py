"""What a schema says of its parameters (osb/plan_schema.py), and how it is told."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcat.osb.models import InstanceSchemas, Plan, SchemaParameters, Schemas
from svcat.osb.plan_schema import Parameter, PlanSchema, Use, read, schema_of
from svcat.output.plan_schema import example, limit_words, type_words


def schema(**rules: Any) -> PlanSchema:
    return read(json.dumps(rules).encode())


TREE: dict[str, Any] = {
    "properties": {
        "storage": {
            "type": "object",
            "required": ["gb"],
            "properties": {"gb": {"type": "integer"}, "tier": {"enum": ["a", "b"]}},
        },
        "tags": {"type": "array", "items": {"type": ["string", "null"]}},
        "any": {},
        "pin": {"type": "string", "writeOnly": True},
    },
    "required": ["storage"],
    "allOf": [{"properties": {"more": {"$ref": "#/definitions/more"}}, "required": ["more"]}],
    "oneOf": [{"required": ["any"]}, {"properties": {"perhaps": {"type": "null"}}}],
    "additionalProperties": {"type": "number"},
    "definitions": {"more": {"type": "boolean", "description": "more of it"}},
}


def test_parameters_are_listed_with_their_members_after_them() -> None:
    names = [".".join(p.path) for p in schema(**TREE).parameters()]

    assert names == [
        "storage",
        "storage.gb",
        "storage.tier",
        "tags",
        "any",
        "pin",
        "more",
        "perhaps",
    ]


def test_what_is_required_is_so_for_sure() -> None:
    required = {".".join(p.path): p.is_required for p in schema(**TREE).parameters()}

    assert [name for name, is_so in required.items() if is_so] == ["storage", "storage.gb", "more"]


def test_types_are_found_wherever_they_stand() -> None:
    tree = schema(**TREE)

    assert tree.types_at(("storage", "gb")) == {"integer"}
    assert tree.types_at(("more",)) == {"boolean"}
    assert tree.types_at(("undeclared",)) == {"number"}
    assert tree.types_at(("any",)) == frozenset()
    assert tree.item_types_at(("tags",)) == {"string", "null"}
    assert tree.choices_at(("storage", "tier")) == ("a", "b")
    assert tree.is_secret(("pin",))
    assert tree.parameter(("more",)).description == "more of it"
    assert not tree.declares(("undeclared",))


def test_a_schema_that_refers_to_itself_is_listed_once() -> None:
    tree = schema(properties={"child": {"$ref": "#"}, "n": {"type": "integer"}})

    assert [".".join(p.path) for p in tree.parameters()] == ["child", "n"]
    assert tree.types_at(("child", "child", "child", "n")) == {"integer"}


def test_a_schema_that_branches_without_end_is_listed_up_to_a_bound() -> None:
    names = [f"p{i}" for i in range(40)]
    levels = {
        f"l{level}": {"properties": {n: {"$ref": f"#/definitions/l{level + 1}"} for n in names}}
        for level in range(7)
    }
    tree = schema(**{"$ref": "#/definitions/l0"}, definitions=levels)

    assert len(list(tree.parameters())) == 1000


@pytest.mark.parametrize("reference", ["#/definitions/none", "#x", "other.json", "#/properties/a"])
def test_a_reference_to_nowhere_or_in_a_circle_says_nothing(reference: str) -> None:
    tree = schema(properties={"a": {"$ref": reference}})

    assert tree.types_at(("a",)) == frozenset()


def test_a_pointer_may_have_escapes() -> None:
    tree = schema(
        properties={"a": {"$ref": "#/definitions/x~1y~0z"}}, definitions={"x/y~z": {"type": "null"}}
    )

    assert tree.types_at(("a",)) == {"null"}


def test_each_use_has_its_schema() -> None:
    made = SchemaParameters(parameters=msgspec.Raw(b'{"type": "object"}'))
    null = SchemaParameters(parameters=msgspec.Raw(b"null"))
    schemas = Schemas(service_instance=InstanceSchemas(create=made, update=null))
    plan = Plan(id="p", name="p", schemas=schemas)

    assert schema_of(plan, Use.PROVISION) is not None
    assert schema_of(plan, Use.UPDATE) is None
    assert schema_of(plan, Use.BIND) is None
    assert schema_of(Plan(id="p", name="p"), Use.PROVISION) is None


LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"minimum": 1, "maximum": 5}, "1 to 5"),
    ({"minimum": 1}, "at least 1"),
    ({"maximum": 5}, "at most 5"),
    ({"minimum": 1, "exclusiveMinimum": True}, "more than 1"),
    ({"exclusiveMinimum": 1, "maximum": 5}, "more than 1 and at most 5"),
    ({"exclusiveMaximum": 5}, "less than 5"),
    ({"enum": ["a", 1, None]}, "a, 1, null"),
    ({"const": "x"}, 'only "x"'),
    ({"minLength": 1, "maxLength": 9}, "1 to 9 characters"),
    ({"maxItems": 3, "uniqueItems": True}, "at most 3 items, no item twice"),
    ({"minProperties": 1}, "at least 1 members"),
    ({"multipleOf": 5}, "a multiple of 5"),
    ({"pattern": "^a$"}, "matching ^a$"),
    ({"format": "ipv4"}, "ipv4"),
    ({"format": "password"}, ""),
    ({"minimum": "x", "maxLength": None, "enum": 5, "pattern": 5, "format": []}, ""),
    ({}, ""),
]


@pytest.mark.parametrize(("rules", "words"), LIMITS, ids=str)
def test_limits_are_told_in_words(rules: dict[str, Any], words: str) -> None:
    assert limit_words(rules) == words


SAMPLES: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "integer", "minimum": 10}, "integer", "-p a=10"),
    ({"type": "integer"}, "integer", "-p a=1"),
    ({"type": "boolean"}, "true or false", "-p a=true"),
    ({"type": "string"}, "text", "-p a=VALUE"),
    ({"type": "string", "default": "it's"}, "text", """-p 'a=it'"'"'s'"""),
    ({"type": "string", "examples": ["x y"]}, "text", "-p 'a=x y'"),
    ({"enum": ["gold", "tin"]}, "choice", "-p a=gold"),
    ({"type": ["integer", "null"]}, "integer", "-p a=1"),
    ({"type": "array", "items": {"type": "string"}}, "list of text", "-p a=VALUE"),
    ({"type": "array", "default": ["x"]}, "list", "-p 'a=[\"x\"]'"),
    ({"type": ["string", "integer"]}, "integer or text", "-p a=1"),
    ({"type": "null"}, "null", "-p a=VALUE"),
    ({}, "", "-p a=VALUE"),
    (
        {"type": "string", "writeOnly": True},
        "text",
        '--secret SECRET[KEY]   (KEY holds {"a": "…"})',
    ),
]


@pytest.mark.parametrize(("rules", "words", "sample"), SAMPLES, ids=lambda v: str(v)[:40])
def test_a_parameter_has_a_type_in_words_and_an_example(
    rules: dict[str, Any], words: str, sample: str
) -> None:
    parameter = schema(properties={"a": rules}).parameter(("a",))

    assert type_words(parameter) == words
    assert example(parameter) == sample


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "properties",
                    "items",
                    "type",
                    "enum",
                    "const",
                    "required",
                    "allOf",
                    "anyOf",
                    "$ref",
                    "additionalProperties",
                    "minimum",
                    "maxLength",
                    "pattern",
                    "default",
                    "examples",
                    "description",
                    "title",
                    "a",
                    "b",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(_ODD)
def test_whatever_stands_in_a_schema_it_is_listed_or_not_but_never_trips(tree: Any) -> None:
    found = read(json.dumps(tree).encode())
    listed: list[Parameter] = list(found.parameters()) if found.root is not None else []

    for parameter in [*listed, found.parameter(("a",)), found.parameter(("a", "b"))]:
        assert type_words(parameter) is not None
        assert limit_words(parameter.rules) is not None
        assert example(parameter)
