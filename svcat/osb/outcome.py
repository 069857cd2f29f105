"""What an answer, or the lack of one, proves: one pure function, and the spec's orphan table.

Sources: OSB 2.17 (each endpoint's table of status codes; Orphan Mitigation), and where it is
silent the reading that cannot lose a resource: whatever may have happened is ``UNKNOWN``. A 4xx
proves "nothing there" only on the first send of an id: after a send whose answer was lost it
speaks of the second request, not of the first.
"""

from enum import StrEnum

from svcat.osb.models import Call, Outcome

CREATES = frozenset({Call.PROVISION, Call.BIND})
DELETES = frozenset({Call.DEPROVISION, Call.UNBIND})
POLLS = frozenset({Call.POLL_INSTANCE, Call.POLL_BINDING})
READS = frozenset({Call.CATALOG, Call.FETCH_INSTANCE, Call.FETCH_BINDING})


class Body(StrEnum):
    """What the body of an answer turned out to be, for the call that was made."""

    EMPTY = "empty"  # no bytes, ``null`` or ``""``
    EMPTY_OBJECT = "{}"
    VALID = "valid"
    WRONG_TYPE = "wrong type"  # JSON, but not an object, or with a defined field of another type
    NOT_JSON = "not JSON"
    TRUNCATED = "truncated"
    TOO_LARGE = "too large"


class NoAnswer(StrEnum):
    """The two ways to get no status at all."""

    NOT_SENT = "not sent"
    LOST = "lost"


Answer = int | NoAnswer
_WELL_FORMED = frozenset({Body.VALID, Body.EMPTY_OBJECT})


def outcome(
    call: Call,
    answer: Answer,
    body: Body,
    *,
    sends: int = 1,
    error_code: str = "",
    api_version: str = "2.17",
) -> Outcome:
    """Judge one answer to the ``sends``-th send of this very request."""
    if isinstance(answer, NoAnswer):
        return Outcome.NOT_SENT if answer is NoAnswer.NOT_SENT else Outcome.UNKNOWN
    if answer == 304 and call is Call.CATALOG:
        return Outcome.DONE  # not modified
    if 200 <= answer <= 202:
        return _success(call, answer, body)
    if 400 <= answer <= 499:
        return _client_error(call, answer, sends, error_code, api_version)
    return Outcome.UNKNOWN


def needs_mitigation(
    call: Call,
    answer: Answer,
    body: Body,
    *,
    sends: int = 1,
    error_code: str = "",
    api_version: str = "2.17",
) -> bool:
    """Whether the resource may exist without our knowledge and is to be deleted (again).

    The spec's table (Orphan Mitigation), read for a platform that does not follow redirects.
    Two additions: a 201 to a DELETE counts with the other unlisted 2xx, and a 4xx to a re-sent
    create leaves the earlier send in doubt. Not for 409, which is to be verified first.
    """
    if call not in CREATES | DELETES:
        return False
    judged = outcome(
        call, answer, body, sends=sends, error_code=error_code, api_version=api_version
    )
    if judged is not Outcome.UNKNOWN:
        return False
    if answer is NoAnswer.LOST:
        return call in CREATES
    status = int(answer)
    if 400 <= status <= 499:
        return status != 409
    return 201 <= status <= 299 or status >= 500


def failed_operation_needs_mitigation(operation: Call) -> bool:
    """Whether a polled ``failed`` calls for a delete: yes, but never after an update."""
    return operation in CREATES | DELETES


def may_be_running(answer: Answer) -> bool:
    """Whether the request may still be carried out: nobody answered, or a gateway did."""
    return answer is NoAnswer.LOST or (not isinstance(answer, NoAnswer) and answer >= 502)


def _success(call: Call, status: int, body: Body) -> Outcome:
    well_formed = body in _WELL_FORMED
    if call in CREATES:
        if not well_formed:
            return Outcome.UNKNOWN
        return Outcome.ACCEPTED if status == 202 else Outcome.DONE
    if call is Call.UPDATE:
        # Brokers answer a finished update without a body, which loses nothing.
        if status == 200 and (well_formed or body is Body.EMPTY):
            return Outcome.DONE
        return Outcome.ACCEPTED if status == 202 and well_formed else Outcome.UNKNOWN
    if call in DELETES:
        # The body of a delete tells nothing that is needed; without an operation we poll bare.
        return {200: Outcome.DONE, 202: Outcome.ACCEPTED}.get(status, Outcome.UNKNOWN)
    enough = {Body.VALID} if call in POLLS or call is Call.CATALOG else _WELL_FORMED
    return Outcome.DONE if status == 200 and body in enough else Outcome.UNKNOWN


def _client_error(
    call: Call, status: int, sends: int, error_code: str, api_version: str
) -> Outcome:
    if status == 408 and call in CREATES and _minor(api_version) < 14:
        return Outcome.UNKNOWN  # the orphan table of those versions counts it as a timeout
    if status in (408, 429) or (status == 422 and error_code == "ConcurrencyError"):
        return Outcome.RETRY_LATER
    if call in POLLS:
        return Outcome.GONE if status == 410 else Outcome.UNKNOWN
    if call in DELETES:
        return Outcome.GONE if status == 410 else Outcome.REFUSED
    return Outcome.REFUSED if sends == 1 or call in READS else Outcome.UNKNOWN


def _minor(api_version: str) -> int:
    return int(api_version.partition(".")[2])
