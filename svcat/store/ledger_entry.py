"""What the ledger keeps of an id: it outlives the record, and the namespace that it was in."""

from datetime import datetime

from msgspec import Struct

from svcat.store.records import BrokerRef


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """What it takes to delete an instance or a binding whose own record is gone."""

    id: str
    kind: str  # "instance" or "binding"
    namespace: str
    namespace_uid: str
    name: str
    broker: BrokerRef
    broker_url: str
    service_id: str
    plan_id: str
    instance_id: str = ""  # of a binding
    secret_name: str = ""  # of a binding, if it is not the binding's own
    manager_uid: str = ""  # of a binding: what its fields in workloads are held by
    by: str = ""
    abandoned: bool = False
    ending: bool = False  # it is being deleted, on record nowhere else
    uid: str = ""
    resource_version: str = ""
    created: datetime | None = None
