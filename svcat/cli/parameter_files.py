"""Parameter files: JSON, or the part of YAML that means the same to everybody.

YAML guesses: ``no`` is false, ``1_000`` a number, ``12:30`` sixty times twelve and thirty; the
first of two equal keys is lost; a few aliases make gigabytes. Here plain scalars are JSON's, what
YAML 1.1 would take for anything else must be quoted, and there are no aliases, tags, anchors or
second documents. The line of every member is kept, so that complaints can name it.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

from svcat.cli.input_files import MIB, STDIN, read_text
from svcat.errors import UsageError

Place = tuple[str | int, ...]

MAX_BYTES = MIB
MAX_DEPTH = 64
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 1000
_QUOTED = ("'", '"', "|", ">")
# What YAML 1.1 makes of plain words, by the last part of the tag.
_KINDS = {
    "bool": "true or false",
    "timestamp": "a date",
    "null": "null",
    "merge": "a merge of mappings",
    "value": "a default value",
}
_NUMERIC = "a number"
_WORDS = {"true": True, "false": False, "null": None}


def read(name: str) -> tuple[str, dict[str, Any], dict[Place, int]]:
    """Return what to call the file, the object in it, and the line of each member.

    Raises UsageError, which never quotes a value: it may be a secret.
    """
    source = "standard input" if name == STDIN else Path(name).name
    text = read_text(name, "parameters", most=MAX_BYTES)
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Twice as error:
        raise UsageError(f"{source}: {error}") from None
    except (ValueError, RecursionError):
        value, lines = _from_yaml(text, source)
    else:
        lines = _lines_of_json(text)
    if not isinstance(value, dict):
        raise UsageError(f"{source}: parameters are an object, NAME: VALUE; this is none")
    _check(value, source)
    return source, value, lines


def as_object(text: str, source: str) -> dict[str, Any]:
    """Return the JSON object that ``text`` is. Raises UsageError, which does not quote it."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Twice as error:
        raise UsageError(f"invalid {source} value: {error}") from None
    except json.JSONDecodeError as error:
        raise UsageError(
            f"invalid {source} value: no JSON from character {error.pos + 1} on: {error.msg}",
            hint="what the shell leaves of it counts: put it in single quotes",
        ) from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError(
            f"invalid {source} value: not a JSON object",
            hint=f"for example: {source} '{{\"size\": 3}}'",
        )
    _check(value, source)
    return value


class _Twice(ValueError):
    """A name that comes twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(f"{name!r} is given twice")
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check(value: Any, source: str) -> None:
    """Refuse what cannot be sent as JSON: infinite numbers, half characters, bottomless depth."""
    todo = [(value, 1)]
    while todo:
        here, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise UsageError(f"{source}: nested more than {MAX_DEPTH} deep")
        if isinstance(here, dict):
            todo += [(part, depth + 1) for pair in here.items() for part in pair]
        elif isinstance(here, list):
            todo += [(part, depth + 1) for part in here]
        elif isinstance(here, float) and not math.isfinite(here):
            raise UsageError(f"{source}: a number is too large for JSON")
        elif isinstance(here, str) and not _is_text(here):
            raise UsageError(f"{source}: half a surrogate pair is no text")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- YAML --------------------------------------------------------------------------------------


def _lines_of_json(text: str) -> dict[Place, int]:
    """Return the lines of a JSON text; JSON is YAML, but for tabs and a few other things."""
    try:
        return _from_yaml(text, "")[1]
    except UsageError:
        return {}


def _from_yaml(text: str, source: str) -> tuple[Any, dict[Place, int]]:
    import yaml

    loader = yaml.CSafeLoader(text)
    try:
        _refuse_tricks(text, source)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise UsageError(f"{source}{_line_of(error)}: {_problem(error)}") from None
    finally:
        loader.dispose()
    lines: dict[Place, int] = {}
    return _built(node, (), lines, source), lines


def _refuse_tricks(text: str, source: str) -> None:
    """Look through the stream before anything is built of it."""
    import yaml

    documents = depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        problem = ""
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            problem = "a second document" if documents > 1 else ""
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            problem = "nested too deep" if depth > MAX_DEPTH else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent):
            problem = "an alias (*); write the value out"
        elif getattr(event, "anchor", None):
            problem = "an anchor (&); write the value out"
        elif getattr(event, "tag", None):
            problem = "a tag (!); write a plain value"
        if problem:
            raise UsageError(f"{source}{_line_of(event)}: {problem}")


def _built(node: Any, place: Place, lines: dict[Place, int], source: str) -> Any:
    import yaml

    if node is None:
        return None
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_built(item, (*place, i), lines, source) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, source)
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(key_node, source) if isinstance(key_node, yaml.ScalarNode) else None
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise UsageError(f"{source}:{line}: a name must be text; put it in quotes")
        if key in found:
            raise UsageError(f"{source}:{line}: {key!r} is given twice")
        lines[*place, key] = line
        found[key] = _built(value_node, (*place, key), lines, source)
    return found


def _scalar(node: Any, source: str) -> Any:
    text: str = node.value
    if node.style in _QUOTED:
        return text
    if text in _WORDS:
        return _WORDS[text]
    kind = node.tag.rpartition(":")[2]
    is_number = _NUMBER.fullmatch(text) is not None
    if is_number and kind in {"int", "float"} and len(text) <= _LONGEST_NUMBER:
        return json.loads(text)
    if kind == "str" and not is_number:  # YAML 1.1 takes 1e3 for text, YAML 1.2 for a number
        return text
    where = f"{source}:{node.start_mark.line + 1}"
    taken_for = _KINDS.get(kind, _NUMERIC)
    if not text:
        raise UsageError(f"{where}: no value", hint='write null, or "" for empty text')
    raise UsageError(
        f"{where}: not everybody reads this the same: YAML takes it for {taken_for}",
        hint="put it in quotes if it is text; else write it as JSON has it: true, false, null, 1.5",
    )


def _line_of(what: Any) -> str:
    marks = (getattr(what, name, None) for name in ("problem_mark", "context_mark", "start_mark"))
    mark = next((mark for mark in marks if mark is not None), None)
    return f":{mark.line + 1}" if mark is not None else ""


def _problem(error: Any) -> str:
    return getattr(error, "problem", None) or "not YAML"
