"""Objects that are read but never written: what would be written is noted and then believed.

A use-case runs over it as over the real thing, so that what a dry run shows is what would be done.
Later reads see the earlier writes. Where there is a server that can judge a write without making
it (``dryRun=All``), it judges the first write to each object.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from svcat import selectors
from svcat.errors import AlreadyExists, Forbidden, NotFound, Stale
from svcat.objects import NAMESPACE, JsonObject, ObjectApi, Page, Resource, UserInfo
from svcat.store.records import SecretKeyRef
from svcat.store.secrets import Secrets

ASSIGNED = "assigned-on-creation"
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """A write that was not made: ``before`` is None for what is created, ``after`` when deleted."""

    before: JsonObject | None
    after: JsonObject | None


@dataclass(slots=True)
class RehearsedObjects:
    """``ObjectApi`` over another one; ``judge`` is one whose writes do not last."""

    api: ObjectApi
    note: Callable[[Written], None]
    judge: ObjectApi | None = None
    _changed: dict[Key, JsonObject | None] = field(default_factory=dict)
    _writes: int = 0

    @property
    def makes_namespaces(self) -> bool:
        """Whether a namespace comes into being with its first use."""
        return self.api.makes_namespaces

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Read one object as it would be. Raises NotFound."""
        key = _key(resource, namespace, name)
        if key not in self._changed:
            return self.api.get(resource, namespace, name)
        found = self._changed[key]
        if found is None:
            raise NotFound(f'{resource.plural} "{name}" not found')
        return deepcopy(found)

    def list_page(
        self,
        resource: Resource,
        namespace: str,
        *,
        selector: str = "",
        limit: int = 500,
        continue_token: str = "",
    ) -> Page:
        """List one page as it would be; what would be new comes on the last one."""
        page = self.api.list_page(
            resource, namespace, selector=selector, limit=limit, continue_token=continue_token
        )
        items = {_key_of(resource, item): item for item in page.items}
        for key, obj in self._changed.items():
            is_there = key in items or not page.continue_token
            is_meant = key[0] == resource.plural and namespace in {"", key[1]}
            if obj is None:
                items.pop(key, None)
            elif is_there and is_meant and _matches(obj, selector):
                items[key] = deepcopy(obj)
        return Page(tuple(items.values()), page.continue_token)

    def create(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Note a creation. Raises AlreadyExists, and what the judge raises."""
        metadata = obj["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        try:
            self.get(resource, namespace, name)
        except NotFound:
            pass
        else:
            raise AlreadyExists(f'{resource.plural} "{name}" already exists')
        self._require_namespace(resource, namespace)
        if self.judge is not None and self._is_new_to_server(resource, namespace, name):
            self.judge.create(resource, obj)
        made = deepcopy(obj)
        made["metadata"] |= {
            "uid": ASSIGNED,
            "creationTimestamp": self.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self._keep(resource, None, made)

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        """Note a change. Raises Stale, NotFound, and what the judge raises."""
        metadata = obj["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        before = self.get(resource, namespace, name)
        self._require_same(before, metadata.get("uid", ""), metadata["resourceVersion"])
        if self.judge is not None and self._is_new_to_server(resource, namespace, name):
            self.judge.replace(resource, obj)
        made = deepcopy(obj)
        for kept in ("uid", "creationTimestamp", "deletionTimestamp"):
            if kept in before["metadata"]:
                made["metadata"][kept] = before["metadata"][kept]
        is_over = "deletionTimestamp" in made["metadata"] and not made["metadata"].get("finalizers")
        return self._keep(resource, before, made, is_gone=is_over)

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
    ) -> None:
        """Note a deletion. Raises NotFound, Stale, and what the judge raises."""
        before = self.get(resource, namespace, name)
        self._require_same(before, uid, resource_version)
        if self.judge is not None and self._is_new_to_server(resource, namespace, name):
            self.judge.delete(resource, namespace, name, uid=uid, resource_version=resource_version)
        if not before["metadata"].get("finalizers"):
            self._keep(resource, before, before, is_gone=True)
            return
        held = deepcopy(before)
        held["metadata"]["deletionTimestamp"] = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        self._keep(resource, before, held)

    def whoami(self) -> UserInfo | None:
        """Ask who we are."""
        return self.api.whoami()

    def can_i(self, verb: str, resource: Resource, namespace: str, name: str = "") -> bool:
        """Ask whether we may."""
        return self.api.can_i(verb, resource, namespace, name)

    def now(self) -> datetime:
        """The server's time."""
        return self.api.now()

    def _keep(
        self,
        resource: Resource,
        before: JsonObject | None,
        after: JsonObject,
        *,
        is_gone: bool = False,
    ) -> JsonObject:
        self._writes += 1
        after["metadata"]["resourceVersion"] = f"rehearsed-{self._writes}"
        self._changed[_key_of(resource, after)] = None if is_gone else after
        self.note(Written(before, None if is_gone else deepcopy(after)))
        return deepcopy(after)

    def _is_new_to_server(self, resource: Resource, namespace: str, name: str) -> bool:
        """Whether the server has heard of no earlier write that this one builds on."""
        in_new_namespace = _key(NAMESPACE, "", namespace) in self._changed
        return _key(resource, namespace, name) not in self._changed and not in_new_namespace

    def _require_namespace(self, resource: Resource, namespace: str) -> None:
        if self.makes_namespaces or not resource.namespaced:
            return
        try:
            self.get(NAMESPACE, "", namespace)
        except Forbidden:
            return  # a namespaced Role cannot read its Namespace

    def _require_same(self, obj: JsonObject, uid: str, resource_version: str) -> None:
        metadata = obj["metadata"]
        is_same = uid in {"", metadata["uid"]}
        if not (is_same and resource_version in {"", metadata["resourceVersion"]}):
            raise Stale(f"{obj['kind']} {metadata['name']} was changed meanwhile")


class RehearsedSecrets(Secrets, frozen=True):
    """Secrets that tell which parameters were taken from them: those are not to be shown."""

    note_names: Callable[[list[str]], None] = lambda _: None

    def read_parameters(self, namespace: str, ref: SecretKeyRef) -> tuple[Mapping[str, bytes], str]:
        """Return a Secret's contents and resourceVersion. Raises NotFound."""
        data, version = Secrets.read_parameters(self, namespace, ref)
        self.note_names(_parameter_names(data, ref))
        return data, version


def _parameter_names(data: Mapping[str, bytes], ref: SecretKeyRef) -> list[str]:
    if not ref.key:
        return list(data)
    try:
        value = json.loads(data.get(ref.key, b""))
    except (ValueError, RecursionError):
        return []
    return list(value) if isinstance(value, dict) else []


def _key(resource: Resource, namespace: str, name: str) -> Key:
    return resource.plural, namespace if resource.namespaced else "", name


def _key_of(resource: Resource, obj: JsonObject) -> Key:
    metadata = obj["metadata"]
    return _key(resource, metadata.get("namespace", ""), metadata["name"])


def _matches(obj: JsonObject, selector: str) -> bool:
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    return selectors.matches(selectors.parse(selector), labels)
