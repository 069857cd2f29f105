"""What create, replace and delete mean, over any table of objects.

The semantics of kube-apiserver for plain objects: compare-and-swap on resourceVersion and uid,
finalizers, namespaces that end (held by ``tests/contract``). Objects in a table are never changed
in place: a write puts a new one.
"""

from collections.abc import Iterable
from typing import Protocol

from svcat.errors import AlreadyExists, Forbidden, Invalid, NotFound, Stale
from svcat.local.rules import check_transition
from svcat.objects import NAMESPACE, JsonObject, Resource

FIRST_NAMESPACES = ("default", "kube-system")
_SYSTEM_FIELDS = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


class Table(Protocol):
    """Where the objects are; a cluster-wide object has the namespace ``""``."""

    def find(self, resource: Resource, namespace: str, name: str) -> JsonObject | None:
        """Read one object."""

    def put(self, resource: Resource, obj: JsonObject) -> None:
        """Write one object, new or not."""

    def remove(self, resource: Resource, namespace: str, name: str) -> None:
        """Forget one object."""

    def inside(self, namespace: str) -> Iterable[tuple[Resource, JsonObject]]:
        """Read all that a namespace holds."""

    def next_revision(self) -> str:
        """Count one write; a number is never given twice."""


def find(table: Table, resource: Resource, namespace: str, name: str) -> JsonObject:
    """Read one object. Raises NotFound, Invalid for what is no place at all."""
    if not name or (resource.namespaced and not namespace):
        raise Invalid(f"{_named(resource, namespace, name)}: a name and its namespace are needed")
    obj = table.find(resource, namespace if resource.namespaced else "", name)
    if obj is None:
        raise NotFound(f"{_named(resource, namespace, name)} not found")
    return obj


def create(
    table: Table, resource: Resource, draft: JsonObject, *, uid: str, now: str
) -> JsonObject:
    """Put ``draft`` under a free name. Raises AlreadyExists, NotFound, Forbidden, Invalid."""
    metadata = draft["metadata"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    if "resourceVersion" in metadata:
        raise Invalid(f"{_named(resource, namespace, name)}: a new object has no resourceVersion")
    if resource.namespaced:
        _check_namespace(table, resource, namespace, name)
    if table.find(resource, namespace, name) is not None:
        raise AlreadyExists(f"{_named(resource, namespace, name)} already exists")
    metadata.pop("deletionTimestamp", None)
    made = metadata | {
        "uid": uid,
        "creationTimestamp": now,
        "resourceVersion": table.next_revision(),
    }
    obj = draft | {"metadata": made}
    if resource == NAMESPACE:
        obj |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    table.put(resource, obj)
    return obj


def replace(table: Table, resource: Resource, draft: JsonObject) -> JsonObject:
    """Put ``draft`` over the object it was read from. Raises NotFound, Stale, Invalid.

    Writing what is there already is no write: the resourceVersion stays.
    """
    metadata = draft["metadata"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    old = find(table, resource, namespace, name)
    _check_same(resource, old, metadata.get("uid", ""), metadata["resourceVersion"])
    new = _over(old, draft)
    check_transition(resource, old, new)
    if new == old:
        return old
    new["metadata"]["resourceVersion"] = table.next_revision()
    if not _is_held(new) and "deletionTimestamp" in new["metadata"] and resource.namespaced:
        _remove(table, resource, namespace, name)
        return new
    table.put(resource, new)
    if resource == NAMESPACE:
        _settle(table, name)
    return new


def delete(
    table: Table,
    resource: Resource,
    namespace: str,
    name: str,
    *,
    uid: str,
    resource_version: str,
    now: str,
) -> None:
    """Remove an object, or mark it if finalizers hold it. Raises NotFound, Stale, Forbidden."""
    old = find(table, resource, namespace, name)
    _check_same(resource, old, uid, resource_version)
    if resource == NAMESPACE:
        _end_namespace(table, old, now)
    elif _is_held(old):
        _mark(table, resource, old, now)
    else:
        _remove(table, resource, namespace, name)


def _named(resource: Resource, namespace: str, name: str) -> str:
    where = f' in namespace "{namespace}"' if resource.namespaced and namespace else ""
    return f'{resource.plural} "{name}"{where}'


def _check_namespace(table: Table, resource: Resource, namespace: str, name: str) -> None:
    owner = table.find(NAMESPACE, "", namespace)
    if owner is None:
        raise NotFound(f'namespaces "{namespace}" not found')
    if "deletionTimestamp" in owner["metadata"]:
        raise Forbidden(
            f'cannot create {resource.plural} "{name}": namespace "{namespace}" is being terminated'
        )


def _check_same(resource: Resource, obj: JsonObject, uid: str, resource_version: str) -> None:
    metadata = obj["metadata"]
    if uid and uid != metadata["uid"]:
        why = "is another object of that name, its uid differs"
    elif resource_version and resource_version != metadata["resourceVersion"]:
        why = "has been changed since it was read"
    else:
        return
    raise Stale(f"{_named(resource, metadata.get('namespace', ''), metadata['name'])} {why}")


def _over(old: JsonObject, draft: JsonObject) -> JsonObject:
    metadata = dict(draft["metadata"])
    for field in _SYSTEM_FIELDS:
        if field in old["metadata"]:
            metadata[field] = old["metadata"][field]
    kept = {field: old[field] for field in ("spec", "status") if field in old}
    return draft | {"metadata": metadata} | kept


def _is_held(obj: JsonObject) -> bool:
    return bool(obj["metadata"].get("finalizers"))


def _mark(table: Table, resource: Resource, obj: JsonObject, now: str) -> JsonObject:
    if "deletionTimestamp" in obj["metadata"]:
        return obj
    metadata = obj["metadata"] | {
        "deletionTimestamp": now,
        "deletionGracePeriodSeconds": 0,
        "resourceVersion": table.next_revision(),
    }
    marked = obj | {"metadata": metadata}
    if resource == NAMESPACE:
        marked["status"] = {"phase": "Terminating"}
    table.put(resource, marked)
    return marked


def _remove(table: Table, resource: Resource, namespace: str, name: str) -> None:
    table.next_revision()
    table.remove(resource, namespace, name)
    _settle(table, namespace)


def _end_namespace(table: Table, namespace: JsonObject, now: str) -> None:
    name = namespace["metadata"]["name"]
    if name in FIRST_NAMESPACES:
        raise Forbidden(f'namespaces "{name}" may not be deleted')
    _mark(table, NAMESPACE, namespace, now)
    for resource, obj in list(table.inside(name)):
        if _is_held(obj):
            _mark(table, resource, obj, now)
        else:
            table.remove(resource, name, obj["metadata"]["name"])
    _settle(table, name)


def _settle(table: Table, name: str) -> None:
    """Let a namespace go that was deleted and holds nothing any more."""
    namespace = table.find(NAMESPACE, "", name)
    if namespace is None or "deletionTimestamp" not in namespace["metadata"] or _is_held(namespace):
        return
    if not any(True for _ in table.inside(name)):
        table.next_revision()
        table.remove(NAMESPACE, "", name)
