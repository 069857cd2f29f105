"""Faults of making and rotating bindings at once."""

from tests.conformance.faults import (
    again,
    answers,
    becomes,
    instead,
    members,
    once,
    requests,
    status,
)
from tests.conformance.spoiling import Asked, Told, refusal
from tests.conformance.sync_faults import fault, has_extension, is_done, without


def _is_rotation(asked: Asked) -> bool:
    return "predecessor_binding_id" in asked.body


def _credentials(asked: Asked, told: Told) -> Told:
    return told.with_members(credentials={"password": "another"})


FAULTS = (
    fault(
        "500 for a bind request that is no JSON",
        "bind.not-json",
        instead("bind", refusal(500), lambda asked: not asked.body),
    ),
    fault(
        "a bind request needs no service_id",
        "bind.no-service-id",
        instead(
            "bind",
            refusal(404),
            lambda asked: "plan_id" in asked.body and "service_id" not in asked.body,
        ),
    ),
    fault(
        "a bind request needs no plan_id",
        "bind.no-plan-id",
        instead(
            "bind",
            Told(status=201),
            lambda asked: "service_id" in asked.body and "plan_id" not in asked.body,
        ),
    ),
    fault(
        "an instance that there is not is bound",
        "bind.unknown-instance",
        answers(
            "bind",
            lambda asked, told: Told(status=201).with_body({"credentials": {}}),
            lambda asked, told: told.status == 404,
        ),
    ),
    fault(
        "parameters of bindings are not looked at",
        "bind.wrong-parameters",
        requests("bind", without("parameters"), lambda asked: b'"svcat-check"' in asked.raw[-60:]),
    ),
    fault(
        "a new binding is answered with 200",
        "bind.accepted",
        status("bind", of=201, becomes=200),
        "rotate.successor",
        "rotate.both-valid",
    ),
    fault(
        "a binding without credentials",
        "bind.information",
        answers("bind", lambda asked, told: told.with_body({}), is_done),
        "rotate.information",
    ),
    fault(
        "credentials that are a string",
        "bind.body",
        answers("bind", members(credentials='{"a": "b"}'), is_done),
        "fetch.binding-body",
    ),
    fault(
        "a log drain that nobody asked for",
        "bind.body",
        answers("bind", members(syslog_drain_url="syslog://example.com"), is_done),
    ),
    fault(
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
            is_done,
        ),
    ),
    fault(
        "an endpoint whose ports are numbers",
        "bind.body",
        answers("bind", members(endpoints=[{"host": "db", "ports": [5432]}]), is_done),
    ),
    fault(
        "the same bind request again is a conflict",
        "bind.repeat",
        again("bind", becomes(409)),
    ),
    fault(
        "the same bind request again has other credentials",
        "bind.repeat-body",
        again("bind", _credentials, is_done),
    ),
    fault(
        "another bind request for the same id is fine",
        "bind.conflict",
        again(
            "bind",
            lambda asked, told: Told(status=200).with_body({"credentials": {"a": "b"}}),
            lambda asked, told: told.status == 409,
            is_same=False,
        ),
    ),
    fault(
        "members of bind requests that it does not know are bad",
        "bind.extension-fields",
        instead("bind", refusal(400), has_extension),
    ),
    fault(
        "a binding that is there cannot be fetched",
        "fetch.binding",
        status("fetch-binding", of=200, becomes=404),
        "rotate.both-valid",
        "fetch.binding-body",
        "fetch.binding-without-hints",
    ),
    fault(
        "a fetched binding has other credentials",
        "fetch.binding-body",
        answers("fetch-binding", _credentials, is_done),
    ),
    fault(
        "fetching a binding needs the hints",
        "fetch.binding-without-hints",
        instead("fetch-binding", refusal(400), lambda asked: not asked.params),
    ),
    fault(
        "binding ids over 64 characters are bad",
        "bind.long-id",
        instead("bind", refusal(400), lambda asked: len(asked.id) > 64),
    ),
    fault(
        "what can be rotated cannot",
        "rotate.successor",
        instead("bind", refusal(422), _is_rotation),
    ),
    fault(
        "a successor without credentials",
        "rotate.information",
        answers(
            "bind",
            lambda asked, told: told.with_body({}),
            lambda asked, told: _is_rotation(asked) and told.status == 201,
        ),
    ),
    fault(
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
    fault(
        "the same rotation again is refused",
        "rotate.repeat",
        again("bind", becomes(400), lambda asked, told: _is_rotation(asked)),
    ),
    fault(
        "any predecessor will do",
        "rotate.unknown-predecessor",
        answers(
            "bind",
            lambda asked, told: Told(status=201).with_body({"credentials": {"a": "b"}}),
            lambda asked, told: _is_rotation(asked) and told.status == 400,
        ),
    ),
    fault(
        "a rotation needs more than the predecessor",
        "rotate.minimal",
        instead(
            "bind",
            refusal(400),
            lambda asked: _is_rotation(asked) and "service_id" not in asked.body,
        ),
    ),
)
