"""Brokers that are registered: fetching their catalogs again, letting them go."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from svcat.app.broker_login import login_version, logins, open_broker
from svcat.app.ports import Ports
from svcat.errors import Conflict, Forbidden, NotFound, SvcatError
from svcat.osb.catalog import decode_cached_catalog, encode_catalog, outline_of
from svcat.osb.models import Catalog
from svcat.store import names
from svcat.store.records import BrokerRecord, InstanceRecord, RelistBehavior, Scope

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Synced:
    """A broker after its catalog was fetched, and what changed in it."""

    broker: BrokerRecord
    catalog: Catalog
    changed: bool
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()  # what instances use although it is offered no more


def keep_catalog(broker: BrokerRecord, catalog: Catalog, ports: Ports) -> BrokerRecord | None:
    """Store a catalog and what its answer said; return the registration, None if it is gone."""
    outline = encode_catalog(outline_of(catalog))
    return ports.catalogs.save(broker, encode_catalog(catalog), outline)


def sync(broker: BrokerRecord, ports: Ports) -> Synced:
    """Fetch the catalog if it changed; the old one stays if the broker fails.

    Raises AuthFailed, Unreachable, BrokerRefused, NotFound (its login Secret).
    """
    before = _cached(broker, ports)
    version = login_version(broker, ports)
    # Brokers vary the catalog by login: what was fetched with another says nothing now.
    is_comparable = before is not None and version == broker.login_version
    etag, modified = (broker.etag, broker.last_modified) if is_comparable else ("", "")
    try:
        fetched = open_broker(broker, ports).catalog(etag=etag, last_modified=modified)
    except SvcatError as error:
        message = error.message
        ports.records.change(broker, lambda found: replace(found, last_error=message[:1000]))
        raise
    learned = replace(
        broker,
        api_version=fetched.api_version or broker.api_version,
        etag=fetched.etag or broker.etag,
        last_modified=fetched.last_modified or broker.last_modified,
        fetched_at=ports.records.now(),
        login_version=version,
    )
    if fetched.catalog is None and before is not None:  # 304: as it was
        fresh = ports.records.change(
            broker, lambda found: replace(found, fetched_at=learned.fetched_at, last_error="")
        )
        return Synced(fresh or learned, before, changed=False)
    catalog = fetched.catalog or Catalog()
    saved = keep_catalog(learned, catalog, ports)
    # By id: a name may change, and another id is another plan whatever its name (spec, Catalog).
    old, new = _plans_by_id(before or Catalog()), _plans_by_id(catalog)
    return Synced(
        saved or learned,
        catalog,
        changed=before != catalog,
        added=tuple(sorted(name for plan, name in new.items() if plan not in old)),
        removed=tuple(sorted(name for plan, name in old.items() if plan not in new)),
        missed=tuple(_missed(saved or learned, new, ports)),
    )


def is_outdated(broker: BrokerRecord, now: datetime) -> bool:
    """Whether the catalog has grown older than its registration wants."""
    if broker.relist_behavior is RelistBehavior.MANUAL or broker.fetched_at is None:
        return broker.fetched_at is None
    return now - broker.fetched_at > timedelta(seconds=broker.relist_duration_s)


def deregister(broker: BrokerRecord, ports: Ports) -> None:
    """Forget a broker. Raises Conflict while instances of it exist."""
    users = instances_of(broker, ports)
    if users:
        shown = names.some_of([f"{i.namespace}/{i.name}" for i in users], _SHOWN)
        raise Conflict(
            f"broker {broker.name!r} still has instances: {shown}",
            hint=f"deprovision them first: svcat deprovision {users[0].name} "
            f"-n {users[0].namespace}",
        )
    _warn_of_what_is_left(broker, ports)
    ports.catalogs.remove_parts(broker)
    if broker.auth_owned:
        logins(ports).remove(broker.auth_namespace, broker.auth_secret, broker.name)
    for _ in range(3):
        current = ports.records.reload(broker)
        if current is None or ports.records.remove(current):
            return
    raise Conflict(f"broker {broker.name!r} is being changed by others", hint="try again")


def _warn_of_what_is_left(broker: BrokerRecord, ports: Ports) -> None:
    """Say what only the ledger remembers, and may be paid for."""
    try:
        left = [entry for entry in ports.ledger.list() if entry.broker == broker.ref]
    except Forbidden:  # the ledger is not for everybody's eyes
        return
    if left:
        shown = names.some_of([f"{e.kind} {e.namespace}/{e.name}" for e in left], _SHOWN)
        ports.warn(
            f"at broker {broker.name} there may still be: {shown}; svcat orphans list names "
            f"them, and orphans clean deletes them once {broker.url} is registered again"
        )


def instances_of(broker: BrokerRecord, ports: Ports) -> list[InstanceRecord]:
    """Return the instances of a broker, in the namespaces that can use it."""
    namespace = broker.namespace if broker.scope is Scope.NAMESPACE else ""
    selector = names.selector(broker=broker.name)
    found = ports.records.list(InstanceRecord, namespace, selector=selector)
    return [instance for instance in found if instance.broker == broker.ref]


def remember_version(broker: BrokerRecord, api_version: str, ports: Ports) -> None:
    """Keep the API version that a broker asked for in the middle of something else.

    The catalog is asked for anew next time: brokers vary it by version. Who may not write to the
    registration asks again each time. A broker that is being registered is written anyhow.
    """
    if not broker.uid:
        return
    try:
        ports.records.change(
            broker,
            lambda found: replace(found, api_version=api_version, etag="", last_modified=""),
        )
    except SvcatError:
        return


def _cached(broker: BrokerRecord, ports: Ports) -> Catalog | None:
    try:
        return decode_cached_catalog(ports.catalogs.load(broker))
    except NotFound:
        return None


def _plans_by_id(catalog: Catalog) -> dict[tuple[str, str], str]:
    return {(s.id, p.id): f"{s.name}/{p.name}" for s in catalog.services for p in s.plans}


def _missed(
    broker: BrokerRecord, offered: Collection[tuple[str, str]], ports: Ports
) -> Iterator[str]:
    for instance in instances_of(broker, ports):
        if (instance.service_id, instance.plan_id) not in offered:
            yield (
                f"instance {instance.namespace}/{instance.name} is of plan "
                f"{instance.service_name}/{instance.plan_name} (id {instance.plan_id}), which is "
                "offered no more; it goes on, and can be unbound and deprovisioned"
            )
