"""What a success says: at once, accepted, gone, fetched, polled."""

from typing import Any

import pytest

from svcat.osb.models import (
    BindingMetadata,
    Bound,
    Call,
    Deleted,
    Endpoint,
    FetchedInstance,
    LastOperation,
    MaintenanceInfo,
    OperationState,
    Outcome,
    Provisioned,
    ResourceMetadata,
)
from tests.brokers.hostile import Answer, answer, reset, truncated
from tests.osb.calls import CREATES, DELETES, POLLS, REPLYING, WRITES
from tests.osb.conftest import Ask


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("which", CREATES)
def test_R108_R160_R161_R223_R224_200_and_201_are_done(ask: Ask, which: Call, status: int) -> None:
    reply = ask(which, answer(status, {"x.example/extension": {"deep": [1]}}))

    assert reply.outcome is Outcome.DONE
    assert reply.error is None
    assert not reply.needs_mitigation


@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE])
def test_R162_R171_R172_R173_R199_R209_everything_in_a_202_is_read(ask: Ask, which: Call) -> None:
    body = {
        "operation": "op-7",
        "dashboard_url": "https://d.example",
        "metadata": {"labels": {"a": "b"}, "attributes": {"c": 1}},
    }

    reply = ask(which, answer(202, body, {"Retry-After": "7"}))

    assert reply.outcome is Outcome.ACCEPTED
    assert reply.retry_after_s == 7
    assert reply.body == Provisioned(
        operation="op-7",
        dashboard_url="https://d.example",
        metadata=ResourceMetadata(labels={"a": "b"}, attributes={"c": 1}),
    )


@pytest.mark.parametrize("body", [{}, {"operation": None}, {"operation": ""}])
@pytest.mark.parametrize("which", WRITES)
def test_R118_R172_a_202_without_an_operation_is_polled_without(
    ask: Ask, which: Call, body: object
) -> None:
    reply = ask(which, answer(202, body))

    assert reply.outcome is Outcome.ACCEPTED
    assert reply.body.operation is None


@pytest.mark.parametrize("length", [10_000, 10_001, 60_000])
@pytest.mark.parametrize("which", [Call.PROVISION, Call.BIND])
def test_R172_R229_an_operation_of_any_length_is_kept(ask: Ask, which: Call, length: int) -> None:
    reply = ask(which, answer(202, {"operation": "k" * length}))

    assert reply.outcome is Outcome.ACCEPTED
    assert reply.body.operation == "k" * length
    assert bool(reply.warnings) is (length > 10_000)


@pytest.mark.parametrize("url", [None, ""])
@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE])
def test_R170_R206_an_empty_dashboard_url_is_none(ask: Ask, which: Call, url: object) -> None:
    assert ask(which, answer(200, {"dashboard_url": url})).body.dashboard_url is None


def test_R106_R107_a_broker_may_answer_at_once_although_it_need_not(ask: Ask) -> None:
    assert ask(Call.PROVISION, answer(200, {"operation": "ignored"})).outcome is Outcome.DONE


@pytest.mark.parametrize("body", [b"{}", b"", b'""', b"null"])
def test_R198_an_update_without_a_body_is_done(ask: Ask, body: bytes) -> None:
    reply = ask(Call.UPDATE, answer(200, body))

    assert (reply.outcome, reply.body) == (Outcome.DONE, Provisioned())
    assert bool(reply.warnings) is (body != b"{}")


@pytest.mark.parametrize("body", [b"{}", b"", b'""', b"null", b"<html>", b"[", b"{"])
@pytest.mark.parametrize("which", DELETES)
def test_R253_R262_a_delete_answered_by_200_is_done_whatever_the_body(
    ask: Ask, which: Call, body: bytes
) -> None:
    reply = ask(which, answer(200, body))

    assert (reply.outcome, reply.body) == (Outcome.DONE, Deleted())


@pytest.mark.parametrize("body", [b"", b"null", b'{"operation": 7}', b"<html>", b"{"])
@pytest.mark.parametrize("which", DELETES)
def test_R254_a_delete_answered_by_202_is_polled_whatever_the_body(
    ask: Ask, which: Call, body: bytes
) -> None:
    reply = ask(which, answer(202, body))

    assert (reply.outcome, reply.body) == (Outcome.ACCEPTED, Deleted())
    assert reply.warnings


