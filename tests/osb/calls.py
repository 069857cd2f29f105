"""The nine calls that give a Reply, each with the same ids."""

from typing import Any

import msgspec

from svcat.osb.client import BrokerClient
from svcat.osb.models import (
    BindRequest,
    Call,
    PreviousValues,
    ProvisionRequest,
    Reply,
    UpdateRequest,
)
from tests.brokers.hostile import HostileBroker, Seen, answer

INSTANCE, BINDING = "i-1", "b-1"
SERVICE, PLAN, OLD_PLAN = "service-1", "plan-1", "plan-0"
IDS: dict[str, Any] = {"service_id": SERVICE, "plan_id": PLAN}
CONTEXT = {
    "platform": "kubernetes",
    "namespace": "shop",
    "clusterid": "cluster-1",
    "instance_name": "orders",
}

PROVISION = ProvisionRequest(
    **IDS, context=CONTEXT, organization_guid="cluster-1", space_guid="ns-uid"
)
UPDATE = UpdateRequest(
    **IDS,
    context=CONTEXT,
    previous_values=PreviousValues(plan_id=OLD_PLAN, service_id=SERVICE),
)
BIND = BindRequest(**IDS, context=CONTEXT, bind_resource={"app_guid": "ns-uid"})

REPLYING = [each for each in Call if each is not Call.CATALOG]
WRITES = [Call.PROVISION, Call.UPDATE, Call.BIND, Call.DEPROVISION, Call.UNBIND]
CREATES = [Call.PROVISION, Call.BIND]
DELETES = [Call.DEPROVISION, Call.UNBIND]
POLLS = [Call.POLL_INSTANCE, Call.POLL_BINDING]
FETCHES = [Call.FETCH_INSTANCE, Call.FETCH_BINDING]
CATALOG: dict[str, Any] = {"services": []}


def call(client: BrokerClient, which: Call, **changes: Any) -> Reply[Any]:
    """Make one call; ``changes`` are ids, ``sends``, ``operation``, or members of the request."""
    instance = changes.pop("instance_id", INSTANCE)
    binding = changes.pop("binding_id", BINDING)
    sends = changes.pop("sends", 1)
    is_async = changes.pop("accepts_incomplete", True)
    operation = changes.pop("operation", "op-1")
    ids = IDS | {name: changes.pop(name) for name in IDS if name in changes}
    match which:
        case Call.PROVISION:
            request = msgspec.structs.replace(PROVISION, **ids, **changes)
            return client.provision(instance, request, sends=sends)
        case Call.UPDATE:
            change = msgspec.structs.replace(UPDATE, **ids, **changes)
            return client.update(instance, change, sends=sends)
        case Call.BIND:
            wish = msgspec.structs.replace(BIND, **ids, **changes)
            return client.bind(instance, binding, wish, sends=sends, accepts_incomplete=is_async)
        case Call.FETCH_INSTANCE:
            return client.fetch_instance(instance, **ids)
        case Call.FETCH_BINDING:
            return client.fetch_binding(instance, binding, **ids)
        case Call.DEPROVISION:
            return client.deprovision(instance, **ids)
        case Call.UNBIND:
            return client.unbind(instance, binding, **ids)
        case Call.POLL_INSTANCE:
            return client.poll_instance(instance, **ids, operation=operation)
        case Call.POLL_BINDING:
            return client.poll_binding(instance, binding, **ids, operation=operation)
    raise AssertionError(which)


def every_request(broker: HostileBroker, client: BrokerClient) -> dict[Call, Seen]:
    """Make all ten calls; what the broker saw of each."""
    broker.always(answer(200, CATALOG))
    client.catalog()
    for which in REPLYING:
        call(client, which)
    return dict(zip([Call.CATALOG, *REPLYING], broker.requests, strict=True))
