"""What must hold after every effect (I1-I9, I12), at rest (I3, I10), after a teardown (I4).

I1 no instance at the broker without a record that leads to it · I2 no record that says ready, or
names a plan, untruly · I3 after one undisturbed command every record is at rest and true · I4 after
a teardown nothing is left · I5 a ready binding's Secret holds working credentials of its current id
· I6 no binding at the broker without a record · I7 nobody else's Secret is touched · I8 no
deprovision while a binding exists · I9 during a rotation the Secret holds working credentials ·
I10 no Secret of ours without its binding · I11 a binding's Secret is laid out as its record says
(where the same command was given again) · I12 the ledger knows each id at the broker.

What was abandoned on purpose, or lost its record by hand, has the ledger for one.
"""

import functools
from collections.abc import Iterator
from typing import Any, TypeVar

from svcat.app.credential_state import flaw_of
from svcat.objects import JsonObject
from svcat.store import codec
from svcat.store.names import DOMAIN, ledger_object
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    InstancePhase,
    InstanceRecord,
    Record,
    Role,
)
from svcat.store.secrets import CredentialsSecret
from tests.explorer.states import OncePerObject
from tests.explorer.world import Violation, World

LOST_BY_HAND = "explorer/lost-by-hand"  # an annotation on the ledger entry

R = TypeVar("R", bound=Record)


def _without_versions(obj: JsonObject) -> int:
    metadata = obj["metadata"]
    passing = {"svcat.dev/writes", "svcat.dev/seq"}
    annotations = metadata.get("annotations", {})
    kept = (
        metadata["uid"],
        sorted((k, v) for k, v in annotations.items() if k not in passing),
        sorted((k, v) for k, v in obj.get("data", {}).items() if k != "history.json"),
    )
    return hash(repr(kept))


_essence = OncePerObject(_without_versions)
FOREIGN_SECRET = "taken"
FOREIGN_CONTENT = {"password": b"theirs"}
_decoded: dict[type[Record], OncePerObject[Any]] = {
    InstanceRecord: OncePerObject(functools.partial(codec.decode, InstanceRecord)),
    BindingRecord: OncePerObject(functools.partial(codec.decode, BindingRecord)),
}
_LEDGER = ledger_object("x").removesuffix("x")
_FIXTURES = ("svcat.broker.", "svcat.catalog.")


def check(world: World) -> None:
    """Raise Violation unless I1, I2, I5-I9 and I12 hold."""
    if world.holdings.wrongs:
        raise Violation(f"I8: {world.holdings.wrongs[0]}")
    _check_instances(world)
    _check_bindings(world)
    _check_ledger(world)
    foreign = _secrets(world).get(FOREIGN_SECRET)
    if foreign is not None and dict(foreign.data) != FOREIGN_CONTENT:
        raise Violation("I7: a Secret of somebody else was changed")


def check_rest(world: World) -> None:
    """Raise Violation unless every record is at rest and true (I3, I10)."""
    for instance in _records(world, InstanceRecord):
        _check_instance_at_rest(instance, world)
    bindings = list(_records(world, BindingRecord))
    for binding in bindings:
        _check_binding_at_rest(binding)
    owners = {b.uid for b in bindings if b.phase is BindingPhase.READY}
    for name, secret in _secrets(world).items():
        if secret.owner_uid and secret.owner_uid not in owners:
            raise Violation(f"I10: Secret {name} is left without its binding")
    check(world)


def check_intact(world: World) -> None:
    """Raise Violation unless every Secret is as its binding's record has it (I11)."""
    secrets = _secrets(world)
    for binding in _records(world, BindingRecord):
        flaw = flaw_of(binding, secrets.get(binding.secret_name))
        if flaw is not None:
            raise Violation(f"I11: the Secret of {binding.name} is {flaw}")


def check_empty(world: World) -> None:
    """Raise Violation unless nothing is left, at the broker or here (I4)."""
    left = [
        f"{plural}/{name}"
        for plural, _, name in world.objects.contents
        if plural != "namespaces" and not name.startswith(_FIXTURES) and name != FOREIGN_SECRET
    ]
    left += [*world.holdings.instances, *world.holdings.bindings]
    if left:
        raise Violation(f"I4: a teardown left {', '.join(left)}")


def digest(world: World) -> object:
    """Return what two worlds have in common that go on alike: all but versions and history."""
    objects = frozenset(
        (key, _essence(obj))
        for key, obj in world.objects.contents.items()
        if key[0] != "namespaces"
    )
    return hash((objects, world.holdings.state(), len(world.late)))


