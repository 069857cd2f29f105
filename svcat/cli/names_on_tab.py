"""The names that Tab offers, by what a parameter stands for: read from the store, asked of nobody.

Catalogs are the cached ones; no broker hears of a Tab.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svcat.app.ports import Ports
    from svcat.cli.command import Invocation
    from svcat.cli.completion_words import Point
    from svcat.cli.deps import Deps
    from svcat.osb.models import Plan

Name = tuple[str, str, bool]  # the word, what it is, whether more follows

_FILES = frozenset(
    {"kubeconfig", "trace_file", "params_file", "ca", "password_file", "token_file", "file"}
    | {"mapping", "config", "state_dir", "tls_cert_file", "tls_key_file", "client_cert", "schema"}
)
_FORMATS = ("table", "wide", "json", "yaml", "name")
_CHOICES: dict[str, tuple[str, ...]] = {
    "store": ("kube", "local"),
    "scope": ("cluster", "namespace", "all"),
    "dry_run": ("client", "server"),
    "wanted": ("condition=Ready", "delete", "phase="),
    "relist_behavior": ("duration", "manual"),
    "shell": ("bash", "zsh", "fish", "powershell"),
}
_NOUNS = {
    "broker": ("broker", "brokers", "brk"),
    "class": ("class", "classes", "cl"),
    "plan": ("plan", "plans", "pl"),
    "instance": ("instance", "instances", "inst"),
    "binding": ("binding", "bindings", "bnd"),
}
# Commands whose NAME is that of such a thing.
_NAMED = {
    "deregister": "broker",
    "deprovision": "instance",
    "update": "instance",
    "upgrade": "instance",
    "unbind": "binding",
    "rotate": "binding",
    "run": "binding",
    "resume": "work",
}
_KINDS = {
    "broker": "broker",
    "brokers": "broker",
    "instance": "instance",
    "instances": "instance",
    "binding": "binding",
    "bindings": "binding",
    "class_name": "class",
    "from_class": "class",
    "plan": "plan",
    "plans": "plan",
    "to_plan": "plan",
    "namespace": "namespace",
    "context": "context",
    "words": "topic",
    "sort_by": "column",
    "param": "parameter",
    "unset": "parameter",
}


def is_file(parameter: str) -> bool:
    """Whether the shell knows better what to offer."""
    return parameter in _FILES


def names(point: "Point", invocation: "Invocation") -> Iterator[Name]:
    """Give what could be the value of the parameter under the cursor."""
    if point.name in _CHOICES:
        yield from ((word, "", word.endswith("=")) for word in _CHOICES[point.name])
    elif point.name == "output":
        yield from ((word, "", False) for word in _FORMATS)
        yield "jsonpath=", "", True
    else:
        deps = _deps(point, invocation)
        yield from _SOURCES.get(_kind(point), _nothing)(point, deps)


def _kind(point: "Point") -> str:
    if point.name == "name" and point.path[0] not in {"provision", "register"}:
        noun = next((kind for kind, words in _NOUNS.items() if point.path[-1] in words), "")
        return noun or _NAMED.get(point.path[0], "")
    if point.name == "what":
        return "plan" if point.path[0] == "explain" else "thing"
    return _KINDS.get(point.name, "")


def _deps(point: "Point", invocation: "Invocation") -> "Deps":
    from svcat.cli.command import make_deps
    from svcat.cli.deps import Settings

    settings = Settings(
        context=point.first("context") or None,
        kubeconfig=point.first("kubeconfig") or None,
        store=point.first("store") or None,
        namespace=point.first("namespace") or None,
        quiet=True,
    )
    deps = make_deps(invocation, settings)
    deps.warn = lambda _: None
    return deps


def _nothing(point: "Point", deps: "Deps") -> Iterator[Name]:
    del point, deps
    yield from ()


def _brokers(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.store.glance import glance

    del point
    for broker in glance(deps.api, "broker", deps.namespace, deps.system_namespace):
        yield broker.name, broker.annotation("url"), False


def _instances(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.store.glance import glance

    del point
    for instance in glance(deps.api, "instance", deps.namespace):
        about = f"{instance.label('class')}/{instance.label('plan')}, {instance.label('phase')}"
        yield instance.name, about, False


def _bindings(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.store.glance import glance

    wanted = point.first("instance")
    for binding in glance(deps.api, "binding", deps.namespace):
        instance = binding.annotation("instance")
        if wanted in {"", instance}:
            yield binding.name, f"of {instance}, {binding.label('phase')}", False


def _work(point: "Point", deps: "Deps") -> Iterator[Name]:
    yield from _instances(point, deps)
    yield from _bindings(point, deps)


def _things(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give TYPE/NAME."""
    kind, slash, _ = point.current.partition("/")
    if slash:
        source = _SOURCES.get(kind, _nothing)
        yield from ((f"{kind}/{word}", about, False) for word, about, _ in source(point, deps))
        return
    kinds = (
        ("broker", "instance", "binding") if point.path[0] == "tree" else ("instance", "binding")
    )
    yield from ((f"{each}/", "", True) for each in kinds)


