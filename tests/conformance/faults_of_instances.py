"""Faults of making instances at once."""

from collections.abc import Callable
from typing import Any

from tests.conformance.faults import (
    again,
    answers,
    becomes,
    instead,
    members,
    ok_with,
    requests,
    status,
)
from tests.conformance.spoiling import Asked, Forward, Told, refusal
from tests.conformance.sync_faults import fault, has_extension, is_done, is_outdated, without


def _is_new(asked: Asked, told: Told) -> bool:
    return told.status == 201


def _plus(**more: Any) -> Callable[[Asked], Asked]:
    """Fill members of a request in."""
    return lambda asked: asked.with_body({**asked.body, **more})


def _made_although_refused(asked: Asked, forward: Forward) -> Told:
    if asked.call == "provision" and is_outdated(asked):
        forward(without("maintenance_info")(asked))
        return refusal(422, error="MaintenanceInfoConflict")
    return forward(asked)


def _missing(*names: str) -> Callable[[Asked], bool]:
    return lambda asked: bool(asked.body) and not set(names) & set(asked.body)


FAULTS = (
    fault(
        "a new instance is answered with 200",
        "provision.accepted",
        status("provision", of=201, becomes=200),
    ),
    fault(
        "a new instance is answered with nothing",
        "provision.answer",
        answers("provision", lambda asked, told: told.with_raw(b""), _is_new),
    ),
    fault(
        "a dashboard_url that is a number",
        "provision.answer",
        answers("provision", members(dashboard_url=80), is_done),
    ),
    fault(
        "the same request again is a conflict",
        "provision.repeat",
        again("provision", becomes(409)),
    ),
    fault(
        "another request for the same id is fine",
        "provision.conflict",
        again("provision", ok_with(), lambda asked, told: told.status == 409, is_same=False),
    ),
    fault(
        "members that it does not know are bad",
        "provision.extension-fields",
        instead("provision", refusal(400), has_extension),
    ),
    fault(
        "an originating identity makes another request",
        "provision.on-behalf",
        instead(
            "provision",
            refusal(409),
            lambda asked: "x-broker-api-originating-identity" in asked.headers,
        ),
    ),
    fault(
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
    fault(
        "an organization is not needed",
        "provision.no-organization",
        requests(
            "provision",
            _plus(organization_guid="x", space_guid="x"),
            lambda asked: "service_id" in asked.body and _missing("organization_guid")(asked),
        ),
    ),
    fault(
        "parameters are not looked at",
        "provision.wrong-parameters",
        requests(
            "provision", without("parameters"), lambda asked: b'"svcat-check"' in asked.raw[-400:]
        ),
        "provision.conflict",
    ),
    fault(
        "a maintenance conflict without its code",
        "provision.maintenance-conflict",
        answers(
            "provision",
            becomes(422),
            lambda asked, told: told.status == 422 and is_outdated(asked),
        ),
    ),
    fault(
        "what is refused is made all the same",
        "provision.refusal-changes-nothing",
        lambda: _made_although_refused,
    ),
    fault(
        "an instance that is there cannot be fetched",
        "fetch.instance",
        status("fetch-instance", of=200, becomes=404),
        "fetch.without-hints",
        "update.refusal-changes-nothing",
        "update.keeps-plan",
        "update.keeps-parameters",
        "update.parameters-seen",
    ),
    fault(
        "a fetched instance has another plan",
        "fetch.instance",
        answers("fetch-instance", members(plan_id="another"), is_done),
        "update.keeps-plan",
    ),
    fault(
        "fetching needs the hints",
        "fetch.without-hints",
        instead("fetch-instance", refusal(400), lambda asked: not asked.params),
    ),
)
