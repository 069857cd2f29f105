"""The bodies of provision, update and bind."""

from typing import Any

import msgspec
import pytest

from svcat.errors import UsageError
from svcat.osb.client import BrokerClient
from svcat.osb.models import Call
from tests.brokers.hostile import HostileBroker, answer
from tests.osb.calls import (
    BIND,
    IDS,
    PROVISION,
    UPDATE,
    call,
)
from tests.osb.conftest import Ask


def test_R152_R153_R154_R155_R156_R157_R158_the_body_of_a_provision(
    broker: HostileBroker, client: BrokerClient
) -> None:
    from svcat.osb.models import MaintenanceInfo

    broker.always(answer(201, {}))

    call(
        client,
        Call.PROVISION,
        parameters={"size": 3, "nothing": None},
        maintenance_info=MaintenanceInfo(version="1.2.3", description="not for the wire"),
    )
    call(client, Call.PROVISION)
    call(client, Call.PROVISION, parameters={})

    full, bare, empty = (seen.json for seen in broker.requests)
    assert full == bare | {
        "parameters": {"size": 3, "nothing": None},
        "maintenance_info": {"version": "1.2.3"},
    }
    assert bare == IDS | {
        "context": {
            "platform": "kubernetes",
            "namespace": "shop",
            "clusterid": "cluster-1",
            "instance_name": "orders",
        },
        "organization_guid": "cluster-1",
        "space_guid": "ns-uid",
    }
    assert empty == bare | {"parameters": {}}


def test_R192_R193_R194_R196_R197_the_body_of_an_update(
    broker: HostileBroker, client: BrokerClient
) -> None:
    from svcat.osb.models import MaintenanceInfo, PreviousValues

    broker.always(answer(200, {}))

    call(
        client,
        Call.UPDATE,
        maintenance_info=MaintenanceInfo(version="2.0.0", description="x"),
        previous_values=PreviousValues(
            plan_id="old",
            service_id="service-1",
            organization_id="cluster-1",
            space_id="ns-uid",
            maintenance_info=MaintenanceInfo(version="1.0.0", description="y"),
        ),
    )

    body = broker.requests[0].json
    assert body.pop("context")["instance_name"] == "orders"
    assert body == IDS | {
        "maintenance_info": {"version": "2.0.0"},
        "previous_values": {
            "plan_id": "old",
            "service_id": "service-1",
            "organization_id": "cluster-1",
            "space_id": "ns-uid",
            "maintenance_info": {"version": "1.0.0"},
        },
    }


def test_R218_R220_R222_the_body_of_a_bind(broker: HostileBroker, client: BrokerClient) -> None:
    broker.always(answer(201, {}))

    call(
        client,
        Call.BIND,
        bind_resource={"route": "app.example", "x.example/extra": 1},
        parameters={"role": "reader"},
    )

    body = broker.requests[0].json
    assert body.pop("context")["platform"] == "kubernetes"
    assert body == IDS | {
        "bind_resource": {"route": "app.example", "x.example/extra": 1},
        "parameters": {"role": "reader"},
    }


def test_R239_R243_a_rotation_names_its_predecessor_and_both_ids(
    broker: HostileBroker, client: BrokerClient
) -> None:
    broker.always(answer(201, {}))

    call(client, Call.BIND, predecessor_binding_id="b-0", bind_resource=None)

    body = broker.requests[0].json
    assert body.pop("context")
    assert body == IDS | {"predecessor_binding_id": "b-0"}


def test_numbers_in_parameters_go_out_as_they_were_written(
    broker: HostileBroker, client: BrokerClient
) -> None:
    from decimal import Decimal

    broker.always(answer(201, {}))

    call(client, Call.PROVISION, parameters={"ratio": Decimal("1.10"), "big": 10**30})

    assert b'"ratio":1.10,"big":1' + b"0" * 30 in broker.requests[0].body


@pytest.mark.parametrize("request_", [PROVISION, UPDATE, BIND])
def test_a_request_shows_names_and_never_values(request_: Any) -> None:
    shown = repr(msgspec.structs.replace(request_, parameters={"secret": "canary"}))

    assert "canary" not in shown
    assert "parameters" in shown


@pytest.mark.parametrize("bad", ["\ud800", object(), 1j])
def test_parameters_that_json_cannot_carry_are_refused_before_anything_is_sent(
    ask: Ask, broker: HostileBroker, bad: object
) -> None:
    with pytest.raises(UsageError, match="parameters"):
        ask(Call.PROVISION, parameters={"canary": bad})

    assert broker.connections == 0
