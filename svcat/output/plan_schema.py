"""How a plan's parameters look: a table of all, or everything about one. Pure."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from svcat.osb.plan_schema import Parameter, Use
from svcat.output.view import Block, Column, Fields, JsonObject, Section, Table, Text, View, list_of
from svcat.output.words import yes_no

Found = Iterable[tuple[Use, tuple[Parameter, ...]]]

_TITLES = ("PARAMETER", "TYPE", "DEFAULT", "ALLOWED", "DESCRIPTION")
_TYPES = {"array": "list", "boolean": "true or false", "string": "text"}
_COMMANDS = {
    Use.PROVISION: "svcat provision NAME --class {class_name} --plan {plan}",
    Use.UPDATE: "svcat update NAME",
    Use.BIND: "svcat bind INSTANCE",
}
_SAMPLES: dict[str, Any] = {"boolean": True, "integer": 1, "number": 1.5, "object": {}}
_KNOWN = frozenset({"examples", "example", "default", "const", "enum"})  # values of its own
_LONGEST = 60
_LONGEST_LIMITS = 30


def parameter_list(class_name: str, plan: str, found: Found) -> View:
    """Return the View of all parameters of a plan, by what they are given to."""
    listed = [(use, parameters) for use, parameters in found if parameters]
    blocks: list[Block] = [Fields((("Plan", f"{class_name}/{plan}"),))]
    blocks += (
        Section(f"{use.capitalize()} takes", _table(parameters)) for use, parameters in listed
    )
    if not listed:
        blocks.append(Text("It describes no parameters; what -p gives is sent as text."))
    return _view(listed, blocks)


def parameter_details(class_name: str, plan: str, found: Found) -> View:
    """Return the View of one parameter, with its members if it is an object.

    The first of each use's parameters is the one asked for.
    """
    listed = [(use, parameters) for use, parameters in found if parameters]
    blocks: list[Block] = [Fields((("Plan", f"{class_name}/{plan}"),))]
    for use, (parameter, *members) in listed:
        command = _COMMANDS[use].format(class_name=class_name, plan=plan)
        blocks.append(
            Section(f"{use.capitalize()} takes", Fields(_lines(parameter, members, command)))
        )
        if members:
            blocks.append(Section(f"Members of {_name(parameter)}", _table(members)))
    return _view(listed, blocks)


def type_words(parameter: Parameter) -> str:
    """Return the type of a parameter in words."""
    types = [t for t in parameter.types if t != "null" or len(parameter.types) == 1]
    words = [_TYPES.get(t, t) for t in types]
    items = parameter.rules.get("items")
    if "array" in types and isinstance(items, dict) and isinstance(items.get("type"), str):
        words[types.index("array")] = f"list of {_TYPES.get(items['type'], items['type'])}"
    if not words and "enum" in parameter.rules:
        return "choice"
    return " or ".join(words)


def limit_words(rules: Mapping[str, Any]) -> str:
    """Return what a schema allows beyond the type, in words."""
    parts = [_choices(rules), _range(rules), *_lengths(rules)]
    if _is_number(rules.get("multipleOf")):
        parts.append(f"a multiple of {rules['multipleOf']}")
    if isinstance(rules.get("pattern"), str):
        parts.append(f"matching {rules['pattern']}")
    if isinstance(rules.get("format"), str) and rules["format"] != "password":
        parts.append(rules["format"])
    if rules.get("uniqueItems") is True:
        parts.append("no item twice")
    return ", ".join(part for part in parts if part)


def example(parameter: Parameter) -> str:
    """Return words for a command line that give the parameter a value."""
    if parameter.is_secret:
        return f"--secret SECRET[KEY]   (KEY holds {document_of(parameter)})"
    value = _sample(parameter)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"-p {shlex.quote(f'{_name(parameter)}={text}')}"


def _example(parameter: Parameter, members: Sequence[Parameter]) -> str:
    """Return an example of a parameter; of an object, of the members that it needs, or one."""
    inner = [m for m in members if len(m.path) == len(parameter.path) + 1 and not m.is_secret]
    if not inner or not _KNOWN.isdisjoint(parameter.rules):
        return example(parameter)
    return " ".join(map(example, [m for m in inner if m.is_required] or inner[:1]))


def document_of(parameter: Parameter) -> str:
    """Return what a Secret's key holds that gives the parameter a value: a JSON object."""
    inner: Any = "…"
    for step in reversed(parameter.path):
        inner = {step: inner}
    return json.dumps(inner, ensure_ascii=False)


