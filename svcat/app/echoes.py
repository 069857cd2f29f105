"""Brokers repeat what they were sent: secrets among it do not get into messages and records. Pure.

``last-error`` and ``message`` of a record are for all who may list ConfigMaps; a parameter that
came from a Secret, or is named like one, is not.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from msgspec.structs import replace

from svcat.osb.models import JsonObject, LastOperation, Reply
from svcat.redaction import looks_secret, without
from svcat.store.records import InstanceRecord, Work

T = TypeVar("T")
_SHORTEST = 4  # hiding "a" everywhere would tell more than it hides


def without_echoes(reply: Reply[T], sent: JsonObject | None, record: Work) -> Reply[T]:
    """Return ``reply`` with nothing secret of what was ``sent`` in the broker's words."""
    secrets = _secrets(sent, record)
    if not secrets:
        return reply
    error, body = reply.error, reply.body
    if error is not None:
        words = without(error.description, secrets)
        reply = replace(reply, error=replace(error, description=words))
    if isinstance(body, LastOperation):
        words = without(body.description, secrets)
        reply = replace(reply, body=replace(body, description=words))
    return reply


def _secrets(sent: JsonObject | None, record: Work) -> set[str]:
    target = record.target if isinstance(record, InstanceRecord) else None
    known = [record.parameters, target.parameters if target else None]
    public = {text for each in known for text, is_secret in _texts(each) if not is_secret}
    return {text for text, _ in _texts(sent) if len(text) >= _SHORTEST} - public


def _texts(value: Any, *, is_secret: bool = False) -> Iterator[tuple[str, bool]]:
    """Give the texts in parameters, and whether a name above them is a secret's."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member, is_secret=is_secret or looks_secret(name))
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member, is_secret=is_secret)
    elif isinstance(value, str):
        yield value, is_secret