def _classes(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.app.catalog import offerings

    broker = point.first("broker")
    for offering in offerings(deps.namespace, deps.ports, broker=broker, names_only=True):
        yield offering.service.name, offering.service.description, False


def _plans(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.app.catalog import offerings

    wanted, instance = point.first("class_name"), point.first("name")
    if point.path[0] in {"update", "upgrade"}:
        wanted = _class_of(instance, deps)
    is_plain = bool(wanted) or point.parameter.param_type_name == "option"
    broker = point.first("broker")
    for offering in offerings(deps.namespace, deps.ports, broker=broker, names_only=True):
        if wanted not in {"", offering.service.name}:
            continue
        for plan in offering.service.plans:
            word = plan.name if is_plain else f"{offering.service.name}/{plan.name}"
            yield word, plan.description, False


def _class_of(instance: str, deps: "Deps") -> str:
    from svcat.store.records import InstanceRecord

    found = deps.ports.records.find(InstanceRecord, deps.namespace, instance) if instance else None
    return found.service_name if found else ""


def _parameters(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.osb.plan_schema import Use, schema_of

    use = {"provision": Use.PROVISION, "bind": Use.BIND}.get(point.path[0], Use.UPDATE)
    plan = _plan(point, deps)
    schema = schema_of(plan, use) if plan is not None else None
    if schema is None or schema.root is None:
        return
    name, equals, _ = point.current.partition("=")
    if equals:
        choices = schema.choices_at(tuple(name.split(".")))
        yield from ((f"{name}={choice}", "", False) for choice in choices)
        return
    is_whole = point.name != "param"  # --unset takes the name alone
    for parameter in schema.parameters():
        if not schema.names(parameter.path):  # objects are given by their members
            word = ".".join(parameter.path) + ("" if is_whole else "=")
            yield word, parameter.description or parameter.title, not is_whole


def _plan(point: "Point", deps: "Deps") -> "Plan | None":
    from svcat.app.catalog import find_class, find_plan, plan_of
    from svcat.app.lookup import broker_at
    from svcat.store.records import InstanceRecord

    ports: Ports = deps.ports
    if point.path[0] == "provision":
        offering = find_class(
            point.first("class_name"), deps.namespace, ports, broker=point.first("broker")
        )
        return find_plan(offering, point.first("plan")).plan
    name = point.first("instance", "name")
    instance = ports.records.load(InstanceRecord, deps.namespace, name)
    broker = broker_at(instance.broker, ports)
    offer = plan_of(broker, instance.service_id, instance.plan_id, ports)
    return offer.plan if offer is not None else None


def _namespaces(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.objects import NAMESPACE, list_all

    del point
    for obj in list_all(deps.api, NAMESPACE, ""):
        yield obj["metadata"]["name"], "", False


def _contexts(point: "Point", deps: "Deps") -> Iterator[Name]:
    del point
    yield from ((name, "", False) for name in deps.contexts())


def _topics(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.cli import completion_words, tree
    from svcat.cli.topics import TOPICS

    del deps
    place = completion_words.place(tree.whole(), point.given.get("words", []), tree.WITH_VALUE)
    if place.is_group:
        yield from ((name, about, False) for name, about in completion_words.commands_of(place.app))
    if not place.path:
        yield from ((topic, about, False) for topic, (_, about) in TOPICS.items())


def _columns(point: "Point", deps: "Deps") -> Iterator[Name]:
    del point, deps
    yield from ((column, "", False) for column in ("name", "namespace", "status", "age"))
    yield ".metadata.creationTimestamp", "", False


_SOURCES: dict[str, Callable[["Point", "Deps"], Iterable[Name]]] = {
    "broker": _brokers,
    "class": _classes,
    "plan": _plans,
    "instance": _instances,
    "binding": _bindings,
    "work": _work,
    "thing": _things,
    "parameter": _parameters,
    "namespace": _namespaces,
    "context": _contexts,
    "topic": _topics,
    "column": _columns,
}
