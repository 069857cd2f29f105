"""The catalog: complete, valid, stable, and fetched again only when it changed."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from svcat.osb.models import Catalog
from tests.broker.platform_client import Platform
from tests.brokers.bundled import start_bundled


def _ids(platform: Platform) -> set[str]:
    services = platform.catalog()["services"]
    return {s["id"] for s in services} | {p["id"] for s in services for p in s["plans"]}


def _schemas(platform: Platform) -> list[dict[str, Any]]:
    found = []
    for service in platform.catalog()["services"]:
        for plan in service["plans"]:
            schemas = plan["schemas"]
            found += [
                schemas["service_instance"]["create"]["parameters"],
                schemas["service_instance"]["update"]["parameters"],
                schemas["service_binding"]["create"]["parameters"],
            ]
    return found


def test_the_catalog_reads_as_the_spec_says(platform: Platform) -> None:
    raw = platform.send("GET", "/v2/catalog")

    catalog = msgspec.json.decode(json.dumps(raw.body), type=Catalog)
    (offering,) = catalog.services
    assert raw.headers["content-type"] == "application/json"
    assert offering.name == "sqlite"
    assert offering.bindable
    assert offering.instances_retrievable
    assert offering.bindings_retrievable
    assert offering.allow_context_updates
    assert offering.plan_updateable
    assert [plan.name for plan in offering.plans][:2] == ["file", "file-async"]
    assert all(plan.binding_rotatable and plan.free for plan in offering.plans)
    assert offering.plans[0].maintenance_info is not None


def test_plans_tell_bullets_and_costs(platform: Platform) -> None:
    metadata = platform.catalog()["services"][0]["plans"][0]["metadata"]

    assert metadata["bullets"]
    assert metadata["costs"] == [{"amount": {"usd": 0.0}, "unit": "MONTHLY"}]


def test_every_schema_is_a_small_draft_04_schema_without_outside_references(
    platform: Platform,
) -> None:
    schemas = list(_schemas(platform))

    assert schemas
    for schema in schemas:
        jsonschema_rs.meta.validate(schema)
        assert schema["$schema"] == "http://json-schema.org/draft-04/schema#"
        assert schema["additionalProperties"] is False
        text = json.dumps(schema)
        assert len(text) < 64_000
        assert '"$ref": "http' not in text


def test_a_platform_that_has_the_catalog_gets_304(platform: Platform) -> None:
    first = platform.send("GET", "/v2/catalog")
    etag = first.headers["etag"]

    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = platform.send("GET", "/v2/catalog", headers={"If-None-Match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, None, etag)
    other = platform.send("GET", "/v2/catalog", headers={"If-None-Match": '"other"'})
    assert other.status == 200


def test_ids_stay_after_a_restart_and_differ_between_realms(tmp_path: Path) -> None:
    seen = []
    for name, realm in (("a", ""), ("b", ""), ("c", "staging")):
        directory = tmp_path / name
        directory.mkdir()
        with start_bundled(directory, realm=realm) as broker:
            seen.append(_ids(Platform.of(broker)))

    assert seen[0] == seen[1]
    assert not seen[0] & seen[2]


def test_plans_for_testing_are_not_offered_to_users(tmp_path: Path) -> None:
    with start_bundled(tmp_path, test_plans=False) as broker:
        (service,) = Platform.of(broker).catalog()["services"]

    assert [plan["name"] for plan in service["plans"]] == ["file", "file-async"]


@pytest.mark.parametrize("field", ["service_id", "plan_id"])
def test_ids_outside_the_catalog_are_refused(platform: Platform, field: str) -> None:
    target = platform.target("file")

    got = platform.provision("never-made", target, **{field: "unknown"})

    assert got.status == 400
    assert field in got.body["description"]
    assert platform.fetch("never-made").status == 404
