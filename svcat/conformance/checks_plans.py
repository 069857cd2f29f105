"""What plans promise: schemas, maintenance, polling, dashboard clients.

OSB 2.17, Service Plan Object and those below it.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from svcat.conformance.judging import no_complaints
from svcat.conformance.model import Skipped
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.osb.models import JsonObject

_MAX_SCHEMA_BYTES = 64 * 1024
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-((0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?"
)
_PLACES = (
    ("service_instance", "create"),
    ("service_instance", "update"),
    ("service_binding", "create"),
)
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}


def schema_objects(stage: Stage) -> Answer:
    """Schemas are where they belong, and JSON objects."""
    complaints = [c for where, plan in stage.plans for c in _misplaced(where, plan)]
    _schemas(stage)
    return no_complaints(complaints, stage.catalog)


def schema_dialect(stage: Stage) -> Answer:
    """Every schema says with $schema which JSON Schema it is written in."""
    complaints = (
        f"{where} has no $schema"
        for where, schema in _schemas(stage)
        if not isinstance(schema.get("$schema"), str)
    )
    return no_complaints(complaints, stage.catalog)


def schema_references(stage: Stage) -> Answer:
    """No schema refers to another document."""
    complaints = (
        f"{where} refers to another document"
        for where, schema in _schemas(stage)
        if any(not reference.startswith("#") for reference in _references(schema))
    )
    return no_complaints(complaints, stage.catalog)


def schema_size(stage: Stage) -> Answer:
    """No schema is larger than 64 kB."""
    complaints = (
        f"{where} has {size} bytes"
        for where, schema in _schemas(stage)
        if (size := len(msgspec.json.encode(schema))) > _MAX_SCHEMA_BYTES
    )
    return no_complaints(complaints, stage.catalog)


def schema_shape(stage: Stage) -> Answer:
    """A schema describes the parameters as properties of an object, in words that there are."""
    complaints = [c for where, schema in _schemas(stage) for c in _misshapen(where, schema)]
    return no_complaints(complaints, stage.catalog)


def maintenance_version(stage: Stage) -> Answer:
    """The version of maintenance_info is a semantic version 2.0."""
    found = [
        (where, plan["maintenance_info"].get("version"))
        for where, plan in stage.plans
        if isinstance(plan.get("maintenance_info"), dict)
    ]
    if not found:
        raise Skipped("no plan has maintenance_info")
    complaints = (
        f"{where}.maintenance_info.version is no semantic version"
        for where, version in found
        if not (isinstance(version, str) and _SEMVER.fullmatch(version))
    )
    return no_complaints(complaints, stage.catalog)


def polling_duration(stage: Stage) -> Answer:
    """maximum_polling_duration is a number of seconds that leaves time to poll."""
    found = [
        (where, plan["maximum_polling_duration"])
        for where, plan in stage.plans
        if plan.get("maximum_polling_duration") is not None
    ]
    if not found:
        raise Skipped("no plan has maximum_polling_duration")
    complaints = (
        f"{where}.maximum_polling_duration is not above 0"
        for where, seconds in found
        if isinstance(seconds, int | float) and seconds <= 0
    )
    return no_complaints(complaints, stage.catalog)


def dashboard_client(stage: Stage) -> Answer:
    """A dashboard_client has an id and a secret."""
    found = [
        (where, service["dashboard_client"])
        for where, service in stage.services
        if isinstance(service.get("dashboard_client"), dict) and service["dashboard_client"]
    ]
    if not found:
        raise Skipped("no offering has a dashboard_client")
    complaints = (
        f"{where}.dashboard_client.{name} is no text"
        for where, client in found
        for name in ("id", "secret")
        if not (isinstance(client.get(name), str) and client[name])
    )
    return no_complaints(complaints, stage.catalog)


def _misplaced(where: str, plan: JsonObject) -> Iterator[str]:
    schemas = plan.get("schemas")
    for of, action in _PLACES if isinstance(schemas, dict) else ():
        value: Any = schemas
        path = f"{where}.schemas"
        for name in (of, action, "parameters"):
            value = value.get(name)
            path += f".{name}"
            if value is None:
                break
            if not isinstance(value, dict):
                yield f"{path} is no object"
                break


def _schemas(stage: Stage) -> list[tuple[str, JsonObject]]:
    found = []
    for where, plan in stage.plans:
        for of, action in _PLACES:
            value: Any = plan.get("schemas")
            for name in (of, action, "parameters"):
                value = value.get(name) if isinstance(value, dict) else None
            if isinstance(value, dict):
                found.append((f"{where}.schemas.{of}.{action}", value))
    if not found:
        raise Skipped("no plan has schemas")
    return found


def _references(schema: JsonObject) -> Iterator[str]:
    todo: list[Any] = [schema]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            yield from (r for name in _REFERENCES if isinstance(r := value.get(name), str))
            todo += value.values()
        elif isinstance(value, list):
            todo += value


def _misshapen(where: str, schema: JsonObject) -> Iterator[str]:
    kinds = schema.get("type", "object")
    if not {"object"} <= set(kinds if isinstance(kinds, list) else [kinds]):
        yield f"{where} is of another type than object"
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        yield f"{where}.properties is no object"
        return
    for name, rules in properties.items():
        kind = rules.get("type") if isinstance(rules, dict) else None
        if not isinstance(rules, dict | bool):
            yield f"{where}.properties.{name[:80]} is no schema"
        elif isinstance(kind, str) and kind not in _TYPES:
            yield f"{where}.properties.{name[:80]}.type is no type of JSON"
