"""Reading catalogs: entry by entry, with whatever brokers put into them (OSB 2.17, Catalog)."""

import json

import msgspec
import pytest

from svcat.osb.models import Catalog, MaintenanceInfo, Plan, ServiceOffering
from svcat.osb.wire import (
    Malformed,
    decode_catalog,
    json_value,
)
from tests.osb.catalogs import OFFERING, PLAN, catalog


def only_offering(**members: object) -> ServiceOffering:
    [offering] = catalog(OFFERING | members).services
    return offering


def only_plan(**members: object) -> Plan:
    [plan] = only_offering(plans=[PLAN | members]).plans
    return plan


def test_the_catalog_of_the_spec_is_read_with_every_member() -> None:
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}
    found = catalog(
        {
            "name": "fake-service",
            "id": "acb56d7c-XXXX",
            "description": "A fake service.",
            "tags": ["no-sql", "relational"],
            "requires": ["route_forwarding", "something_new"],
            "bindable": True,
            "instances_retrievable": True,
            "bindings_retrievable": True,
            "allow_context_updates": True,
            "metadata": {"provider": {"name": "The name"}},
            "dashboard_client": {"id": "c", "secret": "canary", "redirect_uri": "http://h"},
            "plan_updateable": True,
            "x.example/extension": [{"deep": True}],
            "plans": [
                {
                    "name": "fake-plan-1",
                    "id": "d3031751-XXXX",
                    "description": "Shared",
                    "free": False,
                    "bindable": False,
                    "binding_rotatable": True,
                    "plan_updateable": False,
                    "maximum_polling_duration": 3600,
                    "maintenance_info": {"version": "2.1.1+abcdef", "description": "OS update"},
                    "metadata": {"costs": [{"amount": {"usd": 99.0}, "unit": "MONTHLY"}]},
                    "schemas": {
                        "service_instance": {
                            "create": {"parameters": schema},
                            "update": {"parameters": schema},
                        },
                        "service_binding": {"create": {"parameters": schema}},
                    },
                }
            ],
        }
    )

    assert found.problems == ()
    [offering] = found.services
    [plan] = offering.plans
    assert offering.tags == ("no-sql", "relational")
    assert offering.requires == ("route_forwarding", "something_new")
    assert offering.instances_retrievable
    assert offering.bindings_retrievable
    assert offering.allow_context_updates
    assert offering.plan_updateable
    assert json_value(offering.metadata) == {"provider": {"name": "The name"}}
    assert plan.binding_rotatable
    assert plan.maximum_polling_duration == 3600
    assert plan.maintenance_info == MaintenanceInfo(version="2.1.1+abcdef", description="OS update")
    assert plan.schemas is not None
    assert plan.schemas.service_binding is not None
    assert plan.schemas.service_binding.create is not None
    assert json_value(plan.schemas.service_binding.create.parameters) == schema
    assert json_value(plan.metadata) == {"costs": [{"amount": {"usd": 99.0}, "unit": "MONTHLY"}]}


def test_R066_no_services_is_a_catalog() -> None:
    assert catalog() == Catalog()


