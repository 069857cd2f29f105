"""How instances look. Pure."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from svcat.output.view import (
    WHERE,
    Block,
    Column,
    Fields,
    JsonObject,
    Section,
    Table,
    Text,
    View,
    envelope,
    list_of,
    name_of,
)
from svcat.output.words import age, is_ready, sentence, status_line, status_word, timestamp
from svcat.redaction import shown_parameters, shown_url
from svcat.store.records import BindingRecord, InstanceRecord, Work

_EMPTY = f"No instances found in {WHERE}. Make one: svcat provision NAME --class CLASS --plan PLAN"
_NONE_SUCH = f"No such instances found in {WHERE}."
_COLUMNS = (
    Column("NAME"),
    Column("NAMESPACE"),
    Column("CLASS"),
    Column("PLAN"),
    Column("STATUS"),
    Column("BROKER", wide=True),
    Column("EXTERNAL-ID", wide=True),
    Column("AGE"),
)


def instance_object(instance: InstanceRecord, *, show_secrets: bool = False) -> JsonObject:
    """Return an instance as the JSON contract has it."""
    return envelope(
        "Instance",
        metadata_of(instance),
        {
            "broker": instance.broker.name,
            "brokerNamespace": instance.broker.namespace,
            "class": instance.service_name,
            "plan": instance.plan_name,
            "externalID": instance.instance_id,
            "parameters": shown_parameters(instance.parameters),
            "parametersFrom": parameter_sources(instance),
        },
        {
            "phase": instance.phase,
            **status_of(instance, instance.phase),
            "dashboardURL": _dashboard(instance, show_secrets=show_secrets),
            "classExternalID": instance.service_id,
            "planExternalID": instance.plan_id,
            "maintenanceVersion": instance.maintenance_version,
            "labels": dict(instance.broker_labels),
        },
    )


def instance_list(
    instances: Iterable[InstanceRecord], now: datetime, *, is_narrow: bool = False
) -> View:
    """Return the View of ``get instances``; ``is_narrow``: of some class or plan only."""
    shown = list(instances)
    rows = tuple(
        (
            i.name,
            i.namespace,
            i.service_name,
            i.plan_name,
            status_word(i.phase),
            i.broker.name,
            i.instance_id,
            age(i.created, now),
        )
        for i in shown
    )
    table = Table(_COLUMNS, rows, empty=_NONE_SUCH if is_narrow else _EMPTY)
    return list_of("Instance", [instance_object(i) for i in shown], table)


def instance_row(instance: InstanceRecord, now: datetime) -> View:
    """Return the View of ``get instance NAME``."""
    listed = instance_list([instance], now)
    return View(instance_object(instance), listed.blocks, listed.names)


def instance_summary(instance: InstanceRecord) -> View:
    """Return the View of an instance after ``provision``, without its bindings."""
    obj = instance_object(instance)
    return View(obj, (_fields(instance), *parameter_blocks(instance)), (name_of(obj),))


def instance_details(
    instance: InstanceRecord, bindings: Iterable[BindingRecord], *, show_secrets: bool = False
) -> View:
    """Return the View of ``describe instance``."""
    bound = Table(
        (Column("NAME"), Column("STATUS")),
        tuple((b.name, status_word(b.phase)) for b in bindings),
        empty="No bindings defined",
    )
    fields = _fields(instance, show_secrets=show_secrets)
    blocks: list[Block] = [fields, *parameter_blocks(instance)]
    blocks += [Section("Bindings", bound), *work_blocks(instance)]
    obj = instance_object(instance, show_secrets=show_secrets)
    return View(obj, tuple(blocks), (name_of(obj),))


def metadata_of(record: Work) -> JsonObject:
    """Return ``metadata`` of a record."""
    return {
        "name": record.name,
        "namespace": record.namespace,
        "uid": record.uid,
        "labels": dict(record.labels),
        "creationTimestamp": timestamp(record.created),
    }


def status_of(record: Work, phase: str) -> JsonObject:
    """Return what the status of every record tells."""
    error, operation = record.last_error, record.operation
    return {
        "conditions": [
            {
                "type": "Ready",
                "status": "True" if is_ready(phase) else "False",
                "reason": record.reason,
                "message": sentence(record),
                "lastTransitionTime": timestamp(record.history[-1].at if record.history else None),
            }
        ],
        "operation": operation
        and {
            "type": operation.type,
            "state": "accepted" if operation.accepted else "sending",
            "startTime": timestamp(operation.started),
            "sends": operation.sends,
            "deadline": timestamp(operation.deadline),
        },
        "lastError": error
        and {
            "time": timestamp(error.at),
            "call": error.call,
            "status": error.status,
            "error": error.error,
            "description": error.description,
            "requestID": error.request_id,
        },
        "inProgressBy": [
            {"holder": claim.by, "until": timestamp(claim.until)} for claim in record.claims
        ],
        "previousIDs": [{"id": p.id, "fate": p.fate} for p in record.previous_ids],
    }


def parameter_sources(record: Work) -> list[JsonObject]:
    """Return ``parametersFrom`` as the original spelled it."""
    return [
        {"secretKeyRef": {"name": r.name, "key": r.key}}
        if r.key
        else {"secretRef": {"name": r.name}}
        for r in record.parameters_from
    ]


def parameter_blocks(record: Work) -> list[Block]:
    """Return the sections about parameters that every description has."""
    shown = shown_parameters(record.parameters)
    text = _as_lines(shown) if shown else "No parameters defined"
    blocks: list[Block] = [Section("Parameters", Text(text))]
    if record.parameters_from:
        sources = [
            f"Secret: {r.name}.{r.key}" if r.key else f"Secret: {r.name}"
            for r in record.parameters_from
        ]
        blocks.append(Section("Parameters From", Text("\n".join(sources))))
    return blocks


def work_blocks(record: Work) -> list[Block]:
    """Return the sections about the last operation: error, next step, history."""
    blocks: list[Block] = []
    if record.last_error is not None:
        error = record.last_error
        lines = [
            ("Call", error.call),
            ("Answer", f"HTTP {error.status} {error.error}" if error.status else "none"),
            ("Description", error.description),
            ("Request", error.request_id),
        ]
        blocks.append(Section("Last Error", Fields(tuple(lines))))
    if record.operation is not None:
        blocks.append(Section("Operation", Fields(_operation_lines(record))))
    if record.history:
        rows = tuple(
            (f"{t.at:%Y-%m-%d %H:%M:%S}", t.phase, t.reason, t.by, t.message)
            for t in record.history
        )
        titles = ("TIME (UTC)", "PHASE", "REASON", "BY", "MESSAGE")
        blocks.append(Section("History", Table(tuple(Column(t) for t in titles), rows)))
    return blocks


def _operation_lines(record: Work) -> tuple[tuple[str, str], ...]:
    operation = record.operation
    if operation is None:
        return ()
    is_accepted, sends = operation.accepted, operation.sends
    if isinstance(record, BindingRecord):  # each of its ids is asked for by itself
        is_accepted = any(known.accepted for known in record.ids)
        sends = sum(known.sends for known in record.ids)
    state = "accepted by the broker" if is_accepted else "not yet confirmed"
    lines = [
        ("Type", f"{operation.type}, {state}"),
        ("Started", f"{operation.started:%Y-%m-%d %H:%M:%S} UTC"),
        ("Requests", str(sends)),
    ]
    # Whoever claimed it may be dead by now: the next step waits for him, and goes on without him.
    lines += [("Claimed By", f"{c.by} (until {c.until:%H:%M:%S} UTC)") for c in record.claims]
    lines.append(("Next", f"svcat resume {record.name} -n {record.namespace}"))
    return tuple(lines)


def _dashboard(instance: InstanceRecord, *, show_secrets: bool) -> str:
    return instance.dashboard_url if show_secrets else shown_url(instance.dashboard_url)


def _fields(instance: InstanceRecord, *, show_secrets: bool = False) -> Fields:
    lines = [
        ("Name", instance.name),
        ("Namespace", instance.namespace),
        ("Status", status_line(instance, instance.phase)),
    ]
    if instance.dashboard_url:
        lines.append(("DashboardURL", _dashboard(instance, show_secrets=show_secrets)))
    lines += [("Class", instance.service_name), ("Plan", instance.plan_name)]
    return Fields(tuple(lines))


def _as_lines(value: Any, indent: int = 0) -> str:
    """Return JSON as YAML-like lines without loading YAML."""
    pad = "  " * indent
    lines: list[str] = []
    for key, member in value.items():
        if isinstance(member, dict) and member:
            lines += [f"{pad}{key}:", _as_lines(member, indent + 1)]
        else:
            text = member if isinstance(member, str) else json.dumps(member, ensure_ascii=False)
            lines.append(f"{pad}{key}: {text}")
    return "\n".join(lines)
