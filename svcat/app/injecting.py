"""Putting credentials into workloads.

The intent is on record first; then the workload is changed by one conditional write; then the
record says so. A command that dies in between leaves a record that says what was under way, and to
do it again does no harm. Of Kubernetes' own kinds the server knows which fields are ours (see
``kube.workloads``); of other kinds, whose lists it does not merge, the record knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from svcat.app import targets
from svcat.app.credentials import secret_of
from svcat.app.ejecting import ejected, former_wish, taken_from
from svcat.app.grafting import made_for, missing, to_apply, with_additions
from svcat.app.injection import (
    Expected,
    drift,
    expected,
    find,
    places_of,
    require_workloads,
    resource_of,
    wish_of,
)
from svcat.app.injection_record import (
    USABLE,
    Outcome,
    entry_of,
    forget,
    restore,
    settle,
    words_of,
    write_ahead,
)
from svcat.app.ports import Ports
from svcat.app.stale import unfinished_injections
from svcat.app.targets import Target
from svcat.errors import Conflict, NotFound, Stale, SvcatError, Unreachable, UsageError
from svcat.objects import JsonObject
from svcat.store.injections import Injection, InjectionState
from svcat.store.records import BindingRecord
from svcat.store.secrets import CredentialsSecret
from svcat.store.shape import Pair

ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What ``inject`` is asked for."""

    binding: str
    namespace: str
    workloads: tuple[str, ...] = ()  # KIND/NAME
    selector: str = ""
    env: tuple[Pair, ...] = ()  # (key, variable)
    env_all: bool = False
    prefix: str = ""
    files: bool = False
    containers: tuple[str, ...] = ()
    mappings: Mapping[str, JsonObject] = field(default_factory=dict)  # by PLURAL.GROUP

    def injection_into(
        self,
        api_version: str,
        kind: str,
        name: str,
        *,
        plural: str = "",
        uid: str = "",
        mapping: JsonObject | None,
    ) -> Injection:
        """Return what is to be on record of one workload; of one in a manifest it has no uid."""
        return Injection(
            api_version=api_version,
            kind=kind,
            plural=plural,
            name=name,
            uid=uid,
            state=InjectionState.INJECTING,
            containers=self.containers,
            env=self.env,
            env_all=self.env_all,
            prefix=self.prefix,
            files=self.files,
            mapping=mapping,
        )


def inject(order: Order, ports: Ports) -> list[Outcome]:
    """Give the credentials to each workload named. Raises NotFound, UsageError, Conflict.

    What keeps one workload from it does not keep the others: see their ``error``.
    """
    require_something(order)
    workloads = require_workloads(ports)
    bench = bench_for(order.binding, order.namespace, ports)
    found = targets.found(order.workloads, order.selector, order.namespace, workloads)
    return [bench.guarded(_wanted(target, order, ports)) for target in found]


def repair(name: str, namespace: str, ports: Ports) -> list[Outcome]:
    """Do again what somebody undid, end what was begun, forget what is gone. Raises NotFound."""
    bench = bench_for(name, namespace, ports)
    return [bench.repaired(each.injection) for each in drift(bench.binding, ports)]


def finish(binding: BindingRecord, ports: Ports) -> BindingRecord:
    """End what was begun in workloads and not ended. Raises what kept the first from it."""
    begun = unfinished_injections(binding)
    if not begun or binding.phase not in USABLE:
        return binding
    bench = bench_for(binding.name, binding.namespace, ports)
    for outcome in [bench.repaired(injection) for injection in begun]:
        if outcome.error is not None:
            raise outcome.error
        ports.say(f"binding {binding.name}: {outcome.words} done")
    return ports.records.load(BindingRecord, binding.namespace, binding.name)


def refresh(binding: BindingRecord, ports: Ports) -> list[Outcome]:
    """Let every workload have the credentials as they are now: its pods are replaced."""
    secret = ports.secrets.find(binding.namespace, binding.secret_name)
    if secret is None or not binding.injections:
        return []
    bench = Bench(binding, secret, ports)
    return [
        bench.refreshed(injection)
        for injection in binding.injections
        if injection.state is not InjectionState.EJECTING
    ]


