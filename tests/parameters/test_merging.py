"""The semantic vectors of Service Catalog: buildParameters and mergeParameters."""

import json
from typing import Any

import pytest

from svcat.app.parameters import merge_defaults
from svcat.app.requests import merge_parameters
from svcat.errors import UsageError

DEFAULTS = {"a": 1, "d": {"e": 5}}

MERGED: list[tuple[Any, Any, Any]] = [
    (None, None, None),
    ({"a": 1}, None, {"a": 1}),
    ({"a": 1}, {}, {"a": 1}),
    (None, DEFAULTS, DEFAULTS),
    ({}, DEFAULTS, DEFAULTS),
    ({"b": 2}, DEFAULTS, {"a": 1, "d": {"e": 5}, "b": 2}),
    ({"a": 2}, DEFAULTS, {"a": 2, "d": {"e": 5}}),
    ({"d": {"e": 2, "f": 3}}, DEFAULTS, {"a": 1, "d": {"e": 2, "f": 3}}),
    ({"d": {"f": 3}}, DEFAULTS, {"a": 1, "d": {"e": 5, "f": 3}}),
    ({"d": 7}, DEFAULTS, {"a": 1, "d": 7}),
    ({"d": None}, DEFAULTS, {"a": 1, "d": None}),
    ({"l": [1]}, {"l": [2, 3]}, {"l": [1]}),
]


@pytest.mark.parametrize(("given", "defaults", "expected"), MERGED, ids=str)
def test_defaults_lie_under_what_is_given(given: Any, defaults: Any, expected: Any) -> None:
    before = json.dumps([given, defaults])

    assert merge_defaults(defaults, given) == expected
    assert json.dumps([given, defaults]) == before


def test_class_plan_and_instance_lie_over_each_other_in_this_order() -> None:
    of_class = {"size": {"gb": 1, "tier": "tin"}, "region": "north"}
    of_plan = {"size": {"tier": "gold"}, "backup": True}
    of_instance = {"size": {"gb": 9}}

    under = merge_defaults(of_class, of_plan)

    assert merge_defaults(under, of_instance) == {
        "size": {"gb": 9, "tier": "gold"},
        "region": "north",
        "backup": True,
    }


def test_a_secret_adds_its_members() -> None:
    assert merge_parameters(None, [{"json": True}]) == {"json": True}
    assert merge_parameters({"a": 1}, [{"b": 2}, {"c": 3}]) == {"a": 1, "b": 2, "c": 3}
    assert merge_parameters(None, [{}]) is None


@pytest.mark.parametrize(("given", "sources"), [({"a": 1}, [{"a": 2}]), (None, [{"a": 1}] * 2)])
def test_a_name_that_comes_twice_is_an_error(given: Any, sources: Any) -> None:
    with pytest.raises(UsageError, match="'a' is given twice"):
        merge_parameters(given, sources)
