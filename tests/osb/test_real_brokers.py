"""The client against brokers that do not come from this room: real processes, whole lives."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from svcat.errors import AuthFailed
from svcat.http import HttpClient
from svcat.osb.client import BrokerClient
from svcat.osb.login import BasicLogin, Secret
from svcat.osb.models import (
    BindRequest,
    Identity,
    LastOperation,
    OperationState,
    Outcome,
    PreviousValues,
    ProvisionRequest,
    Reply,
    UpdateRequest,
)
from tests.brokers.fixtures import bundled_broker, openbrokerapi_broker
from tests.brokers.openbrokerapi_broker import (
    ASYNC,
    ASYNC_BIND,
    ASYNC_FAILING,
    PLANS,
    SERVICE_ID,
    SYNC,
    OpenBrokerApiBroker,
)
from tests.brokers.process import BrokerProcess
from tests.osb.calls import CONTEXT

__all__ = ["bundled_broker", "openbrokerapi_broker"]

DEADLINE_S = 20


def client_of(broker: BrokerProcess, http: HttpClient, password: str = "") -> BrokerClient:
    login = BasicLogin(username=broker.username, password=Secret(password or broker.password))
    return BrokerClient(broker.url, login=login, http=http, identity=Identity(username="alice"))


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with HttpClient() as http:
        yield http


@pytest.fixture
def client(openbrokerapi_broker: OpenBrokerApiBroker, http: HttpClient) -> BrokerClient:
    return client_of(openbrokerapi_broker, http)


def polled(poll: Callable[[], Reply[LastOperation]]) -> Outcome | OperationState:
    """Poll until the operation has ended or the resource is gone."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        reply = poll()
        if reply.outcome is Outcome.GONE:
            return Outcome.GONE
        if reply.body is not None and reply.body.state is not OperationState.IN_PROGRESS:
            return reply.body.state
        time.sleep(0.05)
    raise TimeoutError


def poll_of(
    client: BrokerClient, instance: str, keys: dict[str, Any], operation: str | None
) -> Callable[[], Reply[LastOperation]]:
    def poll() -> Reply[LastOperation]:
        return client.poll_instance(instance, **keys, operation=operation)

    return poll


def provision_request(plan: str, **more: Any) -> ProvisionRequest:
    return ProvisionRequest(
        service_id=SERVICE_ID,
        plan_id=PLANS[plan],
        context=CONTEXT,
        organization_guid="cluster-1",
        space_guid="ns-uid",
        **more,
    )


def ids(plan: str) -> dict[str, Any]:
    return {"service_id": SERVICE_ID, "plan_id": PLANS[plan]}


def test_openbrokerapi_synchronous_life(client: BrokerClient) -> None:
    instance, binding = str(uuid.uuid4()), str(uuid.uuid4())
    catalog = client.catalog().catalog
    assert catalog is not None
    assert [len(offering.plans) for offering in catalog.services] == [4]
    request = provision_request(SYNC, parameters={"colour": "red"})

    assert client.provision(instance, request, sends=1).outcome is Outcome.DONE
    assert client.provision(instance, request, sends=2).outcome is Outcome.DONE
    other = msgspec.structs.replace(request, parameters={"colour": "blue"})
    assert client.provision(instance, other, sends=1).outcome is Outcome.REFUSED

    bind = BindRequest(**ids(SYNC), context=CONTEXT, bind_resource={"app_guid": "ns-uid"})
    bound = client.bind(instance, binding, bind, sends=1, accepts_incomplete=False)
    assert bound.outcome is Outcome.DONE
    assert bound.body is not None
    assert bound.body.credentials

    assert client.unbind(instance, binding, **ids(SYNC)).outcome is Outcome.DONE
    assert client.unbind(instance, binding, **ids(SYNC)).outcome is Outcome.GONE
    assert client.deprovision(instance, **ids(SYNC)).outcome is Outcome.DONE
    assert client.deprovision(instance, **ids(SYNC)).outcome is Outcome.GONE


