"""``bind --repair``: the Secret or the record of a binding was deleted or changed by hand."""

from svcat.app import injecting, preflight, rebuilding
from svcat.app.bindings import Done, Order
from svcat.app.credential_state import flaw_of
from svcat.app.mending import Mender
from svcat.app.operation import Session
from svcat.app.ports import Patience, Ports
from svcat.errors import Conflict, NotFound, SvcatError
from svcat.store.records import BindingPhase, BindingRecord


def repair(order: Order, ports: Ports, patience: Patience) -> Done:
    """Bring the record and the Secret of a binding back to what they were.

    Raises NotFound (nothing leads to it), else as ``Mender.mend`` does.
    """
    session = Session(ports, patience)
    name = order.name or order.instance
    rights = preflight.RECORDS + preflight.CREDENTIALS
    preflight.require(rights, order.namespace, ports, "repair a binding")
    record = ports.records.find(BindingRecord, order.namespace, name)
    is_rebuilt = record is None
    if record is None:
        record = rebuilding.rebuild(name, order, session)
    _require_of(record, order.instance)
    is_mended = under_claim(record, session, Mender(ports))
    if is_mended:
        refresh(record, ports)
    left = ports.records.load(BindingRecord, order.namespace, name)
    return Done(left, changed=is_rebuilt or is_mended)


def under_claim(record: BindingRecord, session: Session, mender: Mender) -> bool:
    """Mend while registered: no unbind ends before we do, and none misses what we make."""
    ports = session.ports
    if record.phase is BindingPhase.READY:
        secret = ports.secrets.find(record.namespace, record.secret_name)
        if flaw_of(record, secret) is None:
            return False
    registered = session.register(record)
    if registered is None:
        raise NotFound(f"binding {record.name!r} was unbound meanwhile")
    try:
        return mender.mend(registered)
    finally:
        session.leave(registered)


def refresh(record: BindingRecord, ports: Ports) -> None:
    """Let the workloads of ``record`` follow its Secret; what fails is said, and left."""
    current = ports.records.find(BindingRecord, record.namespace, record.name)
    for outcome in injecting.refresh(current, ports) if current is not None else ():
        if outcome.error is not None:
            _say_what_failed(outcome.words, record, outcome.error, ports)
        elif outcome.changed:
            ports.say(f"{outcome.words}: its pods are replaced")


def _say_what_failed(words: str, record: BindingRecord, error: SvcatError, ports: Ports) -> None:
    ports.warn(
        f"{words} does not follow: {error.message}; "
        f"later: svcat inject {record.name} --repair -n {record.namespace}"
    )


def _require_of(record: BindingRecord, instance: str) -> None:
    if record.instance != instance:
        raise Conflict(
            f"binding {record.name!r} is of instance {record.instance!r}, not of {instance!r}",
            hint=f"svcat bind {record.instance} --name {record.name} "
            f"-n {record.namespace} --repair",
        )
