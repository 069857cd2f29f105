"""What is wrong with parameters, in words: ``parameters.size_gb: 0 is below minimum 10``. Pure.

A validator tells where and which keyword; the value is looked up here, and left out where it is a
secret: one named so, one marked so, one that came from a Secret.
"""

import json
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from svcat.app.parameters import Place
from svcat.app.ports import Misfit
from svcat.osb.models import JsonObject
from svcat.osb.plan_schema import PlanSchema
from svcat.redaction import looks_secret

_LONGEST_VALUE = 60
_MOST_NAMED = 10
_ROOT = "parameters"


def complaints(
    misfits: tuple[Misfit, ...],
    parameters: JsonObject,
    schema: PlanSchema,
    *,
    where: Callable[[Place], str],
    from_secrets: frozenset[str],
) -> Iterator[str]:
    """Give one line about each place; ``where`` tells what stands in brackets behind it."""
    for misfit in sorted(misfits, key=lambda m: [str(step) for step in m.path]):
        for place, words in _about(misfit, parameters, schema, from_secrets):
            source = where(place)
            yield f"{named(place)}: {words}" + (f" ({source})" if source else "")


def named(place: Place) -> str:
    """Return a place as people write it: ``parameters.storage.disks[0]``."""
    text = _ROOT
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "").replace("-", "").isalnum():
            text += f".{step}"
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def _about(
    misfit: Misfit, parameters: JsonObject, schema: PlanSchema, from_secrets: frozenset[str]
) -> Iterator[tuple[Place, str]]:
    place, limit = misfit.path, misfit.limit
    match misfit.keyword:
        case "required" if isinstance(limit, list):
            for name in limit:
                yield (*place, str(name)), "is required"
        case "additionalProperties" | "unevaluatedProperties" if isinstance(limit, list):
            known = schema.names(_named_steps(place))
            for name in limit or _members(_at(parameters, place)):
                yield (*place, str(name)), f"is not known{_did_you_mean(str(name), known)}"
        case "falseSchema" | "false":
            yield place, "is not allowed"
        case keyword:
            is_hidden = _is_hidden(place, schema, from_secrets)
            value = "the value" if is_hidden else _shown(_at(parameters, place))
            yield place, f"{value} {_broken_rule(keyword, limit)}"


_RULES: dict[str, str] = {
    "minimum": "is below minimum {}",
    "maximum": "is above maximum {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "is no multiple of {}",
    "minLength": "is shorter than {} characters",
    "maxLength": "is longer than {} characters",
    "minItems": "has less than {} items",
    "maxItems": "has more than {} items",
    "minProperties": "has less than {} members",
    "maxProperties": "has more than {} members",
    "pattern": "does not match {}",
    "format": "is no {}",
    "const": "is not {}",
}
_FIXED_RULES: dict[str, str] = {
    "uniqueItems": "holds the same item twice",
    "anyOf": "fits none of the allowed forms",
    "oneOf": "fits none, or more than one, of the allowed forms",
    "oneOfNotValid": "fits none of the allowed forms",
    "oneOfMultipleValid": "fits more than one of the allowed forms",
    "not": "is what it must not be",
    "contains": "holds no item of the kind that is asked for",
    "additionalItems": "has too many items",
    "propertyNames": "has a member whose name is not allowed",
}
_TYPES = {
    "integer": "an integer",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _broken_rule(keyword: str, limit: Any) -> str:
    if keyword == "type":
        types = limit if isinstance(limit, list) else [limit]
        return f"is not {' or '.join(_TYPES.get(str(t), str(t)) for t in types)}"
    if keyword == "enum" and isinstance(limit, list):
        return f"is none of {', '.join(_shown(choice) for choice in limit)}"
    if keyword in _RULES:
        is_name = keyword in {"pattern", "format"}
        return _RULES[keyword].format(limit if is_name else _shown(limit))
    return _FIXED_RULES.get(keyword, f"does not fit ({keyword})")


def _is_hidden(place: Place, schema: PlanSchema, from_secrets: frozenset[str]) -> bool:
    steps = _named_steps(place)
    if steps and steps[0] in from_secrets:
        return True
    if not place:  # all parameters at once: too long to show, and it may hold anything
        return True
    inner = (steps[: end + 1] for end in range(len(steps)))
    return any(looks_secret(path[-1]) or schema.is_secret(path) for path in inner)


def _at(value: Any, place: Place) -> Any:
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _members(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "the list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _named_steps(place: Place) -> tuple[str, ...]:
    return tuple(step for step in place if isinstance(step, str))


def _did_you_mean(name: str, known: tuple[str, ...]) -> str:
    if close := get_close_matches(name, known, n=1):
        return f"; did you mean {close[0]}?"
    more = ", …" if len(known) > _MOST_NAMED else ""
    return f"; there are: {', '.join(known[:_MOST_NAMED])}{more}" if known else ""
