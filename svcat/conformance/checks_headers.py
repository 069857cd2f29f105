"""The headers that go with every request: API version and identities (OSB 2.17, Headers)."""

from svcat.conformance.bodies import originating_identity
from svcat.conformance.instance_life import new_id
from svcat.conformance.judging import expect, require_answer
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.osb.headers import ORIGINATING_IDENTITY_HEADER, VERSION_HEADER

_UNSUPPORTED = "1.0"


def version_missing(stage: Stage) -> Answer:
    """Without the version header it answers as ever, or with 400 (412 before API 2.16)."""
    return expect(stage.platform.catalog({VERSION_HEADER: None}), 200, 400, 412)


def version_unsupported(stage: Stage) -> Answer:
    """An API version that it does not speak is refused with 412, if it is refused."""
    return expect(stage.platform.catalog({VERSION_HEADER: _UNSUPPORTED}), 200, 412)


def version_message(stage: Stage) -> Answer:
    """Who is refused for the version is told why."""
    asked = [stage.platform.catalog({VERSION_HEADER: v}) for v in (None, _UNSUPPORTED)]
    refusals = [answer for answer in asked if answer.is_client_error]
    if not refusals:
        raise Skipped("no version is refused")
    for answer in refusals:
        if not answer.members.get("description"):
            raise Failed("the refusal has no description", answer)
    return refusals[-1]


def originating_identity_accepted(stage: Stage) -> Answer:
    """A request that says on whose behalf it is sent is answered like one that does not."""
    told = {ORIGINATING_IDENTITY_HEADER: originating_identity()}
    plain = stage.platform.deprovision(new_id(), stage.known_plan.ids)
    answer = stage.platform.deprovision(new_id(), stage.known_plan.ids, headers=told)
    require_answer(answer)
    if answer.status != plain.status:
        raise Failed(f"status {answer.status} with it, {plain.status} without it", answer)
    return answer
