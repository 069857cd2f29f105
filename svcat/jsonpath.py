"""kubectl's JSONPath, as far as people use it: ``-o jsonpath='{.status.phase}'``.

Text outside braces is literal; inside: ``.name``, ``['name']``, ``['a','b']``, ``[0]``, ``[-1]``,
``[*]``, ``[a:b]``, ``..name``, ``[?(@.x=="y")]``, quoted literals and ``{range …}{end}``. What is
missing prints nothing, lists print separated by spaces, objects as JSON, as in kubectl.
"""

import json
import operator
import re
from collections.abc import Iterator
from typing import Any

from svcat.errors import UsageError

_TOKEN = re.compile(
    r"""\.\.(?P<deep>[\w-]+)
      | \.(?P<name>(?:[^\s.,\[\](){}$@*\\]|\\.)+)
      | \.?\[\*\] (?P<all>)
      | \.(?P<star>\*)
      | \[(?P<slice>-?\d*:-?\d*)\]
      | \[(?P<index>-?\d+)\]
      | \[(?P<keys>(?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*)\]
      | \[\?\(\s*@(?P<test>[^=!<>)]+?)\s*(?:(?P<op>==|!=|<=|>=|<|>)\s*(?P<value>[^)]+?)\s*)?\)\]
      | (?P<root>[$@])""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_BRACES = re.compile(r"\{(?P<inside>(?:'[^']*'|\"[^\"]*\"|[^{}'\"])*)\}")
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}


def evaluate(template: str, value: Any) -> str:
    """Return what ``template`` gives for ``value``. Raises UsageError for a broken template."""
    return "".join(_expanded(_pieces(template), value))


def check(template: str) -> None:
    """Raise UsageError for a template that is broken, whatever it may be used on."""
    pieces = _pieces(template)
    for i, (kind, text) in enumerate(pieces):
        if kind == "text" or text == "end" or text[:1] in {"'", '"'}:
            continue
        if text.startswith("range"):
            _end_of_range(pieces, i)
        _select(text.removeprefix("range").strip(), None)


def find(path: str, value: Any) -> list[Any]:
    """Return what a single ``{path}`` finds in ``value``. Raises UsageError for a broken path."""
    inside = path.strip()
    if inside.startswith("{") and inside.endswith("}"):
        inside = inside[1:-1].strip()
    if not inside.startswith((".", "[", "$", "@")):
        inside = f".{inside}"
    return _select(inside, value)


def _pieces(template: str) -> list[tuple[str, str]]:
    if "{" not in template:
        path = template if template.startswith((".", "[", "$", "@")) else f".{template}"
        template = f"{{{path}}}"
    return list(_texts_and_paths(template))


def _texts_and_paths(template: str) -> Iterator[tuple[str, str]]:
    position = 0
    for match in _BRACES.finditer(template):
        if match.start() > position:
            yield "text", template[position : match.start()]
        yield "path", match["inside"].strip()
        position = match.end()
    rest = template[position:]
    if "{" in rest or "}" in rest:
        raise UsageError(
            f"broken JSONPath: {rest!r}", hint="braces must be closed: {.status.phase}"
        )
    if rest:
        yield "text", rest


def _expanded(pieces: list[tuple[str, str]], value: Any) -> Iterator[str]:
    i = 0
    while i < len(pieces):
        kind, text = pieces[i]
        if kind == "text":
            yield text
        elif text.startswith("range"):
            end = _end_of_range(pieces, i)
            for item in _select(text.removeprefix("range").strip(), value):
                yield from _expanded(pieces[i + 1 : end], item)
            i = end
        elif text[:1] in {"'", '"'}:
            yield _unquoted(text)
        elif text != "end":
            yield " ".join(shown(found) for found in _select(text, value))
        i += 1


def _end_of_range(pieces: list[tuple[str, str]], start: int) -> int:
    depth = 0
    for i in range(start, len(pieces)):
        kind, text = pieces[i]
        if kind == "path" and text.startswith("range"):
            depth += 1
        if kind == "path" and text == "end":
            depth -= 1
            if depth == 0:
                return i
    raise UsageError("broken JSONPath: {range} without {end}")


def _select(path: str, value: Any) -> list[Any]:
    found = [value]
    position = 0
    while position < len(path):
        match = _TOKEN.match(path, position)
        if match is None or match.end() == position:
            raise UsageError(
                f"broken JSONPath: {path[position:]!r} in {path!r}",
                hint="for example: -o jsonpath='{.items[*].metadata.name}'",
            )
        if match["test"]:
            _select(match["test"].strip(), None)  # else it were read only where there are items
        found = (
            _all_of_each_key(match["keys"], found)
            if match["keys"]
            else [inner for item in found for inner in _step(match, item)]
        )
        position = match.end()
    return found


def _all_of_each_key(keys: str, items: list[Any]) -> list[Any]:
    names = [quoted[1:-1].replace("\\", "") for quoted in _QUOTED.findall(keys)]
    return [found for name in names for item in items for found in _member(item, name)]


def _step(match: re.Match[str], item: Any) -> list[Any]:
    if match["root"]:
        return [item]
    if match["name"]:
        return _member(item, match["name"].replace("\\", ""))
    if match["deep"]:
        return list(_deep(item, match["deep"]))
    if match["index"]:
        return _at(item, int(match["index"]))
    if match["slice"]:
        begin, _, end = match["slice"].partition(":")
        return item[_int(begin) : _int(end)] if isinstance(item, list) else []
    if match["test"]:
        return [inner for inner in _children(item) if _passes(match, inner)]
    return _children(item)


def _member(item: Any, name: str) -> list[Any]:
    return [item[name]] if isinstance(item, dict) and name in item else []


def _at(item: Any, index: int) -> list[Any]:
    if isinstance(item, list) and -len(item) <= index < len(item):
        return [item[index]]
    return []


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


def _deep(item: Any, name: str) -> Iterator[Any]:
    yield from _member(item, name)
    for child in _children(item):
        yield from _deep(child, name)


def _passes(match: re.Match[str], item: Any) -> bool:
    found = _select(match["test"].strip(), item)
    if match["op"] is None:
        return bool(found)
    if not found:
        return False
    wanted, actual = _literal(match["value"]), found[0]
    if match["op"] == "==":
        return bool(actual == wanted)
    if match["op"] == "!=":
        return bool(actual != wanted)
    return _is_ordered(match["op"], actual, wanted)


def _is_ordered(sign: str, left: Any, right: Any) -> bool:
    is_text = isinstance(left, str) and isinstance(right, str)
    is_number = _is_number(left) and _is_number(right)
    if not is_text and not is_number:
        return False
    return bool(_ORDERS[sign](left, right))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _literal(text: str) -> Any:
    if text[:1] in {"'", '"'}:
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _int(text: str) -> int | None:
    return int(text) if text else None


def _unquoted(text: str) -> str:
    return re.sub(r"\\[nt\\]", lambda match: _ESCAPES[match[0]], text[1:-1])


def shown(value: Any) -> str:
    """Return a value as kubectl prints what a path found: text bare, all else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
