"""Faults of catalogs."""

import copy
from collections.abc import Callable
from typing import Any

from tests.conformance.faults import (
    Fault,
    Make,
    answers,
    catalog,
    first_plan,
    instead,
    offering,
    status,
)
from tests.conformance.spoiling import Asked, Forward, Spoil, Told

_EXTERNAL = {"$ref": "https://example.com/schema.json"}


def _second_offering(*same: str, without_plans: bool = False) -> Make:
    """A catalog with a second offering: a copy with ids of its own, but for ``same``."""

    def edit(body: Any) -> None:
        first = body["services"][0]
        other = copy.deepcopy(first)
        for name in {"id", "name"} - set(same):
            other[name] += "-2"
        for plan in other["plans"]:
            plan["id"] += "-2"
        if without_plans:
            other["plans"].clear()
        body["services"].append(other)

    return catalog(edit)


def _same_in_plans(name: str) -> Make:
    def edit(service: dict[str, Any]) -> None:
        service["plans"][1][name] = service["plans"][0][name]

    return offering(edit)


def _schema(edit: Callable[[dict[str, Any]], object]) -> Make:
    return first_plan(lambda plan: edit(plan["schemas"]["service_instance"]["create"]))


def _changing_ids() -> Spoil:
    count = 0

    def change(asked: Asked, told: Told) -> Told:
        nonlocal count
        count += 1
        body = told.body
        if count > 1:
            body["services"][0]["plans"][0]["id"] = f"plan-{count}"
        return told.with_body(body)

    return answers("catalog", change, lambda asked, told: told.status == 200)()


def _blind(asked: Asked, forward: Forward) -> Told:
    headers = {k: v for k, v in asked.headers.items() if k != "if-none-match"}
    return forward(Asked(method=asked.method, target=asked.target, headers=headers, raw=asked.raw))


FAULTS = (
    Fault(
        name="the catalog is answered with 201",
        caught_by="catalog.status",
        make=status("catalog", of=200, becomes=201),
        with_it=("catalog.other-etag",),
    ),
    Fault(
        name="the catalog is an array",
        caught_by="catalog.services",
        make=answers("catalog", lambda asked, told: told.with_raw(b"[]")),
        with_it=("catalog.other-etag",),
    ),
    Fault(
        name="an offering without id",
        caught_by="catalog.offering-id",
        make=offering(lambda service: service.pop("id")),
    ),
    Fault(
        name="an offering with an empty name",
        caught_by="catalog.offering-name",
        make=offering(lambda service: service.update(name="")),
    ),
    Fault(
        name="an offering whose description is null",
        caught_by="catalog.offering-description",
        make=offering(lambda service: service.update(description=None)),
    ),
    Fault(
        name="bindable as a word",
        caught_by="catalog.bindable",
        make=offering(lambda service: service.update(bindable="yes")),
    ),
    Fault(
        name="an offering without plans",
        caught_by="catalog.plans",
        make=_second_offering(without_plans=True),
    ),
    Fault(
        name="a plan whose id is a number",
        caught_by="catalog.plan-id",
        make=first_plan(lambda plan: plan.update(id=7)),
    ),
    Fault(
        name="a plan without name",
        caught_by="catalog.plan-name",
        make=first_plan(lambda plan: plan.pop("name")),
    ),
    Fault(
        name="a plan with an empty description",
        caught_by="catalog.plan-description",
        make=first_plan(lambda plan: plan.update(description="")),
    ),
    Fault(
        name="two offerings with one id",
        caught_by="catalog.unique-offering-ids",
        make=_second_offering("id"),
    ),
    Fault(
        name="two offerings with one name",
        caught_by="catalog.unique-offering-names",
        make=_second_offering("name"),
    ),
    Fault(
        name="two plans with one id",
        caught_by="catalog.unique-plan-ids",
        make=_same_in_plans("id"),
    ),
    Fault(
        name="two plans of an offering with one name",
        caught_by="catalog.unique-plan-names",
        make=_same_in_plans("name"),
    ),
    Fault(
        name="free as a word",
        caught_by="catalog.types",
        make=first_plan(lambda plan: plan.update(free="true")),
    ),
    Fault(
        name="an unknown permission is required",
        caught_by="catalog.requires",
        make=offering(lambda service: service.update(requires=["root"])),
    ),
    Fault(
        name="plan ids change with every catalog",
        caught_by="catalog.stable-ids",
        make=_changing_ids,
    ),
    Fault(
        name="a schema that is a list",
        caught_by="catalog.schema-objects",
        make=_schema(lambda create: create.update(parameters=[])),
    ),
    Fault(
        name="a schema without $schema",
        caught_by="catalog.schema-dialect",
        make=_schema(lambda create: create["parameters"].pop("$schema")),
    ),
    Fault(
        name="a schema that refers to another document",
        caught_by="catalog.schema-references",
        make=_schema(lambda create: create["parameters"]["properties"].update(far=_EXTERNAL)),
    ),
    Fault(
        name="a schema of 70 kB",
        caught_by="catalog.schema-size",
        make=_schema(lambda create: create["parameters"].update(title="x" * 70_000)),
    ),
    Fault(
        name="a schema with a type that there is not",
        caught_by="catalog.schema-shape",
        make=_schema(
            lambda create: create["parameters"]["properties"].update(size={"type": "int"})
        ),
    ),
    Fault(
        name="a maintenance version that is none",
        caught_by="catalog.maintenance-version",
        make=first_plan(lambda plan: plan["maintenance_info"].update(version="1.0")),
    ),
    Fault(
        name="no time to poll",
        caught_by="catalog.polling-duration",
        make=first_plan(lambda plan: plan.update(maximum_polling_duration=0)),
    ),
    Fault(
        name="a dashboard client without secret",
        caught_by="catalog.dashboard-client",
        make=offering(lambda service: service.update(dashboard_client={"id": "client"})),
    ),
    Fault(
        name="its own ETag means nothing to it",
        caught_by="catalog.etag",
        make=lambda: _blind,
    ),
    Fault(
        name="its own Last-Modified means nothing to it",
        caught_by="catalog.last-modified",
        make=answers(
            "catalog",
            lambda asked, told: told.with_header("last-modified", "Tue, 24 Nov 2026 10:00:00 GMT"),
        ),
    ),
    Fault(
        name="304 whatever the ETag",
        caught_by="catalog.other-etag",
        make=instead(
            "catalog", Told(status=304, raw=b""), lambda asked: "if-none-match" in asked.headers
        ),
    ),
)
