"""Parameters: from what people gave, in files and words, to one typed JSON object. Pure.

A word on the command line has no type; the plan's schema gives it one. A name that two sources give
is an error, as Service Catalog had it. Where each value came from is kept, so that a complaint can
name the place: ``parameters.storage.size_gb: 0 is below minimum 10 (params.yaml:7)``.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from svcat.errors import UsageError
from svcat.osb.models import JsonObject
from svcat.osb.plan_schema import Path, PlanSchema
from svcat.redaction import looks_secret
from svcat.store.records import SecretKeyRef

Place = tuple[str | int, ...]

_NO_SCHEMA = PlanSchema(b"", {})


@dataclass(frozen=True, slots=True)
class Word:
    """``-p PATH=TEXT``; no text stands for null (``--unset PATH``)."""

    path: Path
    text: str | None = field(repr=False)

    def __str__(self) -> str:
        return f"{'--unset' if self.text is None else '-p'} {spelled(self.path)}"


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object with the name of its source, and the lines of its members if it is a file."""

    source: str
    value: JsonObject = field(repr=False)
    lines: Mapping[Place, int] = field(default_factory=dict, repr=False)

    def where(self, place: Place) -> str:
        """Return where in the document a value stands, or at least what it stands in."""
        for end in range(len(place), -1, -1):
            if line := self.lines.get(place[:end]):
                return f"{self.source}:{line}"
        return self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """All that a command was given as parameters, untyped and unread."""

    words: tuple[Word, ...] = ()
    documents: tuple[Document, ...] = ()
    secret_refs: tuple[SecretKeyRef, ...] = ()
    is_validated: bool = True

    @property
    def is_nothing(self) -> bool:
        """Whether no parameters were given at all."""
        return not (self.words or self.documents or self.secret_refs)


@dataclass(frozen=True, slots=True)
class Composed:
    """One object made of all sources but Secrets; ``value`` is None if it would be empty."""

    value: JsonObject | None
    documents: tuple[Document, ...] = ()
    words: tuple[Word, ...] = ()

    def where(self, place: Place) -> str:
        """Return where a value was given; empty if it was not (a default, a Secret)."""
        for word in self.words:
            common = min(len(word.path), len(place))
            if word.path[:common] == place[:common] and place:
                return str(word)
        for document in self.documents:
            if place and place[0] in document.value:
                return document.where(place)
        sources = {document.source for document in self.documents}
        return "" if place or self.words or len(sources) != 1 else self.documents[0].where(place)


def compose(given: Given, schema: PlanSchema | None = None) -> Composed:
    """Return what ``given`` comes to. Raises UsageError for what is given twice."""
    words = tuple(_meant(word, schema or _NO_SCHEMA) for word in given.words)
    typed = Document("", _tree(words, schema or _NO_SCHEMA))
    merged: JsonObject = {}
    sources: dict[str, str] = {}
    for document in (*given.documents, typed):
        for name, value in document.value.items():
            where = document.where((name,)) or next(str(w) for w in words if w.path[0] == name)
            if name in merged:
                raise UsageError(
                    f"parameter {name!r} is given twice: {sources[name]} and {where}",
                    hint="give each parameter in one place",
                )
            merged[name], sources[name] = value, where
    return Composed(merged or None, given.documents, words)


def merge_defaults(defaults: JsonObject | None, given: JsonObject | None) -> JsonObject | None:
    """Return ``given`` over ``defaults``, objects member by member; None if both say nothing.

    The order of Service Catalog: class < plan < instance. A list is one value.
    """
    if not defaults:
        return given
    if not given:
        return defaults
    merged = dict(defaults)
    for name, value in given.items():
        below = merged.get(name)
        is_deep = isinstance(below, dict) and isinstance(value, dict)
        merged[name] = merge_defaults(below, value) if is_deep else value
    return merged


