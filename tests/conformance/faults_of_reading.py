"""Faults that show without anything being made: headers, logins, what does not exist."""

import base64
from collections.abc import Callable

from tests.conformance.faults import Fault, Make, Wants, answers, becomes, instead, members, status
from tests.conformance.spoiling import IDENTITY, Asked, Forward, Told, refusal

RIGHT = "Basic " + base64.b64encode(b"platform:bread:and-butter").decode()


def _lets_in(wants: Wants) -> Make:
    def spoil(asked: Asked, forward: Forward) -> Told:
        return forward(asked.with_header("authorization", RIGHT) if wants(asked) else asked)

    return lambda: spoil


def _password(asked: Asked) -> str:
    given = asked.headers.get("authorization", "").removeprefix("Basic ")
    return base64.b64decode(given).decode().partition(":")[2]


def _unknown(call: str, of: int, told_status: int, **body: str) -> Make:
    return answers(
        call,
        lambda asked, told: Told(status=told_status).with_body(body),
        lambda asked, told: told.status == of,
    )


def _malformed(told: Told, wants: Callable[[Asked], bool]) -> Make:
    """Answer what only who is logged in can get to."""
    return instead(
        "provision", told, lambda asked: "authorization" in asked.headers and wants(asked)
    )


HEADERS = (
    Fault(
        name="500 without a version",
        caught_by="version.missing",
        make=instead(
            "catalog", refusal(500), lambda asked: "x-broker-api-version" not in asked.headers
        ),
    ),
    Fault(
        name="400 for a version that it does not speak",
        caught_by="version.unsupported",
        make=status("catalog", of=412, becomes=400),
    ),
    Fault(
        name="a refusal of the version without a word",
        caught_by="version.message",
        make=answers(
            "catalog",
            lambda asked, told: told.with_body({}),
            lambda asked, told: told.status in (400, 412),
        ),
    ),
    Fault(
        name="an originating identity is too much",
        caught_by="identity.originating",
        make=instead(
            "deprovision",
            refusal(400),
            lambda asked: "x-broker-api-originating-identity" in asked.headers,
        ),
    ),
    Fault(
        name="JSON that says it is HTML",
        caught_by="answers.content-type",
        make=answers("catalog", lambda asked, told: told.with_header("content-type", "text/html")),
    ),
    Fault(
        name="the request identity is not echoed",
        caught_by="answers.request-identity",
        make=answers("catalog", lambda asked, told: told.with_header(IDENTITY, "")),
    ),
    Fault(
        name="500 for what it does not have",
        caught_by="answers.no-server-errors",
        make=status("fetch-binding", of=404, becomes=500),
        with_it=("unknown.fetch-binding",),
    ),
    Fault(
        name="an empty description",
        caught_by="answers.error-words",
        make=answers("provision", members(description=""), lambda asked, told: told.status == 400),
    ),
    Fault(
        name="instance_usable in a refused provision",
        caught_by="answers.error-flags",
        make=answers(
            "provision", members(instance_usable=False), lambda asked, told: told.status == 400
        ),
    ),
)

LOGINS = (
    Fault(
        name="who brings no login is let in",
        caught_by="auth.no-login",
        make=_lets_in(lambda asked: "authorization" not in asked.headers),
        with_it=("auth.every-request",),
    ),
    Fault(
        name="any password will do",
        caught_by="auth.wrong-login",
        make=_lets_in(lambda asked: "authorization" in asked.headers),
        with_it=("auth.wrong-user",),
    ),
    Fault(
        name="any user will do",
        caught_by="auth.wrong-user",
        make=_lets_in(lambda asked: _password(asked) == "bread:and-butter"),
    ),
    Fault(
        name="polls need no login",
        caught_by="auth.every-request",
        make=_lets_in(lambda asked: asked.call == "poll-instance"),
    ),
    Fault(
        name="403 for a missing login",
        caught_by="auth.no-login",
        make=status("catalog", of=401, becomes=403),
        with_it=("auth.wrong-login", "auth.wrong-user"),
    ),
)

