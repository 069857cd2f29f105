"""A cluster in memory: the object API for the explorer, which runs it millions of times.

Deterministic (uids and resourceVersions are counters, the time is set by hand), copied in a few
microseconds, and interruptible: ``before`` and ``after`` are called around every verb and may
raise (a lost request, a lost answer, a kill) or switch to another command. ``now`` is no effect:
a client reads it off the Date header of an answer it had anyway.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar, TypeVarTuple

from svcat.errors import SvcatError
from svcat.local import verbs
from svcat.local.drafts import drafted
from svcat.local.paging import Position, position_of, token_for
from svcat.local.table import KEPT
from svcat.objects import NAMESPACE, JsonObject, Page, Resource, UserInfo
from svcat.selectors import matches, parse

Arguments = TypeVarTuple("Arguments")
Answer = TypeVar("Answer")

Effect = Callable[[str, Resource, str, str], None]
"""verb, resource, namespace, name."""

Key = tuple[str, str, str]
"""plural, namespace (empty if cluster-wide), name."""

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def no_effect(verb: str, resource: Resource, namespace: str, name: str) -> None:
    """Let the verb go on."""


def copied(value: JsonObject) -> JsonObject:
    """Copy dicts and lists all the way down, six times as fast as copy.deepcopy."""
    copy = value.copy()
    for key, inner in value.items():
        if type(inner) is dict:
            copy[key] = copied(inner)
        elif type(inner) is list:
            copy[key] = [copied(item) if type(item) is dict else item for item in inner]
    return copy


class Shelf:
    """The table that ``verbs`` works on; objects on it are never changed in place."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"revision": 0, "uids": 0, "now": BEGIN, "objects": {}}
        self.resources: dict[str, Resource] = dict(KEPT)

    @property
    def objects(self) -> dict[Key, JsonObject]:
        found: dict[Key, JsonObject] = self.state["objects"]
        return found

    def find(self, resource: Resource, namespace: str, name: str) -> JsonObject | None:
        return self.objects.get((resource.plural, namespace, name))

    def put(self, resource: Resource, obj: JsonObject) -> None:
        metadata = obj["metadata"]
        self.resources[resource.plural] = resource
        self.objects[resource.plural, metadata.get("namespace", ""), metadata["name"]] = obj

    def remove(self, resource: Resource, namespace: str, name: str) -> None:
        del self.objects[resource.plural, namespace, name]

    def inside(self, namespace: str) -> Iterable[tuple[Resource, JsonObject]]:
        for (plural, where, _), obj in self.objects.items():
            if where == namespace:
                yield self.resources[plural], obj

    def next_revision(self) -> str:
        self.state["revision"] += 1
        return str(self.state["revision"])

    def next_uid(self) -> str:
        self.state["uids"] += 1
        return f"00000000-0000-4000-8000-{self.state['uids']:012d}"


