"""Registering brokers, fetching their catalogs, letting them go."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from svcat.app import restrictions
from svcat.app.ports import Broker, Ports
from svcat.errors import (
    AlreadyExists,
    AuthFailed,
    Conflict,
    Forbidden,
    NotFound,
    SvcatError,
    UsageError,
)
from svcat.osb.catalog import decode_cached_catalog, encode_catalog, outline_of
from svcat.osb.models import Catalog
from svcat.store import names, user_provided
from svcat.store.login_secrets import LoginSecrets, secret_name_of
from svcat.store.records import (
    RELIST_DURATION_S,
    AuthKind,
    BrokerRecord,
    InstanceRecord,
    RelistBehavior,
    Scope,
)

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What ``register`` is asked for."""

    name: str
    namespace: str
    scope: Scope
    url: str
    auth: AuthKind = AuthKind.NONE
    secret_name: str = ""  # an existing login Secret …
    secret_namespace: str = ""
    login: Mapping[str, bytes] | None = None  # … or what goes into one of our own
    ca_pem: str = ""
    skip_tls: bool = False
    allow_plain_http: bool = False
    relist_behavior: RelistBehavior = RelistBehavior.DURATION
    relist_duration_s: int = RELIST_DURATION_S
    class_restrictions: tuple[str, ...] = ()
    plan_restrictions: tuple[str, ...] = ()
    api_version: str = ""  # to begin with
    platform: str = ""
    proxy: str = ""
    catalog_limit_mib: int = 0
    replaces: bool = False  # --update-if-exists


@dataclass(frozen=True, slots=True)
class Synced:
    """A broker after its catalog was fetched, and what changed in it."""

    broker: BrokerRecord
    catalog: Catalog
    changed: bool
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()  # what instances use although it is offered no more


def register(order: Registration, ports: Ports) -> Synced:
    """Fetch the catalog with the login given, then remember both. Raises Conflict, SvcatError.

    Nothing is written unless the broker answered; a repeat with the same request is no error.
    """
    wanted = _record(order, ports)
    login_version = "" if order.login is not None else _login_version(wanted, ports)
    secret = order.login if order.login is not None else login_of(wanted, ports)
    existing = ports.records.find(BrokerRecord, wanted.namespace, wanted.name)
    if existing is not None and not order.replaces:
        _require_same(existing, wanted)
    fetched = ports.connect(wanted, secret).catalog()
    catalog = fetched.catalog or Catalog()
    if wanted.scope is Scope.CLUSTER:
        ports.ledger.ensure_namespace()
    version = login_version
    if order.login is not None:
        where = (wanted.auth_namespace, wanted.auth_secret)
        version = _logins(ports).write(*where, wanted, order.login)
    learned = replace(
        wanted,
        login_version=version,
        api_version=fetched.api_version,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        fetched_at=ports.records.now(),
    )
    stored = _store(learned, existing, ports)
    saved = keep_catalog(stored, catalog, ports)
    return Synced(saved or stored, catalog, changed=existing is None)


def keep_catalog(broker: BrokerRecord, catalog: Catalog, ports: Ports) -> BrokerRecord | None:
    """Store a catalog and what its answer said; return the registration, None if it is gone."""
    outline = encode_catalog(outline_of(catalog))
    return ports.catalogs.save(broker, encode_catalog(catalog), outline)


def sync(broker: BrokerRecord, ports: Ports) -> Synced:
    """Fetch the catalog if it changed; the old one stays if the broker fails.

    Raises AuthFailed, Unreachable, BrokerRefused, NotFound (its login Secret).
    """
    before = _cached(broker, ports)
    version = _login_version(broker, ports)
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
        _logins(ports).remove(broker.auth_namespace, broker.auth_secret, broker.name)
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
    selector = f"{names.DOMAIN}/broker={names.label_value(broker.name)}"
    found = ports.records.list(InstanceRecord, namespace, selector=selector)
    return [instance for instance in found if instance.broker == broker.ref]


def open_broker(broker: BrokerRecord, ports: Ports) -> Broker:
    """Return a logged-in connection. Raises NotFound, AuthFailed about the login Secret."""
    return ports.connect(broker, login_of(broker, ports))


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


def _login_version(broker: BrokerRecord, ports: Ports) -> str:
    """Return which state of the login Secret there is; empty if none can be told."""
    if broker.auth is AuthKind.NONE or not broker.auth_secret:
        return ""
    try:
        return _logins(ports).version(broker.auth_namespace, broker.auth_secret)
    except (NotFound, AuthFailed):
        return ""


