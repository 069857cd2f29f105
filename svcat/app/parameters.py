"""Parameters: from what people gave, in files and words, to one typed JSON object. Pure.

A name that two sources give is an error, as Service Catalog had it. Where each value came from is
kept, so that a complaint can name the place: ``parameters.storage.size_gb: 0 is below minimum 10
(params.yaml:7)``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from svcat.app.parameter_words import Word, meant, tree_of
from svcat.errors import UsageError
from svcat.osb.models import JsonObject
from svcat.osb.plan_schema import PlanSchema
from svcat.redaction import looks_secret
from svcat.store.records import SecretKeyRef

Place = tuple[str | int, ...]

_NO_SCHEMA = PlanSchema(b"", {})


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
    words = tuple(meant(word, schema or _NO_SCHEMA) for word in given.words)
    typed = Document("", tree_of(words, schema or _NO_SCHEMA))
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


def _is_plain(text: str | None) -> bool:
    """Whether a value can be no secret: a switch or nothing."""
    return (text or "").lower() in {"", "true", "false", "yes", "no", "null"}
