"""Registering a broker: nothing is written unless it answered; a repeat changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from svcat.app import restrictions
from svcat.app.broker_login import login_of, login_version, logins
from svcat.app.brokers import Synced, keep_catalog
from svcat.app.ports import Ports
from svcat.errors import AlreadyExists, Conflict, UsageError
from svcat.osb.models import Catalog
from svcat.store import names, user_provided
from svcat.store.login_secrets import secret_name_of
from svcat.store.records import RELIST_DURATION_S, AuthKind, BrokerRecord, RelistBehavior, Scope


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


def register(order: Registration, ports: Ports) -> Synced:
    """Fetch the catalog with the login given, then remember both. Raises Conflict, SvcatError.

    Nothing is written unless the broker answered; a repeat with the same request is no error.
    """
    wanted = _record(order, ports)
    version = "" if order.login is not None else login_version(wanted, ports)
    secret = order.login if order.login is not None else login_of(wanted, ports)
    existing = ports.records.find(BrokerRecord, wanted.namespace, wanted.name)
    if existing is not None and not order.replaces:
        _require_same(existing, wanted)
    fetched = ports.connect(wanted, secret).catalog()
    catalog = fetched.catalog or Catalog()
    if wanted.scope is Scope.CLUSTER:
        ports.ledger.ensure_namespace()
    if order.login is not None:
        where = (wanted.auth_namespace, wanted.auth_secret)
        version = logins(ports).write(*where, wanted, order.login)
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
        stored, mine = ports.records.create(learned)
        if not mine:
            _require_same(stored, learned)
        return stored

    def merged(found: BrokerRecord) -> BrokerRecord:
        return replace(
            learned.in_place_of(found),
            labels=found.labels,
            catalog_digest=found.catalog_digest,
            catalog_parts=found.catalog_parts,
        )

    changed = ports.records.change(existing, merged)
    if changed is None:
        raise Conflict(f"broker {learned.name!r} was deregistered meanwhile", hint="try again")
    return changed
