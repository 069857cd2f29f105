"""Taking credentials out of workloads: exactly what was put in, and nothing else."""

from collections.abc import Iterable

from msgspec.structs import replace

from svcat.app import targets
from svcat.app.grafting import identity, without
from svcat.app.injection import find, places_of, require_workloads, resource_of
from svcat.app.injection_record import (
    USABLE,
    Outcome,
    entry_of,
    forget,
    group_of,
    words_of,
    write_ahead,
)
from svcat.app.managed_fields import held_at
from svcat.app.ports import Ports
from svcat.app.projection import Wish
from svcat.errors import Conflict, NotFound, Stale, SvcatError, Unreachable, UsageError
from svcat.objects import JsonObject, Resource
from svcat.store.injections import Injection, InjectionState
from svcat.store.records import BindingRecord

ROUNDS = 10


def eject(
    name: str, namespace: str, words: Iterable[str], ports: Ports, *, everywhere: bool = False
) -> list[Outcome]:
    """Take the credentials out of each workload named. Raises NotFound, UsageError."""
    binding = ports.records.load(BindingRecord, namespace, name)
    if everywhere:
        return [ejected(each, binding, ports) for each in binding.injections]
    found = [_known(word, binding, ports) for word in words]
    if not found:
        raise UsageError("which workload?", hint="name it as KIND/NAME, or say --all")
    return [ejected(injection, binding, ports) for injection in found]


def ejected(injection: Injection, binding: BindingRecord, ports: Ports) -> Outcome:
    """Take the credentials out of one workload; what goes wrong is in the outcome."""
    injection = replace(injection, state=InjectionState.EJECTING)
    try:
        return _eject(injection, binding, ports)
    except Unreachable as error:
        words = words_of(injection)
        error.hint = f"it goes on: svcat eject {binding.name} {words} -n {binding.namespace}"
        return Outcome(injection=injection, error=error)
    except SvcatError as error:
        return Outcome(injection=injection, error=error)


def former_wish(injection: Injection, binding: BindingRecord) -> Wish:
    """Return what the workload was given, as far as it takes to find it there."""
    return Wish(
        binding=binding.name,
        secret=binding.secret_name,
        manager=binding.field_manager,
        variables=dict.fromkeys(injection.variables, ""),
        files=injection.files,
        containers=injection.containers,
    )


def taken_from(obj: JsonObject, injection: Injection, wish: Wish) -> JsonObject:
    """Return an object of a custom kind without what it was given."""
    return without(obj, places_of(injection), wish, roots=injection.roots, made=injection.made)


def _known(word: str, binding: BindingRecord, ports: Ports) -> Injection:
    """Return the injection that KIND/NAME means, on record or in the workload itself."""
    kind_word, name = targets.split(word)
    workloads = require_workloads(ports)
    resource, kind = targets.resource_named(kind_word, workloads)
    for injection in binding.injections:
        is_kind = (injection.kind, group_of(injection)) == (resource.kind, resource.group)
        if is_kind and injection.name == name:
            return injection
    obj = targets.workload(resource, binding.namespace, name, workloads)
    if kind is not None and held_at(obj, binding.field_manager, ()):
        return Injection(
            api_version=resource.api_version,
            kind=resource.kind,
            plural=resource.plural,
            name=name,
            uid=obj["metadata"]["uid"],
            state=InjectionState.EJECTING,
        )
    raise NotFound(
        f"binding {binding.name!r} is not injected into {word}",
        hint=f"where it is: svcat describe binding {binding.name} -n {binding.namespace}",
    )


def _eject(injection: Injection, binding: BindingRecord, ports: Ports) -> Outcome:
    workloads = require_workloads(ports)
    if binding.phase in USABLE and entry_of(binding, injection) is not None:
        binding = write_ahead(injection, binding, ports)
    obj = find(injection, binding.namespace, ports)
    resource = resource_of(injection, workloads)
    changed = None
    if obj is not None and resource is not None and obj["metadata"]["uid"] == injection.uid:
        if places_of(injection).template is None:
            changed = _taken_out(obj, resource, injection, binding, ports)
        else:
            changed = _let_go(obj, resource, binding, ports)
    forget(injection, binding, ports)
    return Outcome(injection=injection, obj=changed, resource=resource)


def _let_go(
    obj: JsonObject, resource: Resource, binding: BindingRecord, ports: Ports
) -> JsonObject | None:
    """Own nothing any more: the server takes away what nobody else holds."""
    try:
        return require_workloads(ports).apply(
            resource, identity(obj), manager=binding.field_manager
        )
    except Stale:
        return None  # it was deleted meanwhile


def _taken_out(
    obj: JsonObject,
    resource: Resource,
    injection: Injection,
    binding: BindingRecord,
    ports: Ports,
) -> JsonObject | None:
    workloads, wish = require_workloads(ports), former_wish(injection, binding)
    for _ in range(ROUNDS):
        left = taken_from(obj, injection, wish)
        try:
            return obj if left == obj else workloads.replace(resource, left)
        except NotFound:
            return None
        except Stale:
            fresh = find(injection, binding.namespace, ports)
            if fresh is None or fresh["metadata"]["uid"] != injection.uid:
                return None
            obj = fresh
    raise Conflict(f"{words_of(injection)} is being changed by others", hint="try again")
