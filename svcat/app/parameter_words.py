"""Words like ``-p storage.size_gb=3``: text, which a plan's schema gives its types. Pure."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from svcat.errors import UsageError
from svcat.osb.models import JsonObject
from svcat.osb.plan_schema import Path, PlanSchema


@dataclass(frozen=True, slots=True)
class Word:
    """``-p PATH=TEXT``; no text stands for null (``--unset PATH``)."""

    path: Path
    text: str | None = field(repr=False)

    def __str__(self) -> str:
        return f"{'--unset' if self.text is None else '-p'} {spelled(self.path)}"


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


def spelled(path: tuple[str | int, ...]) -> str:
    """Return a path as it is typed after ``-p``."""
    return ".".join(str(s).replace("\\", "\\\\").replace(".", "\\.") for s in path)


def meant(word: Word, schema: PlanSchema) -> Word:
    """Take a dotted name for one name if the schema has a parameter that is called so."""
    name = ".".join(word.path)
    if len(word.path) > 1 and not schema.declares(word.path[:1]) and schema.declares((name,)):
        return Word((name,), word.text)
    return word


def tree_of(words: tuple[Word, ...], schema: PlanSchema) -> JsonObject:
    """Return the object that words make, typed by ``schema``. Raises UsageError."""
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
