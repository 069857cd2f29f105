"""What holds for every answer of the run, whatever was asked; these checks come last."""

from collections.abc import Iterator

from svcat.conformance.judging import no_complaints
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.session import Answer, echoed_identity
from svcat.conformance.stage import Stage
from svcat.osb.models import Call

_WITH_USABLE = (Call.UPDATE, Call.DEPROVISION)


def content_type(stage: Stage) -> Answer:
    """Bodies are declared as application/json."""
    for answer in _answered(stage):
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.body and kind != "application/json":
            raise Failed(f"the content type is {kind[:80] or 'missing'}", answer)
    return stage.catalog


def request_identity(stage: Stage) -> Answer:
    """The request identity comes back with the answer."""
    for answer in _answered(stage):
        sent, echoed = echoed_identity(answer)
        if sent and echoed != sent:
            raise Failed("another identity" if echoed else "no identity", answer)
    return stage.catalog


def no_server_errors(stage: Stage) -> Answer:
    """Nothing that was asked is too much for it: no answer is a 5xx."""
    for answer in _answered(stage):
        if answer.status is not None and answer.status >= 500:
            raise Failed(f"status {answer.status}", answer)
    return stage.catalog


def error_words(stage: Stage) -> Answer:
    """The error and the description of a refusal are non-empty strings, if they are there."""
    for answer in _refusals(stage):
        no_complaints(_about_words(answer), answer)
    return stage.catalog


def error_flags(stage: Stage) -> Answer:
    """instance_usable and update_repeatable are only in refusals of the operations they are for."""
    for answer in _refusals(stage):
        no_complaints(_about_flags(answer), answer)
    return stage.catalog


def retry_after(stage: Stage) -> Answer:
    """Retry-After is a number of seconds."""
    told = [answer for answer in _answered(stage) if "retry-after" in answer.headers]
    if not told:
        raise Skipped("no answer has Retry-After")
    for answer in told:
        if not answer.headers["retry-after"].strip().isdecimal():
            raise Failed("no number of seconds", answer)
    return told[-1]


def _answered(stage: Stage) -> list[Answer]:
    return [answer for answer in stage.session.log if answer.status is not None]


def _refusals(stage: Stage) -> list[Answer]:
    return [answer for answer in _answered(stage) if (answer.status or 0) >= 400]


def _about_words(answer: Answer) -> Iterator[str]:
    for name in ("error", "description"):
        value = answer.members.get(name, "-")
        if not isinstance(value, str):
            yield f"{name} is no string"
        elif not value:
            yield f"{name} is empty"


def _about_flags(answer: Answer) -> Iterator[str]:
    if "instance_usable" in answer.members and answer.call not in _WITH_USABLE:
        yield f"instance_usable in a refusal of {answer.call}"
    if "update_repeatable" in answer.members and answer.call is not Call.UPDATE:
        yield f"update_repeatable in a refusal of {answer.call}"
