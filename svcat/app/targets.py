"""Workloads by the words people use: KIND/NAME, or KIND and a label selector."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from svcat.app.injection import served
from svcat.app.ports import Workloads
from svcat.app.workload_kinds import Kind, named
from svcat.errors import NotFound, UsageError
from svcat.objects import JsonObject, Resource

# What a selector alone looks through.
_SELECTED = ("deployments", "statefulsets", "daemonsets", "cronjobs")


@dataclass(frozen=True, slots=True)
class Target:
    """A workload that was named, as it was read."""

    resource: Resource
    obj: JsonObject
    kind: Kind | None = None  # None: none of Kubernetes' own

    @property
    def words(self) -> str:
        """KIND/NAME, as kubectl prints it."""
        group = f".{self.resource.group}" if self.resource.group else ""
        return f"{self.resource.kind.lower()}{group}/{self.obj['metadata']['name']}"


def found(
    words: Iterable[str], selector: str, namespace: str, workloads: Workloads
) -> list[Target]:
    """Return what KIND/NAME... or ``selector`` stand for. Raises NotFound, UsageError."""
    targets = list(_targets(list(words), selector, namespace, workloads))
    if not targets and selector:
        raise NotFound(f"no workload in namespace {namespace} has the labels {selector}")
    if not targets:
        raise UsageError(
            "which workload?", hint="name it as KIND/NAME, like deployment/web, or give -l LABELS"
        )
    seen: dict[tuple[str, str], Target] = {}
    for target in targets:
        seen.setdefault((target.resource.kind, str(target.obj["metadata"]["uid"])), target)
    return list(seen.values())


def split(word: str) -> tuple[str, str]:
    """Return the kind and the name in KIND/NAME. Raises UsageError."""
    kind, slash, name = word.partition("/")
    if not slash or not kind or not name or "/" in name:
        raise UsageError(f"{word!r} is no workload", hint="it looks like deployment/web")
    return kind, name


def resource_named(word: str, workloads: Workloads) -> tuple[Resource, Kind | None]:
    """Return the kind that ``word`` names. Raises NotFound, UsageError."""
    kind = named(word)
    if kind is not None:
        return served(kind, workloads), kind
    resource = workloads.find_kind(word)
    if not resource.namespaced:
        raise UsageError(f"{resource.kind} is in no namespace: it cannot use a Secret of one")
    return resource, None


def _targets(
    words: list[str], selector: str, namespace: str, workloads: Workloads
) -> Iterator[Target]:
    if selector:
        if any("/" in word for word in words):
            raise UsageError("names and -l do not go together", hint="KIND -l LABELS")
        for word in words or _SELECTED:
            resource, kind = resource_named(word, workloads)
            for obj in workloads.list_all(resource, namespace, selector=selector):
                yield Target(resource, obj, kind)
        return
    for word in words:
        kind_word, name = split(word)
        resource, kind = resource_named(kind_word, workloads)
        yield Target(resource, workload(resource, namespace, name, workloads), kind)


def workload(resource: Resource, namespace: str, name: str, workloads: Workloads) -> JsonObject:
    """Return the workload. Raises NotFound."""
    try:
        return workloads.get(resource, namespace, name)
    except NotFound:
        raise NotFound(
            f"{resource.kind} {name!r} not found in namespace {namespace}",
            hint=f"see what there is: kubectl get {resource.plural} -n {namespace}",
        ) from None
