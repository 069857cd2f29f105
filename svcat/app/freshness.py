"""How old a cached catalog may be: ``relist`` in the words of Service Catalog.

There is nobody to fetch catalogs in the background. What only shows a catalog says that it is old;
what is about to order from one fetches it first.
"""

from collections.abc import Sequence

from svcat.app.brokers import Synced, is_outdated, sync
from svcat.app.lookup import visible_brokers
from svcat.app.ports import Ports
from svcat.errors import SvcatError
from svcat.store.records import BrokerRecord


def renew(namespace: str, ports: Ports, *, broker: str = "", is_forced: bool = False) -> None:
    """Fetch the catalogs that are old (all if ``is_forced``); what cannot be is used as it is."""
    for record in visible_brokers(namespace, None, ports):
        is_due = is_forced or is_outdated(record, ports.records.now())
        if not is_due or broker not in {"", record.name}:
            continue
        tried = _synced(record, ports)
        if isinstance(tried, SvcatError):
            ports.warn(not_fetched(record, tried))


def sync_each(records: Sequence[BrokerRecord], ports: Ports) -> list[Synced | SvcatError]:
    """Fetch the catalogs of brokers; one that fails keeps no other back."""
    return [_synced(record, ports) for record in records]


def not_fetched(record: BrokerRecord, error: SvcatError) -> str:
    """Return in words which catalog is as it was, and why."""
    return f"the catalog of broker {record.name!r} is not fetched again: {error.message}"


def _synced(record: BrokerRecord, ports: Ports) -> Synced | SvcatError:
    try:
        return sync(record, ports)
    except SvcatError as error:
        return error