def secret_looking(composed: Composed, schema: PlanSchema | None) -> Iterator[Word]:
    """Give the words that look as if they gave a secret away."""
    for word in composed.words:
        named_so = looks_secret(str(word.path[-1])) and not _is_plain(word.text)
        if word.text and (named_so or (schema is not None and schema.is_secret(word.path))):
            yield word


def split_path(text: str) -> Path:
    r"""Split ``a.b`` at its dots; ``\.`` is a dot in a name and ``\\`` a backslash."""
    steps = [""]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            following = next(characters, "")
            steps[-1] += following if following in {".", "\\"} else character + following
        elif character == ".":
            steps.append("")
        else:
            steps[-1] += character
    return tuple(steps)


def spelled(path: Place) -> str:
    """Return a path as it is typed after ``-p``."""
    return ".".join(str(s).replace("\\", "\\\\").replace(".", "\\.") for s in path)


# --- words -------------------------------------------------------------------------------------


def _meant(word: Word, schema: PlanSchema) -> Word:
    """Take a dotted name for one name if the schema has a parameter that is called so."""
    name = ".".join(word.path)
    if len(word.path) > 1 and not schema.declares(word.path[:1]) and schema.declares((name,)):
        return Word((name,), word.text)
    return word


def _tree(words: tuple[Word, ...], schema: PlanSchema) -> JsonObject:
    values: dict[Path, list[str | None]] = {}
    for word in words:
        values.setdefault(word.path, []).append(word.text)
    tree: JsonObject = {}
    for path, texts in values.items():
        if None in texts and len(texts) > 1:
            raise UsageError(f"parameter {spelled(path)!r} is given and unset at once")
        _put(tree, path, _value(path, texts, schema))
    return tree


def _put(tree: JsonObject, path: Path, value: Any) -> None:
    here = tree
    for depth, step in enumerate(path[:-1], start=1):
        inner = here.setdefault(step, {})
        if not isinstance(inner, dict):
            raise _both(path[:depth])
        here = inner
    if path[-1] in here:
        raise _both(path)
    here[path[-1]] = value


def _both(path: Path) -> UsageError:
    return UsageError(
        f"parameter {spelled(path)!r} is given both as a value and as an object with members",
        hint="a dot in a name that is no path is written \\.",
    )


def _value(path: Path, texts: list[str | None], schema: PlanSchema) -> Any:
    if texts == [None]:
        return None
    given = [text for text in texts if text is not None]
    types = schema.types_at(path)
    choices = schema.choices_at(path)
    if len(given) == 1 and "array" not in types:
        return _typed(given[0], types, choices)
    if len(given) == 1:
        whole = _typed(given[0], types, choices)
        if not isinstance(whole, str) or "string" in types:
            return whole
    items = schema.item_types_at(path)
    return [_typed(text, items) for text in given]


def _typed(text: str, types: frozenset[str], choices: tuple[Any, ...] = ()) -> Any:
    """Return ``text`` as the JSON that it spells, where a schema allows that type; else as text."""
    if not types and choices:
        same = [choice for choice in choices if _spelling(choice) == text]
        return same[0] if same else text
    value = _literal(text)
    if isinstance(value, float) and value.is_integer() and "number" not in types:
        value = int(value)  # 1e3 and 10.0 are integers to a schema, but not to every broker's JSON
    is_wanted = not isinstance(value, str) and _type_of(value) in _widened(types)
    return value if is_wanted else text


def _literal(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, float) and math.isinf(value) else value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> JsonObject:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _widened(types: frozenset[str]) -> set[str]:
    # A number that is none of its integers is still better sent as a number: the complaint is
    # then about the value, not about its type.
    return {*types, "number", "integer"} if types & {"number", "integer"} else set(types)


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "string")


def _spelling(choice: Any) -> str:
    return choice if isinstance(choice, str) else json.dumps(choice)


def _is_plain(text: str | None) -> bool:
    """Whether a value can be no secret: a switch or nothing."""
    return (text or "").lower() in {"", "true", "false", "yes", "no", "null"}
