"""The catalog: what the drivers offer, with ids that stay the same as long as the names do.

OSB 2.17, Catalog Management; metadata names as in the profile.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from svcat.broker.drivers.base import Driver, OfferingSpec, PlanSpec
from svcat.broker.errors import bad_request
from svcat.broker.parameters import json_schema
from svcat.broker.records import Kind
from svcat.osb.models import JsonObject

_NAMESPACE = uuid.UUID("6f1d6a2e-6c0b-5d0c-9a53-6d1f1d1b7c1e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One plan of one offering, with the driver behind it."""

    service_id: str
    plan_id: str
    driver: Driver
    plan: PlanSpec

    @property
    def offering(self) -> OfferingSpec:
        """The offering that the plan belongs to."""
        return self.driver.offering

    def is_async(self, kind: Kind) -> bool:
        """Whether that kind of operation is answered with 202."""
        return kind in self.plan.asynchronous


class Catalog:
    """All offers of this broker, and their encoding for ``GET /v2/catalog``."""

    def __init__(self, drivers: Mapping[str, Driver], *, realm: str = "") -> None:
        self._offers: dict[tuple[str, str], Offer] = {}
        services = []
        for name, driver in drivers.items():
            service_id = _stable_id(realm, name)
            plans = []
            for plan in driver.offering.plans:
                plan_id = _stable_id(realm, name, plan.name)
                self._offers[service_id, plan_id] = Offer(
                    service_id=service_id,
                    plan_id=plan_id,
                    driver=driver,
                    plan=plan,
                )
                plans.append(_plan_body(plan_id, plan, driver.offering))
            services.append(_service_body(service_id, name, driver.offering, plans))
        self.body = json.dumps({"services": services}, separators=(",", ":")).encode()
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    def offer(self, service_id: str, plan_id: str) -> Offer:
        """The offer with these ids. Raises Refusal (400)."""
        offer = self._offers.get((service_id, plan_id))
        if offer is not None:
            return offer
        if service_id in {known for known, _ in self._offers}:
            raise bad_request("plan_id is no plan of this service_id in the catalog")
        raise bad_request("service_id is not in the catalog")


def _stable_id(*names: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, json.dumps(names)))


def _service_body(
    service_id: str, name: str, offering: OfferingSpec, plans: list[JsonObject]
) -> JsonObject:
    return {
        "id": service_id,
        "name": name,
        "description": offering.description,
        "tags": list(offering.tags),
        "bindable": True,
        "instances_retrievable": True,
        "bindings_retrievable": True,
        "allow_context_updates": True,
        "plan_updateable": True,
        "metadata": {
            "displayName": offering.display_name,
            "longDescription": offering.long_description,
            "providerDisplayName": "svcat bundled broker",
        },
        "plans": plans,
    }


def _plan_body(plan_id: str, plan: PlanSpec, offering: OfferingSpec) -> JsonObject:
    body: JsonObject = {
        "id": plan_id,
        "name": plan.name,
        "description": plan.description,
        "free": True,
        "binding_rotatable": offering.rotatable,
        "metadata": {
            "displayName": plan.name,
            "bullets": list(plan.bullets),
            "costs": [{"amount": {"usd": 0.0}, "unit": "MONTHLY"}],
        },
        "schemas": _schemas(offering),
    }
    if plan.maximum_polling_duration_s is not None:
        body["maximum_polling_duration"] = plan.maximum_polling_duration_s
    if plan.maintenance_version:
        body["maintenance_info"] = {
            "version": plan.maintenance_version,
            "description": plan.maintenance_description or "current recipe",
        }
    return body


def _schemas(offering: OfferingSpec) -> JsonObject:
    return {
        "service_instance": {
            "create": {"parameters": json_schema(offering.provision_parameters)},
            "update": {"parameters": json_schema(offering.update_parameters)},
        },
        "service_binding": {"create": {"parameters": json_schema(offering.bind_parameters)}},
    }
