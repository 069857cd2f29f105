"""Unbinding: no workload is left in the lurch, the broker is told, the Secret goes."""

from svcat.app import binding_lifecycle as lifecycle
from svcat.app import bindings, preflight, releasing, verdicts
from svcat.app.binding_work import Done, awaited, driven, plan_now
from svcat.app.opening import open_binding
from svcat.app.operation import Session
from svcat.app.ports import Patience, Ports
from svcat.store.records import BindingPhase, BindingRecord


def unbind(
    name: str, namespace: str, ports: Ports, patience: Patience, *, ejects: bool = False
) -> Done:
    """Delete a binding and its Secret; ``ejects`` takes it out of its workloads before.

    Raises Conflict while it is in workloads, NotFound, else as ``bind`` does.
    """
    session = Session(ports, patience)
    record = ports.records.load(BindingRecord, namespace, name)
    way_out = f"svcat unbind --name {name} -n {namespace} --eject"
    if ejects:
        releasing.free(record, ports, patience)
    else:
        releasing.require_free([record], ports, way_out)
    if record.phase is BindingPhase.UNBINDING:
        waited = awaited(record, session)
        if waited is None:
            return Done(None)
        record = waited
    rights = preflight.RECORDS_AWAY + preflight.CREDENTIALS_AWAY
    preflight.require(rights, namespace, ports, "unbind")
    facts, with_plan = session.facts(), plan_now(record, ports)
    driver = open_binding(with_plan(record), ports, session.rest_of_patience())
    begun = session.begin(
        record,  # who injects meanwhile comes first, or finds the binding on its way out
        lambda found: None if found.injections else lifecycle.begin_unbind(with_plan(found), facts),
    )
    if begun is None:
        return Done(None)
    if begun.injections:
        raise releasing.in_use(begun, begun.injections, way_out)
    ended = driven(driver, begun, "unbinding")
    return Done(ended)


def end(record: BindingRecord, ports: Ports, patience: Patience, *, ejects: bool = False) -> None:
    """Unbind and wait until nothing can come back. Raises StillRunning, else as ``unbind`` does."""
    session = Session(ports, patience)
    left = unbind(record.name, record.namespace, ports, patience, ejects=ejects).record
    if left is not None:
        left = bindings.resume(left, ports, session.rest_of_patience()).record
    if left is not None:
        raise verdicts.still_running(left, "being deleted")
