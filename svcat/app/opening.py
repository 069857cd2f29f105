"""Opening a record for work: its broker, logged in to, and what the catalog says of its plan."""

from collections.abc import Callable
from functools import cache

from svcat.app import places
from svcat.app.binding_driver import BindingDriver
from svcat.app.brokers import open_broker
from svcat.app.catalog import PlanOffer, plan_of
from svcat.app.instance_driver import InstanceDriver
from svcat.app.lookup import broker_at
from svcat.app.operation import Session
from svcat.app.ports import Patience, Ports
from svcat.app.requests import Place
from svcat.osb.models import JsonObject
from svcat.store.records import BindingRecord, InstanceRecord, Work


def open_instance(
    record: InstanceRecord,
    ports: Ports,
    patience: Patience,
    *,
    parameters: JsonObject | None = None,
    unsent: bool = False,
    lingers: bool = False,
) -> InstanceDriver:
    """Return what drives ``record``. Raises NotFound, AuthFailed about its broker."""
    broker = broker_at(record.broker, ports)
    offer = _offer(record, ports)
    return InstanceDriver(
        ports=ports,
        session=Session(ports, patience),
        broker=open_broker(broker, ports),
        place=_lazy_place(record.namespace, ports),
        unsent=unsent,
        parameters=parameters,
        max_polling_s=offer.plan.maximum_polling_duration if offer else None,
        lingers=lingers,
    )


def open_binding(
    record: BindingRecord,
    ports: Ports,
    patience: Patience,
    *,
    parameters: JsonObject | None = None,
    unsent: bool = False,
    lingers: bool = False,
) -> BindingDriver:
    """Return what drives ``record``. Raises NotFound, AuthFailed about its broker."""
    broker = broker_at(record.broker, ports)
    offer = _offer(record, ports)
    return BindingDriver(
        ports=ports,
        session=Session(ports, patience),
        broker=open_broker(broker, ports),
        place=_lazy_place(record.namespace, ports),
        unsent=unsent,
        parameters=parameters,
        is_retrievable=offer.service.bindings_retrievable if offer else False,
        max_polling_s=offer.plan.maximum_polling_duration if offer else None,
        lingers=lingers,
    )


def _offer(record: Work, ports: Ports) -> PlanOffer | None:
    broker = broker_at(record.broker, ports)
    return plan_of(broker, record.service_id, record.plan_id, ports)


def _lazy_place(namespace: str, ports: Ports) -> Callable[[], Place]:
    # Deletes do not need it: they must work when the namespace is on its way out.
    return cache(lambda: places.place_of(namespace, ports))
