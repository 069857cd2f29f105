"""Binds that a broker takes on its own terms: asynchronous, or for an app."""

import pytest

from svcat.osb.models import Call, Outcome
from tests.brokers.hostile import HostileBroker, answer
from tests.osb.calls import call
from tests.osb.conftest import Ask, MakeClient


def test_R048_R103_R227_async_required_is_answered_by_asking_for_it(
    ask: Ask, broker: HostileBroker
) -> None:
    required = answer(422, {"error": "AsyncRequired", "description": "any text"})

    reply = ask(Call.BIND, required, answer(202, {"operation": "o"}), accepts_incomplete=False)

    assert reply.outcome is Outcome.ACCEPTED
    assert [seen.params for seen in broker.requests] == [{}, {"accepts_incomplete": "true"}]
    assert broker.requests[0].body == broker.requests[1].body


def test_R050_R219_R221_requires_app_is_answered_by_naming_it_in_both_places(
    ask: Ask, broker: HostileBroker
) -> None:
    required = answer(422, {"error": "RequiresApp"})

    reply = ask(Call.BIND, required, answer(201, {"credentials": {}}))

    assert reply.outcome is Outcome.DONE
    first, second = (seen.json for seen in broker.requests)
    assert "app_guid" not in first
    assert second == first | {"app_guid": "ns-uid", "bind_resource": {"app_guid": "ns-uid"}}


def test_a_broker_that_requires_an_app_and_asynchrony_gets_both(
    ask: Ask, broker: HostileBroker
) -> None:
    reply = ask(
        Call.BIND,
        answer(422, {"error": "RequiresApp"}),
        answer(422, {"error": "AsyncRequired"}),
        answer(202, {}),
        accepts_incomplete=False,
    )

    assert reply.outcome is Outcome.ACCEPTED
    assert broker.requests[2].json["app_guid"] == "ns-uid"
    assert broker.requests[2].params == {"accepts_incomplete": "true"}


@pytest.mark.parametrize("code", ["AsyncRequired", "RequiresApp"])
def test_a_broker_that_is_never_content_is_asked_a_finite_number_of_times(
    ask: Ask, broker: HostileBroker, code: str
) -> None:
    broker.always(answer(422, {"error": code}))

    reply = ask(Call.BIND, accepts_incomplete=False)

    assert reply.outcome is Outcome.REFUSED
    assert reply.error.error == code
    assert len(broker.requests) == 2


def test_without_any_app_guid_requires_app_is_a_refusal(ask: Ask, broker: HostileBroker) -> None:
    reply = ask(Call.BIND, answer(422, {"error": "RequiresApp"}), bind_resource=None)

    assert reply.outcome is Outcome.REFUSED
    assert len(broker.requests) == 1


@pytest.mark.parametrize("which", [Call.PROVISION, Call.UPDATE, Call.DEPROVISION, Call.UNBIND])
def test_R165_async_required_although_we_offered_it_is_a_refusal(
    ask: Ask, broker: HostileBroker, which: Call
) -> None:
    reply = ask(which, answer(422, {"error": "AsyncRequired"}))

    assert reply.outcome is Outcome.REFUSED
    assert len(broker.requests) == 1


def test_R104_R216_a_202_that_was_not_asked_for_is_polled_with_a_warning(
    ask: Ask, broker: HostileBroker
) -> None:
    reply = ask(Call.BIND, answer(202, {"operation": "o"}), accepts_incomplete=False)

    assert reply.outcome is Outcome.ACCEPTED
    assert "asynchronously" in reply.warnings[0]
    assert broker.requests[0].params == {}


@pytest.mark.parametrize(("version", "offered"), [("2.13", False), ("2.14", True)])
def test_R216_R251_bindings_are_asynchronous_since_2_14(
    broker: HostileBroker, make_client: MakeClient, version: str, offered: bool
) -> None:
    client = make_client(api_version=version)
    broker.always(answer(200, {}))

    for which in (Call.BIND, Call.UNBIND, Call.PROVISION, Call.DEPROVISION):
        call(client, which)

    sent = ["accepts_incomplete" in seen.params for seen in broker.requests]
    assert sent == [offered, offered, True, True]


def test_an_old_unbind_that_must_be_asynchronous_becomes_so(
    broker: HostileBroker, make_client: MakeClient
) -> None:
    broker.script(answer(422, {"error": "AsyncRequired"}), answer(202, {"operation": "o"}))

    reply = call(make_client(api_version="2.13"), Call.UNBIND)

    assert reply.outcome is Outcome.ACCEPTED
    assert "accepts_incomplete" in broker.requests[1].params
