"""How findings, the overview, trees and histories look. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from svcat.output.safe import safe_line
from svcat.output.view import (
    API_VERSION,
    WHERE,
    Block,
    Column,
    Fields,
    JsonObject,
    Section,
    Table,
    Text,
    View,
    list_of,
)
from svcat.output.words import age, status_word, timestamp
from svcat.store import user_provided
from svcat.store.records import BindingRecord, BrokerRecord, InstanceRecord, Transition, Work

_EVENTS = (
    Column("LAST-SEEN"),
    Column("NAMESPACE", wide=True),
    Column("OBJECT"),
    Column("STATUS"),
    Column("REASON"),
    Column("BY", wide=True),
    Column("MESSAGE"),
)
_FIX = "      to mend it: "


def finding_object(
    subject: str, level: str, message: str, *, namespace: str, fix: str, exit_code: int
) -> JsonObject:
    """Return a finding as the JSON contract has it."""
    metadata = {"name": subject} | ({"namespace": namespace} if namespace else {})
    status: JsonObject = {"level": level, "message": message}
    if fix:
        status["fix"] = fix
    if exit_code:
        status["exitCode"] = exit_code
    return {
        "apiVersion": API_VERSION,
        "kind": "Finding",
        "metadata": metadata,
        "spec": {},
        "status": status,
    }


def finding_list(objects: Iterable[JsonObject], *, summary: str) -> View:
    """Return the View of ``doctor``: a line each, and under it what mends it."""
    shown = list(objects)
    obj = {"apiVersion": API_VERSION, "kind": "FindingList", "items": shown}
    names = tuple(f"finding/{each['metadata']['name']}" for each in shown)
    text = "\n".join([*_finding_lines(shown), "", summary])
    return View(obj, (Text(text),), names)


def _finding_lines(objects: list[JsonObject]) -> Iterator[str]:
    for obj in objects:
        metadata, status = obj["metadata"], obj["status"]
        where = f" in {metadata['namespace']}" if metadata.get("namespace") else ""
        words = safe_line(status["message"])
        yield f"{status['level']:<9}{safe_line(metadata['name'])}{where}: {words}"
        if status.get("fix"):
            yield f"{_FIX}{safe_line(status['fix'])}"


def overview(
    brokers: Iterable[BrokerRecord],
    instances: Iterable[InstanceRecord],
    bindings: Iterable[BindingRecord],
    attention: list[JsonObject],
    *,
    namespace: str,
) -> View:
    """Return the View of ``status``: counts, then what needs somebody."""
    counts = {
        "brokers": Counter("failing" if b.last_error else "ready" for b in brokers),
        "instances": Counter(i.phase.value for i in instances),
        "bindings": Counter(b.phase.value for b in bindings),
    }
    lines = [("Namespace", namespace or "all")]
    lines += [(what.capitalize(), _counted(found)) for what, found in counts.items()]
    blocks: list[Block] = [Fields(tuple(lines))]
    if attention:
        blocks.append(Section("Needs attention", Text("\n".join(_finding_lines(attention)))))
    else:
        blocks.append(Text("\nNothing needs attention."))
    obj: JsonObject = {
        "apiVersion": API_VERSION,
        "kind": "Overview",
        "metadata": {"name": namespace or "all"},
        "spec": {},
        "status": {
            **{what: {"total": found.total(), **found} for what, found in counts.items()},
            "attention": attention,
        },
    }
    return View(obj, tuple(blocks), tuple(each["metadata"]["name"] for each in attention))


def _counted(found: Counter[str]) -> str:
    if not found:
        return "none"
    parts = [f"{number} {word}" for word, number in sorted(found.items())]
    return f"{found.total()} ({', '.join(parts)})"


def event_list(lines: Iterable[tuple[Work, Transition]], now: datetime) -> View:
    """Return the View of ``events``."""
    shown = list(lines)
    rows = tuple(
        (
            age(line.at, now),
            record.namespace,
            f"{_kind(record)}/{record.name}",
            status_word(line.phase),
            line.reason,
            line.by,
            line.message,
        )
        for record, line in shown
    )
    seen: Counter[str] = Counter()
    objects = [_event_object(record, line, seen) for record, line in shown]
    view = list_of("Event", objects, Table(_EVENTS, rows, empty=f"No events found in {WHERE}."))
    return View(view.obj, view.blocks, tuple(f"{_kind(r)}/{r.name}" for r, _ in shown))


def _event_object(record: Work, line: Transition, seen: Counter[str]) -> JsonObject:
    name = f"{_kind(record)}.{record.name}.{int(line.at.timestamp()):x}"
    seen[name] += 1
    return {
        "apiVersion": API_VERSION,
        "kind": "Event",
        "metadata": {"name": f"{name}.{seen[name]}", "namespace": record.namespace},
        "spec": {"object": {"kind": _kind(record).capitalize(), "name": record.name}},
        "status": {
            "time": timestamp(line.at),
            "phase": line.phase,
            "reason": line.reason,
            "message": line.message,
            "by": line.by,
        },
    }


def _kind(record: Work) -> str:
    return "instance" if isinstance(record, InstanceRecord) else "binding"


@dataclass(frozen=True, slots=True)
class Node:
    """One line of a tree, and what hangs on it."""

    kind: str
    name: str
    status: str = ""
    namespace: str = ""
    about: str = ""
    children: tuple["Node", ...] = field(default=())


def broker_node(
    broker: BrokerRecord | None, name: str, children: tuple[Node, ...], *, namespace: str
) -> Node:
    """Return the node of a broker; None: it is named, but not registered."""
    if broker is None:
        word = "" if name == user_provided.NAME else "not registered"
        return Node("Broker", name, word, namespace, "", children)
    status = "ErrorFetchingCatalog" if broker.last_error else "Ready"
    return Node("Broker", name, status, namespace, broker.url, children)


def instance_node(instance: InstanceRecord, children: tuple[Node, ...]) -> Node:
    """Return the node of an instance."""
    about = f"{instance.service_name}/{instance.plan_name}" if instance.plan_name else ""
    place = (instance.name, status_word(instance.phase), instance.namespace)
    return Node("Instance", *place, about, children)


def binding_node(binding: BindingRecord, lapses: Mapping[str, str]) -> Node:
    """Return the node of a binding with its Secret and workloads; ``lapses`` by KIND/NAME."""
    children = [Node("Secret", binding.secret_name)]
    for each in binding.injections:
        words = f"{each.kind.lower()}/{each.name}"
        children.append(Node(each.kind, each.name, lapses.get(words) or each.state.value))
    place = (binding.name, status_word(binding.phase), binding.namespace)
    return Node("Binding", *place, "", tuple(children))


def tree(roots: Iterable[Node], *, shows_namespaces: bool, empty: str) -> View:
    """Return the View of ``tree``."""
    nodes = list(roots)
    obj = {"apiVersion": API_VERSION, "kind": "Tree", "items": [_node_object(n) for n in nodes]}
    lines = [
        line
        for node in nodes
        for line in _node_lines(node, "", "", shows_namespaces=shows_namespaces)
    ]
    width = max((len(label) for label, _, _ in lines), default=0)
    states = max((len(status) for _, status, _ in lines), default=0)
    text = "\n".join(f"{a:<{width}}   {b:<{states}}   {c}".rstrip() for a, b, c in lines)
    names = tuple(name for node in nodes for name in _names(node))
    return View(obj, (Text(text or empty),), names)


def _node_lines(
    node: Node, lead: str, below: str, *, shows_namespaces: bool
) -> Iterator[tuple[str, str, str]]:
    place = f" ({node.namespace})" if shows_namespaces and node.namespace else ""
    label = f"{node.kind.lower()}/{safe_line(node.name)}{place}"
    yield f"{lead}{label}", safe_line(node.status), safe_line(node.about)
    for child in node.children:
        is_last = child is node.children[-1]
        yield from _node_lines(
            child,
            f"{below}{'└─ ' if is_last else '├─ '}",
            f"{below}{'   ' if is_last else '│  '}",
            shows_namespaces=shows_namespaces,
        )


def _node_object(node: Node) -> JsonObject:
    metadata = {"name": node.name} | ({"namespace": node.namespace} if node.namespace else {})
    obj: dict[str, Any] = {"kind": node.kind, "metadata": metadata}
    if node.status:
        obj["status"] = {"state": node.status}
    if node.children:
        obj["children"] = [_node_object(child) for child in node.children]
    return obj


def _names(node: Node) -> Iterator[str]:
    yield f"{node.kind.lower()}/{node.name}"
    for child in node.children:
        yield from _names(child)
