"""One fact of a record ↔ the text that an annotation or a data key holds. Pure.

Strings and times are stored as they are, everything else as compact JSON. What comes back is input
like any other: it is checked, and errors name the annotation.
"""

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from svcat.errors import SvcatError
from svcat.store import names

_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class RecordDamaged(SvcatError):
    """A record was edited into something that makes no sense, or is of a newer svcat."""


class Fact(Struct, frozen=True):
    """A field of a record, and where it is stored."""

    name: str
    label: str  # the annotation, or the key of the data
    default: Any
    is_required: bool
    wanted: Any
    decoder: msgspec.json.Decoder[Any] | None  # None: not stored as JSON

    def read(self, text: str, where: str) -> Any:
        """Return the value that ``text`` stands for. Raises RecordDamaged."""
        try:
            if self.decoder is not None:
                return self.decoder.decode(text)
            if self.wanted is str:
                return text
            if _is_word(self.wanted):
                return self.wanted(text)
            return parse_time(text)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            reason = str(error) if isinstance(error, msgspec.ValidationError) else "not readable"
            raise RecordDamaged(f"{where}: {self.label} is damaged: {reason}") from error


@cache
def facts_of(
    kind: type[Any], *, prefix: str = "", elsewhere: frozenset[str] = frozenset()
) -> tuple[Fact, ...]:
    """Return the facts of a record but those that are stored ``elsewhere``."""
    return tuple(
        _fact(field, prefix)
        for field in msgspec.structs.fields(kind)
        if field.name not in elsewhere
    )


def annotation(field_name: str) -> str:
    """Return the annotation that a field is stored under."""
    return f"{names.DOMAIN}/{field_name.replace('_', '-')}"


def text_of(value: Any) -> str:
    """Return ``value`` as it is stored."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return format_time(value)
    return msgspec.json.encode(value).decode()


def parse_time(text: str) -> datetime:
    """Return a Kubernetes timestamp as an aware datetime."""
    return datetime.fromisoformat(text).astimezone(UTC)


def format_time(moment: datetime) -> str:
    """Return an aware datetime as Kubernetes writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_schema(annotations: dict[str, str], where: str) -> None:
    """Raise RecordDamaged unless this svcat can read the object."""
    text = annotations.get(names.SCHEMA, "")
    if not _NUMBER.fullmatch(text):
        raise RecordDamaged(f"{where} lacks its annotation {names.SCHEMA}")
    if int(text) > names.SCHEMA_VERSION:
        raise RecordDamaged(
            f"{where} was written by a newer svcat (schema {text}, this one reads up to "
            f"{names.SCHEMA_VERSION})",
            hint="install a newer svcat",
        )


def _fact(field: msgspec.structs.FieldInfo, prefix: str) -> Fact:
    wanted = field.type
    default = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    is_text = wanted is str or _is_word(wanted) or wanted in (datetime, datetime | None)
    return Fact(
        name=field.name,
        label=annotation(prefix + field.name),
        default=default,
        is_required=field.required,
        wanted=wanted,
        decoder=None if is_text else msgspec.json.Decoder(wanted),
    )


def _is_word(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, StrEnum)
