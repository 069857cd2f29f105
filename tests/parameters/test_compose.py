"""From words and documents to one typed object (app/parameters.py)."""

import json
from typing import Any

import pytest

from svcat.app.parameter_words import Word, split_path
from svcat.app.parameters import Document, Given, compose
from svcat.errors import UsageError
from svcat.osb.plan_schema import PlanSchema, read

SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": {
        "size": {"type": "integer", "minimum": 10},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
        "name": {"type": "string"},
        "maybe": {"type": ["string", "null"]},
        "either": {"type": ["integer", "string"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "ports": {"type": "array", "items": {"type": "integer"}},
        "names": {"type": ["array", "string"]},
        "storage": {
            "type": "object",
            "properties": {"gb": {"type": "integer"}, "tier": {"enum": ["gold", 1, None]}},
            "additionalProperties": {"type": "integer"},
        },
        "nothing": {"type": "null"},
        "level": {"enum": [1, 2, "three"]},
        "spring.profile": {"type": "integer"},
        "ref": {"$ref": "#/definitions/count"},
        "branch": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
    },
    "definitions": {"count": {"type": "integer"}},
}


def schema() -> PlanSchema:
    return read(json.dumps(SCHEMA).encode())


def words(*texts: str) -> Given:
    pairs = [text.split("=", 1) for text in texts]
    return Given(words=tuple(Word(split_path(name), value) for name, value in pairs))


TYPED: list[tuple[tuple[str, ...], Any]] = [
    (("size=3",), {"size": 3}),
    (("size=abc",), {"size": "abc"}),
    (("size=3.5",), {"size": 3.5}),
    (("size=",), {"size": ""}),
    (("size=-1",), {"size": -1}),
    (("size=12345678901234567890123",), {"size": 12345678901234567890123}),
    (("size=NaN",), {"size": "NaN"}),
    (("ratio=0.5",), {"ratio": 0.5}),
    (("ratio=2",), {"ratio": 2}),
    (("ratio=1e400",), {"ratio": "1e400"}),
    (("on=true",), {"on": True}),
    (("on=True",), {"on": "True"}),
    (("on=yes",), {"on": "yes"}),
    (("name=5",), {"name": "5"}),
    (("name=true",), {"name": "true"}),
    (("name=null",), {"name": "null"}),
    (('name="quoted"',), {"name": '"quoted"'}),
    (("name= spaces ",), {"name": " spaces "}),
    (("name=a=b==",), {"name": "a=b=="}),
    (("name=x,y",), {"name": "x,y"}),
    (("maybe=null",), {"maybe": None}),
    (("maybe=x",), {"maybe": "x"}),
    (("either=5",), {"either": 5}),
    (("either=five",), {"either": "five"}),
    (("nothing=null",), {"nothing": None}),
    (("level=2",), {"level": 2}),
    (("level=three",), {"level": "three"}),
    (("level=9",), {"level": "9"}),
    (("tags=a",), {"tags": ["a"]}),
    (("tags=a,b",), {"tags": ["a,b"]}),
    (('tags=["a","b"]',), {"tags": ["a", "b"]}),
    (("tags=5",), {"tags": ["5"]}),
    (("tags=a", "tags=b"), {"tags": ["a", "b"]}),
    (("ports=80",), {"ports": [80]}),
    (("ports=80", "ports=443"), {"ports": [80, 443]}),
    (("ports=[80,443]",), {"ports": [80, 443]}),
    (("names=a",), {"names": "a"}),
    (("names=a", "names=b"), {"names": ["a", "b"]}),
    (("storage.gb=3",), {"storage": {"gb": 3}}),
    (("storage.gb=3", "storage.tier=gold"), {"storage": {"gb": 3, "tier": "gold"}}),
    (("storage.tier=1",), {"storage": {"tier": 1}}),
    (("storage.tier=null",), {"storage": {"tier": None}}),
    (("storage.other=7",), {"storage": {"other": 7}}),
    (('storage={"gb":3}',), {"storage": {"gb": 3}}),
    (("storage={broken",), {"storage": "{broken"}),
    (('storage={"gb":1,"gb":2}',), {"storage": '{"gb":1,"gb":2}'}),
    (("unknown=5",), {"unknown": "5"}),
    (("deep.er.still=5",), {"deep": {"er": {"still": "5"}}}),
    (("spring.profile=5",), {"spring.profile": 5}),
    ((r"a\.b=x",), {"a.b": "x"}),
    ((r"a\\.b=x",), {"a\\": {"b": "x"}}),
    (("ref=5",), {"ref": 5}),
    (("branch=true",), {"branch": True}),
    (("branch=7",), {"branch": 7}),
]


