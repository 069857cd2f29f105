"""Which records have work left, and how to say so: what a command that only looks must know."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from svcat.app import binding_lifecycle, instance_lifecycle, rotation_lifecycle
from svcat.app.injection_record import words_of
from svcat.app.ports import Ports
from svcat.app.verdicts import kind_of
from svcat.store.injections import Injection, InjectionState
from svcat.store.records import BindingRecord, InstanceRecord, Work


def has_work(record: Work, now: datetime, ports: Ports) -> bool:
    """Whether something is left to be done for ``record``."""
    if isinstance(record, InstanceRecord):
        return instance_lifecycle.has_work(record)
    if isinstance(record, BindingRecord):
        is_settled = binding_lifecycle.is_settled(record, besides=ports.claim_id, now=now)
        return not is_settled or bool(unfinished_injections(record))
    return False


def unfinished_injections(binding: BindingRecord) -> list[Injection]:
    """Return what a command began to inject or to eject, and did not end."""
    return [each for each in binding.injections if each.state is not InjectionState.INJECTED]


def notices(records: Iterable[Work], ports: Ports) -> Iterator[str]:
    """Give one line about each record that was left in the middle of something."""
    now = ports.records.now()
    for record in records:
        if not has_work(record, now, ports) or record.live_claims(now):
            continue
        if isinstance(record, InstanceRecord) and instance_lifecycle.is_wished_away(record):
            yield (
                f"instance {record.name}: its record was deleted and waits for it to be "
                f"deprovisioned: svcat resume {record.name} -n {record.namespace}"
            )
            continue
        if isinstance(record, BindingRecord) and rotation_lifecycle.is_halted(record):
            yield (
                f"binding {record.name}: {halt_of(record)}; go on: svcat resume {record.name} "
                f"-n {record.namespace}; or back: svcat rotate {record.name} --rollback "
                f"-n {record.namespace}"
            )
            continue
        operation = record.operation
        doing = operation.type if operation else _lesser_work(record)
        state = "was accepted" if operation and operation.accepted else "was interrupted"
        yield (
            f"{kind_of(record)} {record.name}: {doing} {state} and nobody waits for it; "
            f"see it through: svcat resume {record.name} -n {record.namespace}"
        )


def halt_of(binding: BindingRecord) -> str:
    """Return why a rotation does not go on."""
    return f"its rotation is held up by its workloads: {binding.message}"


def _lesser_work(record: Work) -> str:
    begun = unfinished_injections(record) if isinstance(record, BindingRecord) else []
    return f"{begun[0].state} {words_of(begun[0])}" if begun else "cleaning up"
