"""Expectations: what checks say of an answer. Each raises Failed with the answer at fault."""

from collections.abc import Iterable

from svcat.conformance.model import Failed
from svcat.conformance.session import Answer
from svcat.osb.models import JsonObject

_MOST_TOLD = 3


def expect(answer: Answer, *statuses: int) -> Answer:
    """Return ``answer`` if its status is one of ``statuses``."""
    require_answer(answer)
    if answer.status not in statuses:
        wanted = " or ".join(map(str, statuses))
        raise Failed(f"status {answer.status} instead of {wanted}", answer)
    return answer


def expect_refused(answer: Answer) -> Answer:
    """Return ``answer`` if it is a 4xx."""
    require_answer(answer)
    if not answer.is_client_error:
        raise Failed(f"status {answer.status} instead of a refusal (4xx)", answer)
    return answer


def expect_code(answer: Answer, code: str) -> Answer:
    """Return ``answer`` if it is a 422 with this error code."""
    expect(answer, 422)
    if answer.error_code != code:
        raise Failed(f"422 without the error code {code}", answer)
    return answer


def expect_object(answer: Answer) -> JsonObject:
    """Return the members of a body that is to be a JSON object."""
    require_answer(answer)
    if not isinstance(answer.value, dict):
        raise Failed("the body is no JSON object", answer)
    return answer.members


def require_answer(answer: Answer) -> None:
    """Fail if there is no whole answer."""
    if answer.status is None:
        raise Failed(f"no answer: {answer.problem}", answer)


def no_complaints(complaints: Iterable[str], answer: Answer) -> Answer:
    """Return ``answer`` if nothing is wrong with it; else fail with the first few complaints."""
    found = list(dict.fromkeys(complaints))
    if not found:
        return answer
    more = f"; and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    raise Failed("; ".join(found[:_MOST_TOLD]) + more, answer)
