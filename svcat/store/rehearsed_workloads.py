"""Workloads in a dry run: the server says what an apply would make of them, and nothing lasts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from svcat.objects import JsonObject, Resource
from svcat.store.rehearsal import Written


class _Judge(Protocol):
    """Workloads whose writes do not last (``dryRun=All``)."""

    def find_kind(self, word: str) -> Resource: ...
    def serves(self, resource: Resource) -> bool: ...
    def mapping(self, resource: Resource) -> JsonObject | None: ...
    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject: ...
    def list_all(
        self, resource: Resource, namespace: str, *, selector: str
    ) -> list[JsonObject]: ...
    def apply(self, resource: Resource, obj: JsonObject, *, manager: str) -> JsonObject: ...
    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject: ...


@dataclass(frozen=True, slots=True)
class RehearsedWorkloads:
    """``app.ports.Workloads`` that notes instead of acting."""

    judge: _Judge
    note: Callable[[Written], None]

    def find_kind(self, word: str) -> Resource:
        """Return the kind that a word names. Raises NotFound."""
        return self.judge.find_kind(word)

    def serves(self, resource: Resource) -> bool:
        """Whether the server has such objects at that version."""
        return self.judge.serves(resource)

    def mapping(self, resource: Resource) -> JsonObject | None:
        """Return the spec of the kind's ClusterWorkloadResourceMapping, if there is one."""
        return self.judge.mapping(resource)

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Read one object. Raises NotFound."""
        return self.judge.get(resource, namespace, name)

    def list_all(self, resource: Resource, namespace: str, *, selector: str) -> list[JsonObject]:
        """List objects."""
        return self.judge.list_all(resource, namespace, selector=selector)

    def apply(self, resource: Resource, obj: JsonObject, *, manager: str) -> JsonObject:
        """Note what an apply would make. Raises what the server would."""
        before = self._before(resource, obj)
        after = self.judge.apply(resource, obj, manager=manager)
        self.note(Written(before, after))
        return after

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Note what a write would make. Raises what the server would."""
        before = self._before(resource, obj)
        after = self.judge.replace(resource, obj)
        self.note(Written(before, after))
        return after

    def _before(self, resource: Resource, obj: JsonObject) -> JsonObject:
        metadata = obj["metadata"]
        return self.judge.get(resource, metadata["namespace"], metadata["name"])
