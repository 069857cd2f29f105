"""Injecting into manifests: what ``inject`` would do, done before anything is created.

Reads nothing but what a container's ``envFrom`` refers to.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from svcat import selectors
from svcat.app.grafting import with_additions
from svcat.app.injecting import Bench, Order
from svcat.app.injection import expected, places_of
from svcat.app.targets import split
from svcat.app.workload_kinds import named, of_object
from svcat.errors import Conflict, NotFound
from svcat.objects import JsonObject
from svcat.store.injections import Injection


@dataclass(slots=True)
class Transformed:
    """The documents, in their order, and which of them got something."""

    documents: list[JsonObject] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    left_out: tuple[str, ...] = ()


def transform(documents: Iterable[JsonObject], order: Order, bench: Bench) -> Transformed:
    """Return ``documents`` with the credentials in the workloads that ``order`` names.

    No names: in all of them. Raises NotFound if there is none, Conflict, UsageError.
    """
    done = Transformed()
    chosen = _Chosen(order)
    done.documents = [_with(document, chosen, bench, done) for document in documents]
    if chosen.names:
        kind_word, name = chosen.names[0]
        raise NotFound(
            f"{kind_word}/{name} is not in the manifests", hint="names look like deployment/web"
        )
    if not done.touched:
        raise NotFound("there is no workload in the manifests that could get credentials")
    return done


class _Chosen:
    """Which documents an order means."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.names = [split(word) for word in order.workloads]  # those not met yet
        self._selector = None if order.workloads else selectors.parse(order.selector)

    def has(self, document: JsonObject) -> bool:
        """Whether ``document`` is meant."""
        kind, metadata = str(document.get("kind", "")), document.get("metadata") or {}
        if self._selector is None:
            meant = [n for n in self.names if _is_kind(kind, n[0]) and metadata.get("name") == n[1]]
            self.names = [name for name in self.names if name not in meant]
            return bool(meant)
        fits = selectors.matches(self._selector, metadata.get("labels") or {})
        known = of_object(str(document.get("apiVersion", "")), kind) is not None
        return fits and (known or self.mapping(document) is not None)

    def mapping(self, document: JsonObject) -> JsonObject | None:
        """Return the mapping given for the document's kind, if one was."""
        group = str(document.get("apiVersion", "")).rpartition("/")[0]
        for name, spec in self.order.mappings.items():
            plural, _, of_group = name.partition(".")
            if of_group == group and plural in _plurals(str(document.get("kind", "")).lower()):
                return spec
        return None


def _with(document: JsonObject, chosen: _Chosen, bench: Bench, done: Transformed) -> JsonObject:
    if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        items = [_with(item, chosen, bench, done) for item in document["items"]]
        return {**document, "items": items}
    if not chosen.has(document):
        return document
    metadata = document.get("metadata") or {}
    namespace = metadata.get("namespace") or bench.binding.namespace
    words = f"{str(document['kind']).lower()}/{metadata.get('name', '')}"
    if namespace != bench.binding.namespace:
        raise Conflict(
            f"{words} is for namespace {namespace}, the Secret is in {bench.binding.namespace}",
            hint="bind there too: a workload can use Secrets of its own namespace only",
        )
    injection = _injection(document, chosen)
    wanted = expected(document, injection, bench.binding, bench.secret.data, bench.ports)
    done.touched.append(words)
    done.left_out = wanted.left_out
    return with_additions(document, places_of(injection), wanted.additions)


def _injection(document: JsonObject, chosen: _Chosen) -> Injection:
    api_version, kind = str(document.get("apiVersion", "")), str(document.get("kind", ""))
    is_known = of_object(api_version, kind) is not None
    return chosen.order.injection_into(
        api_version,
        kind,
        str((document.get("metadata") or {}).get("name", "")),
        mapping=None if is_known else chosen.mapping(document) or {},
    )


def _is_kind(kind: str, word: str) -> bool:
    known = named(word)
    if known is not None:
        return known.resource.kind == kind
    return word.lower().partition(".")[0] in _plurals(kind.lower()) | {kind.lower()}


def _plurals(kind: str) -> set[str]:
    """Return what the plural of a kind may be: manifests do not tell."""
    return {f"{kind}s", f"{kind}es", f"{kind[:-1]}ies", kind}