def require_keys(binding: BindingRecord, contents: Mapping[str, bytes]) -> None:
    """Raise Conflict if a workload needs a key that ``contents`` does not have."""
    for injection in binding.injections:
        try:
            wish_of(injection, binding, contents)
        except UsageError as error:
            raise Conflict(
                f"{words_of(injection)} needs what would be gone: {error.message}",
                hint=f"eject it first: svcat eject {binding.name} {words_of(injection)}",
            ) from error


def require_something(order: Order) -> None:
    """Raise UsageError unless the order says what to inject."""
    if not (order.env or order.env_all or order.files):
        raise UsageError(
            "inject what?", hint="files: --files; variables: --env KEY=VARIABLE or --env-all"
        )
    if order.prefix and not order.env_all:
        raise UsageError("--prefix is for --env-all; --env KEY=VARIABLE names the whole variable")


def bench_for(name: str, namespace: str, ports: Ports) -> "Bench":
    """Return what works with a binding that has credentials. Raises NotFound, Conflict."""
    binding, secret = secret_of(name, namespace, ports)
    return Bench(binding, secret, ports)


def _wanted(target: Target, order: Order, ports: Ports) -> Injection:
    resource, metadata = target.resource, target.obj["metadata"]
    mapping = None
    if target.kind is None:
        given = order.mappings.get(f"{resource.plural}.{resource.group}")
        mapping = given or require_workloads(ports).mapping(resource) or {}
    return order.injection_into(
        resource.api_version,
        resource.kind,
        metadata["name"],
        plural=resource.plural,
        uid=metadata["uid"],
        mapping=mapping,
    )


