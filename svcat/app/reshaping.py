"""``update binding``: the Secret laid out otherwise, without a broker call where that can be.

The new layout is on record first, then the Secret is changed; what died in between is found by its
layout and finished by the same command, or by ``bind --repair``.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from svcat.app import preflight, secret_layout, shaping
from svcat.app.binding_work import Done
from svcat.app.injecting import require_keys
from svcat.app.mending import Mender
from svcat.app.operation import Session
from svcat.app.ports import Patience, Ports
from svcat.app.repairing import refresh, under_claim
from svcat.errors import Conflict, UsageError
from svcat.store.records import BindingPhase, BindingRecord
from svcat.store.shape import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What ``update binding`` is asked for."""

    binding: str
    namespace: str
    shape: Shape = field(default_factory=Shape)
    service_type: str = ""
    is_plain: bool = False  # no transforms any more


def reshape(order: Order, ports: Ports, patience: Patience) -> Done:
    """Lay the Secret out as asked. Raises NotFound, UsageError, Conflict, else as ``mend`` does.

    Nothing is changed if the credentials are not at hand and cannot be fetched, or if a workload
    would lose a key that it uses.
    """
    shaping.check(order.shape, secret_layout.is_key)
    session = Session(ports, patience)
    record = ports.records.load(BindingRecord, order.namespace, order.binding)
    if record.phase is not BindingPhase.READY:
        raise _not_ready(record)
    preflight.require(preflight.RECORDS, order.namespace, ports, "change a binding")
    wanted = replace(record, shape=_wanted(order, record))
    mender = Mender(ports)
    secret = ports.secrets.find(record.namespace, record.secret_name)
    if wanted != record:
        require_keys(record, mender.layout(wanted, secret).contents)
        stored = ports.records.change(
            record,
            lambda found: (
                replace(found, shape=wanted.shape) if found.phase is BindingPhase.READY else None
            ),
        )
        if stored is None or stored.shape != wanted.shape:
            raise _not_ready(stored or record)
        record = stored
    is_changed = under_claim(record, session, mender)
    if is_changed:
        refresh(record, ports)
    return Done(ports.records.load(BindingRecord, record.namespace, record.name), is_changed)


def _wanted(order: Order, record: BindingRecord) -> Shape:
    """Return the layout asked for: transforms replace each other, what is not given stays."""
    given, known = order.shape, record.shape
    transforms = replace(given, provider="", service_type="")
    if transforms == Shape() and not order.is_plain:
        if not (given.provider or order.service_type):
            raise UsageError(
                f"what is to change in binding {record.name!r}?",
                hint="say how its Secret is to be laid out: --map, --template, ..., or --plain",
            )
        transforms = known
    elif transforms != Shape() and order.is_plain:
        raise UsageError("--plain is the layout without --map, --add and the like: say one of them")
    service_type = order.service_type and secret_layout.require_type(order.service_type)
    return replace(
        transforms,
        provider=given.provider or known.provider,
        service_type=service_type or known.service_type,
    )


def _not_ready(record: BindingRecord) -> Conflict:
    return Conflict(
        f"binding {record.name!r} is {record.phase}, not ready",
        hint=f"svcat describe binding {record.name} -n {record.namespace}",
    )
