"""The list of injections in a binding's record: each entry by kind and name, changed by CAS."""

from dataclasses import dataclass

from msgspec.structs import replace

from svcat.app.ports import Ports
from svcat.errors import Conflict, SvcatError
from svcat.objects import JsonObject, Resource
from svcat.store.injections import Injection, InjectionState
from svcat.store.records import BindingPhase, BindingRecord

USABLE = frozenset({BindingPhase.READY, BindingPhase.ROTATING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one workload; ``error`` None: it is as asked for."""

    injection: Injection
    changed: bool = True
    obj: JsonObject | None = None  # as it is now
    resource: Resource | None = None
    remark: str = ""
    error: SvcatError | None = None

    @property
    def words(self) -> str:
        """KIND/NAME."""
        return words_of(self.injection)


def words_of(injection: Injection) -> str:
    """Return KIND/NAME, as kubectl prints it."""
    group = group_of(injection)
    return f"{injection.kind.lower()}{'.' if group else ''}{group}/{injection.name}"


def group_of(injection: Injection) -> str:
    """Return the workload's API group; empty for the core group."""
    return injection.api_version.rpartition("/")[0]


def entry_of(binding: BindingRecord, injection: Injection) -> Injection | None:
    """Return what is on record about the same workload, by kind and name."""
    return next((known for known in binding.injections if _is_of(known, injection)), None)


def write_ahead(injection: Injection, binding: BindingRecord, ports: Ports) -> BindingRecord:
    """Record what is about to happen; return the record. Raises Conflict if the binding goes."""

    def decide(found: BindingRecord) -> BindingRecord | None:
        return _with(found, injection) if found.phase in USABLE else None

    stored = ports.records.change(binding, decide)
    if stored is None or injection not in stored.injections:
        raise Conflict(
            f"binding {binding.name!r} is not ready any more",
            hint=f"svcat describe binding {binding.name} -n {binding.namespace}",
        )
    return stored


def settle(injection: Injection, binding: BindingRecord, ports: Ports) -> None:
    """Record that ``injection``, as written ahead, is done. Raises Conflict if another came."""
    done = replace(injection, state=InjectionState.INJECTED)
    stored = ports.records.change(
        binding, lambda found: _with(found, done) if injection in found.injections else None
    )
    if stored is None or done not in stored.injections:
        raise Conflict(
            f"another command changed what {words_of(injection)} gets meanwhile",
            hint=f"see that what counts is there: svcat inject {binding.name} --repair",
        )


def restore(
    injection: Injection, known: Injection | None, binding: BindingRecord, ports: Ports
) -> None:
    """Let the record say what it said before ``injection`` was written ahead."""
    if known is None:
        forget(injection, binding, ports)
        return
    ports.records.change(
        binding, lambda found: _with(found, known) if injection in found.injections else None
    )


def forget(injection: Injection, binding: BindingRecord, ports: Ports) -> None:
    """Take the workload off the record."""

    def decide(found: BindingRecord) -> BindingRecord:
        left = tuple(i for i in found.injections if not _is_of(i, injection))
        return replace(found, injections=left)

    ports.records.change(binding, decide)


def _is_of(known: Injection, injection: Injection) -> bool:
    same = (injection.kind, group_of(injection), injection.name)
    return (known.kind, group_of(known), known.name) == same


def _with(binding: BindingRecord, injection: Injection) -> BindingRecord:
    others = tuple(i for i in binding.injections if not _is_of(i, injection))
    return replace(binding, injections=tuple(sorted((*others, injection), key=words_of)))
