"""The JSON schemas of a plan's parameters: which there are, and what they say of one parameter.

OSB 2.17, Schemas Object. Broker text: read within bounds, and never followed out of the document.
Whether a value fits is for a validator; here it is read what a value should look like, so that
words on a command line get their types and people get an explanation.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from svcat.osb.models import JsonObject, Plan

Path = tuple[str, ...]

MAX_BYTES = 64 * 1024
MAX_DEPTH = 64
MAX_NODES = 10_000
_MAX_PARTS = 64  # of one parameter: branches of anyOf and the like
_MAX_LISTED = 1000
_MAX_NESTING = 8  # of parameters listed; a schema may refer to itself
_COMBINED = ("allOf", "anyOf", "oneOf")


class Use(StrEnum):
    """What parameters are given to."""

    PROVISION = "provision"
    UPDATE = "update"
    BIND = "bind"


class Parameter(Struct, frozen=True, kw_only=True):
    """What a schema says of one parameter; ``rules`` are its other keywords, as they stand."""

    path: Path
    types: tuple[str, ...] = ()
    is_required: bool = False
    is_secret: bool = False  # writeOnly, or format password
    description: str = ""
    title: str = ""
    rules: Mapping[str, Any]


class PlanSchema(Struct, frozen=True):
    """One schema as the catalog has it; ``problem`` says why it cannot be used, if so."""

    raw: bytes
    root: Any = None
    problem: str = ""

    def types_at(self, path: Path) -> frozenset[str]:
        """Return the JSON types that a parameter may have; empty if nothing is said."""
        return frozenset(t for part in self._parts_at(path) for t in _types(part))

    def item_types_at(self, path: Path) -> frozenset[str]:
        """Return the JSON types that the items of a list may have."""
        items = [i for part in self._parts_at(path) for i in self._expanded(part.get("items"))]
        return frozenset(t for part in items for t in _types(part))

    def choices_at(self, path: Path) -> tuple[Any, ...]:
        """Return the values of ``enum`` or ``const``; empty if there is no such choice."""
        return tuple(c for part in self._parts_at(path) for c in _choices(part))

    def declares(self, path: Path) -> bool:
        """Whether the schema names this parameter."""
        return bool(self._named(path))

    def is_secret(self, path: Path) -> bool:
        """Whether a parameter is marked as one that is not to be shown."""
        return any(_is_secret(part) for part in self._parts_at(path))

    def names(self, path: Path = ()) -> tuple[str, ...]:
        """Return the names of the parameters directly under ``path``, in the schema's order."""
        found: dict[str, None] = {}
        for part in self._parts_at(path):
            properties = part.get("properties")
            found |= dict.fromkeys(properties if isinstance(properties, dict) else ())
        return tuple(found)

    def parameters(self, path: Path = ()) -> Iterator[Parameter]:
        """Give the parameters below ``path`` (up to 1,000), nested ones after their parent."""
        return islice(self._walk(path), _MAX_LISTED)

    def parameter(self, path: Path) -> Parameter:
        """Return what is said of one parameter."""
        parts = self._parts_at(path)
        rules: JsonObject = {}
        for part in reversed(parts):
            rules |= part
        return Parameter(
            path=path,
            types=tuple(sorted(self.types_at(path))),
            is_required=self._is_required(path),
            is_secret=self.is_secret(path),
            description=_text(rules, "description"),
            title=_text(rules, "title"),
            rules=rules,
        )

    def _walk(self, path: Path) -> Iterator[Parameter]:
        for name in self.names(path):
            inner = (*path, name)
            yield self.parameter(inner)
            if len(inner) < _MAX_NESTING and not self._is_repetition(inner):
                yield from self._walk(inner)

    def _is_required(self, path: Path) -> bool:
        if not path:
            return False
        lists = [part.get("required") for part in self._parts_at(path[:-1], is_sure=True)]
        return any(path[-1] in listed for listed in lists if isinstance(listed, list))

    def _is_repetition(self, path: Path) -> bool:
        """Whether a parameter is described by what describes one of its parents."""
        seen = [id(part) for i in range(len(path)) for part in self._parts_at(path[:i])]
        return any(id(part) in seen for part in self._parts_at(path))

    def _parts_at(self, path: Path, *, is_sure: bool = False) -> list[JsonObject]:
        parts = self._expanded(self.root, is_sure=is_sure)
        for name in path:
            named = [s for part in parts if (s := _declared(part, name)) is not None]
            inner = named or [part.get("additionalProperties") for part in parts]
            parts = [e for s in inner for e in self._expanded(s, is_sure=is_sure)][:_MAX_PARTS]
        return parts

    def _named(self, path: Path) -> bool:
        return bool(path) and path[-1] in self.names(path[:-1])

    def _expanded(self, schema: Any, *, is_sure: bool = False) -> list[JsonObject]:
        """Return the parts that make up a schema: itself, what it refers to, its branches.

        ``is_sure`` leaves out branches that need not hold.
        """
        found: list[JsonObject] = []
        todo = [schema]
        while todo and len(found) < _MAX_PARTS:
            part = todo.pop(0)
            if not isinstance(part, dict) or any(part is known for known in found):
                continue
            found.append(part)
            if isinstance(part.get("$ref"), str):
                todo.append(self._target(part["$ref"]))
            for keyword in ("allOf",) if is_sure else _COMBINED:
                branches = part.get(keyword)
                todo += branches if isinstance(branches, list) else []
        return found

    def _target(self, reference: str) -> Any:
        """Return what a reference into this document points to; None for any other."""
        if reference == "#":
            return self.root
        if not reference.startswith("#/"):
            return None
        found = self.root
        for step in reference[2:].split("/"):
            if not isinstance(found, dict):
                return None
            found = found.get(step.replace("~1", "/").replace("~0", "~"))
        return found


