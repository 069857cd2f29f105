"""A broker with a shop window: prices, pictures, parameters; any other catalog as well."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from svcat.app.catalog import Offering
from svcat.osb.catalog import decode_catalog
from svcat.store.records import BrokerRecord, Scope
from tests.brokers.hostile import Answer, HostileBroker, Seen, answer
from tests.cli_updates.svcat import DRAFT_7, plan, schemas

SIZE = {"type": "integer", "minimum": 10, "maximum": 500, "default": 20, "description": "Disk"}
REPLICAS = {"type": "integer", "minimum": 0, "maximum": 5, "default": 1}


def takes(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return schemas({"$schema": DRAFT_7, "properties": properties, "required": list(required)})


def priced(amount: Any, unit: Any = "MONTHLY", **more: Any) -> dict[str, Any]:
    return {"costs": [{"amount": amount, "unit": unit}], **more}


def service(name: str, *plans: dict[str, Any], **more: Any) -> dict[str, Any]:
    own = [{**each, "id": f"{name}-{each['id']}"} for each in plans]
    told = {"description": f"The service {name}", "bindable": True, "plan_updateable": True}
    return {"id": f"{name}-id", "name": name, **told, **more, "plans": own}


POSTGRESQL = service(
    "postgresql",
    plan("small", free=True, schemas=takes({"size_gb": SIZE}), metadata={"bullets": ["1 CPU"]}),
    plan(
        "medium",
        free=False,
        schemas=takes({"size_gb": SIZE, "replicas": REPLICAS}, "size_gb"),
        metadata=priced({"eur": 49.0, "usd": 55}, bullets=["2 CPU", "1 read replica"]),
    ),
    plan("large", free=False, plan_updateable=False, metadata=priced({"eur": 399.5})),
    description="A relational database with backups",
    tags=["SQL", "database"],
    metadata={
        "displayName": "PostgreSQL",
        "longDescription": "A database and a role for each binding.",
        "providerDisplayName": "Platform team",
        "documentationUrl": "https://docs.example.com/postgresql",
        "imageUrl": "https://pictures.example.com/elephant.svg",
    },
)
__all__ = ["MAILBOX", "POSTGRESQL", "REDIS", "Shop", "offerings_of", "plan", "service"]

REDIS = service(
    "redis",
    plan("small"),
    plan("large", free=False, bindable=False),
    description="A key-value store; what SQL is not",
    tags=["cache"],
)
MAILBOX = service("mailbox", plan("standard", metadata=priced({"eur": 5}, "")), bindable=False)


def offerings_of(*services: dict[str, Any], broker: str = "team") -> list[Offering]:
    """What a broker's catalog comes to, without asking a broker."""
    record = BrokerRecord(namespace="default", name=broker, scope=Scope.NAMESPACE, url="http://x")
    catalog = decode_catalog(json.dumps({"services": services}).encode())
    return [Offering(record, offering) for offering in catalog.services]


@dataclass(slots=True)
class Shop:
    """A broker that offers what it is told to; ``services`` may change at any time."""

    broker: HostileBroker
    services: list[dict[str, Any]] = field(
        default_factory=lambda: [REDIS, POSTGRESQL, MAILBOX],
    )
    login: str = ""  # the Authorization header to insist on

    def __post_init__(self) -> None:
        self.broker.always(self._answer)

    @property
    def url(self) -> str:
        return self.broker.url

    def asked(self, method: str = "GET") -> list[Seen]:
        return [seen for seen in self.broker.requests if seen.method == method]

    def _answer(self, seen: Seen) -> Answer:
        if self.login and seen.headers.get("authorization") != self.login:
            return answer(401, {"description": "who are you?"})
        if seen.path == "/v2/catalog":
            return answer(200, {"services": self.services})
        return answer(201 if seen.method == "PUT" else 200, {})
