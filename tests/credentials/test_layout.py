"""What stands in the Secret: Service Catalog's layout, its transforms, and keys that cannot be."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcat.app import secret_layout, shaping, templates
from svcat.app.secret_layout import RAW_DOCUMENT
from svcat.errors import UsageError
from svcat.local.rules import data_key_problem
from svcat.store.shape import Shape
from tests.credentials.records import binding, bound, contents_of

MARKS = {"type": b"pg", "provider": b"b"}


def laid_out(credentials: dict[str, Any], shape: Shape | None = None, **sources: Any) -> Any:
    contents = contents_of(bound(credentials), binding(shape), sources)
    return {key: value for key, value in contents.items() if key not in {*MARKS, RAW_DOCUMENT}}


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("text", b"text"),
        ("", b""),
        ("grüß\n", "grüß\n".encode()),
        (5432, b"5432"),
        (1.5, b"1.5"),
        (True, b"true"),
        (None, b"null"),
        ({"a": [1, 2]}, b'{"a":[1,2]}'),
        ([], b"[]"),
        ("5432", b"5432"),
    ],
)
def test_a_value_is_stored_as_service_catalog_stored_it(value: Any, stored: bytes) -> None:
    assert laid_out({"key": value}) == {"key": stored}


def test_type_and_provider_are_added_but_the_brokers_own_stay() -> None:
    plain = contents_of(bound({"a": "1"}), binding())
    named = contents_of(bound({"type": "mysql", "provider": "them"}), binding())

    assert plain == {"a": b"1", **MARKS}
    assert named == {"type": b"mysql", "provider": b"them"}


# The vectors of Service Catalog's SecretTransforms.
@pytest.mark.parametrize(
    ("shape", "stored"),
    [
        (Shape(renames=(("bar", "foo"),)), {"bar": b"123"}),
        (Shape(renames=(("bar", "missing"),)), {"foo": b"123"}),
        (Shape(adds=(("bar", "456"),)), {"foo": b"123", "bar": b"456"}),
        (Shape(adds=(("foo", "456"),)), {"foo": b"456"}),
        (Shape(paths=(("bar", "{.foo}"),)), {"foo": b"123", "bar": b"123"}),
        (Shape(add_from=("other",)), {"foo": b"123", "bar": b"\xff456"}),
        (Shape(removes=("foo",)), {}),
        (Shape(removes=("missing",)), {"foo": b"123"}),
        (
            Shape(adds=(("bar", "text"),), paths=(("bar", "{.foo}"),)),
            {"foo": b"123", "bar": b"123"},
        ),
        (
            Shape(renames=(("bar", "foo"),), paths=(("baz", "{.bar}"),)),
            {"bar": b"123", "baz": b"123"},
        ),
        (Shape(renames=(("bar", "foo"),), removes=("bar",)), {}),
    ],
)
def test_transforms_do_what_they_did(shape: Shape, stored: dict[str, bytes]) -> None:
    assert laid_out({"foo": "123"}, shape, other={"bar": b"\xff456"}) == stored


def test_a_path_reaches_into_objects_and_leaves_them_where_they_are() -> None:
    credentials = {"foo": {"child": "123", "more": {"b": 1, "a": 2}}, "list": [1, 2]}
    shape = Shape(
        paths=(
            ("child-of-foo", "{.foo.child}"),
            ("object", "{.foo.more}"),
            ("all", "{.list[*]}"),
            ("text", "{.foo.child}:{.list[0]}"),
        )
    )
    stored = laid_out(credentials, shape)

    assert stored["child-of-foo"] == b"123"
    assert json.loads(stored["object"]) == {"a": 2, "b": 1}
    assert stored["all"] == b"1 2"
    assert stored["text"] == b"123:1"
    assert json.loads(stored["foo"]) == credentials["foo"]


def test_a_path_that_finds_nothing_is_an_error_that_tells_names_only() -> None:
    with pytest.raises(UsageError) as caught:
        laid_out({"user": "u-value"}, Shape(paths=(("k", "{.pass}"),)))

    assert "{.pass}" in caught.value.message
    assert caught.value.hint == "they have: user"


def test_flattened_objects_have_dotted_keys() -> None:
    credentials = {"a": {"b": {"c": 1}, "d": "x"}, "e": {}, "f": [1]}

    assert laid_out(credentials, Shape(flatten=True)) == {
        "a.b.c": b"1",
        "a.d": b"x",
        "e": b"{}",
        "f": b"[1]",
    }


def test_one_key_holds_the_whole_document_and_more_can_be_added() -> None:
    credentials = {"user": "u", "port": 5432, "a/b": "odd"}
    shape = Shape(secret_key="creds", templates=(("url", "db://{{user}}:{{port}}"),))
    contents = dict(contents_of(bound(credentials), binding(shape)))

    assert json.loads(contents.pop("creds")) == credentials
    assert contents == {"url": b"db://u:5432", **MARKS}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("postgres://{{user}}:{{pass|url}}@{{host}}/{{db.name}}", "postgres://u:p%2F%40@h/d"),
        ("{{ user }}", "u"),
        ("{{port}}", "5432"),
        ("{{pass|base64}}", "cC9A"),
        ("{{user|json}}", '"u"'),
        ("{{db}}", '{"name":"d"}'),
        ("{{odd.key}}", "dotted"),
        ("no field {at} all", "no field {at} all"),
    ],
)
def test_a_template_is_filled_in(template: str, filled: str) -> None:
    values = {
        "user": "u",
        "pass": "p/@",
        "host": "h",
        "port": 5432,
        "db": {"name": "d"},
        "odd.key": "dotted",
    }
    assert templates.fill_in(template, values) == filled


@pytest.mark.parametrize(
    "shape",
    [
        Shape(templates=(("k", "{{a|shell}}"),)),
        Shape(templates=(("k", "{{a"),)),
        Shape(templates=(("k", "{{a|url|json}}"),)),
        Shape(paths=(("k", "{.a"),)),
        Shape(paths=(("k", "{.a[}"),)),
        Shape(adds=(("a/b", "x"),)),
        Shape(adds=(("..", "x"),)),
        Shape(adds=((RAW_DOCUMENT, "x"),)),
        Shape(renames=(("a b", "x"),)),
        Shape(secret_key="x" * 254),
        Shape(secret_key="k", flatten=True),
        Shape(secret_key="k", renames=(("a", "b"),)),
    ],
    ids=repr,
)
def test_what_is_wrong_with_a_shape_is_seen_before_there_are_credentials(shape: Shape) -> None:
    with pytest.raises(UsageError):
        shaping.check(shape, secret_layout.is_key)


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["a/b"], ["a_x2f_b"]),
        (["."], ["_x2e_"]),
        ([".."], ["_x2e__x2e_"]),
        (["..data"], ["_x2e__x2e__x64__x61__x74__x61_"]),
        ([""], ["_x_"]),
        (["ключ"], ["_x43a__x43b__x44e__x447_"]),
        (["a b", "a_x20_b"], None),
        ([RAW_DOCUMENT], None),
        (["x" * 300, "x" * 301], None),
    ],
)
def test_names_that_cannot_be_keys_are_spelled_out(
    names: list[str], keys: list[str] | None
) -> None:
    found = secret_layout.keys_for(names)

    assert keys is None or list(found.values()) == keys
    assert len(set(found.values())) == len(names)
    assert not any(map(data_key_problem, found.values()))
    layout = secret_layout.lay_out_document(dict.fromkeys(names, "v"), binding(), {})
    assert json.loads(layout.contents[RAW_DOCUMENT]) == dict.fromkeys(names, "v")
    assert len(layout.remarks) == 1


def test_a_name_that_can_be_a_key_keeps_it_whatever_comes_before() -> None:
    assert secret_layout.keys_for(["a b", "a_x20_b"])["a_x20_b"] == "a_x20_b"


@given(st.dictionaries(st.text(max_size=260), st.text(max_size=5), max_size=8))
def test_any_names_give_keys_that_a_secret_takes_and_nothing_is_lost(
    credentials: dict[str, str],
) -> None:
    contents = contents_of(bound(dict(credentials)), binding())

    assert not any(map(data_key_problem, contents))
    assert secret_layout.document_in(contents, binding()) == {
        k: v
        for k, v in credentials.items()
        if RAW_DOCUMENT in contents or MARKS.get(k) != v.encode()
    }


def test_what_has_no_room_twice_is_stored_once_and_that_is_said() -> None:
    layout = secret_layout.lay_out_document(
        {"a": "x" * 700_000}, binding(Shape(adds=(("b", "c"),))), {}
    )

    assert RAW_DOCUMENT not in layout.contents
    assert layout.remarks == ("the Secret has no room for credentials.json: it is left out",)


def test_what_no_secret_holds_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="a Secret holds 1048576"):
        laid_out({"a": "x" * 1_100_000})


@pytest.mark.parametrize(
    "shape",
    [
        Shape(adds=(("k", "v"),)),
        Shape(secret_key="all"),
        Shape(flatten=True, removes=("user",)),
        Shape(provider="them"),
        Shape(),
    ],
    ids=repr,
)
def test_the_brokers_document_is_at_hand_afterwards(shape: Shape) -> None:
    credentials = {"user": "u", "a": {"b": [1, {"c": None}]}}
    contents = contents_of(bound(credentials), binding(shape))

    assert secret_layout.document_in(contents, binding(shape)) == credentials


def test_text_that_looks_like_json_is_not_taken_for_it_unless_it_is_written_so() -> None:
    credentials = {"pin": "0123", "spaced": '{ "a": 1 }', "port": "5432"}
    contents = contents_of(bound(credentials), binding())

    assert secret_layout.document_in(contents, binding()) == credentials


def test_without_the_document_only_the_broker_can_tell() -> None:
    shape = Shape(removes=("user", RAW_DOCUMENT))
    contents = contents_of(bound({"user": "u", "host": "h"}), binding(shape))

    assert RAW_DOCUMENT not in contents
    assert secret_layout.document_in(contents, binding(shape)) is None