UNKNOWN = (
    Fault(
        name="404 for deleting an unknown instance",
        caught_by="unknown.deprovision",
        make=_unknown("deprovision", 410, 404),
    ),
    Fault(
        name="200 for deleting an unknown instance",
        caught_by="unknown.deprovision",
        make=_unknown("deprovision", 410, 200),
    ),
    Fault(
        name="404 for deleting an unknown binding",
        caught_by="unknown.unbind",
        make=_unknown("unbind", 410, 404),
    ),
    Fault(
        name="410 for fetching an unknown instance",
        caught_by="unknown.fetch-instance",
        make=_unknown("fetch-instance", 404, 410),
    ),
    Fault(
        name="200 for fetching an unknown binding",
        caught_by="unknown.fetch-binding",
        make=_unknown("fetch-binding", 404, 200),
    ),
    Fault(
        name="an unknown instance has succeeded",
        caught_by="unknown.poll-instance",
        make=_unknown("poll-instance", 404, 200, state="succeeded"),
    ),
    Fault(
        name="an unknown instance is gone",
        caught_by="unknown.poll-instance-404",
        make=_unknown("poll-instance", 404, 410),
    ),
    Fault(
        name="an unknown binding has failed",
        caught_by="unknown.poll-binding",
        make=_unknown("poll-binding", 404, 200, state="failed"),
    ),
    Fault(
        name="an unknown binding is gone",
        caught_by="unknown.poll-binding-404",
        make=_unknown("poll-binding", 404, 410),
    ),
    Fault(
        name="an unknown instance is updated",
        caught_by="unknown.update",
        make=_unknown("update", 404, 200),
    ),
    Fault(
        name="ids with percent signs are bad",
        caught_by="unknown.odd-id",
        make=instead(
            "deprovision", refusal(400), lambda asked: "%25" in asked.target.partition("?")[0]
        ),
    ),
    Fault(
        name="ids over 64 characters are bad",
        caught_by="unknown.long-id",
        make=instead("deprovision", refusal(404), lambda asked: len(asked.id) > 64),
    ),
)

MALFORMED = (
    Fault(
        name="500 for what is no JSON",
        caught_by="malformed.not-json",
        make=_malformed(refusal(500), lambda asked: asked.raw.endswith(b'"plan_id"')),
    ),
    Fault(
        name="422 for what is no object",
        caught_by="malformed.not-an-object",
        make=_malformed(refusal(422), lambda asked: asked.raw == b"[]"),
    ),
    Fault(
        name="404 without service_id",
        caught_by="malformed.no-service-id",
        make=_malformed(
            refusal(404),
            lambda asked: "plan_id" in asked.body and "service_id" not in asked.body,
        ),
    ),
    Fault(
        name="422 without plan_id",
        caught_by="malformed.no-plan-id",
        make=_malformed(
            refusal(422),
            lambda asked: "service_id" in asked.body and "plan_id" not in asked.body,
        ),
    ),
    Fault(
        name="an offering that there is not is provisioned",
        caught_by="malformed.unknown-service",
        make=_malformed(
            Told(status=201), lambda asked: {"service_id", "plan_id"} <= set(asked.body)
        ),
    ),
    Fault(
        name="415 for another content type",
        caught_by="malformed.content-type",
        make=_malformed(
            refusal(415), lambda asked: asked.headers.get("content-type") == "text/plain"
        ),
    ),
    Fault(
        name="404 for a delete without ids",
        caught_by="malformed.delete-without-ids",
        make=answers(
            "deprovision", becomes(404), lambda asked, told: told.status == 400 and not asked.params
        ),
    ),
)

FAULTS = (*HEADERS, *LOGINS, *UNKNOWN, *MALFORMED)