@pytest.mark.parametrize("text", ["10.0", "1e1", "1E+1"])
def test_an_integer_is_sent_as_one_however_it_is_spelled(text: str) -> None:
    sent = compose(words(f"size={text}", f"ratio={text}"), schema()).value

    assert json.dumps(sent) == '{"size": 10, "ratio": 10.0}'


@pytest.mark.parametrize(("given", "expected"), TYPED, ids=lambda v: str(v) if v else None)
def test_words_get_the_types_that_the_schema_says(given: tuple[str, ...], expected: Any) -> None:
    value = compose(words(*given), schema()).value

    assert json.dumps(value) == json.dumps(expected)  # json: 1 is not true, 1 is not 1.0


UNTYPED: list[tuple[tuple[str, ...], Any]] = [
    (("a=b",), {"a": "b"}),
    (("c=abc===",), {"c": "abc==="}),
    (("d=",), {"d": ""}),
    (("a=x", "a=y"), {"a": ["x", "y"]}),
    (("n=5",), {"n": "5"}),
    (("n=true", "m=null"), {"n": "true", "m": "null"}),
    (("a.b=1", "a.c=2"), {"a": {"b": "1", "c": "2"}}),
]


@pytest.mark.parametrize(("given", "expected"), UNTYPED, ids=str)
def test_without_a_schema_words_are_text_as_in_the_original(
    given: tuple[str, ...], expected: Any
) -> None:
    assert compose(words(*given)).value == expected


def test_nothing_given_is_no_parameters() -> None:
    assert compose(Given()).value is None
    assert compose(Given(documents=(Document("f", {}),))).value is None


def test_a_schema_that_only_says_true_leaves_words_text() -> None:
    assert compose(words("a=5"), read(b"true")).value == {"a": "5"}


TWICE = [
    (words("a=1"), Document("p.yaml", {"a": 2}, {("a",): 3}), "p.yaml:3 and -p a"),
    (words("a.b=1"), Document("p.yaml", {"a": {"c": 2}}, {("a",): 3}), "p.yaml:3 and -p a.b"),
]


@pytest.mark.parametrize(("given", "document", "places"), TWICE)
def test_a_name_from_two_sources_is_an_error_that_names_both(
    given: Given, document: Document, places: str
) -> None:
    both = Given(words=given.words, documents=(document,))

    with pytest.raises(UsageError, match=f"'a' is given twice: {places}"):
        compose(both)


def test_two_files_with_the_same_name_in_them_conflict() -> None:
    files = (Document("a.yaml", {"x": 1}), Document("b.yaml", {"x": 1}))

    with pytest.raises(UsageError, match=r"a\.yaml and b\.yaml"):
        compose(Given(documents=files))


@pytest.mark.parametrize("texts", [("a=1", "a.b=2"), ("a.b=2", "a=1")])
def test_a_value_cannot_be_an_object_too(texts: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="both as a value and as an object"):
        compose(words(*texts))


def test_unset_is_null_and_goes_with_other_members() -> None:
    given = Given(words=(Word(("storage", "tier"), None), Word(("storage", "gb"), "3")))

    assert compose(given, schema()).value == {"storage": {"tier": None, "gb": 3}}


def test_given_and_unset_at_once_is_an_error() -> None:
    given = Given(words=(Word(("a",), "1"), Word(("a",), None)))

    with pytest.raises(UsageError, match="given and unset at once"):
        compose(given)


def test_values_are_in_no_repr() -> None:
    given = Given(words=(Word(("a",), "hunter2"),), documents=(Document("f", {"b": "hunter2"}),))

    assert "hunter2" not in repr(given)
