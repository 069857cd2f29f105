"""Other parameters for the same plan, derived from its schema: valid ones, and wrong ones.

To see a conflict a request has to differ and be valid all the same; to see a refusal it has to be
wrong. Where a schema gives no certain answer there is none.
"""

from typing import Any

from svcat.osb.models import JsonObject

_WRONG: dict[str, Any] = {
    "boolean": "svcat-check",
    "integer": "svcat-check",
    "number": "svcat-check",
    "string": {"svcat-check": True},
    "array": "svcat-check",
    "object": "svcat-check",
}


def differing(schema: Any, parameters: JsonObject) -> JsonObject | None:
    """Return valid parameters other than ``parameters``; None if none can be made up."""
    for name, rules in _properties(schema):
        value = parameters.get(name, rules.get("default"))
        for candidate in _candidates(rules):
            if candidate != value or type(candidate) is not type(value):
                return {**parameters, name: candidate}
    if parameters and not _required(schema):
        return {}
    return None


def wrong(schema: Any, parameters: JsonObject) -> JsonObject | None:
    """Return parameters that the schema forbids; None if it forbids nothing that is certain."""
    for name, rules in _properties(schema):
        kind = rules.get("type")
        if isinstance(kind, str) and kind in _WRONG and not _is_combined(rules):
            return {**parameters, name: _WRONG[kind]}
        choices = rules.get("enum")
        if isinstance(choices, list) and "svcat-check" not in choices:
            return {**parameters, name: "svcat-check"}
    if isinstance(schema, dict) and schema.get("additionalProperties") is False:
        return {**parameters, "svcat-check": True}
    return None


def _properties(schema: Any) -> list[tuple[str, JsonObject]]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return []
    return [(name, rules) for name, rules in properties.items() if isinstance(rules, dict)]


def _required(schema: Any) -> bool:
    return isinstance(schema, dict) and bool(schema.get("required"))


def _candidates(rules: JsonObject) -> list[Any]:
    choices = rules.get("enum")
    if isinstance(choices, list):
        return [c for c in choices if isinstance(c, str | int | float)]
    if _is_combined(rules) or "const" in rules:
        return []
    match rules.get("type"):
        case "boolean":
            return [True, False]
        case "integer" if "multipleOf" not in rules:
            return _numbers(rules)
        case "string" if not {"pattern", "format", "minLength", "maxLength"} & set(rules):
            return ["svcat-check", "svcat-check-2"]
    return []


def _numbers(rules: JsonObject) -> list[int]:
    low, high = rules.get("minimum"), rules.get("maximum")
    bounds = [edge for edge in (low, high) if type(edge) is int]
    if {"exclusiveMinimum", "exclusiveMaximum"} & set(rules):
        return []
    return bounds or [1, 2]


def _is_combined(rules: JsonObject) -> bool:
    return bool({"anyOf", "oneOf", "allOf", "not", "$ref"} & set(rules))
