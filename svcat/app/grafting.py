"""Putting additions into an object, finding what it lacks of them, taking them out again. Pure."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import partial

from svcat.app.projection import Additions, Wish, contains, items_at, name_of
from svcat.app.variables import ROOT
from svcat.app.workload_kinds import FixedPath, at, containers_in
from svcat.app.workload_kinds import Mapping as Places
from svcat.objects import JsonObject

Made = tuple[str, str]
"""A list or an object that was made: in which container (empty: in none), and its path."""


def missing(obj: JsonObject, places: Places, additions: Additions) -> list[str]:
    """Return in words what ``obj`` lacks of ``additions``."""
    found = containers_in(obj, places)
    lacking = []
    for gift in additions.gifts:
        container = found[gift.position][1]
        lacking += [
            f"variable {entry['name']} in container {gift.name}"
            for entry in gift.env
            if entry not in items_at(container, gift.path.env)
        ]
        lacking += [
            f"files in container {gift.name}"
            for mount in gift.mounts
            if not _holds(items_at(container, gift.path.mounts), mount)
        ]
    lacking += [
        f"volume {volume['name']}"
        for volume in additions.volumes
        if not _holds(items_at(obj, places.volumes), volume)
    ]
    annotations = at(obj, places.annotations) or {}
    if any(annotations.get(key) != value for key, value in additions.annotations.items()):
        lacking.append("the present credentials: its pods may use older ones")
    return lacking


def with_additions(obj: JsonObject, places: Places, additions: Additions) -> JsonObject:
    """Return ``obj`` with ``additions`` in it; all else as it is."""
    changed = deepcopy(obj)
    found = containers_in(changed, places)
    for gift in additions.gifts:
        container = found[gift.position][1]
        _merge(container, gift.path.env, gift.env, "name")
        _merge(container, gift.path.mounts, gift.mounts, "mountPath")
    _merge(changed, places.volumes, additions.volumes, "name")
    if additions.annotations:
        _made(changed, places.annotations).update(additions.annotations)
    return changed


def made_for(obj: JsonObject, places: Places, additions: Additions) -> tuple[Made, ...]:
    """Return the lists and objects that ``obj`` lacks and ``with_additions`` makes."""
    found = containers_in(obj, places)
    made: list[Made] = []
    for gift in additions.gifts:
        container = found[gift.position][1]
        made += _lacking(container, gift.path.env, gift.name) if gift.env else []
        made += _lacking(container, gift.path.mounts, gift.name) if gift.mounts else []
    made += _lacking(obj, places.volumes) if additions.volumes else []
    made += _lacking(obj, places.annotations) if additions.annotations else []
    return tuple(sorted(set(made)))


def without(
    obj: JsonObject, places: Places, wish: Wish, *, roots: Iterable[str], made: Iterable[Made]
) -> JsonObject:
    """Return ``obj`` without what ``wish`` gave it.

    ``roots`` are the containers given the root; what is in ``made`` goes if nothing is left in it.
    """
    changed = deepcopy(obj)
    with_root, of_ours = set(roots), frozenset(made)

    def is_volume(entry: JsonObject) -> bool:
        return bool(entry.get("name") == wish.volume)

    for position, (path, container) in enumerate(containers_in(changed, places)):
        is_mounted_besides = any(
            str(mount.get("name", "")).startswith("svcat-") and mount.get("name") != wish.volume
            for mount in items_at(container, path.mounts)
        )
        name = name_of(container, path, position)
        drops_root = name in with_root and not is_mounted_besides
        _drop(container, path.env, partial(_is_variable, wish=wish, drops_root=drops_root))
        _drop(container, path.mounts, is_volume)
        for inner in (path.env, path.mounts):
            _prune(container, inner, name, of_ours)
    _drop(changed, places.volumes, is_volume)
    annotations = at(changed, places.annotations)
    if isinstance(annotations, dict):
        annotations.pop(wish.annotation, None)
    for outer in (places.volumes, places.annotations):
        _prune(changed, outer, "", of_ours)
    return changed


def to_apply(obj: JsonObject, template: FixedPath, additions: Additions) -> JsonObject:
    """Return the configuration that owns ``additions``, and nothing else, in ``obj``."""
    spec: JsonObject = {}
    for gift in additions.gifts:
        container: JsonObject = {"name": gift.name}
        container |= {"env": list(gift.env)} if gift.env else {}
        container |= {"volumeMounts": list(gift.mounts)} if gift.mounts else {}
        spec.setdefault(gift.path.group, []).append(container)
    if additions.volumes:
        spec["volumes"] = list(additions.volumes)
    pod: JsonObject = {"spec": spec}
    if additions.annotations:
        pod["metadata"] = {"annotations": dict(additions.annotations)}
    body: JsonObject = pod
    for step in reversed(template):
        body = {step: body}
    return {**identity(obj), **body}


def identity(obj: JsonObject) -> JsonObject:
    """Return what an apply says of whom it means: this very object."""
    metadata = obj["metadata"]
    return {"metadata": {key: metadata[key] for key in ("name", "namespace", "uid")}}


def _is_variable(entry: JsonObject, *, wish: Wish, drops_root: bool) -> bool:
    if entry.get("name") == ROOT:
        return drops_root
    reference = at(entry, ("valueFrom", "secretKeyRef", "name"))
    return entry.get("name") in wish.variables and reference == wish.secret


def _holds(items: list[JsonObject], wanted: JsonObject) -> bool:
    return any(contains(item, wanted) for item in items)


def _made(obj: JsonObject, path: FixedPath) -> JsonObject:
    """Return the mapping at ``path``, made if it is not there (servicebinding.io asks for that)."""
    here = obj
    for step in path:
        if not isinstance(here.get(step), dict):
            here[step] = {}
        here = here[step]
    return here


def _merge(obj: JsonObject, path: FixedPath, added: Iterable[JsonObject], key: str) -> None:
    new = list(added)
    if not new:
        return
    parent = _made(obj, path[:-1])
    there = parent.get(path[-1])
    items = list(there) if isinstance(there, list) else []
    for entry in new:
        same = [i for i, item in enumerate(items) if item.get(key) == entry[key]]
        if same:
            items[same[0]] = {**items[same[0]], **entry}
        else:
            items.append(entry)
    parent[path[-1]] = items


def _drop(obj: JsonObject, path: FixedPath, is_ours: Callable[[JsonObject], bool]) -> None:
    items = items_at(obj, path)
    kept = [item for item in items if not is_ours(item)]
    if len(kept) < len(items):
        _made(obj, path[:-1])[path[-1]] = kept


def _prune(obj: JsonObject, path: FixedPath, container: str, made: frozenset[Made]) -> None:
    """Take away what was made on the way to ``path``, from its end on, while it is empty."""
    for end in range(len(path), 0, -1):
        parent = at(obj, path[: end - 1])
        is_ours = (container, _joined(path[:end])) in made
        if not (is_ours and isinstance(parent, dict) and parent.get(path[end - 1]) in ([], {})):
            return
        parent.pop(path[end - 1])


def _lacking(obj: JsonObject, path: FixedPath, container: str = "") -> list[Made]:
    ends = range(1, len(path) + 1)
    return [(container, _joined(path[:end])) for end in ends if not _is_there(obj, path[:end])]


def _is_there(obj: JsonObject, path: FixedPath) -> bool:
    return isinstance(at(obj, path), dict | list)


def _joined(path: FixedPath) -> str:
    return "/".join(path)
