"""Changing a registration: another URL, login, version or policy, tried before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from svcat.app import restrictions
from svcat.app.broker_login import login_of
from svcat.app.brokers import Synced, instances_of, keep_catalog
from svcat.app.catalog import load_catalog
from svcat.app.ports import Ports
from svcat.errors import Conflict, NotFound, UsageError
from svcat.osb.models import Catalog, FetchedCatalog
from svcat.store.login_secrets import LoginSecrets, destination, secret_name_of
from svcat.store.records import AuthKind, BrokerRecord, RelistBehavior

# What is not about reaching the broker: changing it asks the broker nothing.
_POLICY = frozenset(
    {"class_restrictions", "plan_restrictions", "relist_behavior", "relist_duration_s"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What ``broker update`` is asked for; None: as it is."""

    url: str | None = None
    auth: AuthKind | None = None  # with one of the next two, unless it is NONE
    secret_name: str = ""
    login: Mapping[str, bytes] | None = field(default=None, repr=False)
    ca_pem: str | None = None
    skip_tls: bool | None = None
    allow_plain_http: bool | None = None
    api_version: str | None = None
    platform: str | None = None
    proxy: str | None = None
    catalog_limit_mib: int | None = None
    class_restrictions: tuple[str, ...] | None = None
    plan_restrictions: tuple[str, ...] | None = None
    relist_behavior: RelistBehavior | None = None
    relist_duration_s: int | None = None
    is_forced: bool = False  # although its instances are not of the catalog there


def update_broker(broker: BrokerRecord, change: Change, namespace: str, ports: Ports) -> Synced:
    """Change a registration; nothing is written unless the broker answers as it would be reached.

    ``namespace`` is where a named login Secret of a cluster-wide broker is. Raises UsageError,
    Conflict, AuthFailed, Unreachable, BrokerRefused, NotFound.
    """
    fields = _fields(broker, change, namespace)
    if not fields and change.login is None:
        raise UsageError("nothing to change is given", hint="see: svcat broker update --help")
    wanted = replace(broker, **fields)
    if wanted == broker and change.login is None:
        return Synced(broker, _cached(broker, ports), changed=False)
    fetched = None
    secret: Mapping[str, bytes] = {}
    if change.login is not None or set(fields) - _POLICY:
        secret = _login(broker, wanted, change, ports)
        fetched = ports.connect(wanted, secret).catalog()
        if not change.is_forced:
            _require_same_broker(broker, fetched.catalog or Catalog(), ports)
        fields |= {
            "api_version": fetched.api_version or wanted.api_version,
            "etag": fetched.etag,
            "last_modified": fetched.last_modified,
            "fetched_at": ports.records.now(),
            "last_error": "",
        }
    logins = LoginSecrets(ports.records.api)
    is_login_new = change.login is not None or destination(wanted) != destination(broker)
    if wanted.auth_owned and is_login_new:
        logins.write(wanted.auth_namespace, wanted.auth_secret, wanted, secret)
    stored = ports.records.change(broker, lambda found: replace(found, **fields))
    if stored is None:
        raise Conflict(f"broker {broker.name!r} was deregistered meanwhile", hint="try again")
    if broker.auth_owned and not stored.auth_owned:
        logins.remove(broker.auth_namespace, broker.auth_secret, broker.name)
    return _kept(stored, fetched, ports)


def _login(
    broker: BrokerRecord, wanted: BrokerRecord, change: Change, ports: Ports
) -> Mapping[str, bytes]:
    """Return the login to try; one that stays goes with the registration to its new place."""
    return change.login if change.login is not None else login_of(wanted, ports, formerly=broker)


def _kept(stored: BrokerRecord, fetched: FetchedCatalog | None, ports: Ports) -> Synced:
    if fetched is None:
        return Synced(stored, _cached(stored, ports), changed=True)
    catalog = fetched.catalog or Catalog()
    saved = keep_catalog(stored, catalog, ports)
    return Synced(saved or stored, catalog, changed=True)


def _fields(broker: BrokerRecord, change: Change, namespace: str) -> dict[str, Any]:
    same_name = (
        "url",
        "ca_pem",
        "skip_tls",
        "allow_plain_http",
        "api_version",
        "platform",
        "proxy",
        "catalog_limit_mib",
        "relist_behavior",
        "relist_duration_s",
    )
    fields = {name: v for name in same_name if (v := getattr(change, name)) is not None}
    if change.class_restrictions is not None:
        read = restrictions.for_classes(change.class_restrictions)
        fields["class_restrictions"] = tuple(map(str, read))
    if change.plan_restrictions is not None:
        read = restrictions.for_plans(change.plan_restrictions)
        fields["plan_restrictions"] = tuple(map(str, read))
    if change.auth is not None:
        fields |= _login_fields(broker, change, change.auth, namespace)
    if fields.get("ca_pem"):
        fields["skip_tls"] = False
    return fields


def _login_fields(
    broker: BrokerRecord, change: Change, auth: AuthKind, namespace: str
) -> dict[str, Any]:
    is_owned = change.login is not None
    if is_owned:
        place, secret = broker.namespace, secret_name_of(broker.name)
    else:
        place, secret = (namespace, change.secret_name) if change.secret_name else ("", "")
    return {"auth": auth, "auth_namespace": place, "auth_secret": secret, "auth_owned": is_owned}


def _require_same_broker(broker: BrokerRecord, catalog: Catalog, ports: Ports) -> None:
    """Raise Conflict if what was provisioned could not be of what answers now."""
    known = {(service.id, plan.id) for service in catalog.services for plan in service.plans}
    lost = [i for i in instances_of(broker, ports) if (i.service_id, i.plan_id) not in known]
    if lost and not _was_lost_before(lost[0].service_id, lost[0].plan_id, broker, ports):
        raise Conflict(
            f"the catalog there has no plan {lost[0].plan_name!r} of class "
            f"{lost[0].service_name!r}, which instance {lost[0].namespace}/{lost[0].name} is of",
            hint="register another broker under a name of its own; if it is the same one all the "
            "same: --force",
        )


def _was_lost_before(service_id: str, plan_id: str, broker: BrokerRecord, ports: Ports) -> bool:
    known = _cached(broker, ports).services
    return not any(s.id == service_id and any(p.id == plan_id for p in s.plans) for s in known)


def _cached(broker: BrokerRecord, ports: Ports) -> Catalog:
    try:
        return load_catalog(broker, ports)
    except NotFound:
        return Catalog()