@pytest.mark.parametrize("which", DELETES)
def test_a_delete_answered_by_a_cut_off_202_is_polled(ask: Ask, which: Call) -> None:
    assert ask(which, truncated(202)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("body", [b"", b"null", b'{"state": "succeeded"}', b"<html>"])
@pytest.mark.parametrize("which", [*DELETES, *POLLS])
def test_R123_R139_R255_410_is_gone_whatever_the_body(ask: Ask, which: Call, body: bytes) -> None:
    assert ask(which, answer(410, body)).outcome is Outcome.GONE


FULL_BINDING: dict[str, Any] = {
    "credentials": {"uri": "x", "port": 5432, "tls": True, "none": None, "deep": {"é": ["\u0000"]}},
    "syslog_drain_url": "syslog://d",
    "route_service_url": "no-scheme.example",
    "volume_mounts": [
        {
            "driver": "cephdriver",
            "container_dir": "/data",
            "mode": "rw",
            "device_type": "shared",
            "device": {"volume_id": "v", "mount_config": {"k": 1}},
        }
    ],
    "endpoints": [
        {"host": "h", "ports": ["443", "9000-9010"]},
        {"host": "h", "ports": ["1"], "protocol": "udp"},
    ],
    "metadata": {"expires_at": "2030-01-01T00:00:00.0Z", "renew_before": "soon"},
    "parameters": {"role": "reader"},
}


@pytest.mark.parametrize("which", [Call.BIND, Call.FETCH_BINDING])
def test_R008_R230_R233_R234_R249_everything_in_a_binding_is_read(ask: Ask, which: Call) -> None:
    reply = ask(which, answer(200, FULL_BINDING, content_type=""))

    assert reply.outcome is Outcome.DONE
    assert reply.warnings == ()
    assert reply.body == Bound(
        credentials=FULL_BINDING["credentials"],
        syslog_drain_url="syslog://d",
        route_service_url="no-scheme.example",
        volume_mounts=tuple(FULL_BINDING["volume_mounts"]),
        endpoints=(
            Endpoint(host="h", ports=("443", "9000-9010")),
            Endpoint(host="h", ports=("1",), protocol="udp"),
        ),
        metadata=BindingMetadata(expires_at="2030-01-01T00:00:00.0Z", renew_before="soon"),
        parameters={"role": "reader"},
    )


def test_R212_a_binding_with_nothing_in_it_is_done_and_says_so(ask: Ask) -> None:
    reply = ask(Call.BIND, answer(201, {}))

    assert reply.outcome is Outcome.DONE
    assert reply.body.is_empty


def test_R225_credentials_in_a_202_are_not_believed(ask: Ask) -> None:
    reply = ask(Call.BIND, answer(202, {"operation": "o", "credentials": {"a": 1}}))

    assert (reply.outcome, reply.body) == (Outcome.ACCEPTED, Bound(operation="o"))


def test_R180_every_member_of_a_fetched_instance_may_be_missing(ask: Ask) -> None:
    assert ask(Call.FETCH_INSTANCE, answer(200, {})).body == FetchedInstance()


def test_R175_R181_everything_in_a_fetched_instance_is_read(ask: Ask) -> None:
    body = {
        "service_id": "s",
        "plan_id": "p",
        "dashboard_url": "https://d",
        "parameters": {"a": None},
        "maintenance_info": {"version": "1.0.0", "description": "d"},
        "metadata": {"labels": {"a": "b"}},
    }

    assert ask(Call.FETCH_INSTANCE, answer(200, body)).body == FetchedInstance(
        service_id="s",
        plan_id="p",
        dashboard_url="https://d",
        parameters={"a": None},
        maintenance_info=MaintenanceInfo(version="1.0.0", description="d"),
        metadata=ResourceMetadata(labels={"a": "b"}),
    )


@pytest.mark.parametrize("state", OperationState)
@pytest.mark.parametrize("which", POLLS)
def test_R113_R119_R120_R135_R142_a_poll_with_a_state_is_done_and_tells_it(
    ask: Ask, which: Call, state: OperationState
) -> None:
    body = {
        "state": state,
        "description": "d",
        "instance_usable": False,
        "update_repeatable": False,
    }

    reply = ask(which, answer(200, body))

    assert reply.outcome is Outcome.DONE
    assert reply.body == LastOperation(
        state=state, description="d", instance_usable=False, update_repeatable=False
    )


@pytest.mark.parametrize("extra", [{}, {"description": None}, {"description": ""}])
@pytest.mark.parametrize("which", POLLS)
def test_R127_R128_R129_a_poll_may_say_no_more_than_the_state(
    ask: Ask, which: Call, extra: dict[str, object]
) -> None:
    reply = ask(which, answer(200, {"state": "failed", **extra}))

    assert reply.body == LastOperation(state=OperationState.FAILED)
    assert reply.body.instance_usable
    assert reply.body.update_repeatable


@pytest.mark.parametrize(
    ("entry", "expected", "mitigate"),
    [
        (answer(201, {"credentials": {}}), Outcome.DONE, False),
        (answer(202, {}), Outcome.ACCEPTED, False),
        (answer(400, {}), Outcome.REFUSED, False),
        (answer(500), Outcome.UNKNOWN, True),
        (reset(), Outcome.UNKNOWN, True),
    ],
)
def test_R244_a_rotation_is_answered_like_a_bind(
    ask: Ask, entry: Answer, expected: Outcome, mitigate: bool
) -> None:
    reply = ask(Call.BIND, entry, predecessor_binding_id="b-0")

    assert (reply.outcome, reply.needs_mitigation) == (expected, mitigate)


@pytest.mark.parametrize("which", REPLYING)
def test_R010_R011_R012_unknown_members_are_ignored_in_every_answer(ask: Ask, which: Call) -> None:
    extension = {"x.example/y": [{"state": 5}], "metadata": {"x": 1}}

    reply = ask(which, answer(200, {"state": "succeeded", **extension}))

    assert (reply.outcome, reply.warnings) == (Outcome.DONE, ())


@pytest.mark.parametrize("which", [Call.BIND, Call.FETCH_BINDING, Call.FETCH_INSTANCE])
def test_a_reply_shows_names_and_never_values(ask: Ask, which: Call) -> None:
    body = {"credentials": {"password": "canary"}, "parameters": {"secret": "canary"}}

    shown = repr(ask(which, answer(200, body)))

    assert "canary" not in shown
    assert "parameters" in shown


def test_labels_that_are_not_spoken_of_are_none_and_not_empty(ask: Ask) -> None:
    reply = ask(Call.UPDATE, answer(200, {"metadata": {"attributes": {}}}))

    assert reply.body.metadata == ResourceMetadata(labels=None, attributes={})
