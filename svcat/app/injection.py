"""What a workload should have of a binding, and what has become of it: the reading half.

The binding's record says which workloads get its credentials and how; what they should hold follows
from that, the Secret, and the workload as it is now. Nobody watches: ``status`` and ``doctor`` ask
here whether somebody took it out (``kubectl replace``, a deleted and made again Deployment).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from svcat.app import variables
from svcat.app.grafting import missing
from svcat.app.ports import Ports, Workloads
from svcat.app.projection import Additions, Wish, additions_for, digest_of
from svcat.app.variables import ROOT
from svcat.app.workload_kinds import Kind, default_mapping, mapping_from, of_object
from svcat.app.workload_kinds import Mapping as Places
from svcat.errors import Conflict, Forbidden, NotFound, SvcatError, UsageError
from svcat.objects import CONFIG_MAP, SECRET, JsonObject, Resource
from svcat.store.injections import Injection, InjectionState
from svcat.store.records import BindingRecord
from svcat.store.secrets import decode_data


class Lapse(StrEnum):
    """What can become of an injection."""

    GONE = "gone"  # the workload was deleted
    REPLACED = "replaced"  # another one has its name
    STRIPPED = "stripped"  # somebody took out what was injected
    UNFINISHED = "unfinished"  # a command ended half way
    BLOCKED = "blocked"  # somebody else sets what was injected
    UNKNOWN = "unknown"  # it cannot be read


@dataclass(frozen=True, slots=True)
class Drift:
    """An injection that is not as it was made, and how."""

    injection: Injection
    lapse: Lapse
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a workload should have, and the keys that no variable is made of."""

    wish: Wish
    additions: Additions
    left_out: tuple[str, ...] = ()


def drift(binding: BindingRecord, ports: Ports) -> list[Drift]:
    """Return the injections of ``binding`` that are not as they were made. Reads only."""
    if not binding.injections or ports.workloads is None:
        return []
    secret = ports.secrets.find(binding.namespace, binding.secret_name)
    contents = secret.data if secret is not None else {}
    found = (_drift_of(each, binding, contents, ports) for each in binding.injections)
    return [each for each in found if each is not None]


def _drift_of(
    injection: Injection, binding: BindingRecord, contents: Mapping[str, bytes], ports: Ports
) -> Drift | None:
    try:
        obj = find(injection, binding.namespace, ports)
        if obj is None:
            return Drift(injection, Lapse.GONE)
        if obj["metadata"]["uid"] != injection.uid:
            return Drift(injection, Lapse.REPLACED)
        if injection.state is not InjectionState.INJECTED:
            return Drift(injection, Lapse.UNFINISHED, (injection.state.value,))
        wanted = expected(obj, injection, binding, contents, ports)
        lacking = missing(obj, places_of(injection), wanted.additions)
        gone = set(injection.variables) - set(wanted.wish.variables)
        lacking += [f"the key of variable {variable}" for variable in sorted(gone)]
    except (Conflict, UsageError) as error:
        return Drift(injection, Lapse.BLOCKED, (error.message,))
    except SvcatError as error:
        return Drift(injection, Lapse.UNKNOWN, (error.message,))
    return Drift(injection, Lapse.STRIPPED, tuple(lacking)) if lacking else None


def expected(
    obj: JsonObject,
    injection: Injection,
    binding: BindingRecord,
    contents: Mapping[str, bytes],
    ports: Ports,
) -> Expected:
    """Return what ``obj`` should have. Raises Conflict, UsageError, Forbidden."""
    wish, left_out = wish_of(injection, binding, contents)
    reader = _Outside(binding.namespace, ports)
    ours = frozenset({*injection.variables, wish.volume} | ({ROOT} if injection.roots else set()))
    additions = additions_for(obj, places_of(injection), wish, reader, ours)
    return Expected(wish, additions, left_out)


