"""Asking a broker how an instance is: what it says replaces what we know, or is told as a drift.

Only for classes with ``instances_retrievable``; brokers must not be asked otherwise (OSB 2.17,
Fetching a Service Instance). Nothing is ever forgotten for what a fetch is answered.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from svcat.app.broker_login import open_broker
from svcat.app.catalog import plan_of
from svcat.app.facts import fitting_labels
from svcat.app.lookup import broker_at
from svcat.app.ports import Ports
from svcat.app.remarks import attentive
from svcat.errors import AuthFailed, BrokerRefused, SvcatError, Unreachable, UsageError
from svcat.osb.jsontext import same
from svcat.osb.models import FetchedInstance, Reply
from svcat.store.records import InstanceRecord


@dataclass(frozen=True, slots=True)
class Refreshed:
    """An instance after its broker was asked, and what it says otherwise than our record."""

    record: InstanceRecord
    drift: tuple[str, ...] = ()


def refresh(name: str, namespace: str, ports: Ports) -> Refreshed:
    """Fetch an instance. Raises NotFound, UsageError, BrokerRefused, AuthFailed, Unreachable."""
    record = ports.records.load(InstanceRecord, namespace, name)
    broker = broker_at(record.broker, ports)
    offer = plan_of(broker, record.service_id, record.plan_id, ports)
    if offer is None or not offer.service.instances_retrievable:
        raise UsageError(
            f"class {record.service_name!r} does not let its instances be fetched",
            hint=f"what is known of it: svcat describe instance {name} -n {namespace}",
        )
    asked = attentive(open_broker(broker, ports), ports)
    reply = asked.fetch_instance(
        record.instance_id, service_id=record.service_id, plan_id=record.plan_id
    )
    if reply.body is None:
        raise _complaint(record, reply)
    body = reply.body
    saved = ports.records.change(record, lambda found: _learned(found, body))
    return Refreshed(saved or record, tuple(_drift(record, body)))


def _learned(found: InstanceRecord, body: FetchedInstance) -> InstanceRecord:
    """Return the record with what the answer speaks of; the rest stays as it was."""
    labels = body.metadata.labels if body.metadata else None
    info = body.maintenance_info
    return replace(
        found,
        dashboard_url=body.dashboard_url or found.dashboard_url,
        broker_labels=found.broker_labels if labels is None else fitting_labels(labels),
        maintenance_version=info.version if info else found.maintenance_version,
    )


def _drift(record: InstanceRecord, body: FetchedInstance) -> list[str]:
    drift = []
    known = record.maintenance_version
    version = body.maintenance_info.version if body.maintenance_info else known
    if version != known:
        drift.append(f"its maintenance version is {version}, not {known or 'none'}")
    for what, said, ours in (
        ("class", body.service_id, record.service_id),
        ("plan", body.plan_id, record.plan_id),
    ):
        if said and said != ours:
            drift.append(f"the broker says that its {what} has the id {said}, not {ours}")
    given = record.parameters or {}
    differing = sorted(
        name
        for name, value in (body.parameters or {}).items()
        if name in given and not same(given[name], value)
    )
    if differing:
        drift.append(f"other parameters than recorded: {', '.join(differing)}")
    return drift


def _complaint(record: InstanceRecord, reply: Reply[FetchedInstance]) -> SvcatError:
    error = reply.error
    status = error.status if error else None
    words = (error.description or error.error) if error else ""
    code = f"HTTP {status}" if status else "no answer"
    text = f"{code}: {words}" if words else code
    where = f"fetching instance {record.name}: broker {record.broker.name!r}: {text}"
    message = f"{where} (request {reply.request_id})"
    if reply.refuses_login:
        return AuthFailed(message, hint="mend the broker's login Secret")
    if status == 404:
        return BrokerRefused(message, hint="it is unknown there, or not ready yet; it stays here")
    if status == 422:
        return BrokerRefused(message, hint="it may be in the middle of a change: try again later")
    if status is not None and 400 <= status < 500:
        return BrokerRefused(message)
    return Unreachable(message, hint="try again later")
