"""The outcome table, every cell: 500 statuses, 7 kinds of body, 10 calls, first and later sends."""

import time

import pytest

from svcat.osb.models import Call, Outcome
from svcat.osb.outcome import (
    Answer,
    Body,
    NoAnswer,
    failed_operation_needs_mitigation,
    may_be_running,
    needs_mitigation,
    outcome,
)
from tests.osb.outcome_table import FIRST_SEND, NO_STATUS, RE_SENT, Case, cases

_NO_ANSWER = {"lost": NoAnswer.LOST, "not-sent": NoAnswer.NOT_SENT}


def wrong(case: Case, *, sends: int, error_code: str = "") -> str:
    answer: Answer = _NO_ANSWER.get(case.status) or int(case.status)
    judged = outcome(case.call, answer, case.body, sends=sends, error_code=error_code)
    mitigate = needs_mitigation(case.call, answer, case.body, sends=sends, error_code=error_code)
    if (judged, mitigate) == (case.expected, case.mitigate):
        return ""
    return f"{case}: got {judged}, mitigate {mitigate}"


@pytest.mark.parametrize(("table", "sends"), [(FIRST_SEND, 1), (RE_SENT, 2), (RE_SENT, 7)])
def test_every_status_body_and_call_means_what_the_table_says(table: str, sends: int) -> None:
    start = time.monotonic()
    every = list(cases(table))

    mistakes = [text for case in every if (text := wrong(case, sends=sends))]

    assert mistakes == []
    assert len({(case.status, case.body, case.call) for case in every}) == len(every) == 35_000
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("sends", [1, 2])
def test_transport_faults_mean_what_the_table_says(sends: int) -> None:
    every = list(cases(NO_STATUS))

    assert [text for case in every if (text := wrong(case, sends=sends))] == []
    assert len(every) == 2 * 7 * 10


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("sends", [1, 2])
def test_R049_R110_R270_a_concurrency_error_means_wait_and_never_delete(
    call: Call, sends: int
) -> None:
    judged = outcome(call, 422, Body.EMPTY, sends=sends, error_code="ConcurrencyError")

    assert judged is Outcome.RETRY_LATER
    assert not needs_mitigation(call, 422, Body.EMPTY, sends=sends, error_code="ConcurrencyError")


@pytest.mark.parametrize("code", ["AsyncRequired", "RequiresApp", "MaintenanceInfoConflict", "Odd"])
@pytest.mark.parametrize("call", [Call.PROVISION, Call.BIND, Call.UPDATE])
def test_R054_R165_R168_any_other_422_is_a_refusal(call: Call, code: str) -> None:
    assert outcome(call, 422, Body.EMPTY, error_code=code) is Outcome.REFUSED
    assert not needs_mitigation(call, 422, Body.EMPTY, error_code=code)


@pytest.mark.parametrize("status", [400, 409, 429, 503])
def test_a_concurrency_error_counts_with_422_only(status: int) -> None:
    with_code = outcome(Call.PROVISION, status, Body.EMPTY, error_code="ConcurrencyError")

    assert with_code is outcome(Call.PROVISION, status, Body.EMPTY)


@pytest.mark.parametrize("call", [Call.PROVISION, Call.BIND])
@pytest.mark.parametrize(("version", "is_timeout"), [("2.13", True), ("2.14", False)])
def test_before_2_14_the_orphan_table_counts_408_as_a_timeout(
    call: Call, version: str, is_timeout: bool
) -> None:
    judged = outcome(call, 408, Body.EMPTY, api_version=version)

    assert judged is (Outcome.UNKNOWN if is_timeout else Outcome.RETRY_LATER)
    assert needs_mitigation(call, 408, Body.EMPTY, api_version=version) is is_timeout


def test_R132_R144_a_polled_failure_calls_for_a_delete_but_not_after_an_update() -> None:
    expected = {Call.PROVISION, Call.BIND, Call.DEPROVISION, Call.UNBIND}

    assert {call for call in Call if failed_operation_needs_mitigation(call)} == expected


@pytest.mark.parametrize("answer", [NoAnswer.LOST, 502, 503, 504, 524])
def test_silence_and_gateways_leave_a_request_running(answer: Answer) -> None:
    assert may_be_running(answer)


@pytest.mark.parametrize("answer", [NoAnswer.NOT_SENT, 200, 400, 500, 501])
def test_other_answers_end_a_request(answer: Answer) -> None:
    assert not may_be_running(answer)