def schema_of(plan: Plan, use: Use) -> PlanSchema | None:
    """Return the schema of the parameters that ``plan`` takes for ``use``; None if it has none."""
    raw = raw_schema(plan, use)
    return read(raw) if raw and raw != b"null" else None


def raw_schema(plan: Plan, use: Use) -> bytes:
    """Return the JSON text of the schema; empty if there is none."""
    schemas = plan.schemas
    if schemas is None:
        return b""
    instance, binding = schemas.service_instance, schemas.service_binding
    match use:
        case Use.PROVISION:
            found = instance.create if instance else None
        case Use.UPDATE:
            found = instance.update if instance else None
        case Use.BIND:
            found = binding.create if binding else None
    return bytes(found.parameters) if found else b""


class Outline(Struct, frozen=True):
    """The names of a plan's parameters, and which of them must be given."""

    names: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


class _Plain(msgspec.Struct):
    """The top of a schema that has nothing combined in it."""

    properties: dict[str, msgspec.Raw] = {}
    required: list[str] = []
    ref: msgspec.Raw | None = msgspec.field(default=None, name="$ref")
    all_of: msgspec.Raw | None = msgspec.field(default=None, name="allOf")
    any_of: msgspec.Raw | None = msgspec.field(default=None, name="anyOf")
    one_of: msgspec.Raw | None = msgspec.field(default=None, name="oneOf")


_plain_decoder = msgspec.json.Decoder(_Plain)


def outline(plan: Plan, use: Use) -> Outline | None:
    """Return the names of the parameters, without reading all of the schema if it is a plain one.

    None if the plan has no schema for ``use``, or one of no use.
    """
    raw = raw_schema(plan, use)
    if len(raw) <= MAX_BYTES:
        try:
            top = _plain_decoder.decode(raw)
        except (ValueError, RecursionError):
            pass
        else:
            if (top.ref or top.all_of or top.any_of or top.one_of) is None:
                names = tuple(top.properties)
                return Outline(names, tuple(n for n in names if n in top.required))
    schema = schema_of(plan, use)
    if schema is None or schema.problem:
        return None
    names = schema.names()
    return Outline(names, tuple(n for n in names if schema.parameter((n,)).is_required))


def read(raw: bytes) -> PlanSchema:
    """Read a schema; one that is too large or no schema at all comes back with its problem."""
    if len(raw) > MAX_BYTES:
        return PlanSchema(raw, problem=f"it is larger than {MAX_BYTES // 1024} kB")
    try:
        root = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return PlanSchema(raw, problem="it cannot be read")
    if not isinstance(root, dict | bool):
        return PlanSchema(raw, problem="it is no JSON schema")
    return PlanSchema(raw, root, _excess(root))


def _excess(root: Any) -> str:
    """Say which bound a schema breaks, or that it refers to elsewhere."""
    nodes = 0
    todo = [(root, 1)]
    while todo:
        value, depth = todo.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            return f"it is nested more than {MAX_DEPTH} deep"
        if nodes > MAX_NODES:
            return f"it has more than {MAX_NODES} parts"
        if isinstance(value, dict):
            for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
                reference = value.get(keyword)
                if isinstance(reference, str) and not reference.startswith("#"):
                    return "it refers to another document, which is not fetched"
            todo += [(member, depth + 1) for member in value.values()]
        elif isinstance(value, list):
            todo += [(member, depth + 1) for member in value]
    return ""


def _declared(part: JsonObject, name: str) -> Any:
    properties = part.get("properties")
    return properties.get(name) if isinstance(properties, dict) else None


def _types(part: JsonObject) -> Iterator[str]:
    declared = part.get("type")
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, list):
        yield from (t for t in declared if isinstance(t, str))
    elif isinstance(part.get("properties"), dict):
        yield "object"


def _choices(part: JsonObject) -> Iterator[Any]:
    listed = part.get("enum")
    if isinstance(listed, list):
        yield from listed
    if "const" in part:
        yield part["const"]


def _is_secret(part: JsonObject) -> bool:
    return part.get("writeOnly") is True or part.get("format") == "password"


def _text(rules: JsonObject, name: str) -> str:
    value = rules.get(name)
    return value if isinstance(value, str) else ""
