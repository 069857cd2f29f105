"""How bindings look: credentials by name and size only, unless asked for. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from svcat.output.instances import (
    metadata_of,
    parameter_blocks,
    parameter_sources,
    status_of,
    work_blocks,
)
from svcat.output.view import (
    Column,
    Fields,
    JsonObject,
    Section,
    Table,
    View,
    envelope,
    list_of,
    name_of,
)
from svcat.output.words import age, status_line, status_word
from svcat.redaction import shown_parameters
from svcat.store.records import BindingRecord, Role

_EMPTY = "No bindings found. Make one: svcat bind INSTANCE"
_COLUMNS = (
    Column("NAME"),
    Column("NAMESPACE"),
    Column("INSTANCE"),
    Column("STATUS"),
    Column("SECRET", wide=True),
    Column("EXPIRES", wide=True),
    Column("EXTERNAL ID", wide=True),
    Column("AGE", wide=True),
)


def binding_object(binding: BindingRecord) -> JsonObject:
    """Return a binding as the JSON contract has it; credentials are no part of it."""
    return envelope(
        "Binding",
        metadata_of(binding),
        {
            "instance": binding.instance,
            "secretName": binding.secret_name,
            "externalID": _current_id(binding),
            "parameters": shown_parameters(binding.parameters),
            "parametersFrom": parameter_sources(binding),
        },
        {
            "phase": binding.phase,
            **status_of(binding, binding.phase),
            "expiresAt": binding.expires_at,
            "renewBefore": binding.renew_before,
            "ids": [{"id": i.id, "role": i.role} for i in binding.ids],
        },
    )


def binding_list(bindings: Iterable[BindingRecord], now: datetime) -> View:
    """Return the View of ``get bindings``."""
    shown = list(bindings)
    rows = tuple(
        (
            b.name,
            b.namespace,
            b.instance,
            status_word(b.phase),
            b.secret_name,
            b.expires_at,
            _current_id(b),
            age(b.created, now),
        )
        for b in shown
    )
    table = Table(_COLUMNS, rows, empty=_EMPTY)
    return list_of("Binding", [binding_object(b) for b in shown], table)


def binding_row(binding: BindingRecord, now: datetime) -> View:
    """Return the View of ``get binding NAME``."""
    listed = binding_list([binding], now)
    return View(binding_object(binding), listed.blocks, listed.names)


def binding_summary(binding: BindingRecord) -> View:
    """Return the View of a binding after ``bind``."""
    obj = binding_object(binding)
    return View(obj, (_fields(binding, ()), *parameter_blocks(binding)), (name_of(obj),))


def binding_details(
    binding: BindingRecord,
    secret: Mapping[str, bytes] | None,
    *,
    show_secrets: bool = False,
    notes: tuple[str, ...] = (),
) -> View:
    """Return the View of ``describe binding``; ``secret`` None: it is not there."""
    contents = Table(
        (Column("KEY"), Column("VALUE" if show_secrets else "SIZE")),
        tuple((key, _value(value, show_secrets)) for key, value in sorted((secret or {}).items())),
        empty="The Secret is missing" if secret is None else "The Secret is empty",
    )
    blocks = (
        _fields(binding, notes),
        *parameter_blocks(binding),
        Section("Secret Data", contents),
        *work_blocks(binding),
    )
    obj = binding_object(binding)
    if show_secrets and secret is not None:
        obj["secretData"] = {key: _text(value) for key, value in sorted(secret.items())}
    return View(obj, blocks, (name_of(obj),))


def _fields(binding: BindingRecord, notes: tuple[str, ...]) -> Fields:
    lines = [
        ("Name", binding.name),
        ("Namespace", binding.namespace),
        ("Status", status_line(binding, binding.phase)),
        ("Secret", binding.secret_name),
        ("Instance", binding.instance),
    ]
    if binding.expires_at:
        lines.append(("Expires", binding.expires_at))
    lines += [("Note", note) for note in notes]
    return Fields(tuple(lines))


def _current_id(binding: BindingRecord) -> str:
    current = binding.id_in(Role.CURRENT)
    return current.id if current else ""


def _value(value: bytes, show_secrets: bool) -> str:
    if show_secrets:
        return _text(value)
    return f"{len(value)} byte" if len(value) == 1 else f"{len(value)} bytes"


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
