"""How brokers look. Pure."""

from collections.abc import Iterable
from datetime import datetime

from svcat.output.view import (
    NONE,
    WHERE,
    Column,
    Fields,
    JsonObject,
    Table,
    View,
    envelope,
    list_of,
    name_of,
)
from svcat.output.words import age, duration, timestamp
from svcat.store.records import (
    RELIST_DURATION_S,
    AuthKind,
    BrokerRecord,
    RelistBehavior,
    Scope,
)

_EMPTY = f"No brokers found in {WHERE}. Register one: svcat register NAME --url URL"
_COLUMNS = (
    Column("NAME"),
    Column("NAMESPACE"),
    Column("URL"),
    Column("STATUS"),
    Column("API", wide=True),
    Column("LOGIN", wide=True),
    Column("FETCHED", wide=True),
    Column("AGE", wide=True),
)


def broker_object(broker: BrokerRecord) -> JsonObject:
    """Return a broker as the JSON contract has it; logins are named, never shown."""
    login = (
        None
        if broker.auth is AuthKind.NONE
        else {
            "kind": broker.auth,
            "secretRef": {"namespace": broker.auth_namespace, "name": broker.auth_secret},
        }
    )
    return envelope(
        "Broker",
        {
            "name": broker.name,
            "namespace": _namespace(broker),
            "uid": broker.uid,
            "creationTimestamp": timestamp(broker.created),
        },
        {
            "url": broker.url,
            "scope": broker.scope,
            "auth": login,
            "caBundle": broker.ca_pem,
            "insecureSkipTLSVerify": broker.skip_tls or None,
            "proxy": broker.proxy or None,
            "platform": broker.platform or None,
            "catalogLimitMiB": broker.catalog_limit_mib or None,
            "relistBehavior": broker.relist_behavior,
            "relistDurationSeconds": broker.relist_duration_s,
            "catalogRestrictions": {
                key: list(value)
                for key, value in (
                    ("serviceClass", broker.class_restrictions),
                    ("servicePlan", broker.plan_restrictions),
                )
                if value
            },
        },
        {
            "conditions": [_condition(broker)],
            "apiVersion": broker.api_version,
            "lastCatalogRetrievalTime": timestamp(broker.fetched_at),
            "lastError": broker.last_error,
        },
    )


def broker_list(brokers: Iterable[BrokerRecord], now: datetime) -> View:
    """Return the View of ``get brokers``."""
    shown = list(brokers)
    rows = tuple(
        (
            b.name,
            _namespace(b),
            b.url,
            status(b),
            b.api_version or NONE,
            b.auth.value,
            age(b.fetched_at, now),
            age(b.created, now),
        )
        for b in shown
    )
    table = Table(_COLUMNS, rows, empty=_EMPTY)
    return list_of("Broker", [broker_object(b) for b in shown], table)


def broker_row(broker: BrokerRecord, now: datetime) -> View:
    """Return the View of ``get broker NAME``."""
    listed = broker_list([broker], now)
    return View(broker_object(broker), listed.blocks, listed.names)


def broker_details(broker: BrokerRecord, *, notes: tuple[str, ...] = ()) -> View:
    """Return the View of ``describe broker``."""
    lines = [("Name", broker.name), ("Scope", broker.scope.value)]
    if broker.scope is Scope.NAMESPACE:
        lines.append(("Namespace", broker.namespace))
    lines += [("URL", broker.url), *_status_lines(broker)]
    if broker.api_version:
        lines.append(("API Version", broker.api_version))
    if broker.auth is not AuthKind.NONE:
        where = f"{broker.auth_namespace}/{broker.auth_secret}"
        lines.append(("Login", f"{broker.auth} from Secret {where}"))
    if broker.skip_tls:
        lines.append(("TLS", "certificate NOT verified"))
    elif broker.ca_pem:
        lines.append(("TLS", "own CA"))
    if broker.proxy:
        lines.append(("Proxy", broker.proxy))
    if broker.platform:
        lines.append(("Platform", broker.platform))
    lines += [("Class Restrictions", text) for text in broker.class_restrictions]
    lines += [("Plan Restrictions", text) for text in broker.plan_restrictions]
    if broker.relist_behavior is RelistBehavior.MANUAL:
        lines.append(("Relist", "manual"))
    elif broker.relist_duration_s != RELIST_DURATION_S:
        lines.append(("Relist", f"after {duration(broker.relist_duration_s)}"))
    lines += [("Note", note) for note in notes]
    obj = broker_object(broker)
    return View(obj, (Fields(tuple(lines)),), (name_of(obj),))


def status(broker: BrokerRecord) -> str:
    """Return the word for the STATUS column."""
    return "ErrorFetchingCatalog" if broker.last_error else "Ready"


def _status_lines(broker: BrokerRecord) -> list[tuple[str, str]]:
    at = f"{broker.fetched_at:%Y-%m-%d %H:%M:%S} UTC" if broker.fetched_at else ""
    if broker.last_error:  # when that was, the record does not know
        lines = [("Status", f"{status(broker)} - {broker.last_error}")]
        return [*lines, ("Last Fetched", f"{at}; that catalog still serves")] if at else lines
    words = "Successfully fetched catalog entries from broker" + (f" @ {at}" if at else "")
    return [("Status", f"{status(broker)} - {words}")]


def _condition(broker: BrokerRecord) -> JsonObject:
    is_ready = not broker.last_error
    condition: JsonObject = {
        "type": "Ready",
        "status": "True" if is_ready else "False",
        "reason": "FetchedCatalog" if is_ready else "ErrorFetchingCatalog",
        "message": broker.last_error or "Successfully fetched catalog entries from broker.",
    }
    if is_ready:  # when the last fetch failed, the record does not know
        condition["lastTransitionTime"] = timestamp(broker.fetched_at or broker.created)
    return condition


def _namespace(broker: BrokerRecord) -> str:
    return broker.namespace if broker.scope is Scope.NAMESPACE else ""
