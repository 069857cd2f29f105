"""Opening a record for work: its broker, logged in to, and what the catalog says of its plan."""

from collections.abc import Callable
from functools import cache

from svcat.app import places
from svcat.app.binding_driver import BindingDriver
from svcat.app.broker_login import open_broker
from svcat.app.catalog import plan_of
from svcat.app.instance_driver import InstanceDriver
from svcat.app.lookup import broker_at
from svcat.app.operation import Session
from svcat.app.polling_limit import limit_of
from svcat.app.ports import Patience, Ports
from svcat.app.remarks import attentive
from svcat.app.requests import Place
from svcat.app.switching import Switch
from svcat.errors import Forbidden, NotFound
from svcat.osb.models import JsonObject
from svcat.store.records import BindingRecord, BrokerRecord, InstanceRecord, Work


def open_instance(
    record: InstanceRecord,
    ports: Ports,
    patience: Patience,
    *,
    parameters: JsonObject | None = None,
    lingers: bool = False,
) -> InstanceDriver:
    """Return what drives ``record``. Raises NotFound, AuthFailed about its broker."""
    broker = _broker_of(record, ports)
    offer = plan_of(broker, record.service_id, record.plan_id, ports)
    return InstanceDriver(
        ports=ports,
        session=Session(ports, patience),
        broker=attentive(open_broker(broker, ports), ports),
        place=_lazy_place(record.namespace, broker.platform, ports),
        parameters=parameters,
        limit=limit_of(offer),
        lingers=lingers,
    )


def open_binding(
    record: BindingRecord,
    ports: Ports,
    patience: Patience,
    *,
    parameters: JsonObject | None = None,
    lingers: bool = False,
    switch: Switch | None = None,
) -> BindingDriver:
    """Return what drives ``record``. Raises NotFound, AuthFailed about its broker."""
    broker = _broker_of(record, ports)
    offer = plan_of(broker, record.service_id, record.plan_id, ports)
    requires = offer.service.requires if offer else ()
    return BindingDriver(
        ports=ports,
        session=Session(ports, patience),
        broker=attentive(open_broker(broker, ports), ports, requires=requires),
        place=_lazy_place(record.namespace, broker.platform, ports),
        parameters=parameters,
        is_retrievable=offer.service.bindings_retrievable if offer else False,
        limit=limit_of(offer),
        lingers=lingers,
        switch=switch or Switch(),
    )


def _broker_of(record: Work, ports: Ports) -> BrokerRecord:
    """Return the registration that made ``record``, or another of the same URL if it is gone.

    A namespace that is being deleted takes its registrations first, and no other can be made there.
    """
    try:
        return broker_at(record.broker, ports)
    except NotFound as gone:
        try:
            others = [b for b in ports.records.list(BrokerRecord) if b.url == record.broker_url]
        except Forbidden:
            others = []
        if others:
            return others[0]
        if not record.broker.namespace:
            raise
        raise NotFound(
            gone.message,
            hint=f"any registration of the same URL will do: svcat register {record.broker.name} "
            f"--url {record.broker_url} --scope cluster",
        ) from gone


def _lazy_place(namespace: str, platform: str, ports: Ports) -> Callable[[], Place]:
    # Deletes do not need it: they must work when the namespace is on its way out.
    return cache(lambda: places.place_of(namespace, ports, platform=platform))