@dataclass(slots=True)
class Bench:
    """A binding, its Secret, and work on one workload after the other."""

    binding: BindingRecord
    secret: CredentialsSecret
    ports: Ports

    def guarded(self, injection: Injection) -> Outcome:
        """Inject; what goes wrong is in the outcome."""
        try:
            return self.inject(injection)
        except SvcatError as error:
            return Outcome(injection=injection, error=error)

    def inject(self, injection: Injection) -> Outcome:
        """Give one workload what it should have, unless it has. Raises SvcatError."""
        for _ in range(ROUNDS):
            try:
                return self._inject(injection)
            except Stale:
                continue  # it was changed, or is another one now: look again
        raise Conflict(f"{words_of(injection)} is being changed by others", hint="try again")

    def refreshed(self, injection: Injection) -> Outcome:
        """Inject once more what was injected, into the same workload only."""
        try:
            obj = find(injection, self.binding.namespace, self.ports)
        except SvcatError as error:
            return Outcome(injection=injection, error=error)
        if obj is None or obj["metadata"]["uid"] != injection.uid:
            remark = f"gone, or another one now: svcat inject {self.binding.name} --repair"
            return Outcome(injection=injection, changed=False, remark=remark)
        return self.guarded(replace(injection, state=InjectionState.INJECTING))

    def repaired(self, injection: Injection) -> Outcome:
        """Bring one workload to what the record says of it."""
        if injection.state is InjectionState.EJECTING:
            return ejected(injection, self.binding, self.ports)
        try:
            if find(injection, self.binding.namespace, self.ports) is None:
                forget(injection, self.binding, self.ports)
                return Outcome(injection=injection, remark="gone: forgotten")
        except SvcatError as error:
            return Outcome(injection=injection, error=error)
        return self.guarded(replace(injection, state=InjectionState.INJECTING))

    def _inject(self, injection: Injection) -> Outcome:
        binding, ports = self.binding, self.ports
        obj = find(injection, binding.namespace, ports)
        if obj is None:
            raise NotFound(f"{words_of(injection)} is not in namespace {binding.namespace}")
        _require_changeable(obj, injection, binding)
        current = ports.records.load(BindingRecord, binding.namespace, binding.name)
        known = entry_of(current, injection)
        injection = replace(injection, uid=obj["metadata"]["uid"])
        if known is not None:  # what svcat added before is not in its own way
            injection = replace(
                injection, variables=known.variables, roots=known.roots, made=known.made
            )
        wanted = expected(obj, injection, binding, self.secret.data, ports)
        self._mention(injection, wanted)
        if known is not None and _is_in_place(known, injection, obj, wanted):
            return self._outcome(injection, obj, changed=False)
        injection = replace(
            injection,
            variables=tuple(sorted(wanted.wish.variables)),
            roots=tuple(gift.name for gift in wanted.additions.gifts if gift.adds_root),
            made=self._made(obj, injection, known, wanted),
        )
        write_ahead(injection, binding, ports)
        changed = self._written(obj, injection, known, wanted)
        settle(injection, binding, ports)
        return self._outcome(injection, changed)

    def _written(
        self, obj: JsonObject, injection: Injection, known: Injection | None, wanted: Expected
    ) -> JsonObject:
        """Change the workload; if it was not changed, the record says what it said before."""
        binding = self.binding
        try:
            return self._write(obj, injection, known, wanted)
        except Unreachable as error:
            error.hint = f"it goes on: svcat inject {binding.name} --repair -n {binding.namespace}"
            raise
        except SvcatError:
            restore(injection, known, binding, self.ports)
            raise

    def _write(
        self, obj: JsonObject, injection: Injection, known: Injection | None, wanted: Expected
    ) -> JsonObject:
        workloads, places = require_workloads(self.ports), places_of(injection)
        resource = resource_of(injection, workloads)
        if resource is None:
            raise NotFound(f"the server has no {injection.plural} any more")
        if places.template is not None:
            body = to_apply(obj, places.template, wanted.additions)
            return workloads.apply(resource, body, manager=self.binding.field_manager)
        return workloads.replace(
            resource, with_additions(self._bare(obj, known), places, wanted.additions)
        )

    def _bare(self, obj: JsonObject, known: Injection | None) -> JsonObject:
        """Return a custom object as it was before it got anything."""
        return obj if known is None else taken_from(obj, known, former_wish(known, self.binding))

    def _made(
        self, obj: JsonObject, injection: Injection, known: Injection | None, wanted: Expected
    ) -> tuple[Pair, ...]:
        places = places_of(injection)
        if places.template is not None:
            return ()
        bare = self._bare(obj, known)
        return tuple(sorted({*injection.made, *made_for(bare, places, wanted.additions)}))

    def _outcome(self, injection: Injection, obj: JsonObject, *, changed: bool = True) -> Outcome:
        resource = resource_of(injection, require_workloads(self.ports))
        return Outcome(injection=injection, changed=changed, obj=obj, resource=resource)

    def _mention(self, injection: Injection, wanted: Expected) -> None:
        if wanted.left_out:
            keys = ", ".join(wanted.left_out)
            self.ports.warn(
                f"{words_of(injection)} gets no variable of {keys}: such names change how "
                "programs run"
            )


def _is_in_place(known: Injection, injection: Injection, obj: JsonObject, wanted: Expected) -> bool:
    is_same = replace(injection, state=InjectionState.INJECTED) == known
    has_same = tuple(sorted(wanted.wish.variables)) == known.variables
    return is_same and has_same and not missing(obj, places_of(injection), wanted.additions)


def _require_changeable(obj: JsonObject, injection: Injection, binding: BindingRecord) -> None:
    words = words_of(injection)
    if injection.kind in {"Job", "Pod"}:
        raise UsageError(
            f"{words} cannot be changed once it is there",
            hint=f"inject its manifest before it is created: svcat inject {binding.name} --local "
            "-f FILE --files | kubectl apply -f -",
        )
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            what = f"{str(owner.get('kind', '')).lower()}/{owner.get('name', '')}"
            raise Conflict(
                f"{words} is made by {what}, which would undo it",
                hint=f"inject that: svcat inject {binding.name} {what}",
            )
