"""From the bare facts of an exchange to a Reply: what it proves, and what it says."""

from typing import TypeVar, cast

import msgspec

from svcat.http import Fault
from svcat.osb.models import Bound, BrokerError, Call, Outcome, Reply
from svcat.osb.outcome import (
    DELETES,
    POLLS,
    READS,
    Answer,
    Body,
    NoAnswer,
    may_be_running,
    needs_mitigation,
    outcome,
)
from svcat.osb.transport import Attempt
from svcat.osb.wire import Decoded, decode_body

T = TypeVar("T")

_SUCCESSES = (Outcome.DONE, Outcome.ACCEPTED)


def reply_of(
    call: Call, attempt: Attempt, wanted: type[T], *, sends: int, api_version: str
) -> Reply[T]:
    """Judge ``attempt``, the ``sends``-th send of this request, and read its body."""
    decoded = _decoded(attempt, wanted)
    code = attempt.error.error
    result = outcome(
        call,
        attempt.answer,
        decoded.kind,
        sends=sends,
        error_code=code,
        api_version=api_version,
    )
    mitigate = needs_mitigation(
        call,
        _for_the_orphan_table(attempt),
        decoded.kind,
        sends=sends,
        error_code=code,
        api_version=api_version,
    )
    is_write = call not in READS | POLLS
    return Reply(
        outcome=result,
        request_id=attempt.request_id,
        body=_body(call, result, decoded, wanted),
        error=None if result in _SUCCESSES else _error(call, attempt, decoded),
        retry_after_s=attempt.retry_after_s,
        may_arrive_late=is_write and may_be_running(attempt.answer),
        needs_mitigation=mitigate,
        warnings=_warnings(call, result, attempt, decoded),
    )


def _decoded(attempt: Attempt, wanted: type[T]) -> Decoded[T]:
    if attempt.response is None:
        return Decoded(kind=Body.EMPTY)
    if attempt.fault is not None:
        return Decoded(kind=attempt.cut_short, problem=attempt.reason)
    if attempt.response.status >= 300:
        return Decoded(kind=Body.EMPTY)  # an error body, which decides nothing but its code
    return decode_body(attempt.response.body, wanted)


def _for_the_orphan_table(attempt: Attempt) -> Answer:
    # A body that drips past the deadline is a timeout, not a malformed 200.
    is_late = attempt.fault is Fault.TIMEOUT and attempt.error.status in range(200, 300)
    return NoAnswer.LOST if is_late else attempt.answer


def _body(call: Call, result: Outcome, decoded: Decoded[T], wanted: type[T]) -> T | None:
    if result not in _SUCCESSES:
        return None
    if decoded.value is None:
        return wanted() if call in DELETES or call is Call.UPDATE else None
    if call is Call.BIND and result is Outcome.ACCEPTED:
        # Credentials in a 202 are against the spec and may not work yet.
        return cast(T, Bound(operation=cast(Bound, decoded.value).operation))
    return decoded.value


def _error(call: Call, attempt: Attempt, decoded: Decoded[T]) -> BrokerError:
    error = attempt.error
    words = error.description
    if error.status is not None and error.status < 300:
        words = "unexpected in answer to this request"
        if decoded.problem:
            words = f"the answer cannot be used: {decoded.problem}"
    return msgspec.structs.replace(
        error,
        description=words,
        # The spec defines the flags for these calls only (Service Broker Errors).
        instance_usable=error.instance_usable or call not in (Call.UPDATE, Call.DEPROVISION),
        update_repeatable=error.update_repeatable or call is not Call.UPDATE,
    )


def _warnings(
    call: Call, result: Outcome, attempt: Attempt, decoded: Decoded[T]
) -> tuple[str, ...]:
    warnings = list(decoded.warnings)
    if result in _SUCCESSES and decoded.value is None:
        warnings.append(f"the answer to {call} has no usable body: {decoded.problem}")
    if attempt.echo_differs:
        warnings.append("the broker's answer carries the identity of another request")
    return tuple(warnings)
