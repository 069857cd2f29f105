"""``bind --repair``: the Secret or the record of a binding was deleted or changed by hand.

Where the credentials cannot be had again, the repair is a rotation, with all that makes one safe:
a repair that dies on the way is seen through by the next one, or by ``resume``.
"""

from msgspec.structs import replace

from svcat.app import bindings, injecting, preflight, rebuilding, rotation
from svcat.app.binding_order import Order
from svcat.app.binding_work import Done
from svcat.app.credential_state import is_as_wanted
from svcat.app.mending import CredentialsLost, Mender
from svcat.app.operation import Session
from svcat.app.ports import Patience, Ports
from svcat.app.switching import Switch
from svcat.errors import Conflict, NotFound, SvcatError, UsageError
from svcat.store.records import BindingPhase, BindingRecord


def repair(order: Order, ports: Ports, patience: Patience) -> Done:
    """Bring the record and the Secret of a binding back to what they were.

    Raises NotFound (nothing leads to it), else as ``Mender.mend`` and ``rotate`` do.
    """
    session = Session(ports, patience)
    name = order.name or order.instance
    rights = preflight.RECORDS + preflight.CREDENTIALS
    preflight.require(rights, order.namespace, ports, "repair a binding")
    record = ports.records.find(BindingRecord, order.namespace, name)
    is_rebuilt = record is None
    if record is None:
        record = rebuilding.rebuild(name, order, session)
    elif order.parameters or order.secret_refs:
        raise _has_parameters(record)
    _require_of(record, order.instance)
    if rebuilding.is_to_be_proved(record):
        is_rebuilt, record = True, _proved(record, session)
    is_mended = _mended(record, session)
    left = ports.records.load(BindingRecord, order.namespace, name)
    return Done(left, changed=is_rebuilt or is_mended)


def _proved(record: BindingRecord, session: Session) -> BindingRecord:
    """Look whether a record that was made again is true; bind anew where it is not."""
    proved = rebuilding.prove(record, session)
    if proved is not None and proved.phase is BindingPhase.BINDING:
        current_id = ", ".join(known.id for known in record.ids)
        session.ports.say(f"binding {record.name}: id {current_id} is gone, it is bound anew")
        proved = bindings.resume(proved, session.ports, session.rest_of_patience()).record
    if proved is None:
        raise NotFound(f"binding {record.name!r} was unbound meanwhile")
    return proved


def _mended(record: BindingRecord, session: Session) -> bool:
    """Let the Secret hold credentials that work, new ones if need be."""
    ports, order = session.ports, rotation.Order(namespace=record.namespace)
    if record.phase is BindingPhase.ROTATING:
        rotation.rotate(record.name, order, ports, session.rest_of_patience())
        return True
    try:
        is_mended = under_claim(record, session, Mender(ports))
    except CredentialsLost as lost:
        ports.say(f"binding {record.name} is rotated: {lost.message}")
        order = replace(order, replaces=lost.binding_id, is_unrelated=lost.is_unknown)
        rotation.rotate(
            record.name, order, ports, session.rest_of_patience(), Switch(is_one_way=True)
        )
        return True
    if is_mended:
        refresh(record, ports)
    return is_mended


def under_claim(record: BindingRecord, session: Session, mender: Mender) -> bool:
    """Mend while registered: no unbind ends before we do, and none misses what we make."""
    ports = session.ports
    if record.phase is BindingPhase.READY:
        secret = ports.secrets.find(record.namespace, record.secret_name)
        if is_as_wanted(record, secret):
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


def _has_parameters(record: BindingRecord) -> UsageError:
    return UsageError(
        f"the record of binding {record.name!r} is there, and knows its parameters",
        hint=f"svcat bind {record.instance} --name {record.name} -n {record.namespace} --repair",
    )


def _require_of(record: BindingRecord, instance: str) -> None:
    if record.instance != instance:
        raise Conflict(
            f"binding {record.name!r} is of instance {record.instance!r}, not of {instance!r}",
            hint=f"svcat bind {record.instance} --name {record.name} "
            f"-n {record.namespace} --repair",
        )
