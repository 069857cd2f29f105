"""The names that Tab offers, by what a parameter stands for: read from the store, asked of nobody.

Catalogs are the cached ones; no broker hears of a Tab.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from svcat.cli import catalog_on_tab
from svcat.cli.catalog_on_tab import Name

if TYPE_CHECKING:
    from svcat.cli.completion_words import Point
    from svcat.cli.deps import Deps
    from svcat.cli.invocation import Invocation

_FILES = frozenset(
    {"kubeconfig", "trace_file", "params_file", "ca", "password_file", "token_file", "file"}
    | {"mapping", "config", "state_dir", "tls_cert_file", "tls_key_file", "client_cert", "schema"}
    | {"client_key", "client_secret_file", "credentials_file", "data_file", "folder"}
)
_WORKLOADS = ("deployment", "statefulset", "daemonset", "cronjob")
_FORMATS = ("table", "wide", "json", "yaml", "name")
_FORMATS_OF_YOURS = ("jsonpath", "custom-columns", "custom-columns-file")
_CHOICES: dict[str, tuple[str, ...]] = {
    "store": ("kube", "local"),
    "scope": ("cluster", "namespace", "all"),
    "dry_run": ("client", "server"),
    "wanted": ("condition=Ready", "delete", "phase=", "jsonpath="),
    "method": ("GET", "PUT", "PATCH", "DELETE"),
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
    "tag": "tag",
    "ids": "orphan",
    "workloads": "workload",
    "secret": "secret",
    "from_secret": "secret",
    "add_from": "secret",
    "basic_secret": "secret",
    "bearer_secret": "secret",
    "oauth_secret": "secret",
    "client_cert_secret": "secret",
}


def is_file(parameter: str) -> bool:
    """Whether the shell knows better what to offer."""
    return parameter in _FILES


def names(point: "Point", invocation: "Invocation") -> Iterator[Name]:
    """Give what could be the value of the parameter under the cursor."""
    if point.name == "wanted" and point.current.startswith("phase="):
        yield from ((f"phase={word}", "", False) for word in _phases(point))
    elif point.name in _CHOICES:
        yield from ((word, "", word.endswith("=")) for word in _CHOICES[point.name])
    elif point.name == "output":
        yield from ((word, "", False) for word in (*_FORMATS, *point.formats))
        yield from ((f"{word}=", "", True) for word in _FORMATS_OF_YOURS)
    else:
        deps = _deps(point, invocation)
        yield from _SOURCES.get(_kind(point), _nothing)(point, deps)


def _kind(point: "Point") -> str:
    if point.name == "name" and point.path[0] not in {"provision", "register", "create"}:
        if point.path[0] in {"broker", "delete"}:
            return {"broker": "broker", "delete": "own class"}[point.path[0]]
        noun = next((kind for kind, words in _NOUNS.items() if point.path[-1] in words), "")
        return noun or _NAMED.get(point.path[0], "")
    if point.name == "what":
        return "plan" if point.path[0] == "explain" else "thing"
    return _KINDS.get(point.name, "")


def _deps(point: "Point", invocation: "Invocation") -> "Deps":
    from svcat.cli.deps import make_deps
    from svcat.cli.settings import Settings

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


def _phases(point: "Point") -> Iterable[str]:
    from svcat.store.records import BindingPhase, InstancePhase

    is_binding = point.first("what").partition("/")[0] in _NOUNS["binding"]
    return (phase.value for phase in (BindingPhase if is_binding else InstancePhase))


def _work(point: "Point", deps: "Deps") -> Iterator[Name]:
    yield from _instances(point, deps)
    yield from _bindings(point, deps)


def _things(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give TYPE/NAME."""
    kind, slash, _ = point.current.partition("/")
    if slash:
        noun = next((noun for noun, words in _NOUNS.items() if kind in words), "")
        source = _SOURCES.get(noun, _nothing)
        yield from ((f"{kind}/{word}", about, False) for word, about, _ in source(point, deps))
        return
    kinds = (
        ("broker", "instance", "binding") if point.path[0] == "tree" else ("instance", "binding")
    )
    yield from ((f"{each}/", "", True) for each in kinds)


