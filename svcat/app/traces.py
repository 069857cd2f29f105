"""What is left of a binding whose record is gone: its Secret, or only what the ledger remembers.

The Secret names the instance, the broker, the plan and the id. The ledger names them too, but not
how the Secret was laid out, nor which of several ids was the current one.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from svcat.app.ports import Ports
from svcat.errors import Forbidden
from svcat.store import names
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingId, BrokerRecord, BrokerRef, InstanceRecord, Role
from svcat.store.secrets import BINDING, CredentialsSecret
from svcat.store.shape import Shape

# Pods may run with any of them; by then they have had the time to get those of the current one.
OTHER_IDS_ARE_KEPT = timedelta(hours=1)


class Trace(Struct, frozen=True, kw_only=True):
    """What it takes to make a binding's record again."""

    words: str  # what it was found by
    instance: str
    instance_id: str
    broker: BrokerRef
    broker_url: str
    service_id: str
    plan_id: str
    ids: tuple[BindingId, ...]
    secret_name: str
    secret_type: str = ""  # empty: not known
    shape: Shape = Shape()
    expires_at: str = ""
    renew_before: str = ""
    manager_uid: str = ""  # of the record that is gone


def find(name: str, namespace: str, ports: Ports, *, secret_name: str = "") -> Trace | None:
    """Return what is left of binding ``name``; None: nothing that leads to it."""
    secret = _secret_of(name, namespace, ports, secret_name=secret_name)
    remembered = _in_ledger(name, namespace, ports, secret_name=secret_name)
    if secret is None or not (secret.held_id or secret.wanted_id):
        return remembered
    shown = _in_secret(secret, ports)
    is_outdated = remembered is not None and shown.ids[0].id not in {i.id for i in remembered.ids}
    return remembered if is_outdated else shown  # a Secret may come out of an old backup


def _secret_of(
    name: str, namespace: str, ports: Ports, *, secret_name: str
) -> CredentialsSecret | None:
    """Return the Secret of a binding whose record is gone; by its label where we may list."""
    found = ports.secrets.find(namespace, secret_name or name)
    if found is not None and _is_of(found, name):
        return found
    try:
        return next(iter(ports.secrets.list(namespace, name)), None)
    except Forbidden:
        return None


def _is_of(secret: CredentialsSecret, name: str) -> bool:
    labels = secret.obj["metadata"].get("labels") or {}
    return bool(secret.owner_uid) and labels.get(BINDING) == names.label_value(name)


def _in_secret(secret: CredentialsSecret, ports: Ports) -> Trace:
    broker = BrokerRef(name=secret.noted("broker"), namespace=secret.noted("broker-namespace"))
    return Trace(
        words="a Secret of it is left",
        instance=secret.noted("instance"),
        instance_id=secret.noted("instance-id"),
        broker=broker,
        broker_url=_url_of(broker, ports),
        service_id=secret.noted("service-id"),
        plan_id=secret.noted("plan-id"),
        ids=(_known(secret.held_id or secret.wanted_id, Role.CURRENT),),
        secret_name=secret.obj["metadata"]["name"],
        secret_type=str(secret.obj.get("type", "")),
        shape=secret.shape,
        expires_at=secret.expires_at,
        renew_before=secret.renew_before,
        manager_uid=secret.noted("manager-uid") or secret.owner_uid,
    )


def _url_of(ref: BrokerRef, ports: Ports) -> str:
    broker = ports.records.find(BrokerRecord, ref.namespace or ports.system_namespace, ref.name)
    return broker.url if broker is not None else ""


def _in_ledger(name: str, namespace: str, ports: Ports, *, secret_name: str) -> Trace | None:
    """Return what the ledger knows; of several ids the last one counts as current."""
    try:
        entries = [e for e in ports.ledger.list(namespace) if _is_entry_of(e, name, namespace)]
    except Forbidden:  # the ledger is not for everybody's eyes
        return None
    last = max(entries, key=_moment, default=None)
    instance = _instance_of(last, ports) if last is not None else None
    if last is None or instance is None:
        return None
    end = ports.records.now() + OTHER_IDS_ARE_KEPT
    others = (e.id for e in entries if e.id != last.id and e.instance_id == last.instance_id)
    return Trace(
        words="the ledger remembers it",
        instance=instance.name,
        instance_id=instance.instance_id,
        broker=last.broker,
        broker_url=last.broker_url,
        service_id=last.service_id,
        plan_id=last.plan_id,
        ids=(
            *(_known(other, Role.RETIRED, keep_until=end) for other in others),
            _known(last.id, Role.CURRENT),
        ),
        secret_name=secret_name or last.secret_name or name,
        manager_uid=last.manager_uid,
    )


def _is_entry_of(entry: LedgerEntry, name: str, namespace: str) -> bool:
    is_same = (entry.kind, entry.name, entry.namespace) == ("binding", name, namespace)
    return is_same and not entry.abandoned


def _moment(entry: LedgerEntry) -> float:
    return entry.created.timestamp() if entry.created else 0.0


def _instance_of(entry: LedgerEntry, ports: Ports) -> InstanceRecord | None:
    instances = ports.records.list(InstanceRecord, entry.namespace)
    return next((i for i in instances if i.instance_id == entry.instance_id), None)


def _known(binding_id: str, role: Role, *, keep_until: datetime | None = None) -> BindingId:
    # How often it was sent nobody knows: no refusal may count as proof that it is not there.
    return BindingId(id=binding_id, role=role, sends=2, keep_until=keep_until)