def _view(listed: list[tuple[Use, tuple[Parameter, ...]]], blocks: list[Block]) -> View:
    items = [_object(use, parameter) for use, parameters in listed for parameter in parameters]
    view = list_of("Parameter", items, Table((), ()))
    return View(view.obj, tuple(blocks), view.names)


def _object(use: Use, parameter: Parameter) -> JsonObject:
    return {
        "kind": "Parameter",
        "metadata": {"name": _name(parameter)},
        "spec": {
            "use": use,
            "types": list(parameter.types),
            "required": parameter.is_required,
            "secret": parameter.is_secret,
            "schema": dict(parameter.rules),
        },
    }


def _name(parameter: Parameter) -> str:
    return ".".join(step.replace(".", "\\.") for step in parameter.path)


def _table(parameters: Iterable[Parameter]) -> Table:
    """Return a table without the columns that would be empty."""
    rows = [_row(parameter) for parameter in parameters]
    used = [i for i in range(len(_TITLES)) if any(row[i] for row in rows)]
    return Table(
        tuple(Column(_TITLES[i]) for i in used),
        tuple(tuple(row[i] for i in used) for row in rows),
    )


def _row(parameter: Parameter) -> tuple[str, ...]:
    required = "(required)" if parameter.is_required else ""
    return (
        _name(parameter),
        type_words(parameter),
        " ".join(part for part in (_default(parameter), required) if part),
        _short(limit_words(parameter.rules), _LONGEST_LIMITS),
        _short(parameter.description or parameter.title),
    )


def _lines(
    parameter: Parameter, members: Sequence[Parameter], command: str
) -> tuple[tuple[str, str], ...]:
    lines = [
        ("Parameter", _name(parameter)),
        ("Type", type_words(parameter) or "any"),
        ("Required", yes_no(parameter.is_required)),
    ]
    if parameter.is_secret:
        lines.append(("Secret", "yes: give it with --secret, not with -p"))
    more = [
        ("Title", parameter.title),
        ("Description", parameter.description),
        ("Default", _default(parameter)),
        ("Allowed", limit_words(parameter.rules)),
        ("Example", f"{command} {_example(parameter, members)}"),
    ]
    return (*lines, *((label, value) for label, value in more if value))


def _default(parameter: Parameter) -> str:
    if "default" not in parameter.rules:
        return ""
    return _short(json.dumps(parameter.rules["default"], ensure_ascii=False))


def _sample(parameter: Parameter) -> Any:
    rules = parameter.rules
    examples = rules.get("examples")
    if isinstance(examples, list) and examples:
        return examples[0]
    for name in ("example", "default", "const"):
        if name in rules:
            return rules[name]
    if isinstance(rules.get("enum"), list) and rules["enum"]:
        return rules["enum"][0]
    types = [t for t in parameter.types if t != "null"]
    if types and types[0] in {"integer", "number"} and _is_number(rules.get("minimum")):
        return rules["minimum"]
    return _SAMPLES.get(types[0] if types else "", "VALUE")


def _choices(rules: Mapping[str, Any]) -> str:
    listed = rules.get("enum")
    if not isinstance(listed, list):
        return f"only {json.dumps(rules['const'])}" if "const" in rules else ""
    words = [c if isinstance(c, str) else json.dumps(c, ensure_ascii=False) for c in listed]
    return ", ".join(words)


def _range(rules: Mapping[str, Any]) -> str:
    low, high = rules.get("minimum"), rules.get("maximum")
    over, under = rules.get("exclusiveMinimum"), rules.get("exclusiveMaximum")
    # draft-04 has a switch there, later drafts a number
    least = f"more than {low}" if over is True else f"at least {low}" if _is_number(low) else ""
    most = f"less than {high}" if under is True else f"at most {high}" if _is_number(high) else ""
    if _is_number(over):
        least = f"more than {over}"
    if _is_number(under):
        most = f"less than {under}"
    if least == f"at least {low}" and most == f"at most {high}":
        return f"{low} to {high}"
    return " and ".join(part for part in (least, most) if part)


def _lengths(rules: Mapping[str, Any]) -> Iterable[str]:
    for noun, unit in (("Length", "characters"), ("Items", "items"), ("Properties", "members")):
        low, high = rules.get(f"min{noun}"), rules.get(f"max{noun}")
        if _is_number(low) and _is_number(high):
            yield f"{low} to {high} {unit}"
        elif _is_number(low):
            yield f"at least {low} {unit}"
        elif _is_number(high):
            yield f"at most {high} {unit}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(text: str, limit: int = _LONGEST) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
