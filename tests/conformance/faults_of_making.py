"""Faults of synchronous instances and bindings: made, repeated, changed, deleted."""

import uuid
from collections.abc import Callable
from typing import Any

from tests.conformance.faults import (
    SYNC,
    Fault,
    Make,
    again,
    answers,
    becomes,
    instead,
    members,
    ok_with,
    once,
    requests,
    status,
)
from tests.conformance.spoiling import Asked, Forward, Spoil, Told, refusal

_OUTDATED = "9999.9.9-svcat-check"
_MADE = (200, 201)


def _fault(name: str, caught_by: str, make: Make, *with_it: str) -> Fault:
    return Fault(name=name, caught_by=caught_by, make=make, plan=SYNC, with_it=with_it)


def _is_new(asked: Asked, told: Told) -> bool:
    return told.status == 201


def _is_done(asked: Asked, told: Told) -> bool:
    return told.status in _MADE


def _has_extension(asked: Asked) -> bool:
    return any(name.startswith("svcat.dev/") for name in asked.body)


def _is_outdated(asked: Asked) -> bool:
    return bool((asked.body.get("maintenance_info") or {}).get("version") == _OUTDATED)


def _rest(*names: str) -> Callable[[Asked], Asked]:
    """Leave members of a request out."""
    return lambda asked: asked.with_body({k: v for k, v in asked.body.items() if k not in names})


def _plus(**more: Any) -> Callable[[Asked], Asked]:
    """Fill members of a request in."""
    return lambda asked: asked.with_body({**asked.body, **more})


def _made_although_refused(asked: Asked, forward: Forward) -> Told:
    if asked.call == "provision" and _is_outdated(asked):
        forward(_rest("maintenance_info")(asked))
        return refusal(422, error="MaintenanceInfoConflict")
    return forward(asked)


