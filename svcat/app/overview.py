"""Everything of a namespace, or of all, at one look: for ``status``, ``tree`` and ``events``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from svcat.app import findings
from svcat.app.findings import Finding
from svcat.app.lookup import find_broker, visible_brokers
from svcat.app.ports import Ports
from svcat.app.unfinished import SPELLINGS, close_to, load
from svcat.errors import NotFound, UsageError
from svcat.store.records import (
    BindingRecord,
    BrokerRecord,
    BrokerRef,
    InstanceRecord,
    Scope,
    Transition,
    Work,
)

W = TypeVar("W", bound=Work)

_BROKER_WORDS = frozenset({"broker", "brokers", "brk"})


@dataclass(frozen=True, slots=True)
class Overview:
    """The records there are, by name."""

    brokers: tuple[BrokerRecord, ...] = ()
    instances: tuple[InstanceRecord, ...] = ()
    bindings: tuple[BindingRecord, ...] = ()

    @property
    def work(self) -> tuple[Work, ...]:
        """Instances and bindings."""
        return (*self.instances, *self.bindings)


@dataclass(frozen=True, slots=True)
class Branch:
    """A record and what hangs on it; ``broker`` only names one that is not registered."""

    record: BrokerRecord | InstanceRecord | BindingRecord | None
    children: tuple["Branch", ...] = ()
    broker: BrokerRef | None = None


def look(namespace: str, ports: Ports) -> Overview:
    """Return what there is in ``namespace`` (everywhere if empty), brokers for all included."""
    return Overview(
        brokers=tuple(visible_brokers(namespace, None, ports)),
        instances=_sorted(ports.records.list(InstanceRecord, namespace)),
        bindings=_sorted(ports.records.list(BindingRecord, namespace)),
    )


def attention(overview: Overview, ports: Ports) -> list[Finding]:
    """Return what needs somebody, or has somebody at it."""
    now = ports.records.now()
    return [
        *findings.of_brokers(overview.brokers, now),
        *findings.of_work(overview.work, ports),
        *findings.of_expiry(overview.bindings, now),
    ]


def forest(overview: Overview) -> list[Branch]:
    """Return broker > instance > binding; what has lost its upper part stands by itself."""
    known = {broker.ref: broker for broker in overview.brokers}
    by_broker: dict[BrokerRef, list[Branch]] = {ref: [] for ref in known}
    held: set[str] = set()
    for instance in overview.instances:
        bound = [b for b in overview.bindings if b.is_of(instance)]
        held |= {binding.uid for binding in bound}
        branch = Branch(instance, tuple(map(Branch, bound)))
        by_broker.setdefault(instance.broker, []).append(branch)
    trees = [
        Branch(known.get(ref), tuple(branches), broker=ref) for ref, branches in by_broker.items()
    ]
    return [*trees, *(Branch(b) for b in overview.bindings if b.uid not in held)]


def one(what: str, namespace: str, ports: Ports) -> list[Branch]:
    """Return the tree of TYPE/NAME, or of NAME. Raises NotFound, UsageError."""
    kind, slash, name = what.partition("/")
    if kind.lower() in _BROKER_WORDS and name:
        broker = find_broker(name, namespace, None, ports)
        where = namespace if broker.scope is Scope.NAMESPACE else ""
        return [tree for tree in forest(look(where, ports)) if tree.record == broker]
    if slash and kind.lower() not in SPELLINGS:
        raise UsageError(
            f"there is no type {kind!r}",
            hint="it looks like broker/NAME, instance/NAME or binding/NAME",
        )
    whole = look(namespace, ports)
    branches = [branch for tree in forest(whole) for branch in (tree, *tree.children)]
    found = []
    for record in look_for_work(what, namespace, ports):
        known = [branch for branch in branches if branch.record == record]
        if isinstance(record, InstanceRecord | BindingRecord):
            found += known or [Branch(record)]
    return found


def histories(
    what: str, namespace: str, ports: Ports, *, selector: str = ""
) -> list[tuple[Work, Transition]]:
    """Return the transitions of TYPE/NAME, of NAME, or of all, the newest last.

    Raises NotFound, UsageError.
    """
    records: tuple[Work, ...] = look_for_work(what, namespace, ports, selector)
    lines = [(record, line) for record in records for line in record.history]
    return sorted(lines, key=lambda line: line[1].at)


def look_for_work(what: str, namespace: str, ports: Ports, selector: str = "") -> tuple[Work, ...]:
    """Return the instances and bindings that TYPE/NAME, NAME or nothing stand for."""
    if "/" in what:
        return (load(what, namespace, ports),)
    if not what:
        return (
            *ports.records.list(InstanceRecord, namespace, selector=selector),
            *ports.records.list(BindingRecord, namespace, selector=selector),
        )
    found = (
        ports.records.find(InstanceRecord, namespace, what),
        ports.records.find(BindingRecord, namespace, what),
    )
    if not any(found):
        raise NotFound(
            f"neither an instance nor a binding {what!r} in namespace {namespace}",
            hint=close_to(what, namespace, ports)
            or f"see what there is: svcat tree -n {namespace}",
        )
    return tuple(record for record in found if record is not None)


def _sorted(records: Iterable[W]) -> tuple[W, ...]:
    return tuple(sorted(records, key=lambda record: (record.namespace, record.name)))