def _orphans(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.app.orphans import find

    del point
    for orphan in find(deps.settings.namespace or "", deps.ports):
        entry = orphan.entry
        yield entry.id, f"{entry.kind} {entry.name}, {orphan.why}", False


def _secrets(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give the first Secrets of the namespace."""
    del point
    yield from ((name, kind, False) for name, kind in deps.objects.secret_names())


def _workloads(point: "Point", deps: "Deps") -> Iterator[Name]:
    """Give KIND/NAME: to inject, what is there; to eject, what the binding is injected into."""
    from svcat.app.targets import resource_named
    from svcat.store.records import BindingRecord

    if point.path[0] == "eject":
        binding = deps.ports.records.load(BindingRecord, deps.namespace, point.first("binding"))
        for each in binding.injections:
            yield f"{each.kind.lower()}/{each.name}", each.state.value, False
        return
    kind, slash, _ = point.current.partition("/")
    if not slash or deps.workloads is None:
        yield from ((f"{each}/", "", True) for each in _WORKLOADS)
        return
    resource, _ = resource_named(kind, deps.workloads)
    for obj in deps.workloads.list_all(resource, deps.namespace, selector=""):
        yield f"{kind}/{obj['metadata']['name']}", "", False


def _namespaces(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.objects import NAMESPACE, list_all

    del point
    for obj in list_all(deps.api, NAMESPACE, ""):
        yield obj["metadata"]["name"], "", False


def _contexts(point: "Point", deps: "Deps") -> Iterator[Name]:
    del point
    yield from ((name, "", False) for name in deps.objects.contexts())


def _topics(point: "Point", deps: "Deps") -> Iterator[Name]:
    from svcat.cli import completion_words, tree
    from svcat.cli.topics import TOPICS

    del deps
    place = completion_words.place(tree.whole(), point.given.get("words", []), tree.WITH_VALUE)
    if place.is_group:
        yield from ((name, about, False) for name, about in completion_words.commands_of(place.app))
    if not place.path:
        yield from ((topic, about, False) for topic, (_, about) in TOPICS.items())


# What each list can be sorted by (a test holds it to the lists); the modules that have the columns
# take longer to load than all else that a Tab needs.
_COLUMNS = {
    ("brokers", "broker", "brk"): "name namespace url status api login fetched age",
    ("classes", "class", "cl"): "name namespace broker description bindable plans tags id",
    ("plans", "plan", "pl"): "name namespace class broker description free bindable costs id",
    ("instances", "instance", "inst"): (
        "name namespace class plan status broker external-id age .metadata.creationTimestamp"
    ),
    ("bindings", "binding", "bnd"): (
        "name namespace instance status secret expires renew-before external-id age "
        ".metadata.creationTimestamp"
    ),
    ("events",): "last-seen namespace object status reason by message",
    ("marketplace", "mp"): (
        "broker class plans cost description bindable updateable parameters tags"
    ),
    ("search",): "plan broker cost description tags",
    ("list",): "type id namespace name broker why class-id plan-id",
}


def _columns(point: "Point", deps: "Deps") -> Iterator[Name]:
    del deps
    for nouns, columns in _COLUMNS.items():
        if point.path[-1] in nouns:
            yield from ((column, "", False) for column in columns.split())


_SOURCES: dict[str, Callable[["Point", "Deps"], Iterable[Name]]] = {
    "broker": _brokers,
    "class": catalog_on_tab.classes,
    "own class": catalog_on_tab.own_classes,
    "plan": catalog_on_tab.plans,
    "tag": catalog_on_tab.tags,
    "instance": _instances,
    "binding": _bindings,
    "work": _work,
    "thing": _things,
    "parameter": catalog_on_tab.parameters,
    "orphan": _orphans,
    "secret": _secrets,
    "workload": _workloads,
    "namespace": _namespaces,
    "context": _contexts,
    "topic": _topics,
    "column": _columns,
}