def _remembered(deletion: str, fetch: str) -> Make:
    """Fetches show what is deleted already."""

    def make() -> Spoil:
        shown: dict[str, Told] = {}
        gone: set[str] = set()

        def spoil(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            if asked.call == deletion and told.status == 200:
                gone.add(asked.id)
            if asked.call == fetch and told.status == 200:
                shown[asked.id] = told
            return shown.get(asked.id, told) if asked.call == fetch and asked.id in gone else told

        return spoil

    return make


def _missing(*names: str) -> Callable[[Asked], bool]:
    return lambda asked: bool(asked.body) and not set(names) & set(asked.body)


def _is_rotation(asked: Asked) -> bool:
    return "predecessor_binding_id" in asked.body


def _is_plan_change(asked: Asked) -> bool:
    before = (asked.body.get("previous_values") or {}).get("plan_id")
    wanted = asked.body.get("plan_id")
    return wanted not in (None, before) and "context" in asked.body and _knows(str(wanted))


def _knows(plan_id: str) -> bool:
    """The broker's own ids are name-based (version 5); those that there are not are random."""
    return uuid.UUID(plan_id).version == 5


def _credentials(asked: Asked, told: Told) -> Told:
    return told.with_members(credentials={"password": "another"})


INSTANCES = (
    _fault(
        "a new instance is answered with 200",
        "provision.accepted",
        status("provision", of=201, becomes=200),
    ),
    _fault(
        "a new instance is answered with nothing",
        "provision.answer",
        answers("provision", lambda asked, told: told.with_raw(b""), _is_new),
    ),
    _fault(
        "a dashboard_url that is a number",
        "provision.answer",
        answers("provision", members(dashboard_url=80), _is_done),
    ),
    _fault(
        "the same request again is a conflict",
        "provision.repeat",
        again("provision", becomes(409)),
    ),
    _fault(
        "another request for the same id is fine",
        "provision.conflict",
        again("provision", ok_with(), lambda asked, told: told.status == 409, is_same=False),
    ),
    _fault(
        "members that it does not know are bad",
        "provision.extension-fields",
        instead("provision", refusal(400), _has_extension),
    ),
    _fault(
        "an originating identity makes another request",
        "provision.on-behalf",
        instead(
            "provision",
            refusal(409),
            lambda asked: "x-broker-api-originating-identity" in asked.headers,
        ),
    ),
    _fault(
        "a plan that there is not is provisioned",
        "provision.unknown-plan",
        answers(
            "provision",
            lambda asked, told: Told(status=201),
            lambda asked, told: (
                told.status == 400
                and {"service_id", "plan_id", "organization_guid"} <= set(asked.body)
                and b"no plan" in told.raw
            ),
        ),
    ),
    _fault(
        "an organization is not needed",
        "provision.no-organization",
        requests(
            "provision",
            _plus(organization_guid="x", space_guid="x"),
            lambda asked: "service_id" in asked.body and _missing("organization_guid")(asked),
        ),
    ),
    _fault(
        "parameters are not looked at",
        "provision.wrong-parameters",
        requests(
            "provision", _rest("parameters"), lambda asked: b'"svcat-check"' in asked.raw[-400:]
        ),
        "provision.conflict",
    ),
    _fault(
        "a maintenance conflict without its code",
        "provision.maintenance-conflict",
        answers(
            "provision",
            becomes(422),
            lambda asked, told: told.status == 422 and _is_outdated(asked),
        ),
    ),
    _fault(
        "what is refused is made all the same",
        "provision.refusal-changes-nothing",
        lambda: _made_although_refused,
    ),
    _fault(
        "an instance that is there cannot be fetched",
        "fetch.instance",
        status("fetch-instance", of=200, becomes=404),
        "fetch.without-hints",
        "update.refusal-changes-nothing",
        "update.keeps-plan",
        "update.keeps-parameters",
        "update.parameters-seen",
    ),
    _fault(
        "a fetched instance has another plan",
        "fetch.instance",
        answers("fetch-instance", members(plan_id="another"), _is_done),
        "update.keeps-plan",
    ),
    _fault(
        "fetching needs the hints",
        "fetch.without-hints",
        instead("fetch-instance", refusal(400), lambda asked: not asked.params),
    ),
)

UPDATES = (
    _fault(
        "an update needs no service_id",
        "update.no-service-id",
        status("update", of=400, becomes=404),
        "update.not-json",
    ),
    _fault(
        "500 for an update that is no JSON",
        "update.not-json",
        instead("update", refusal(500), lambda asked: asked.raw == b'{"service_id": '),
    ),
    _fault(
        "an update to a plan that there is not is fine",
        "update.unknown-plan",
        answers("update", ok_with(), lambda asked, told: b"no plan" in told.raw),
        "update.refusal-changes-nothing",
    ),
    _fault(
        "any maintenance version will do",
        "update.maintenance-conflict",
        requests("update", _rest("maintenance_info"), _is_outdated),
    ),
    _fault(
        "its own maintenance version is a conflict",
        "update.maintenance",
        instead(
            "update",
            refusal(422, error="MaintenanceInfoConflict"),
            lambda asked: "maintenance_info" in asked.body,
        ),
    ),
    _fault(
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
    _fault(
        "a change of context is refused",
        "update.context",
        instead("update", refusal(422), lambda asked: b"svcat-check-renamed" in asked.raw),
    ),
    _fault(
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
    _fault(
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
    _fault(
        "new parameters are refused",
        "update.parameters",
        instead(
            "update",
            refusal(422),
            lambda asked: "parameters" in asked.body and "plan_id" in asked.body,
        ),
        "update.accepted",
    ),
    _fault(
        "new parameters are forgotten",
        "update.parameters-seen",
        answers(
            "fetch-instance",
            lambda asked, told: told.with_members(parameters={"journal_mode": "wal"}),
            _is_done,
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
    _fault(
        "an update is answered with 201",
        "update.accepted",
        answers(
            "update",
            lambda asked, told: told.with_status(201),
            lambda asked, told: told.status == 200 and "parameters" in asked.body,
        ),
        "update.parameters",
    ),
    _fault(
        "an update is answered with an array",
        "update.answer",
        answers("update", lambda asked, told: told.with_raw(b"[]"), _is_done),
    ),
)

BINDINGS = (
    _fault(
        "500 for a bind request that is no JSON",
        "bind.not-json",
        instead("bind", refusal(500), lambda asked: not asked.body),
    ),
    _fault(
        "a bind request needs no service_id",
        "bind.no-service-id",
        instead(
            "bind",
            refusal(404),
            lambda asked: "plan_id" in asked.body and "service_id" not in asked.body,
        ),
    ),
    _fault(
        "a bind request needs no plan_id",
        "bind.no-plan-id",
        instead(
            "bind",
            Told(status=201),
            lambda asked: "service_id" in asked.body and "plan_id" not in asked.body,
        ),
    ),
    _fault(
        "an instance that there is not is bound",
        "bind.unknown-instance",
        answers(
            "bind",
            lambda asked, told: Told(status=201).with_body({"credentials": {}}),
            lambda asked, told: told.status == 404,
        ),
    ),
    _fault(
        "parameters of bindings are not looked at",
        "bind.wrong-parameters",
        requests("bind", _rest("parameters"), lambda asked: b'"svcat-check"' in asked.raw[-60:]),
    ),
    _fault(
        "a new binding is answered with 200",
        "bind.accepted",
        status("bind", of=201, becomes=200),
        "rotate.successor",
        "rotate.both-valid",
    ),
    _fault(
        "a binding without credentials",
        "bind.information",
        answers("bind", lambda asked, told: told.with_body({}), _is_done),
        "rotate.information",
    ),
    _fault(
        "credentials that are a string",
        "bind.body",
        answers("bind", members(credentials='{"a": "b"}'), _is_done),
        "fetch.binding-body",
    ),
    _fault(
        "a log drain that nobody asked for",
        "bind.body",
        answers("bind", members(syslog_drain_url="syslog://example.com"), _is_done),
    ),
    _fault(
        "a binding that is to be renewed after it expires",
        "bind.body",
        answers(
            "bind",
            members(
                metadata={
                    "expires_at": "2030-01-01T00:00:00.0Z",
                    "renew_before": "2031-01-01T00:00:00.0Z",
                }
            ),
            _is_done,
        ),
    ),
    _fault(
        "an endpoint whose ports are numbers",
        "bind.body",
        answers("bind", members(endpoints=[{"host": "db", "ports": [5432]}]), _is_done),
    ),
    _fault(
        "the same bind request again is a conflict",
        "bind.repeat",
        again("bind", becomes(409)),
    ),
    _fault(
        "the same bind request again has other credentials",
        "bind.repeat-body",
        again("bind", _credentials, _is_done),
    ),
    _fault(
        "another bind request for the same id is fine",
        "bind.conflict",
        again(
            "bind",
            lambda asked, told: Told(status=200).with_body({"credentials": {"a": "b"}}),
            lambda asked, told: told.status == 409,
            is_same=False,
        ),
    ),
    _fault(
        "members of bind requests that it does not know are bad",
        "bind.extension-fields",
        instead("bind", refusal(400), _has_extension),
    ),
    _fault(
        "a binding that is there cannot be fetched",
        "fetch.binding",
        status("fetch-binding", of=200, becomes=404),
        "rotate.both-valid",
        "fetch.binding-body",
        "fetch.binding-without-hints",
    ),
    _fault(
        "a fetched binding has other credentials",
        "fetch.binding-body",
        answers("fetch-binding", _credentials, _is_done),
    ),
    _fault(
        "fetching a binding needs the hints",
        "fetch.binding-without-hints",
        instead("fetch-binding", refusal(400), lambda asked: not asked.params),
    ),
    _fault(
        "binding ids over 64 characters are bad",
        "bind.long-id",
        instead("bind", refusal(400), lambda asked: len(asked.id) > 64),
    ),
    _fault(
        "what can be rotated cannot",
        "rotate.successor",
        instead("bind", refusal(422), _is_rotation),
    ),
    _fault(
        "a successor without credentials",
        "rotate.information",
        answers(
            "bind",
            lambda asked, told: told.with_body({}),
            lambda asked, told: _is_rotation(asked) and told.status == 201,
        ),
    ),
    _fault(
        "a successor ends its predecessor",
        "rotate.both-valid",
        once(
            "bind",
            (201,),
            "fetch-binding",
            lambda asked, told: refusal(404),
            lambda asked, told: _is_rotation(asked),
        ),
    ),
    _fault(
        "the same rotation again is refused",
        "rotate.repeat",
        again("bind", becomes(400), lambda asked, told: _is_rotation(asked)),
    ),
    _fault(
        "any predecessor will do",
        "rotate.unknown-predecessor",
        answers(
            "bind",
            lambda asked, told: Told(status=201).with_body({"credentials": {"a": "b"}}),
            lambda asked, told: _is_rotation(asked) and told.status == 400,
        ),
    ),
    _fault(
        "a rotation needs more than the predecessor",
        "rotate.minimal",
        instead(
            "bind",
            refusal(400),
            lambda asked: _is_rotation(asked) and "service_id" not in asked.body,
        ),
    ),
)

DELETES = (
    _fault(
        "a binding is deleted with 204",
        "unbind.accepted",
        status("unbind", of=200, becomes=204),
        "unbind.ends",
    ),
    _fault(
        "a binding is deleted without a word",
        "unbind.answer",
        answers("unbind", lambda asked, told: told.with_raw(b""), lambda a, t: t.status == 200),
    ),
    _fault(
        "an instance is deleted with 204",
        "deprovision.accepted",
        status("deprovision", of=200, becomes=204),
        "deprovision.ends",
    ),
    _fault(
        "404 for a binding of an instance that is gone",
        "deprovision.unbind",
        once("deprovision", (200,), "unbind", becomes(404)),
    ),
    _fault(
        "404 for unbinding without ids",
        "unbind.without-ids",
        status("unbind", of=400, becomes=404),
    ),
    _fault(
        "a binding can be deleted twice",
        "unbind.again",
        again("unbind", ok_with(), lambda asked, told: told.status == 410),
    ),
    _fault(
        "a binding is there after its end",
        "unbind.fetched",
        _remembered("unbind", "fetch-binding"),
    ),
    _fault(
        "an instance is deleted without a word",
        "deprovision.answer",
        answers(
            "deprovision", lambda asked, told: told.with_raw(b""), lambda a, t: t.status == 200
        ),
    ),
    _fault(
        "404 for deprovisioning without ids",
        "deprovision.without-ids",
        status("deprovision", of=400, becomes=404),
        "malformed.delete-without-ids",
    ),
    _fault(
        "an instance deleted twice is not found",
        "deprovision.again",
        again("deprovision", becomes(404), lambda asked, told: told.status == 410),
    ),
    _fault(
        "an instance is there after its end",
        "deprovision.fetched",
        _remembered("deprovision", "fetch-instance"),
    ),
)

FAULTS = (*INSTANCES, *UPDATES, *BINDINGS, *DELETES)
