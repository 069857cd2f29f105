"""A binding record to lay credentials out for."""

from collections.abc import Mapping

from svcat.app.secret_layout import Sources, document_of, lay_out_document
from svcat.osb.models import Bound, JsonObject
from svcat.store.records import BindingPhase, BindingRecord, BrokerRef
from svcat.store.shape import Shape


def binding(shape: Shape | None = None) -> BindingRecord:
    return BindingRecord(
        namespace="default",
        name="app",
        uid="uid-of-app",
        broker=BrokerRef(name="b"),
        service_id="s",
        service_name="pg",
        plan_id="p",
        plan_name="small",
        instance="db",
        instance_uid="u",
        instance_id="i",
        phase=BindingPhase.READY,
        secret_name="app",
        secret_type="servicebinding.io/pg",
        shape=shape or Shape(),
    )


def bound(credentials: JsonObject) -> Bound:
    return Bound(credentials=credentials)


def contents_of(
    body: Bound, record: BindingRecord, sources: Sources | None = None
) -> Mapping[str, bytes]:
    """What the Secret of ``record`` holds after a broker's answer."""
    return lay_out_document(document_of(body), record, sources or {}).contents
