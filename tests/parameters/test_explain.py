"""``explain``: a plan's parameters for people and for scripts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.hostile import HostileBroker
from tests.cli_updates.svcat import DRAFT_7, Svcat, ToldBroker, plan, schemas

CREATE: dict[str, Any] = {
    "$schema": DRAFT_7,
    "properties": {
        "storage": {
            "type": "object",
            "description": "where the data go",
            "properties": {
                "size_gb": {
                    "type": "integer",
                    "minimum": 10,
                    "maximum": 500,
                    "default": 20,
                    "description": "how much of it",
                }
            },
            "required": ["size_gb"],
        },
        "admin_pin": {"type": "string", "writeOnly": True},
    },
}
UPDATE = {"$schema": DRAFT_7, "properties": {"storage": CREATE["properties"]["storage"]}}


@pytest.fixture
def svcat(tmp_path: Path) -> Iterator[Svcat]:
    command = Svcat(tmp_path)
    with HostileBroker() as hostile:
        made = schemas(create=CREATE, update=UPDATE)
        plans = [plan("small", schemas=made), plan("v1.5", schemas=made), plan("bare")]
        plans.append(plan("odd", schemas=schemas(create={"type": 5, "x": "y" * 70_000})))
        broker = ToldBroker(hostile, plans)
        command.run("register", "b", "--url", broker.url)
        yield command


def test_a_plan_is_explained_as_a_table_for_each_use(svcat: Svcat) -> None:
    out = svcat.run("explain", "thing/small").out

    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert rows[0] == "Plan: thing/small"
    assert "storage object where the data go" in rows
    assert "storage.size_gb integer 20 (required) 10 to 500 how much of it" in rows
    assert rows.index("Provision takes:") < rows.index("Update takes:")
    assert "Bind takes:" not in rows


def test_an_object_is_explained_by_what_it_needs(svcat: Svcat) -> None:
    out = " ".join(svcat.run("explain", "thing/small.storage").out.split())

    command = "svcat provision NAME --class thing --plan small -p storage.size_gb=20"
    assert f"Example: {command} Members" in out
    svcat.run(*command.replace("NAME", "db").split()[1:], "--dry-run=client")


def test_one_parameter_is_explained_with_an_example_that_works(svcat: Svcat) -> None:
    out = svcat.run("explain", "thing/small.storage.size_gb").out

    lines = [" ".join(line.split()) for line in out.splitlines()]
    for expected in [
        "Parameter: storage.size_gb",
        "Type: integer",
        "Required: yes",
        "Description: how much of it",
        "Default: 20",
        "Allowed: 10 to 500",
        "Example: svcat provision NAME --class thing --plan small -p storage.size_gb=20",
        "Example: svcat update NAME -p storage.size_gb=20",
    ]:
        assert expected in lines


def test_an_object_is_explained_with_its_members(svcat: Svcat) -> None:
    out = svcat.run("explain", "thing/small.storage").out

    assert "Members of storage:" in out
    assert "storage.size_gb" in out


def test_a_secret_is_to_be_given_as_one(svcat: Svcat) -> None:
    out = svcat.run("explain", "thing/small.admin_pin").out

    assert "give it with --secret" in out
    assert "-p admin_pin" not in out


def test_a_plan_with_dots_in_its_name_is_found(svcat: Svcat) -> None:
    assert "Plan:  thing/v1.5" in svcat.run("explain", "thing/v1.5").out
    assert "10 to 500" in svcat.run("explain", "thing/v1.5.storage.size_gb").out


def test_scripts_get_the_schema_of_each_parameter(svcat: Svcat) -> None:
    items = svcat.run("explain", "thing/small.storage.size_gb", "-o", "json").json["items"]

    assert [item["spec"]["use"] for item in items] == ["provision", "update"]
    assert items[0]["metadata"]["name"] == "storage.size_gb"
    assert items[0]["spec"]["required"] is True
    assert items[0]["spec"]["schema"]["maximum"] == 500
    names = svcat.run("explain", "thing/small", "-o", "name").out.split()
    assert names[:2] == ["parameter/storage", "parameter/storage.size_gb"]


@pytest.mark.parametrize(
    ("what", "code", "text"),
    [
        ("thing/small.storag", 5, "did you mean storage?"),
        ("thing/small.storage.size", 5, "did you mean storage.size_gb?"),
        ("thing/smal", 5, "did you mean small?"),
        ("nothing/small", 5, "not found"),
        ("thing", 2, "say which"),
        ("", 5, "no plan is named"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    svcat: Svcat, what: str, code: int, text: str
) -> None:
    assert text in svcat.run("explain", what, code=code).err


def test_a_plan_that_describes_nothing_says_so(svcat: Svcat) -> None:
    assert "describes no parameters" in svcat.run("explain", "thing/bare").out
    done = svcat.run("explain", "thing/odd")
    assert "describes no parameters" in done.out
    assert "warning: the schema for provision cannot be used" in done.err
