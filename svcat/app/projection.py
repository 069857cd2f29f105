"""What a workload gets of a binding: variables, files, an annotation; and what is missing. Pure.

Application Projection of servicebinding.io 1.1: files at ``$SERVICE_BINDING_ROOT/NAME``, and that
variable is never set again where it is set. Nothing that others wrote is ever changed: what is in
the way is a Conflict that names whose it is.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from svcat.app.managed_fields import OURS, Step, holders_of
from svcat.app.variables import ROOT
from svcat.app.workload_kinds import ContainerPath, FixedPath, at, containers_in
from svcat.app.workload_kinds import Mapping as Places
from svcat.errors import Conflict, UsageError
from svcat.objects import JsonObject
from svcat.store import names

DEFAULT_ROOT = "/bindings"
_LABEL_LENGTH = 63

Outside = Callable[[JsonObject], str | None]
"""What SERVICE_BINDING_ROOT is by a container's ``envFrom``, or by an entry's ``valueFrom``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a workload is to get."""

    binding: str
    secret: str
    manager: str
    variables: Mapping[str, str] = field(default_factory=dict)  # variable → key
    files: bool = False
    containers: tuple[str, ...] = ()  # none named: all
    digest: str = ""  # of the contents: pods are replaced when it changes

    @property
    def volume(self) -> str:
        """The volume's name."""
        return _short(f"svcat-{self.binding}", _LABEL_LENGTH)

    @property
    def annotation(self) -> str:
        """The pod template's annotation that holds the digest."""
        return f"{names.DOMAIN}/{_short(f'hash-{self.binding}', _LABEL_LENGTH)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What one container gets."""

    name: str
    position: int  # among all containers: some kinds have no names for them
    path: ContainerPath
    env: tuple[JsonObject, ...] = ()
    mounts: tuple[JsonObject, ...] = ()
    adds_root: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """All that an object gets."""

    gifts: tuple[Gift, ...]
    volumes: tuple[JsonObject, ...]
    annotations: Mapping[str, str]


def additions_for(
    obj: JsonObject, places: Places, wish: Wish, outside: Outside, ours: frozenset[str]
) -> Additions:
    """Return what ``obj`` lacks or has of ``wish``. Raises Conflict, UsageError.

    ``ours`` names entries that svcat added where no server keeps book of that: variables, volumes.
    """
    found = containers_in(obj, places)
    chosen = _chosen(obj, found, wish)
    gifts = tuple(
        _Container(
            obj=obj,
            places=places,
            path=path,
            container=container,
            position=position,
            wish=wish,
            outside=outside,
            ours=ours,
        ).gift()
        for position, (path, container) in enumerate(found)
        if position in chosen
    )
    volumes = (_volume(obj, places, wish, ours),) if wish.files else ()
    annotations = {wish.annotation: wish.digest} if wish.digest else {}
    return Additions(gifts=gifts, volumes=volumes, annotations=annotations)


def digest_of(contents: Mapping[str, bytes], salt: str) -> str:
    """Return what changes with the contents of a Secret; slow to try passwords against."""
    parts = [part for key in sorted(contents) for part in (key.encode(), contents[key])]
    return _digest(b"".join(len(part).to_bytes(8, "big") + part for part in parts), salt)


@lru_cache(maxsize=4)
def _digest(text: bytes, salt: str) -> str:
    return hashlib.scrypt(text, salt=salt.encode(), n=2**14, r=8, p=1, dklen=12).hex()


