"""How old a cached catalog may be: ``relist`` in the words of Service Catalog.

There is nobody to fetch catalogs in the background. What only shows a catalog says that it is old;
what is about to order from one fetches it first.
"""

from svcat.app import brokers
from svcat.app.lookup import visible_brokers
from svcat.app.ports import Ports
from svcat.errors import SvcatError
from svcat.store.records import BrokerRecord


def renew(namespace: str, ports: Ports, *, broker: str = "", is_forced: bool = False) -> None:
    """Fetch the catalogs that are old (all if ``is_forced``); what cannot be is used as it is."""
    for record in visible_brokers(namespace, None, ports):
        is_due = is_forced or brokers.is_outdated(record, ports.records.now())
        if is_due and broker in {"", record.name}:
            _fetch(record, ports)


def _fetch(record: BrokerRecord, ports: Ports) -> None:
    """Fetch a catalog; say so if that fails, and go on."""
    try:
        brokers.sync(record, ports)
    except SvcatError as error:
        ports.warn(f"the catalog of broker {record.name!r} is not fetched again: {error.message}")
