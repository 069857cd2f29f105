"""What a 4xx proves, first send or not, and what its body tells."""

import pytest

from svcat.osb.models import Call, Outcome
from tests.brokers.hostile import HostileBroker, answer, truncated
from tests.osb.calls import CREATES, DELETES, FETCHES, POLLS, REPLYING
from tests.osb.conftest import Ask

OTHER_4XX = [
    400,
    401,
    403,
    404,
    405,
    406,
    407,
    411,
    412,
    413,
    415,
    417,
    418,
    421,
    422,
    428,
    431,
    451,
]


@pytest.mark.parametrize("status", [*OTHER_4XX, 409, 410])
@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE, Call.BIND])
def test_R052_R163_R164_R200_R226_a_4xx_to_the_first_send_changed_nothing(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    broker.always(answer(status, {"error": "Code", "description": "because"}))

    reply = ask(which)

    assert reply.outcome is Outcome.REFUSED
    assert not reply.needs_mitigation
    assert not reply.may_arrive_late
    assert (reply.error.status, reply.error.error) == (status, "Code")
    assert reply.error.description == "because"


@pytest.mark.parametrize("status", OTHER_4XX)
@pytest.mark.parametrize("which", CREATES)
def test_a_4xx_to_a_re_sent_create_leaves_the_first_send_in_doubt(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    broker.always(answer(status, {}))

    reply = ask(which, sends=2)

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.needs_mitigation


@pytest.mark.parametrize("which", [*CREATES, Call.UPDATE])
def test_R109_R186_a_409_to_a_re_sent_request_is_to_be_verified(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(409, {}), sends=2)

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.error.status == 409
    assert not reply.needs_mitigation


@pytest.mark.parametrize("status", [*OTHER_4XX, 409])
@pytest.mark.parametrize("which", DELETES)
def test_R256_R257_R263_a_delete_answered_by_4xx_keeps_the_resource(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    broker.always(answer(status, {}))

    assert ask(which).outcome is Outcome.REFUSED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 418, 422])
@pytest.mark.parametrize("which", POLLS)
def test_R121_R122_R125_R141_other_answers_to_a_poll_say_nothing_but_their_status(
    ask: Ask, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, {}))

    assert reply.outcome is Outcome.UNKNOWN
    assert reply.error.status == status


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
@pytest.mark.parametrize("which", FETCHES)
def test_R177_R247_a_fetch_answered_by_4xx_is_refused_and_proves_nothing_gone(
    ask: Ask, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, {}))

    assert reply.outcome is Outcome.REFUSED
    assert reply.error.status == status


@pytest.mark.parametrize("which", REPLYING)
def test_R049_R167_R178_R227_a_concurrency_error_is_retried_later(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(422, {"error": "ConcurrencyError"}, {"Retry-After": "3"}), sends=2)

    assert (reply.outcome, reply.retry_after_s) == (Outcome.RETRY_LATER, 3)
    assert not reply.needs_mitigation


@pytest.mark.parametrize("status", [408, 429])
@pytest.mark.parametrize("which", REPLYING)
def test_a_throttled_or_unread_request_is_retried_later(
    ask: Ask, broker: HostileBroker, which: Call, status: int
) -> None:
    reply = ask(which, answer(status, b""))

    assert reply.outcome is Outcome.RETRY_LATER
    assert len(broker.requests) == 1


def test_R043_the_status_decides_even_if_the_body_is_cut_off(ask: Ask) -> None:
    assert ask(Call.PROVISION, truncated(400)).outcome is Outcome.REFUSED
    assert ask(Call.PROVISION, answer(400, b"x" * 200_000)).outcome is Outcome.REFUSED
    assert ask(Call.PROVISION, truncated(500)).needs_mitigation


@pytest.mark.parametrize(
    ("body", "error", "description"),
    [
        (b"", "", ""),
        (b"null", "", ""),
        (b"{}", "", ""),
        (b'{"error": "", "description": ""}', "", ""),
        (b'{"error": 5, "description": ["x"]}', "", ""),
        (b'{"description": "why"}', "", "why"),
        (b'{"error": "Odd"}', "Odd", ""),
        (b"plain text", "", "plain text"),
        (b"<html><head><style>p{}</style></head>\n<p>Not&nbsp;here</p>", "", "Not&nbsp;here"),
        (b"<script>evil()", "", ""),
        (b"\xff\x1b[31mred", "", "\ufffd [31mred"),
        (b'"just a string"', "", '"just a string"'),
    ],
)
def test_R044_R045_R054_an_error_body_is_read_as_far_as_it_goes(
    ask: Ask, body: bytes, error: str, description: str
) -> None:
    reply = ask(Call.PROVISION, answer(400, body, content_type="text/html"))

    assert (reply.error.error, reply.error.description) == (error, description)


@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE, Call.DEPROVISION, Call.BIND])
def test_R046_R047_the_flags_of_an_error_count_where_the_spec_defines_them(
    ask: Ask, which: Call
) -> None:
    reply = ask(which, answer(422, {"instance_usable": False, "update_repeatable": False}))

    usable = which not in (Call.UPDATE, Call.DEPROVISION)
    assert reply.error.instance_usable is usable
    assert reply.error.update_repeatable is (which is not Call.UPDATE)


def test_R204_R205_R265_without_the_flags_all_is_usable_and_repeatable(ask: Ask) -> None:
    reply = ask(Call.UPDATE, answer(400, {"instance_usable": None, "update_repeatable": "no"}))

    assert reply.error.instance_usable
    assert reply.error.update_repeatable
