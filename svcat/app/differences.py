"""How what stands differs from what is asked for, secrets hidden.

An update says it before it is sent; a request under a name that stands is refused with it.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from svcat.app.catalog import plan_of
from svcat.app.lookup import broker_at
from svcat.app.parameter_words import Word, spelled
from svcat.app.parameters import Given, Place, compose
from svcat.app.ports import Ports
from svcat.errors import NotFound
from svcat.osb.jsontext import same
from svcat.osb.models import JsonObject, Plan
from svcat.osb.plan_schema import PlanSchema, Use, schema_of
from svcat.redaction import REDACTED, looks_secret, shown_parameter
from svcat.store.records import BindingRecord, InstanceRecord, SecretKeyRef

_Holder = InstanceRecord | BindingRecord  # of parameters

_LONGEST_VALUE = 200
_LONGEST_COMMAND = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes, secrets hidden; ``old`` or ``new`` None: it is not there."""

    what: str
    old: Any
    new: Any


def parameter_changes(
    known: JsonObject, given: JsonObject, schema: PlanSchema | None
) -> Iterator[Change]:
    """Give what ``given`` changes in the parameters ``known``; what it leaves out stays."""
    for name, value in given.items():
        yield from _differing((name,), known.get(name), value, schema)


def offered_plan(record: _Holder, ports: Ports) -> Plan | None:
    """Return the plan of a record as it is offered now, for its schemas; None if it is no more."""
    try:
        offer = plan_of(broker_at(record.broker, ports), record.service_id, record.plan_id, ports)
    except NotFound:
        return None
    return offer.plan if offer else None


def of_parameters(found: _Holder, wanted: _Holder, plan: Plan | None, use: Use) -> list[str]:
    """Return a line for each parameter, or source of some, that is not as it is wanted."""
    schema = schema_of(plan, use) if plan else None
    known, asked = found.parameters or {}, wanted.parameters or {}
    lines = [_line(change) for change in parameter_changes(known, _whole(known, asked), schema)]
    if not same_sources(found, wanted):
        lines.append(
            f"parametersFrom: is {_spelled(found.parameters_from)}; "
            f"asked for {_spelled(wanted.parameters_from)}"
        )
    return lines


def same_sources(found: _Holder, wanted: _Holder) -> bool:
    """Whether both take parameters from the same Secrets; they have no order."""
    return _keys(found.parameters_from) == _keys(wanted.parameters_from)


def updating_command(found: InstanceRecord, wanted: InstanceRecord, plan: Plan | None) -> str:
    """Return the command that makes an instance as wanted; in words if it showed a secret."""
    words = ["svcat", "update", found.name, "-n", found.namespace]
    if found.plan_id != wanted.plan_id:
        words += ["--plan", wanted.plan_name]
    known, asked = found.parameters or {}, wanted.parameters or {}
    given = {name: value for name, value in asked.items() if not same(known.get(name), value)}
    schema = schema_of(plan, Use.UPDATE) if plan else None
    words += _typed(given, schema)
    for name in known:
        if name not in asked:
            words += ["--unset", spelled((name,))]
    command = shlex.join(words)
    shown = {name: _shown((name,), value, schema) for name, value in given.items()}
    is_printable = command.isprintable() and " ".join(command.split()) == command
    if shown == given and is_printable and len(command) <= _LONGEST_COMMAND:
        return command
    return f"{shlex.join(words[:5])} with what is asked for here"


def source_name(ref: SecretKeyRef) -> str:
    """Return a source of parameters as people know it."""
    return f"Secret {ref.name}[{ref.key}]" if ref.key else f"Secret {ref.name}"


def _whole(known: JsonObject, asked: JsonObject) -> JsonObject:
    """Return ``asked`` with null for each member that is known and not asked for."""
    nothing: JsonObject = {name: None for name in known if name not in asked}
    return nothing | {
        name: _whole(known[name], value)
        if isinstance(value, dict) and isinstance(known.get(name), dict)
        else value
        for name, value in asked.items()
    }


def _keys(refs: tuple[SecretKeyRef, ...]) -> list[tuple[str, str]]:
    return sorted((ref.name, ref.key) for ref in refs)


def _spelled(refs: tuple[SecretKeyRef, ...]) -> str:
    return ", ".join(sorted(map(source_name, refs))) or "no Secret"


def _typed(given: JsonObject, schema: PlanSchema | None) -> list[str]:
    """Return the options that give these parameters: ``-p`` if words are enough."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in given.items()
    }
    words = tuple(Word((name,), text) for name, text in texts.items())
    if (compose(Given(words=words), schema).value or {}) == given:
        return [part for word in words for part in ("-p", f"{spelled(word.path)}={word.text}")]
    return ["--params-json", json.dumps(given, ensure_ascii=False)]


def _line(change: Change) -> str:
    if same(change.old, change.new):  # both hidden
        return f"{change.what}: is another than asked for"
    is_so = "is not set" if change.old is None else f"is {_words(change.old)}"
    asked = "not asked for" if change.new is None else f"asked for {_words(change.new)}"
    return f"{change.what}: {is_so}, {asked}"


def _words(value: Any) -> str:
    if value == REDACTED:
        return REDACTED
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _differing(place: Place, old: Any, new: Any, schema: PlanSchema | None) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in new:
            yield from _differing((*place, name), old.get(name), new[name], schema)
    elif not same(old, new):
        yield Change(
            ".".join(("parameters", *map(str, place))),
            _shown(place, old, schema),
            _shown(place, new, schema),
        )


def _shown(place: Place, value: Any, schema: PlanSchema | None) -> Any:
    path = tuple(map(str, place))
    inner = [path[: end + 1] for end in range(len(path))]
    is_secret = any(looks_secret(p[-1]) or (schema and schema.is_secret(p)) for p in inner)
    if is_secret and value is not None and not isinstance(value, bool):
        return REDACTED
    if isinstance(value, dict):
        return {name: _shown((*place, name), member, schema) for name, member in value.items()}
    return shown_parameter(path[-1], value)