def login_of(
    broker: BrokerRecord, ports: Ports, *, formerly: BrokerRecord | None = None
) -> Mapping[str, bytes]:
    """Return the contents of a broker's login Secret; empty if it needs no login.

    Raises NotFound, AuthFailed, Conflict if it is for another place than the registration's, now
    or ``formerly``.
    """
    if broker.auth is AuthKind.NONE or not broker.auth_secret:
        return {}
    try:
        places = (broker, formerly) if formerly else (broker,)
        return _logins(ports).read(broker.auth_namespace, broker.auth_secret, *places)
    except NotFound as error:
        raise NotFound(
            f"the login Secret {broker.auth_secret!r} of broker {broker.name!r} is not in "
            f"namespace {broker.auth_namespace}",
            hint=f"make it, or register {broker.name} again with another login",
        ) from error
    except AuthFailed as error:
        raise type(error)(
            f"no right to read the login Secret {broker.auth_secret!r} of broker "
            f"{broker.name!r} in namespace {broker.auth_namespace}",
            hint="whoever provisions needs 'get' on that Secret; ask its owner, or register the "
            "broker in your own namespace",
        ) from error


def _record(order: Registration, ports: Ports) -> BrokerRecord:
    names.require_name(order.name, "a broker")
    if order.name == user_provided.NAME:
        raise UsageError(
            f"{order.name!r} is the name of what needs no broker",
            hint="choose another; credentials that you have: svcat create user-provided NAME",
        )
    is_cluster = order.scope is Scope.CLUSTER
    namespace = ports.system_namespace if is_cluster else order.namespace
    if not is_cluster and namespace == ports.system_namespace:
        raise Conflict(
            f"namespace {namespace} holds the cluster-wide brokers",
            hint="register it with --scope cluster",
        )
    return record_of(order, namespace)


def record_of(order: Registration, namespace: str) -> BrokerRecord:
    """Return the registration as it would be kept in ``namespace``."""
    owned = order.login is not None
    return BrokerRecord(
        namespace=namespace,
        name=order.name,
        scope=order.scope,
        url=order.url,
        auth=order.auth,
        auth_namespace=namespace if owned else order.secret_namespace,
        auth_secret=secret_name_of(order.name) if owned else order.secret_name,
        auth_owned=owned,
        ca_pem=order.ca_pem,
        skip_tls=order.skip_tls,
        allow_plain_http=order.allow_plain_http,
        relist_behavior=order.relist_behavior,
        relist_duration_s=order.relist_duration_s,
        class_restrictions=tuple(map(str, restrictions.for_classes(order.class_restrictions))),
        plan_restrictions=tuple(map(str, restrictions.for_plans(order.plan_restrictions))),
        api_version=order.api_version,
        platform=order.platform,
        proxy=order.proxy,
        catalog_limit_mib=order.catalog_limit_mib,
    )


_IDENTITY = (
    "url",
    "auth",
    "auth_namespace",
    "auth_secret",
    "ca_pem",
    "skip_tls",
    "class_restrictions",
    "plan_restrictions",
    "relist_behavior",
    "relist_duration_s",
    "platform",
    "proxy",
)


def _require_same(existing: BrokerRecord, wanted: BrokerRecord) -> None:
    differing = [f for f in _IDENTITY if getattr(existing, f) != getattr(wanted, f)]
    if differing:
        raise AlreadyExists(
            f"broker {wanted.name!r} is already registered, with another "
            f"{', '.join(f.replace('_', ' ') for f in differing)}",
            hint="change it with --update-if-exists, or deregister it first",
        )


def _store(learned: BrokerRecord, existing: BrokerRecord | None, ports: Ports) -> BrokerRecord:
    if existing is None:
        _make_namespace(learned, ports)
        stored, mine = ports.records.create(learned)
        if not mine:
            _require_same(stored, learned)
        return stored

    def merged(found: BrokerRecord) -> BrokerRecord:
        return replace(
            learned,
            uid=found.uid,
            resource_version=found.resource_version,
            created=found.created,
            seq=found.seq,
            writes=found.writes,
            foreign=found.foreign,
            labels=found.labels,
            catalog_digest=found.catalog_digest,
            catalog_parts=found.catalog_parts,
        )

    changed = ports.records.change(existing, merged)
    if changed is None:
        raise Conflict(f"broker {learned.name!r} was deregistered meanwhile", hint="try again")
    return changed


def _make_namespace(record: BrokerRecord, ports: Ports) -> None:
    if record.scope is Scope.CLUSTER:
        ports.ledger.ensure_namespace()


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


def _logins(ports: Ports) -> LoginSecrets:
    return LoginSecrets(ports.records.api)
