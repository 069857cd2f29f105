"""Where records live (cluster id, namespace uid), and the ledger entries made of that."""

from contextlib import suppress

from msgspec.structs import replace

from svcat.app.ports import Ports
from svcat.app.requests import KUBERNETES, Place, told_annotations
from svcat.errors import Forbidden, NotFound, Unreachable
from svcat.objects import CONFIG_MAP
from svcat.store import user_provided
from svcat.store.ledger_entry import LedgerEntry
from svcat.store.records import BindingRecord, InstanceRecord, Work

# Service Catalog kept the cluster's id here; brokers know the cluster by it.
_CLUSTER_INFO = "cluster-info"
_CLUSTER_INFO_NAMESPACES = ("default", "catalog")


def place_of(namespace: str, ports: Ports, *, platform: str = "") -> Place:
    """Return what brokers are told of ``namespace``. Raises NotFound if there is no such one."""
    try:
        metadata = ports.records.namespace(namespace)["metadata"]
    except Forbidden:
        # A namespaced Role cannot read its Namespace; the name is unique as well.
        metadata = {"uid": namespace}
    return Place(
        cluster_id=cluster_id(ports),
        namespace=namespace,
        namespace_uid=metadata["uid"],
        namespace_annotations=told_annotations(metadata.get("annotations")),
        platform=platform or KUBERNETES,
    )


def is_ending(namespace: str, ports: Ports) -> bool:
    """Whether ``namespace`` is being deleted, with all that is in it."""
    try:
        metadata = ports.records.namespace(namespace)["metadata"]
    except (NotFound, Forbidden):
        return False
    return "deletionTimestamp" in metadata


def cluster_id(ports: Ports) -> str:
    """Return Service Catalog's cluster id if there is one, else the uid of ``kube-system``."""
    for namespace in _CLUSTER_INFO_NAMESPACES:
        try:
            info = ports.records.api.get(CONFIG_MAP, namespace, _CLUSTER_INFO)
        except (NotFound, Forbidden):
            continue
        known: str = (info.get("data") or {}).get("id", "")
        if known:
            return known
    try:
        uid: str = ports.records.namespace("kube-system")["metadata"]["uid"]
    except (NotFound, Forbidden):
        return "unknown"
    return uid


def instance_entry(record: InstanceRecord, place: Place, by: str) -> LedgerEntry:
    """Return the ledger entry of an instance's id."""
    return _entry(record, record.instance_id, "instance", place, by)


def binding_entry(record: BindingRecord, binding_id: str, place: Place, by: str) -> LedgerEntry:
    """Return the ledger entry of one id of a binding."""
    return replace(
        _entry(record, binding_id, "binding", place, by),
        instance_id=record.instance_id,
        secret_name="" if record.secret_name == record.name else record.secret_name,
        manager_uid=record.manager_uid or record.uid,
    )


def _entry(record: Work, osb_id: str, kind: str, place: Place, by: str) -> LedgerEntry:
    return LedgerEntry(
        id=osb_id,
        kind=kind,
        namespace=record.namespace,
        namespace_uid=place.namespace_uid,
        name=record.name,
        broker=record.broker,
        broker_url=record.broker_url,
        service_id=record.service_id,
        plan_id=record.plan_id,
        by=by,
    )


def bindings_in_ledger(instance_id: str, namespace: str, ports: Ports) -> list[LedgerEntry]:
    """Return the entries of an instance's bindings, but for abandoned ones."""
    try:
        entries = list(ports.ledger.list(namespace))
    except Forbidden:  # the ledger is not for everybody's eyes
        return []
    return [
        entry
        for entry in entries
        if entry.kind == "binding" and entry.instance_id == instance_id and not entry.abandoned
    ]


def note_in_ledger(entry: LedgerEntry, ports: Ports) -> None:
    """Write ``entry`` ahead; who may not write there is warned once and goes on."""
    if user_provided.is_ours(entry.broker):
        return  # nothing of it is anywhere else
    try:
        ports.ledger.write(entry)
    except Forbidden as error:
        ports.warn(
            f"nothing is noted in namespace {ports.ledger.system_namespace}: should namespace "
            f"{entry.namespace} be deleted, nothing will remember what is left at the broker "
            f"({error.message})"
        )


def note_again_in_ledger(entry: LedgerEntry, ports: Ports) -> None:
    """Write ``entry`` unless it is there; who may not was warned the first time."""
    if not user_provided.is_ours(entry.broker):
        with suppress(Forbidden):
            ports.ledger.write(entry)


def strike_from_ledger(osb_id: str, ports: Ports) -> None:
    """Take an id whose end is confirmed off; what cannot be taken off is no failure of the end."""
    try:
        ports.ledger.remove(osb_id)
    except Unreachable as error:
        ports.warn(
            f"id {osb_id} is gone at the broker, yet its ledger entry is not: {error.message}; "
            "take it away: svcat orphans clean"
        )
