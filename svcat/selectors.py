"""Labels and selectors: ``a=b,c!=d,e in (f,g),h notin (i),j,!k``; commas mean and. Pure.

Read as the API server reads them (apimachinery ``labels.Parse``), but for ``<`` and ``>``, which
svcat has no use for.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from svcat.errors import Invalid

_DNS_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_WORD = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_TOKEN = r"\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)"
_EXAMPLE = "write it like a=b,c!=d,e in (f,g),h,!i"
_END = ""


class Requirement(NamedTuple):
    """One condition on one label.

    ``values`` None asks for the label itself; ``wanted`` False turns the condition round, and
    then a label that is not there fits too.
    """

    key: str
    values: frozenset[str] | None
    wanted: bool


Selector = tuple[Requirement, ...]


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Tell whether ``labels`` meet every requirement."""
    for key, values, wanted in selector:
        found = key in labels if values is None else labels.get(key) in values
        if found != wanted:
            return False
    return True


@lru_cache(maxsize=64)
def parse(text: str) -> Selector:
    """Read a selector; an empty one fits everything. Raises Invalid."""
    tokens = _Tokens(text)
    if tokens.peek() == _END:
        return ()
    requirements = [_requirement(tokens)]
    while tokens.peek() != _END:
        tokens.expect(",")
        requirements.append(_requirement(tokens))
    return tuple(requirements)


def label_key_problem(key: str) -> str:
    """Say what is wrong with a label or annotation key; empty if nothing is."""
    prefix, slash, word = key.rpartition("/")
    if slash and not is_subdomain(prefix):
        return f"the prefix of the key {quoted(key)} must be a DNS name"
    if len(word) > 63 or not re.fullmatch(_WORD, word):
        return (
            f"the key {quoted(key)} must have at most 63 letters, digits, '-', '_' or '.', "
            "and begin and end with a letter or digit"
        )
    return ""


def label_value_problem(value: str) -> str:
    """Say what is wrong with a label value; empty if nothing is."""
    if len(value) > 63 or (value and not re.fullmatch(_WORD, value)):
        return (
            f"the value {quoted(value)} must have at most 63 letters, digits, '-', '_' or '.', "
            "and begin and end with a letter or digit"
        )
    return ""


def is_subdomain(text: str) -> bool:
    """Whether ``text`` may name an object or be the domain of a key."""
    return len(text) <= 253 and re.fullmatch(_DNS_SUBDOMAIN, text) is not None


def quoted(text: str) -> str:
    """Return a name as messages show it."""
    return repr(text if len(text) <= 80 else text[:77] + "...")


class _Tokens:
    """The words of a selector, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = list(_split(text))

    def peek(self) -> str:
        return self._words[0] if self._words else _END

    def next(self) -> str:
        return self._words.pop(0) if self._words else _END

    def expect(self, word: str) -> None:
        if (found := self.next()) != word:
            raise self.broken(f'"{word}" expected, {_named(found)} found')

    def broken(self, why: str) -> Invalid:
        return Invalid(f"cannot read the label selector {self._text[:200]!r}: {why}", hint=_EXAMPLE)


def _split(text: str) -> Iterator[str]:
    return (word[1] for word in re.finditer(_TOKEN, text))


def _named(word: str) -> str:
    return repr(word) if word else "the end"


def _requirement(tokens: _Tokens) -> Requirement:
    if tokens.peek() == "!":
        tokens.next()
        return Requirement(_key(tokens), None, wanted=False)
    key = _key(tokens)
    if tokens.peek() in (_END, ","):
        return Requirement(key, None, wanted=True)
    match operator := tokens.next():
        case "=" | "==" | "!=":
            return Requirement(key, frozenset((_value(tokens),)), wanted=operator != "!=")
        case "in" | "notin":
            return Requirement(key, _values(tokens), wanted=operator == "in")
        case _:
            raise tokens.broken(f"{_named(operator)} found after {key!r}")


def _key(tokens: _Tokens) -> str:
    key = tokens.next()
    if problem := label_key_problem(key):
        raise tokens.broken(problem)
    return key


def _value(tokens: _Tokens) -> str:
    if tokens.peek() in (_END, ",", ")"):
        return ""
    value = tokens.next()
    if problem := label_value_problem(value):
        raise tokens.broken(problem)
    return value


def _values(tokens: _Tokens) -> frozenset[str]:
    tokens.expect("(")
    values = [_value(tokens)]
    while tokens.peek() == ",":
        tokens.next()
        values.append(_value(tokens))
    tokens.expect(")")
    return frozenset(values)
