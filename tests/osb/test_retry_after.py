"""``Retry-After``: seconds or a date, between one second and an hour; nonsense is ignored."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from svcat.osb.headers import retry_after_s
from svcat.osb.models import Call
from tests.brokers.hostile import answer
from tests.osb.calls import POLLS
from tests.osb.conftest import Ask


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("0", 1),
        ("3600", 3600),
        ("3601", 3600),
        ("1000000000000", 3600),
        ("9" * 20, 3600),
        ("9" * 21, None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("x" * 10_000, None),
    ],
)
def test_R130_R131_R143_seconds(value: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": value}) == seconds


def test_no_header_is_none() -> None:
    assert retry_after_s({}) is None


@pytest.mark.parametrize(("later_s", "seconds"), [(5, 5), (-60, 1), (86_400, 3600)])
def test_R131_a_date_is_read_against_the_servers_clock(later_s: int, seconds: float) -> None:
    wrong_clock = datetime(1999, 12, 31, tzinfo=UTC)
    headers = {
        "date": format_datetime(wrong_clock, usegmt=True),
        "retry-after": format_datetime(wrong_clock + timedelta(seconds=later_s), usegmt=True),
    }

    assert retry_after_s(headers) == seconds


def test_R131_without_a_server_clock_ours_must_do() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    found = retry_after_s({"retry-after": soon})

    assert found is not None
    assert 90 < found <= 100


@pytest.mark.parametrize("which", [Call.PROVISION, *POLLS])
def test_R130_R143_it_is_in_the_reply_however_the_header_is_spelled(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(200, {"state": "in progress"}, {"retry-AFTER": "3"}))

    assert reply.retry_after_s == 3
