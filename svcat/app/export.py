"""All that is kept of a namespace, or of all, as objects to make anew in another store.

Nothing is taken out of the middle of work: two stores would go on with one operation. Brokers for
the whole cluster come along where they are used, and of the ledger what is of the namespace.
"""

from collections.abc import Iterable, Iterator

from svcat.app.ports import Ports
from svcat.app.stale import has_work
from svcat.app.verdicts import kind_of
from svcat.errors import Conflict, NotFound
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, Resource, list_all
from svcat.store import codec, names, portable
from svcat.store.ledger_codec import LEDGER_KIND
from svcat.store.records import (
    BindingRecord,
    BrokerRecord,
    InstanceRecord,
    PresetRecord,
    Record,
    Work,
)

_RECORDS: tuple[type[Record], ...] = (BrokerRecord, PresetRecord, InstanceRecord, BindingRecord)
_ORDER = (NAMESPACE.kind, SECRET.kind, CONFIG_MAP.kind)
_ALWAYS_THERE = "default"  # a Namespace that no cluster needs to be given


def export(namespace: str, ports: Ports) -> list[JsonObject]:
    """Return the objects of ``namespace`` (all if empty), in the order in which to make them.

    Raises Conflict while something is in progress, RecordDamaged, NotFound for a missing login.
    """
    found = list(_listed(CONFIG_MAP, namespace, ports))
    if namespace not in {"", ports.system_namespace}:
        found += _of_the_cluster(namespace, _records_in(found), ports)
    records = _records_in(found)
    _require_rest([record for record in records if isinstance(record, Work)], namespace, ports)
    secrets = [*_listed(SECRET, namespace, ports), *_logins(records, ports)]
    objects = [*map(portable.secret, secrets), *map(portable.config_map, found)]
    places = {obj["metadata"]["namespace"] for obj in objects} - {_ALWAYS_THERE}
    objects += map(portable.namespace, places)
    return [obj for _, obj in sorted({_place_of(obj): obj for obj in objects}.items())]


def _listed(
    resource: Resource, namespace: str, ports: Ports, selector: str = ""
) -> Iterator[JsonObject]:
    return list_all(ports.records.api, resource, namespace, selector=selector or names.KIND)


def _records_in(objects: Iterable[JsonObject]) -> list[Record]:
    return [
        codec.decode(record_type, obj)
        for obj in objects
        for record_type in _RECORDS
        if codec.holds(record_type, obj)
    ]


def _of_the_cluster(
    namespace: str, records: Iterable[Record], ports: Ports
) -> Iterator[JsonObject]:
    """Give what the records of a namespace have in the system namespace."""
    system = ports.system_namespace
    selector = names.selector(kind=LEDGER_KIND, namespace=namespace)
    yield from _listed(CONFIG_MAP, system, ports, selector)
    used = [r.broker for r in records if isinstance(r, Work | PresetRecord)]
    for broker in sorted({ref.name for ref in used if not ref.namespace}):
        try:
            name = names.broker_object(broker)
            yield ports.records.api.get(CONFIG_MAP, system, name)
        except NotFound:
            ports.warn(f"broker {broker!r} is registered no more: register it again over there")
            continue
        parts = names.selector(kind="catalog", broker=broker)
        yield from _listed(CONFIG_MAP, system, ports, parts)


def _logins(records: Iterable[Record], ports: Ports) -> Iterator[JsonObject]:
    """Give the login Secrets that registrations name, the users' own ones too."""
    for record in records:
        if isinstance(record, BrokerRecord) and record.auth_secret:
            yield ports.secrets.read(record.auth_namespace, record.auth_secret)


def _require_rest(work: Iterable[Work], namespace: str, ports: Ports) -> None:
    """Raise Conflict if a command is at work on a record, or left something to do."""
    now = ports.records.now()
    busy = [r for r in work if has_work(r, now, ports) or r.live_claims(now)]
    if busy:
        where = f"-n {namespace}" if namespace else "-A"
        named = [f"{kind_of(r)} {r.name!r} in namespace {r.namespace}" for r in busy]
        raise Conflict(
            f"{named[0]} is in the middle of something"
            + (f", and {len(busy) - 1} more" if busy[1:] else "")
            + "; what is exported now would be continued twice",
            hint=f"see it through, then again: svcat resume {where}",
            details=tuple(named) if busy[1:] else (),
        )


def _place_of(obj: JsonObject) -> tuple[int, str, str]:
    metadata = obj["metadata"]
    return _ORDER.index(obj["kind"]), metadata.get("namespace", ""), metadata["name"]
