"""The part of YAML that means the same to everybody.

YAML guesses: ``no`` is false, ``1_000`` a number, ``12:30`` sixty times twelve and thirty; the
first of two equal keys is lost; a few aliases make gigabytes. Here plain scalars are JSON's, what
YAML 1.1 would take for anything else must be quoted, and there are no aliases, tags, anchors or
second documents. Complaints name lines, and quote no value: it may be a secret.
"""

import json
import re
from typing import Any

from svcat.errors import UsageError

Place = tuple[str | int, ...]

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


def read(text: str, source: str) -> tuple[Any, dict[Place, int]]:
    """Return what ``text`` says, and the line of each member. Raises UsageError."""
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