def items_at(obj: JsonObject, path: FixedPath) -> list[JsonObject]:
    """Return the objects in the list at ``path``; none if there is no list."""
    found = at(obj, path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def contains(item: Any, wanted: Any) -> bool:
    """Whether all of ``wanted`` is in ``item``, which the server may have completed."""
    if isinstance(wanted, dict):
        return isinstance(item, dict) and all(contains(item.get(k), v) for k, v in wanted.items())
    return bool(item == wanted)


def name_of(container: JsonObject, path: ContainerPath, position: int) -> str:
    """Return a container's name; of one that has none its number."""
    return str(at(container, path.name) or f"#{position + 1}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Container:
    """One container of a workload, and who holds what in it."""

    obj: JsonObject
    places: Places
    path: ContainerPath
    container: JsonObject
    position: int
    wish: Wish
    outside: Outside
    ours: frozenset[str]

    @property
    def name(self) -> str:
        return name_of(self.container, self.path, self.position)

    def gift(self) -> Gift:
        """Return what it gets. Raises Conflict, UsageError."""
        env = self._variables()
        mounts: tuple[JsonObject, ...] = ()
        adds_root = False
        if self.wish.files:
            root, adds_root = self._root()
            mounts = (self._mount(root),)
            env += [{"name": ROOT, "value": root}] if adds_root else []
        return Gift(
            name=self.name,
            position=self.position,
            path=self.path,
            env=tuple(env),
            mounts=mounts,
            adds_root=adds_root,
        )

    def _variables(self) -> list[JsonObject]:
        env = [
            {
                "name": variable,
                "valueFrom": {"secretKeyRef": {"name": self.wish.secret, "key": key}},
            }
            for variable, key in sorted(self.wish.variables.items())
        ]
        for entry in env:
            variable = str(entry["name"])
            known = self._known(variable)
            if known is not None and known != entry and not self._is_ours("env", variable):
                holders = self._holders("env", variable) - {self.wish.manager}
                what = f"variable {variable} in container {self.name}"
                raise _in_the_way(self.obj, what, holders)
        return env

    def _root(self) -> tuple[str, bool]:
        """Return where files go, and whether the variable is (still) to be added."""
        known = self._known(ROOT)
        value = known.get("value") if known is not None else None
        if value and self._is_ours("env", ROOT):
            return str(value), True
        if not value:
            value = self.outside(known if known is not None else self.container)
        if value is None and known is None:
            return DEFAULT_ROOT, True
        root = str(value or "").rstrip("/")
        if not root.startswith("/") or ":" in root or "$(" in root:
            raise UsageError(
                f"{_who(self.obj)} sets {ROOT} in container {self.name} to what is no directory",
                hint="give it a plain path there, or inject variables: --env",
            )
        return root, False

    def _mount(self, root: str) -> JsonObject:
        path = f"{root}/{self.wish.binding}"
        for known in items_at(self.container, self.path.mounts):
            if known.get("mountPath") == path and known.get("name") != self.wish.volume:
                holders = self._holders("volumeMounts", path) - {self.wish.manager}
                raise _in_the_way(self.obj, f"{path} in container {self.name}", holders)
        return {"name": self.wish.volume, "mountPath": path, "readOnly": True}

    def _known(self, variable: str) -> JsonObject | None:
        entries = items_at(self.container, self.path.env)
        return next((entry for entry in entries if entry.get("name") == variable), None)

    def _is_ours(self, group: str, key: str) -> bool:
        """Whether nobody but svcat holds the entry (another binding may, of the root)."""
        if self.places.template is None:
            return key in self.ours
        holders = self._holders(group, key)
        allowed = OURS if key == ROOT else self.wish.manager
        return bool(holders) and all(holder.startswith(allowed) for holder in holders)

    def _holders(self, group: str, key: str) -> frozenset[str]:
        if self.places.template is None:
            return frozenset()
        item = {"name": key} if group == "env" else {"mountPath": key}
        steps: list[Step] = [*self.places.template, "spec", self.path.group, {"name": self.name}]
        return holders_of(self.obj, [*steps, group, item])


def _chosen(
    obj: JsonObject, found: list[tuple[ContainerPath, JsonObject]], wish: Wish
) -> frozenset[int]:
    names_there = [name_of(container, path, i) for i, (path, container) in enumerate(found)]
    if not found:
        raise UsageError(f"{_who(obj)} has no containers where its kind should have them")
    if unknown := [name for name in wish.containers if name not in names_there]:
        raise UsageError(
            f"{_who(obj)} has no container {unknown[0]!r}",
            hint=f"it has: {', '.join(names_there)}",
        )
    return frozenset(
        i for i, name in enumerate(names_there) if not wish.containers or name in wish.containers
    )


def _volume(obj: JsonObject, places: Places, wish: Wish, ours: frozenset[str]) -> JsonObject:
    volume = {"name": wish.volume, "secret": {"secretName": wish.secret}}
    for known in items_at(obj, places.volumes):
        if known.get("name") == wish.volume and not contains(known, volume):
            steps: list[Step] = [*places.volumes, {"name": wish.volume}]
            holders = holders_of(obj, steps) - {wish.manager}
            if holders or (places.template is None and wish.volume not in ours):
                raise _in_the_way(obj, f"volume {wish.volume}", holders)
    return volume


def _in_the_way(obj: JsonObject, what: str, holders: Iterable[str]) -> Conflict:
    who = ", ".join(sorted(holders)) or "its manifest"
    return Conflict(
        f"{_who(obj)} has {what} already, set by {who}",
        hint="take it out there, or choose other names: --env KEY=NAME, --prefix",
    )


def _who(obj: JsonObject) -> str:
    return f"{str(obj.get('kind', 'object')).lower()}/{obj['metadata'].get('name', '')}"


def _short(text: str, length: int) -> str:
    """Return ``text``, or if it is too long its beginning and a digest; no dots at the end."""
    text = text.replace(".", "-")
    if len(text) <= length:
        return text
    return f"{text[: length - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
