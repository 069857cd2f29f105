"""Which objects can be given credentials, and where in them containers and volumes are. Pure.

What Kubernetes runs itself is known here; any other kind is described by a
ClusterWorkloadResourceMapping (servicebinding.io 1.1, Workload Resource Mapping), or has its pod
template where a Deployment has it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from svcat import jsonpath
from svcat.errors import UsageError
from svcat.objects import JsonObject, Resource

FixedPath = tuple[str, ...]
_STEP = re.compile(r"\.(?P<name>[\w$-]+)|\[(?P<quote>['\"])(?P<key>[^'\"]+)(?P=quote)\]")


@dataclass(frozen=True, slots=True)
class ContainerPath:
    """Where some of the containers are, and what in each of them is where."""

    path: str  # any JSONPath
    name: FixedPath = ("name",)
    env: FixedPath = ("env",)
    mounts: FixedPath = ("volumeMounts",)

    @property
    def group(self) -> str:
        """The last member of the path: ``containers``, ``initContainers``."""
        return self.path.removesuffix("[*]").rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where in an object credentials go."""

    annotations: FixedPath
    containers: tuple[ContainerPath, ...]
    volumes: FixedPath
    template: FixedPath | None = None  # of a kind whose lists the server merges by name


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that Kubernetes itself runs."""

    resource: Resource
    names: tuple[str, ...]
    template: FixedPath = ("spec", "template")
    is_fixed: bool = False  # its pods cannot be changed once it is there
    older: str = ""  # apiVersion on servers that do not have the newer one

    @property
    def mapping(self) -> Mapping:
        """Where its pods are described."""
        return pod_mapping(self.template)


def pod_mapping(template: FixedPath, *, is_merged: bool = True) -> Mapping:
    """Return the mapping of a pod template."""
    at = "".join(f".{step}" for step in (*template, "spec"))
    return Mapping(
        annotations=(*template, "metadata", "annotations"),
        containers=(ContainerPath(f"{at}.containers[*]"), ContainerPath(f"{at}.initContainers[*]")),
        volumes=(*template, "spec", "volumes"),
        template=template if is_merged else None,
    )


def _kind(api_version: str, kind: str, plural: str, *short: str, **more: Any) -> Kind:
    resource = Resource(api_version, kind, plural)
    words = (plural, kind.lower(), *short)
    full = resource.group
    names = (*words, *(f"{word}.{full}" for word in words if full))
    return Kind(resource, names, **more)


KINDS = (
    _kind("apps/v1", "Deployment", "deployments", "deploy"),
    _kind("apps/v1", "StatefulSet", "statefulsets", "sts"),
    _kind("apps/v1", "DaemonSet", "daemonsets", "ds"),
    _kind("apps/v1", "ReplicaSet", "replicasets", "rs"),
    _kind("v1", "ReplicationController", "replicationcontrollers", "rc"),
    _kind(
        "batch/v1",
        "CronJob",
        "cronjobs",
        "cj",
        template=("spec", "jobTemplate", "spec", "template"),
        older="batch/v1beta1",
    ),
    _kind("batch/v1", "Job", "jobs", is_fixed=True),
    _kind("v1", "Pod", "pods", "po", template=(), is_fixed=True),
)
# Its pods get the credentials when somebody replaces them, not by themselves.
NOT_ROLLED = frozenset({"ReplicaSet", "ReplicationController"})
_DEFAULT = pod_mapping(("spec", "template"), is_merged=False)


def named(word: str) -> Kind | None:
    """Return the kind that ``word`` names; None if it is none of Kubernetes' own."""
    lowered = word.lower()
    return next((kind for kind in KINDS if lowered in kind.names), None)


def of_object(api_version: str, kind: str) -> Kind | None:
    """Return the kind of an object; None if it is none of Kubernetes' own."""
    group = api_version.rpartition("/")[0]
    return next(
        (k for k in KINDS if k.resource.kind == kind and k.resource.group == group),
        None,
    )


def mapping_from(spec: JsonObject, api_version: str) -> Mapping:
    """Return the mapping that a ClusterWorkloadResourceMapping's spec gives. Raises UsageError."""
    version = api_version.rpartition("/")[2]
    entries = [e for e in spec.get("versions") or () if isinstance(e, dict)]
    exact = [e for e in entries if e.get("version") == version]
    entry = next(iter([*exact, *(e for e in entries if e.get("version") == "*")]), None)
    if entry is None:
        return _DEFAULT
    containers = tuple(map(_containers, entry.get("containers") or ()))
    return Mapping(
        annotations=_fixed(entry.get("annotations"), _DEFAULT.annotations),
        containers=containers or _DEFAULT.containers,
        volumes=_fixed(entry.get("volumes"), _DEFAULT.volumes),
    )


def default_mapping() -> Mapping:
    """Return the mapping of a kind that nobody describes."""
    return _DEFAULT


def fixed_path(text: str) -> FixedPath:
    """Return the steps of a path without wildcards: ``.spec['x.y']``. Raises UsageError."""
    steps, position = [], 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise UsageError(
                f"{text!r} is no fixed path", hint="it looks like .spec.template.spec.volumes"
            )
        steps.append(match["name"] or match["key"])
        position = match.end()
    return tuple(steps)


def containers_in(obj: JsonObject, mapping: Mapping) -> list[tuple[ContainerPath, JsonObject]]:
    """Return the containers in ``obj`` themselves, not copies, each with its path."""
    return [
        (path, found)
        for path in mapping.containers
        for found in jsonpath.find(path.path, obj)
        if isinstance(found, dict)
    ]


def at(obj: JsonObject, path: Iterable[str]) -> Any:
    """Return what is at a fixed path; None if nothing is."""
    found: Any = obj
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _containers(entry: JsonObject) -> ContainerPath:
    plain = ContainerPath(str(entry.get("path", "")))
    jsonpath.find(plain.path, {})
    return ContainerPath(
        path=plain.path,
        name=_fixed(entry.get("name"), plain.name),
        env=_fixed(entry.get("env"), plain.env),
        mounts=_fixed(entry.get("volumeMounts"), plain.mounts),
    )


def _fixed(text: object, default: FixedPath) -> FixedPath:
    return fixed_path(text) if isinstance(text, str) and text else default
