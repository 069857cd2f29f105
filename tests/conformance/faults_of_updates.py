"""Faults of changing instances at once."""

import uuid

from tests.conformance.faults import (
    SYNC,
    Fault,
    answers,
    instead,
    members,
    ok_with,
    once,
    requests,
    status,
)
from tests.conformance.spoiling import Asked, refusal
from tests.conformance.sync_faults import fault, is_done, is_outdated, without


def _is_plan_change(asked: Asked) -> bool:
    before = (asked.body.get("previous_values") or {}).get("plan_id")
    wanted = asked.body.get("plan_id")
    return wanted not in (None, before) and "context" in asked.body and _knows(str(wanted))


def _knows(plan_id: str) -> bool:
    """The broker's own ids are name-based (version 5); those that there are not are random."""
    return uuid.UUID(plan_id).version == 5


FAULTS = (
    fault(
        "an update needs no service_id",
        "update.no-service-id",
        status("update", of=400, becomes=404),
        "update.not-json",
    ),
    fault(
        "500 for an update that is no JSON",
        "update.not-json",
        instead("update", refusal(500), lambda asked: asked.raw == b'{"service_id": '),
    ),
    fault(
        "an update to a plan that there is not is fine",
        "update.unknown-plan",
        answers("update", ok_with(), lambda asked, told: b"no plan" in told.raw),
        "update.refusal-changes-nothing",
    ),
    fault(
        "any maintenance version will do",
        "update.maintenance-conflict",
        requests("update", without("maintenance_info"), is_outdated),
    ),
    fault(
        "its own maintenance version is a conflict",
        "update.maintenance",
        instead(
            "update",
            refusal(422, error="MaintenanceInfoConflict"),
            lambda asked: "maintenance_info" in asked.body,
        ),
    ),
    fault(
        "a refused update changes the plan",
        "update.refusal-changes-nothing",
        once(
            "update",
            (400,),
            "fetch-instance",
            members(plan_id="changed"),
            lambda asked, told: "plan_id" in asked.body and "parameters" in asked.body,
        ),
        "fetch.instance",
        "update.keeps-plan",
    ),
    fault(
        "a change of context is refused",
        "update.context",
        instead("update", refusal(422), lambda asked: b"svcat-check-renamed" in asked.raw),
    ),
    fault(
        "without plan_id the plan changes",
        "update.keeps-plan",
        once(
            "update",
            (200,),
            "fetch-instance",
            members(plan_id="changed"),
            lambda asked, told: b"svcat-check-renamed" in asked.raw,
        ),
    ),
    fault(
        "without parameters they are dropped",
        "update.keeps-parameters",
        once(
            "update",
            (200,),
            "fetch-instance",
            members(parameters={"dropped": True}),
            lambda asked, told: "plan_id" in asked.body and "parameters" not in asked.body,
        ),
    ),
    fault(
        "new parameters are refused",
        "update.parameters",
        instead(
            "update",
            refusal(422),
            lambda asked: "parameters" in asked.body and "plan_id" in asked.body,
        ),
        "update.accepted",
    ),
    fault(
        "new parameters are forgotten",
        "update.parameters-seen",
        answers(
            "fetch-instance",
            lambda asked, told: told.with_members(parameters={"journal_mode": "wal"}),
            is_done,
        ),
    ),
    Fault(
        name="a change of plan is refused with 400",
        caught_by="update.plan",
        make=instead("update", refusal(400), _is_plan_change),
        plan=SYNC,
        to_plan="file-async",
        with_it=("update.accepted",),
    ),
    Fault(
        name="a new plan is forgotten",
        caught_by="update.plan-seen",
        make=once(
            "update",
            (200, 202),
            "fetch-instance",
            members(plan_id="old"),
            lambda asked, told: _is_plan_change(asked),
        ),
        plan=SYNC,
        to_plan="file-async",
    ),
    fault(
        "an update is answered with 201",
        "update.accepted",
        answers(
            "update",
            lambda asked, told: told.with_status(201),
            lambda asked, told: told.status == 200 and "parameters" in asked.body,
        ),
        "update.parameters",
    ),
    fault(
        "an update is answered with an array",
        "update.answer",
        answers("update", lambda asked, told: told.with_raw(b"[]"), is_done),
    ),
)