NO_CATALOGS = {
    "empty": b"",
    "null": b"null",
    "an empty string": b'""',
    "an array": b"[]",
    "an empty object": b"{}",
    "a number": b"5",
    "HTML": b"<html>",
    "null services": b'{"services": null}',
    "an object as services": b'{"services": {}}',
    "cut off": b'{"services": [',
    "latin-1": b'{"services": "\xff"}x',
    "deep": b"[" * 100_000,
    "deep services": b'{"services":' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", NO_CATALOGS.values(), ids=NO_CATALOGS)
def test_R066_what_has_no_list_of_services_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode_catalog(body)


def test_a_byte_order_mark_is_skipped() -> None:
    assert decode_catalog(b'\xef\xbb\xbf{"services": []}') == Catalog()


def test_R010_R011_R012_unknown_members_are_ignored_at_every_depth() -> None:
    extension = {"x": [{"y": None}], "name": 5}

    plan = only_plan(**{"x.example/a": extension, "maintenance_info": {"version": "1", "x": 1}})

    assert plan.maintenance_info == MaintenanceInfo(version="1")
    assert catalog(OFFERING, x=extension).problems == ()


@pytest.mark.parametrize(
    "name",
    ["MyDB", "mydb", "gold plan", "-", "_x", "é", "a/b", "\u202e", "a.b", "x" * 5000, "[/x]"],
)
def test_R064_R065_names_may_be_anything(name: str) -> None:
    assert only_offering(name=name).name == name
    assert only_plan(name=name).name == name


@pytest.mark.parametrize("identifier", ["ee99.shared", "not a guid", "x" * 5000, "é/%"])
def test_ids_are_opaque(identifier: str) -> None:
    assert only_offering(id=identifier).id == identifier
    assert only_plan(id=identifier).id == identifier


def test_R061_descriptions_of_any_length_are_kept_whole() -> None:
    assert only_plan(description="d" * 100_000).description == "d" * 100_000


@pytest.mark.parametrize("member", ["id", "name"])
@pytest.mark.parametrize("bad", ["", None, 5, [], "absent"])
def test_R067_R068_an_offering_without_id_or_name_is_left_out_and_named(
    member: str, bad: object
) -> None:
    broken = OFFERING | {member: bad}
    if bad == "absent":
        del broken[member]
    good = OFFERING | {"id": "o2", "name": "other"}

    found = catalog(broken, good | {"plans": [PLAN | {"id": "p2"}]})

    assert [offering.name for offering in found.services] == ["other"]
    assert any(
        problem.startswith("services[0]") and f"no usable {member}" in problem
        for problem in found.problems
    )


@pytest.mark.parametrize("member", ["id", "name"])
@pytest.mark.parametrize("bad", ["", None, 5])
def test_R080_R081_a_plan_without_id_or_name_is_left_out_and_named(
    member: str, bad: object
) -> None:
    found = catalog(OFFERING | {"plans": [PLAN | {member: bad}, PLAN]})

    assert [plan.id for plan in found.services[0].plans] == ["p"]
    assert any("plans[0]" in each and f"no usable {member}" in each for each in found.problems)


@pytest.mark.parametrize("entry", [None, 5, "x", [], True])
def test_what_is_no_object_is_left_out_and_named(entry: object) -> None:
    found = catalog(entry, OFFERING | {"plans": [entry, PLAN]})

    assert [plan.id for plan in found.services[0].plans] == ["p"]
    assert [problem.partition(":")[0] for problem in found.problems] == [
        "services[0]",
        "services[1] ('db').plans[0]",
    ]


@pytest.mark.parametrize("plans", [[], None, "absent", "x", {}])
def test_R079_an_offering_without_plans_is_kept_and_reported(plans: object) -> None:
    offering = OFFERING | {"plans": plans}
    if plans == "absent":
        del offering["plans"]

    found = catalog(offering)

    assert found.services[0].plans == ()
    assert found.problems[-1] == "offering 'db': no plans"


OPTIONAL_OFFERING_MEMBERS: dict[str, list[object]] = {
    "description": [5, []],
    "tags": ["x", [5], {}],
    "requires": ["x", [None]],
    "bindable": ["true", 1, 0],
    "instances_retrievable": ["true", 1],
    "bindings_retrievable": ["true", []],
    "allow_context_updates": [1],
    "plan_updateable": ["yes"],
    "dashboard_client": ["x", {"id": 5}],
}
OPTIONAL_PLAN_MEMBERS: dict[str, list[object]] = {
    "description": [5],
    "free": ["true", 1],
    "bindable": ["x"],
    "binding_rotatable": [1],
    "plan_updateable": ["x"],
    "schemas": ["cGxhaW4=", [], {"service_instance": []}],
    "maximum_polling_duration": [0, -1, "10", 1.5, True],
    "maintenance_info": ["1.0.0", {}, {"version": 1}],
}


def _pairs(members: dict[str, list[object]]) -> list[tuple[str, object]]:
    return [(name, bad) for name, values in members.items() for bad in values]


@pytest.mark.parametrize(("member", "bad"), _pairs(OPTIONAL_OFFERING_MEMBERS))
def test_R069_R070_R071_R072_R073_R074_R075_R077_a_wrong_type_costs_an_offering_only_that_member(
    member: str, bad: object
) -> None:
    found = catalog({name: v for name, v in OFFERING.items() if name != member} | {member: bad})

    [offering] = found.services
    default = ServiceOffering(id="x", name="x")
    assert getattr(offering, member) == getattr(default, member)
    [problem] = found.problems
    assert problem.startswith(f"services[0] ('db').{member}: ")
    assert problem.endswith("; ignored")


@pytest.mark.parametrize(("member", "bad"), _pairs(OPTIONAL_PLAN_MEMBERS))
def test_R082_R085_R086_R087_R088_R089_R090_a_wrong_type_costs_a_plan_only_that_member(
    member: str, bad: object
) -> None:
    found = catalog(OFFERING | {"plans": [PLAN | {member: bad}]})

    [plan] = found.services[0].plans
    assert getattr(plan, member) == getattr(Plan(id="x", name="x"), member)
    [problem] = found.problems
    assert f"plans[0] ('small').{member}: " in problem


@pytest.mark.parametrize("member", [*OPTIONAL_OFFERING_MEMBERS, "metadata"])
def test_null_is_absent_in_an_offering(member: str) -> None:
    found = catalog({name: v for name, v in OFFERING.items() if name != member} | {member: None})

    if member != "metadata":
        assert getattr(found.services[0], member) == getattr(
            ServiceOffering(id="x", name="x"), member
        )
    assert found.problems == ()


@pytest.mark.parametrize("member", [*OPTIONAL_PLAN_MEMBERS, "metadata"])
def test_null_is_absent_in_a_plan(member: str) -> None:
    found = catalog(OFFERING | {"plans": [PLAN | {member: None}]})

    assert len(found.services[0].plans) == 1
    assert found.problems == ()


def test_R084_a_plan_is_free_unless_it_says_otherwise() -> None:
    assert only_plan().free
    assert not only_plan(free=False).free


@pytest.mark.parametrize(
    ("offering", "plan", "effective"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_R085_R087_R183_R210_the_plans_own_word_counts_first(
    offering: bool, plan: bool | None, effective: bool
) -> None:
    own = {} if plan is None else {"bindable": plan, "plan_updateable": plan}
    found = only_offering(bindable=offering, plan_updateable=offering, plans=[PLAN | own])

    assert found.plan_is_bindable(found.plans[0]) is effective
    assert found.plan_is_updateable(found.plans[0]) is effective


def test_R086_binding_rotatable_counts_on_the_plan_only() -> None:
    offering = only_offering(binding_rotatable=True)

    assert not offering.plans[0].binding_rotatable


@pytest.mark.parametrize("where", ["offering", "plan"])
def test_R078_the_misspelt_plan_updatable_is_understood(where: str) -> None:
    alias = {"plan_updatable": True}
    members = alias if where == "offering" else {"plans": [PLAN | alias]}

    offering = only_offering(**members)

    assert offering.plan_is_updateable(offering.plans[0])
    assert not only_offering(plan_updatable=True, plan_updateable=False).plan_updateable


@pytest.mark.parametrize(
    "metadata", [5, "x", [], {"costs": "much", "displayName": {}, "imageUrl": "data:" + "x" * 9999}]
)
def test_R076_R083_R098_R101_metadata_is_kept_whatever_it_is(metadata: object) -> None:
    offering = only_offering(metadata=metadata, plans=[PLAN | {"metadata": metadata}])

    assert json_value(offering.metadata) == metadata
    assert json_value(offering.plans[0].metadata) == metadata


def test_metadata_that_cannot_be_read_is_none_when_asked_for() -> None:
    broken = b'{"services":[{"id":"o","name":"n","metadata":{"a":"\xff"},"plans":[]}]}'

    offering = decode_catalog(broken).services[0]

    assert json_value(offering.metadata) is None
    assert json_value(msgspec.Raw()) is None


def test_an_offering_in_another_encoding_is_left_out_and_named() -> None:
    good = json.dumps(OFFERING).encode()
    body = b'{"services":[{"id":"l","name":"caf\xe9"},' + good + b"]}"

    found = decode_catalog(body)

    assert [offering.name for offering in found.services] == ["db"]
    assert "not UTF-8" in found.problems[0]


def test_what_appears_twice_is_kept_and_reported() -> None:
    found = catalog(
        OFFERING,
        OFFERING | {"name": "DB", "plans": [PLAN, PLAN | {"id": "q"}]},
        OFFERING | {"id": "o3"},
    )

    assert len(found.services) == 3
    assert found.problems == (
        "offering id 'o' appears 2 times",
        "offering name 'db' appears 2 times",
        "plan id 'p' appears 3 times",
        "offering 'DB': plan name 'small' appears 2 times",
    )


def test_one_plan_name_in_two_offerings_is_normal() -> None:
    other = OFFERING | {"id": "o2", "name": "x", "plans": [PLAN | {"id": "p2"}]}

    assert catalog(OFFERING, other).problems == ()


def test_a_catalog_full_of_problems_is_cut_short() -> None:
    found = catalog(*[{"id": "", "name": "\x1b" * 1000}] * 5000)

    assert len(found.problems) == 101
    assert found.problems[-1].endswith("more problems")
    assert max(map(len, found.problems)) < 500
    assert "\x1b" not in "".join(found.problems)