def _check_instances(world: World) -> None:
    handles = _known_to_the_ledger_alone(world)
    for instance in _records(world, InstanceRecord):
        if not _is_said_to_be_gone(instance):
            handles.add(instance.instance_id)
        known = world.holdings.instances.get(instance.instance_id)
        if instance.phase is not InstancePhase.READY:
            continue
        if known is None or known.state != "ready":
            raise Violation(
                f"I2: {instance.name} is ready, says its record; at the broker: {known}"
            )
        if known.plan != instance.plan_id and instance.reason != "UpdateOutcomeUnknown":
            raise Violation(f"I2: plan {instance.plan_id}, says the record; it is {known.plan}")
    for instance_id in world.holdings.instances:
        if instance_id not in handles:
            raise Violation(f"I1: instance {instance_id} is at the broker without a record")


def _known_to_the_ledger_alone(world: World) -> set[str]:
    """Return the ids whose records were forgotten on purpose, or deleted by hand.

    And those of which the user was told that they may be left.
    """
    passed_over = {f"{DOMAIN}/abandoned", LOST_BY_HAND}
    told = "\n".join(world.warnings)
    return {
        osb_id
        for (plural, _, name), obj in world.objects.contents.items()
        if plural == "configmaps"
        and name.startswith(_LEDGER)
        and (osb_id := name.removeprefix(_LEDGER))
        and (
            passed_over & obj["metadata"].get("annotations", {}).keys()
            or f"{osb_id} may be left" in told
        )
    }


def _check_ledger(world: World) -> None:
    """I12: should the namespace be deleted now, something still knows of each id."""
    for osb_id in (*world.holdings.instances, *world.holdings.bindings):
        if ("configmaps", "svcat-system", ledger_object(osb_id)) not in world.objects.contents:
            raise Violation(f"I12: {osb_id} is at the broker and not in the ledger")


def _is_said_to_be_gone(instance: InstanceRecord) -> bool:
    is_failed = instance.phase is InstancePhase.FAILED
    return is_failed and not instance.leftover and not instance.claims


def _check_bindings(world: World) -> None:
    secrets, ids = _secrets(world), _known_to_the_ledger_alone(world)
    for binding in _records(world, BindingRecord):
        ids |= {known.id for known in binding.ids}
        if binding.phase in {BindingPhase.READY, BindingPhase.ROTATING}:
            _check_credentials(binding, secrets.get(binding.secret_name), world)
    for binding_id in world.holdings.bindings:
        if binding_id not in ids:
            raise Violation(f"I6: binding {binding_id} is at the broker without a record")


def _check_credentials(
    binding: BindingRecord, secret: CredentialsSecret | None, world: World
) -> None:
    current = binding.id_in(Role.CURRENT)
    rule = "I9" if binding.phase is BindingPhase.ROTATING else "I5"
    if secret is None or current is None or "password" not in secret.data:
        raise Violation(f"{rule}: the Secret of {binding.name} lacks credentials")
    if binding.phase is BindingPhase.READY and secret.held_id != current.id:
        raise Violation(f"{rule}: the Secret of {binding.name} holds those of another id")
    known = world.holdings.bindings.get(secret.held_id)
    if known is None or known.password.encode() != secret.data["password"]:
        raise Violation(f"{rule}: the credentials of {binding.name} do not work")


def _check_instance_at_rest(instance: InstanceRecord, world: World) -> None:
    if instance.operation or instance.phase not in {InstancePhase.READY, InstancePhase.FAILED}:
        raise Violation(
            f"I3: {instance.name} is not at rest: {instance.phase}, {instance.operation}"
        )
    is_there = instance.instance_id in world.holdings.instances
    if instance.phase is InstancePhase.FAILED and is_there and not instance.leftover:
        raise Violation(f"I3: {instance.name} failed, says its record; it is at the broker")


def _check_binding_at_rest(binding: BindingRecord) -> None:
    if binding.phase not in {BindingPhase.READY, BindingPhase.FAILED}:
        raise Violation(f"I3: binding {binding.name} is not at rest: {binding.phase}")
    if len(binding.ids) != (binding.phase is BindingPhase.READY):
        raise Violation(f"I3: binding {binding.name} still has ids: {binding.ids}")


def _records(world: World, record_type: type[R]) -> Iterator[R]:
    prefix = codec.object_name(record_type, "")
    for (plural, _, name), obj in world.objects.contents.items():
        if plural == "configmaps" and name.startswith(prefix):
            record: R = _decoded[record_type](obj)
            yield record


def _secrets(world: World) -> dict[str, CredentialsSecret]:
    return {
        name: CredentialsSecret(obj)
        for (plural, _, name), obj in world.objects.contents.items()
        if plural == "secrets"
    }
