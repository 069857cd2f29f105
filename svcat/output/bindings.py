"""How bindings look: credentials by name and size only, unless asked for. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from svcat.errors import SvcatError
from svcat.output.instances import (
    metadata_of,
    parameter_blocks,
    parameter_sources,
    status_of,
    work_blocks,
)
from svcat.output.view import (
    NONE,
    WHERE,
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
from svcat.output.words import age, status_line, status_word, timestamp
from svcat.output.workloads import injection_object, injection_table
from svcat.redaction import shown_parameters
from svcat.store.records import BindingId, BindingPhase, BindingRecord, Role

_NOTHING: Mapping[str, str] = {}
_EMPTY = f"No bindings found in {WHERE}. Make one: svcat bind INSTANCE"
_NONE_EXPIRES = f"No bindings in {WHERE} expire in that time."
_COLUMNS = (
    Column("NAME"),
    Column("NAMESPACE"),
    Column("INSTANCE"),
    Column("STATUS"),
    Column("SECRET", wide=True),
    Column("EXPIRES", wide=True),
    Column("RENEW-BEFORE", wide=True),
    Column("EXTERNAL-ID", wide=True),
    Column("AGE"),
)


def binding_object(binding: BindingRecord) -> JsonObject:
    """Return a binding as the JSON contract has it; credentials are no part of it."""
    return envelope(
        "Binding",
        metadata_of(binding),
        {
            "instance": binding.instance,
            "secretName": binding.secret_name,
            "route": binding.route or None,
            "externalID": _current_id(binding),
            "parameters": shown_parameters(binding.parameters),
            "parametersFrom": parameter_sources(binding),
        },
        {
            "phase": binding.phase,
            **status_of(binding, binding.phase),
            "expiresAt": binding.expires_at,
            "renewBefore": binding.renew_before,
            "ids": [_id_object(known) for known in binding.ids],
        },
    )


def binding_list(
    bindings: Iterable[BindingRecord], now: datetime, *, expiring: bool = False
) -> View:
    """Return the View of ``get bindings``; ``expiring``: until when they work is in the table."""
    shown = list(bindings)
    rows = tuple(
        (
            b.name,
            b.namespace,
            b.instance,
            status_word(b.phase),
            b.secret_name,
            b.expires_at or NONE,
            b.renew_before or NONE,
            _current_id(b) or NONE,
            age(b.created, now),
        )
        for b in shown
    )
    columns = tuple(replace(c, wide=c.wide and c.title != "EXPIRES") for c in _COLUMNS)
    table = Table(
        columns if expiring else _COLUMNS, rows, empty=_NONE_EXPIRES if expiring else _EMPTY
    )
    return list_of("Binding", [binding_object(b) for b in shown], table)


def binding_row(binding: BindingRecord, now: datetime) -> View:
    """Return the View of ``get binding NAME``."""
    listed = binding_list([binding], now)
    return View(binding_object(binding), listed.blocks, listed.names)


def binding_summary(binding: BindingRecord) -> View:
    """Return the View of a binding after ``bind``."""
    obj = binding_object(binding)
    return View(obj, (_fields(binding, ()), *parameter_blocks(binding)), (name_of(obj),))


def rotated_list(
    done: Iterable[tuple[str, BindingRecord | None, SvcatError | None, bool]],
) -> View:
    """Return the View of several rotations.

    Of each the name, the binding as it is now, what went wrong, and whether anything was changed.
    """
    objects, rows = [], []
    for name, binding, error, is_changed in done:
        words = error.message if error else (binding.message if binding and is_changed else "")
        rows.append((name, _rotation_word(binding, error) if is_changed else "unchanged", words))
        if binding is not None:
            objects.append(binding_object(binding))
    columns = (Column("NAME"), Column("STATUS"), Column("MESSAGE"))
    return list_of("Binding", objects, Table(columns, tuple(rows), empty="Nothing to rotate."))


def binding_details(
    binding: BindingRecord,
    secret: Mapping[str, bytes] | None,
    *,
    show_secrets: bool = False,
    notes: tuple[str, ...] = (),
    lapses: Mapping[str, str] = _NOTHING,
) -> View:
    """Return the View of ``describe binding``; ``secret`` None: it is not there.

    ``lapses`` say what is wrong in workloads, by KIND/NAME.
    """
    contents = Table(
        (Column("KEY"), Column("VALUE" if show_secrets else "SIZE")),
        tuple(
            (key, _value(value, is_shown=show_secrets))
            for key, value in sorted((secret or {}).items())
        ),
        empty="The Secret is missing" if secret is None else "The Secret is empty",
    )
    blocks = (
        _fields(binding, notes),
        *parameter_blocks(binding),
        Section("Secret Data", contents),
        *_workloads(binding, lapses),
        *work_blocks(binding),
    )
    obj = binding_object(binding)
    if binding.injections:
        obj["status"]["injections"] = [
            {**injection_object(each), "state": each.state} for each in binding.injections
        ]
    if problems := [*notes, *(f"{words}: {lapse}" for words, lapse in lapses.items())]:
        obj["status"]["problems"] = problems
    if show_secrets and secret is not None:
        obj["secretData"] = {key: _text(value) for key, value in sorted(secret.items())}
    return View(obj, blocks, (name_of(obj),))


def _workloads(binding: BindingRecord, lapses: Mapping[str, str]) -> tuple[Section, ...]:
    if not binding.injections:
        return ()
    return (Section("Workloads", injection_table(binding.injections, lapses)),)


def _fields(binding: BindingRecord, notes: tuple[str, ...]) -> Fields:
    lines = [
        ("Name", binding.name),
        ("Namespace", binding.namespace),
        ("Status", status_line(binding, binding.phase)),
        ("Secret", binding.secret_name),
        ("Instance", binding.instance),
    ]
    if binding.route:
        lines.append(("Route", binding.route))
    if binding.expires_at:
        lines.append(("Expires", binding.expires_at))
    if binding.renew_before:
        lines.append(("Renew Before", binding.renew_before))
    lines += _other_ids(binding)
    lines += [("Note", note) for note in notes]
    return Fields(tuple(lines))


def _rotation_word(binding: BindingRecord | None, error: SvcatError | None) -> str:
    if binding is None or error is not None:
        return "failed"
    return "rotated" if binding.phase is BindingPhase.READY else status_word(binding.phase)


def _id_object(known: BindingId) -> JsonObject:
    obj: JsonObject = {"id": known.id, "role": known.role}
    if known.keep_until is not None:
        obj["keptUntil"] = timestamp(known.keep_until)
    return obj


def _other_ids(binding: BindingRecord) -> list[tuple[str, str]]:
    """Return a line for each id that comes or goes."""
    lines = []
    for known in binding.ids:
        if known.role is Role.NEXT:
            lines.append(("New ID", f"{known.id}, for the rotation under way"))
        elif known.role is Role.RETIRED:
            until = known.keep_until
            end = f" after {until:%Y-%m-%d %H:%M:%S} UTC" if until else ""
            lines.append(("Old ID", f"{known.id}, to be deleted at the broker{end}"))
    return lines


def _current_id(binding: BindingRecord) -> str:
    current = binding.id_in(Role.CURRENT)
    return current.id if current else ""


def _value(value: bytes, *, is_shown: bool) -> str:
    if is_shown:
        return _text(value)
    return f"{len(value)} byte" if len(value) == 1 else f"{len(value)} bytes"


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