def wish_of(
    injection: Injection, binding: BindingRecord, contents: Mapping[str, bytes]
) -> tuple[Wish, tuple[str, ...]]:
    """Return what the workload gets, and the keys left out. Raises UsageError."""
    wanted: dict[str, str] = {}
    left_out: tuple[str, ...] = ()
    if injection.env_all:
        wanted, left_out = variables.all_of(contents, injection.prefix)
    for key, variable in injection.env:
        if key not in contents:
            raise UsageError(
                f"Secret {binding.secret_name!r} has no key {key!r}",
                hint=f"it has: {', '.join(sorted(contents)) or 'nothing'}",
            )
        wanted[variables.require_allowed(variable)] = key
    wish = Wish(
        binding=binding.name,
        secret=binding.secret_name,
        manager=binding.field_manager,
        variables=wanted,
        files=injection.files,
        containers=injection.containers,
        digest=digest_of(contents, f"{binding.namespace}/{binding.name}"),
    )
    return wish, left_out


def places_of(injection: Injection) -> Places:
    """Return where in the workload credentials go."""
    if injection.mapping is not None:
        return mapping_from(injection.mapping, injection.api_version)
    kind = of_object(injection.api_version, injection.kind)
    return kind.mapping if kind is not None else default_mapping()


def find(injection: Injection, namespace: str, ports: Ports) -> JsonObject | None:
    """Return the workload that has the injection's name now; None if there is none."""
    workloads = require_workloads(ports)
    resource = resource_of(injection, workloads)
    try:
        return None if resource is None else workloads.get(resource, namespace, injection.name)
    except NotFound:
        return None


def resource_of(injection: Injection, workloads: Workloads) -> Resource | None:
    """Return where such workloads are now; None if the server knows the kind no more."""
    kind = of_object(injection.api_version, injection.kind)
    if kind is not None:
        return served(kind, workloads)
    resource = Resource(injection.api_version, injection.kind, injection.plural)
    return resource if workloads.serves(resource) else None


def served(kind: Kind, workloads: Workloads) -> Resource:
    """Return the resource at a version that the server has."""
    if kind.older and not workloads.serves(kind.resource):
        return kind.resource._replace(api_version=kind.older)
    return kind.resource


def require_workloads(ports: Ports) -> Workloads:
    """Return the port, or say that there are no workloads here. Raises UsageError."""
    if ports.workloads is None:
        raise UsageError(
            "the local store keeps no workloads",
            hint="for manifests: inject --local -f FILE; for a process: svcat run BINDING -- CMD",
        )
    return ports.workloads


@dataclass(frozen=True, slots=True)
class _Outside:
    """What SERVICE_BINDING_ROOT is where a container takes it from somewhere else."""

    namespace: str
    ports: Ports

    def __call__(self, place: JsonObject) -> str | None:
        """Return the value that an entry's ``valueFrom`` or a container's ``envFrom`` gives."""
        source = place.get("valueFrom")
        if isinstance(source, dict):
            return self._of_key(source)
        value = None
        for entry in place.get("envFrom") or ():
            prefix = str(entry.get("prefix") or "")
            if ROOT.startswith(prefix):
                value = self._of_source(entry, ROOT.removeprefix(prefix)) or value
        return value

    def _of_key(self, source: JsonObject) -> str | None:
        for member, resource in (("configMapKeyRef", CONFIG_MAP), ("secretKeyRef", SECRET)):
            reference = source.get(member)
            if isinstance(reference, dict):
                return self._read(resource, str(reference.get("name")), str(reference.get("key")))
        return None

    def _of_source(self, entry: JsonObject, key: str) -> str | None:
        for member, resource in (("configMapRef", CONFIG_MAP), ("secretRef", SECRET)):
            reference = entry.get(member)
            if isinstance(reference, dict):
                return self._read(resource, str(reference.get("name")), key)
        return None

    def _read(self, resource: Resource, name: str, key: str) -> str | None:
        try:
            obj = self.ports.records.api.get(resource, self.namespace, name)
        except NotFound:
            return None
        except Forbidden as error:
            raise Forbidden(
                f"{error.message}; without it nobody knows where {ROOT} points to",
                hint="set it to a plain path in the workload, or inject variables: --env",
            ) from error
        if resource is CONFIG_MAP:
            value = (obj.get("data") or {}).get(key)
            return str(value) if value is not None else None
        found = decode_data(obj).get(key)
        return found.decode(errors="replace") if found is not None else None