def test_openbrokerapi_asynchronous_life(client: BrokerClient) -> None:
    instance = str(uuid.uuid4())

    accepted = client.provision(instance, provision_request(ASYNC), sends=1)
    again = client.provision(instance, provision_request(ASYNC), sends=2)

    assert accepted.outcome is again.outcome is Outcome.ACCEPTED
    assert accepted.body is not None
    assert again.body is not None
    operation = accepted.body.operation
    assert again.body.operation == operation
    assert polled(poll_of(client, instance, ids(ASYNC), operation)) is OperationState.SUCCEEDED

    change = UpdateRequest(
        **ids(ASYNC),
        context=CONTEXT,
        previous_values=PreviousValues(plan_id=PLANS[ASYNC], service_id=SERVICE_ID),
        parameters={"colour": "green"},
    )
    assert client.update(instance, change, sends=1).outcome is Outcome.ACCEPTED
    busy = client.update(instance, change, sends=1)
    assert busy.outcome is Outcome.RETRY_LATER
    assert polled(poll_of(client, instance, ids(ASYNC), "change")) is OperationState.SUCCEEDED

    deleted = client.deprovision(instance, **ids(ASYNC))
    assert deleted.outcome is Outcome.ACCEPTED
    end = polled(poll_of(client, instance, ids(ASYNC), "delete"))
    assert end in (Outcome.GONE, OperationState.SUCCEEDED)


def test_openbrokerapi_failure_is_reported_by_the_poll(client: BrokerClient) -> None:
    instance = str(uuid.uuid4())

    reply = client.provision(instance, provision_request(ASYNC_FAILING), sends=1)

    assert reply.body is not None
    poll = poll_of(client, instance, ids(ASYNC_FAILING), reply.body.operation)
    assert polled(poll) is OperationState.FAILED


def test_openbrokerapi_async_binding_gives_credentials_when_fetched(client: BrokerClient) -> None:
    instance, binding = str(uuid.uuid4()), str(uuid.uuid4())
    client.provision(instance, provision_request(ASYNC_BIND), sends=1)
    bind = BindRequest(**ids(ASYNC_BIND), context=CONTEXT)

    reply = client.bind(instance, binding, bind, sends=1, accepts_incomplete=False)

    assert reply.outcome is Outcome.ACCEPTED, "AsyncRequired was answered by the client"
    assert reply.body is not None
    operation = reply.body.operation

    def poll() -> Reply[LastOperation]:
        return client.poll_binding(instance, binding, **ids(ASYNC_BIND), operation=operation)

    assert polled(poll) is OperationState.SUCCEEDED
    fetched = client.fetch_binding(instance, binding, **ids(ASYNC_BIND))
    assert fetched.body is not None
    assert fetched.body.credentials


def test_a_wrong_password_is_an_auth_failure_everywhere(
    openbrokerapi_broker: OpenBrokerApiBroker, http: HttpClient
) -> None:
    client = client_of(openbrokerapi_broker, http, password="wrong")

    with pytest.raises(AuthFailed):
        client.catalog()
    reply = client.provision(str(uuid.uuid4()), provision_request(SYNC), sends=1)
    assert reply.error is not None
    assert (reply.outcome, reply.error.status) == (Outcome.REFUSED, 401)


def test_every_plan_of_the_bundled_broker_lives_and_dies(
    bundled_broker: BrokerProcess, http: HttpClient
) -> None:
    client = client_of(bundled_broker, http)
    fetched = client.catalog()
    assert fetched.catalog is not None
    assert fetched.catalog.problems == ()
    for offering in fetched.catalog.services:
        for plan in offering.plans:
            keys: dict[str, Any] = {"service_id": offering.id, "plan_id": plan.id}
            instance = str(uuid.uuid4())
            reply = client.provision(
                instance,
                ProvisionRequest(
                    **keys,
                    context=CONTEXT,
                    organization_guid="cluster-1",
                    space_guid="ns-uid",
                    maintenance_info=plan.maintenance_info,
                ),
                sends=1,
            )
            assert reply.warnings == ()
            assert reply.outcome in (Outcome.DONE, Outcome.ACCEPTED), (plan.name, reply.error)
            if reply.outcome is Outcome.ACCEPTED:
                assert reply.body is not None
                polled(poll_of(client, instance, keys, reply.body.operation))
            gone = client.deprovision(instance, **keys)
            assert gone.outcome in (Outcome.DONE, Outcome.ACCEPTED, Outcome.GONE), gone.error
            if gone.outcome is Outcome.ACCEPTED:
                assert gone.body is not None
                polled(poll_of(client, instance, keys, gone.body.operation))


def test_an_unchanged_catalog_is_not_sent_twice(
    bundled_broker: BrokerProcess, http: HttpClient
) -> None:
    client = client_of(bundled_broker, http)
    first = client.catalog()
    if not (first.etag or first.last_modified):
        pytest.skip("this broker sends no validators")

    assert client.catalog(etag=first.etag, last_modified=first.last_modified).catalog is None