class SimulatedObjects:
    """ObjectApi in memory; ``strict=False`` trusts the caller's objects, for speed."""

    makes_namespaces = False

    def __init__(
        self, *, before: Effect = no_effect, after: Effect = no_effect, strict: bool = True
    ) -> None:
        self.before = before
        self.after = after
        self.strict = strict
        self._shelf = Shelf()
        for name in verbs.FIRST_NAMESPACES:
            self._create(NAMESPACE, {"metadata": {"name": name}})

    @property
    def contents(self) -> Mapping[Key, JsonObject]:
        """What there is now."""
        return MappingProxyType(self._shelf.objects)

    def counters(self) -> tuple[int, int]:
        """Return the last revision and the last uid, from which the next ones follow."""
        return self._shelf.state["revision"], self._shelf.state["uids"]

    def snapshot(self) -> dict[str, Any]:
        """The whole state, apart from later writes."""
        return self._shelf.state | {"objects": self._shelf.objects.copy()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go back to a snapshot, which can be used again."""
        self._shelf.state = snapshot | {"objects": snapshot["objects"].copy()}

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._shelf.state["now"] += timedelta(seconds=seconds)

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        return self._effect("get", resource, namespace, name, self._get, resource, namespace, name)

    def list_page(
        self,
        resource: Resource,
        namespace: str,
        *,
        selector: str = "",
        limit: int = 500,
        continue_token: str = "",
    ) -> Page:
        arguments = (resource, namespace, selector, limit, continue_token)
        return self._effect("list", resource, namespace, "", self._list, *arguments)

    def create(self, resource: Resource, obj: JsonObject) -> JsonObject:
        return self._effect("create", resource, *_place(obj), self._create, resource, obj)

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        if not obj["metadata"].get("resourceVersion"):
            raise ValueError("a replace needs the resourceVersion that was read")
        return self._effect("replace", resource, *_place(obj), self._replace, resource, obj)

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
    ) -> None:
        arguments = (resource, namespace, name, uid, resource_version)
        return self._effect("delete", resource, namespace, name, self._delete, *arguments)

    def whoami(self) -> UserInfo:
        return UserInfo(username="simulated", uid="1", groups=("system:authenticated",))

    def can_i(self, verb: str, resource: Resource, namespace: str, name: str = "") -> bool:
        return True

    def now(self) -> datetime:
        moment: datetime = self._shelf.state["now"]
        return moment.replace(microsecond=0)

    def _effect(
        self,
        verb: str,
        resource: Resource,
        namespace: str,
        name: str,
        act: Callable[[*Arguments], Answer],
        *arguments: *Arguments,
    ) -> Answer:
        self.before(verb, resource, namespace, name)
        try:
            answer = act(*arguments)
        except SvcatError:
            self.after(verb, resource, namespace, name)  # a refusal can be lost on the way, too
            raise
        self.after(verb, resource, namespace, name)
        return answer

    def _get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        return copied(verbs.find(self._shelf, resource, namespace, name))

    def _list(
        self, resource: Resource, namespace: str, selector: str, limit: int, token: str
    ) -> Page:
        requirements = parse(selector)
        after = position_of(token, self.now())
        keys = sorted(
            key
            for key, obj in self._shelf.objects.items()
            if key[0] == resource.plural
            and (not namespace or key[1] == namespace or not resource.namespaced)
            and key[1:] > after
            and matches(requirements, obj["metadata"].get("labels", {}))
        )
        found = [self._shelf.objects[key] for key in keys]
        if limit <= 0 or len(found) <= limit:
            return Page(tuple(map(copied, found)))
        last = found[limit - 1]["metadata"]
        position = Position(last.get("namespace", ""), last["name"])
        return Page(tuple(map(copied, found[:limit])), token_for(position, self.now()))

    def _create(self, resource: Resource, obj: JsonObject) -> JsonObject:
        draft = self._drafted(resource, obj)
        uid, now = self._shelf.next_uid(), self._stamp()
        return copied(verbs.create(self._shelf, resource, draft, uid=uid, now=now))

    def _replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        return copied(verbs.replace(self._shelf, resource, self._drafted(resource, obj)))

    def _delete(
        self, resource: Resource, namespace: str, name: str, uid: str, resource_version: str
    ) -> None:
        verbs.delete(
            self._shelf,
            resource,
            namespace,
            name,
            uid=uid,
            resource_version=resource_version,
            now=self._stamp(),
        )

    def _drafted(self, resource: Resource, obj: JsonObject) -> JsonObject:
        is_kept = resource.plural in KEPT
        if is_kept and (self.strict or "stringData" in obj):
            return drafted(resource, obj)
        draft = copied(obj)
        draft["apiVersion"], draft["kind"] = resource.api_version, resource.kind
        if resource.plural == "secrets":
            draft.setdefault("type", "Opaque")
        _drop_empty(draft, ("data", "binaryData"))
        _drop_empty(draft["metadata"], ("labels", "annotations", "finalizers"))
        return draft

    def _stamp(self) -> str:
        moment: datetime = self._shelf.state["now"]
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _drop_empty(target: JsonObject, fields: tuple[str, ...]) -> None:
    for field in fields:
        if field in target and not target[field]:
            del target[field]


def _place(obj: JsonObject) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata.get("name", "")
