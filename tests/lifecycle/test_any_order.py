"""Commands, accidents and meddling hands in any order: a state machine over the real use-cases.

After every step nothing at the broker is without a record or a ledger entry, and no record claims
what is not so, but for what was done behind its back. In the end one ``resume`` and a teardown
leave nothing. Workloads are no part of it: what injecting does is played on the real server.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from svcat.app import (
    abandon,
    binding_order,
    bindings,
    deprovisioning,
    instances,
    orphans,
    provisioning,
    repairing,
    rotation,
    unbinding,
    unfinished,
)
from svcat.app.polling_limit import LONGEST
from svcat.app.ports import Patience, Ports
from svcat.errors import NotFound
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, SECRET, JsonObject, Resource, list_all
from svcat.osb.models import Catalog
from svcat.store import codec, names
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    InstancePhase,
    InstanceRecord,
    Role,
    UpdateTarget,
)
from svcat.store.secrets import CredentialsSecret, decode_data
from tests.explorer.fates import Fate
from tests.lifecycle.bench import HERE, SYSTEM, Bench, Command, Mishap, Time
from tests.sim.broker import Habits, catalog_of
from tests.sim.objects import SimulatedObjects

EVERYTHING = bool(os.environ.get("SVCAT_TEST_EVERYTHING"))
INSTANCES = st.sampled_from(["db", "db", "db", "cache"])
BINDINGS = st.sampled_from(["app", "app", "app", "web"])
PLANS = st.sampled_from(["small", "large"])
FOREIGN = "web"  # a Secret of somebody else has this name: the binding of it is refused
FATES = [fate for fate in Fate if fate is not Fate.DONE]
MISHAPS = st.builds(Mishap, st.sampled_from(range(30)), st.sampled_from(FATES))
MAYBE = st.sampled_from([True, False, False]).flatmap(lambda none: st.none() if none else MISHAPS)
HABITS = st.sampled_from(
    [
        Habits(),
        Habits(is_async=True, retrievable=True),
        Habits(is_async=True, async_fails=True),
        Habits(conflicts_on_replay=True),
        Habits(credentials_once=True),
        Habits(deletes_slowly=True, retrievable=True),
        Habits(rotatable=True, retrievable=True),
    ]
)


class AnyOrder(RuleBasedStateMachine):
    """One namespace, two instance names, two binding names, one broker."""

    def __init__(self) -> None:
        super().__init__()
        self.time = Time()
        self.forgotten: set[str] = set()  # ids that the broker lost by itself
        self.meddled: set[str] = set()  # Secrets changed or deleted by hand
        self.abandoned: set[str] = set()
        self.bound_for_ever: set[str] = set()  # instances of which a binding was abandoned

    def objects(self) -> Any:
        return SimulatedObjects(strict=False)

    @initialize(habits=HABITS, is_furnished=st.sampled_from([True, True, False]))
    def begin(self, habits: Habits, is_furnished: bool) -> None:
        self.bench = Bench(self.objects(), self.time, habits)
        metadata = {"namespace": HERE, "name": FOREIGN}
        self.bench.objects.create(SECRET, {"metadata": metadata, "data": {"theirs": "eA=="}})
        if is_furnished:
            self.provision("db", "small", None)
            self.bind("app", "db", None)

    def run_command(self, command: Command, mishap: Mishap | None = None) -> BaseException | None:
        end = self.bench.run(command, mishap)
        note(f"   -> {end!r}")
        return end

    @rule(name=INSTANCES, plan=PLANS, mishap=MAYBE)
    def provision(self, name: str, plan: str, mishap: Mishap | None) -> None:
        order = provisioning.Order(name=name, namespace=HERE, class_name="pg", plan_name=plan)
        self.run_command(lambda ports, wait: provisioning.provision(order, ports, wait), mishap)

    @precondition(lambda self: self.instance_records())
    @rule(name=INSTANCES, plan=PLANS, mishap=MAYBE)
    def update(self, name: str, plan: str, mishap: Mishap | None) -> None:
        target = UpdateTarget(plan_id=f"{plan}-id", plan_name=plan)
        self.run_command(
            lambda ports, wait: instances.update(name, HERE, target, ports, wait), mishap
        )

    @precondition(lambda self: self.instance_records())
    @rule(name=INSTANCES, cascades=st.booleans(), mishap=MAYBE)
    def deprovision(self, name: str, cascades: bool, mishap: Mishap | None) -> None:
        self.run_command(
            lambda ports, wait: deprovisioning.deprovision(
                name, HERE, ports, wait, cascades=cascades
            ),
            mishap,
        )

    @precondition(lambda self: self.instance_records())
    @rule(name=BINDINGS, instance=INSTANCES, mishap=MAYBE)
    def bind(self, name: str, instance: str, mishap: Mishap | None) -> None:
        order = binding_order.Order(instance=instance, namespace=HERE, name=name)
        self.run_command(lambda ports, wait: bindings.bind(order, ports, wait), mishap)
        self.meddled -= {n for n in self.meddled if self.secret(n) is None and not self.binding(n)}

    @precondition(lambda self: self.binding_records())
    @rule(name=BINDINGS, mishap=MAYBE)
    def unbind(self, name: str, mishap: Mishap | None) -> None:
        self.run_command(lambda ports, wait: unbinding.unbind(name, HERE, ports, wait), mishap)
        if self.binding(name) is None:
            self.meddled.discard(name)

    @precondition(lambda self: self.binding_records())
    @rule(name=BINDINGS, mishap=MAYBE)
    def rotate(self, name: str, mishap: Mishap | None) -> None:
        order = rotation.Order(namespace=HERE)
        end = self.run_command(
            lambda ports, wait: rotation.rotate(name, order, ports, wait), mishap
        )
        if end is None:
            self.meddled.discard(name)

    @rule(name=BINDINGS, instance=INSTANCES, mishap=MAYBE)
    def repair(self, name: str, instance: str, mishap: Mishap | None) -> None:
        """What a repair makes of a Secret alone is as true as the Secret."""
        is_on_record = self.binding(name) is not None
        order = binding_order.Order(instance=instance, namespace=HERE, name=name)
        end = self.run_command(lambda ports, wait: repairing.repair(order, ports, wait), mishap)
        if end is None and is_on_record:
            self.meddled.discard(name)
        elif not is_on_record:
            self.meddled.add(name)

    @rule(mishap=MAYBE)
    def resume(self, mishap: Mishap | None) -> None:
        self.run_command(resume_all, mishap)

    @precondition(lambda self: self.ledger_entries())
    @rule(mishap=MAYBE)
    def clean_orphans(self, mishap: Mishap | None) -> None:
        self.run_command(clean_all, mishap)

    @precondition(lambda self: self.instance_records())
    @rule(name=INSTANCES)
    def abandon(self, name: str) -> None:
        def forget(ports: Ports, _: Patience) -> None:
            record = ports.records.load(InstanceRecord, HERE, name)
            for gone in abandon.abandon(record, ports):
                self.abandoned |= {entry.id for entry in gone.left}

        self.run_command(forget)

    @precondition(lambda self: self.binding_records())
    @rule(name=BINDINGS, mishap=MAYBE)
    def abandon_binding(self, name: str, mishap: Mishap | None) -> None:
        def forget(ports: Ports, _: Patience) -> None:
            record = ports.records.load(BindingRecord, HERE, name)
            self.bound_for_ever.add(record.instance_id)
            abandon.abandon(record, ports)

        self.run_command(forget, mishap)

    @precondition(lambda self: self.instance_records())
    @rule(name=INSTANCES)
    def delete_instance_record_by_hand(self, name: str) -> None:
        self.delete_by_hand(CONFIG_MAP, codec.object_name(InstanceRecord, name))

    @precondition(lambda self: self.binding_records())
    @rule(name=BINDINGS)
    def delete_binding_record_by_hand(self, name: str) -> None:
        self.delete_by_hand(CONFIG_MAP, codec.object_name(BindingRecord, name))

    @precondition(lambda self: self.binding_records())
    @rule(name=BINDINGS)
    def delete_secret_by_hand(self, name: str) -> None:
        if name != FOREIGN:
            self.delete_by_hand(SECRET, name)
            self.meddled.add(name)

    @precondition(lambda self: self.instance_records())
    @rule(name=INSTANCES)
    def write_on_a_record_by_hand(self, name: str) -> None:
        try:
            obj = self.bench.objects.get(CONFIG_MAP, HERE, codec.object_name(InstanceRecord, name))
        except NotFound:
            return
        obj["metadata"]["annotations"]["example.com/note"] = self.time().isoformat()
        self.bench.objects.replace(CONFIG_MAP, obj)

    @precondition(lambda self: self.instance_records())
    @rule(name=INSTANCES)
    def damage_a_record_and_try(self, name: str) -> None:
        """A damaged record stops commands with an error of ours, and is mended by hand."""
        where = (CONFIG_MAP, HERE, codec.object_name(InstanceRecord, name))
        try:
            sound = self.bench.objects.get(*where)
        except NotFound:
            return
        broken = self.bench.objects.get(*where)
        broken["metadata"]["annotations"][f"{names.DOMAIN}/phase"] = "nonsense"
        broken = self.bench.objects.replace(CONFIG_MAP, broken)
        for command in (
            lambda ports, wait: deprovisioning.deprovision(name, HERE, ports, wait),
            lambda ports, wait: bindings.bind(
                binding_order.Order(instance=name, namespace=HERE, name="app"), ports, wait
            ),
            resume_all,
        ):
            self.run_command(command)
        sound["metadata"]["resourceVersion"] = broken["metadata"]["resourceVersion"]
        self.bench.objects.replace(CONFIG_MAP, sound)

    @rule(keeps=PLANS)
    def drop_a_plan(self, keeps: str) -> None:
        whole = catalog_of(self.bench.habits)
        (service,) = whole.services
        plans = tuple(plan for plan in service.plans if plan.name == keeps)
        from msgspec.structs import replace

        self.bench.offer(Catalog(services=(replace(service, plans=plans),)))

    @rule()
    def offer_all_plans(self) -> None:
        self.bench.offer(catalog_of(self.bench.habits))

    @rule()
    def restart_the_broker_empty(self) -> None:
        holdings = self.bench.holdings
        self.forgotten |= {*holdings.instances, *holdings.bindings}
        holdings.instances.clear()
        holdings.bindings.clear()

    @rule(seconds=st.sampled_from([-3600, -60, 30, 100, 3600]))
    def jump_in_time(self, seconds: int) -> None:
        self.time.jump(seconds)

    def delete_by_hand(self, resource: Resource, name: str) -> None:
        try:
            self.bench.objects.delete(resource, HERE, name)
        except NotFound:
            return

    def instance_records(self) -> list[InstanceRecord]:
        return list(self.bench.ports().records.list(InstanceRecord, HERE))

    def binding_records(self) -> list[BindingRecord]:
        return list(self.bench.ports().records.list(BindingRecord, HERE))

    def ledger_entries(self) -> list[str]:
        return [entry.id for entry in self.bench.ports().ledger.list()]

    def binding(self, name: str) -> BindingRecord | None:
        return self.bench.ports().records.find(BindingRecord, HERE, name)

    def secret(self, name: str) -> CredentialsSecret | None:
        return self.bench.ports().secrets.find(HERE, name)

    @invariant()
    def nothing_is_lost(self) -> None:
        known = set(self.ledger_entries())
        known |= {record.instance_id for record in self.instance_records()}
        known |= {i.id for record in self.binding_records() for i in record.ids}
        lost = {*self.bench.holdings.instances, *self.bench.holdings.bindings} - known
        assert not lost, f"at the broker and nowhere else: {lost}"

    @invariant()
    def the_broker_is_treated_by_the_rules(self) -> None:
        for wrong in self.bench.holdings.wrongs:
            assert any(instance_id in wrong for instance_id in self.bound_for_ever), wrong

    @invariant()
    def ready_is_true(self) -> None:
        for instance in self.instance_records():
            if instance.phase is InstancePhase.READY and instance.instance_id not in self.forgotten:
                there = self.bench.holdings.instances.get(instance.instance_id)
                assert there is not None, f"{instance.name} is ready, says its record"
                is_open = instance.reason == "UpdateOutcomeUnknown"
                assert is_open or there.plan == instance.plan_id
        for binding in self.binding_records():
            if binding.phase is BindingPhase.READY:
                self.require_credentials(binding)
            if binding.phase is BindingPhase.ROTATING:
                self.require_some_credentials(binding)

    def require_credentials(self, binding: BindingRecord) -> None:
        current = binding.id_in(Role.CURRENT)
        assert current is not None
        if binding.secret_name in self.meddled or current.id in self.forgotten:
            return
        secret = self.secret(binding.secret_name)
        assert secret is not None
        assert secret.held_id == current.id
        password = self.bench.holdings.bindings[current.id].password
        assert secret.data["password"] == password.encode()

    def require_some_credentials(self, binding: BindingRecord) -> None:
        """During a rotation those of the old id or of the new one, but such that work."""
        secret = self.secret(binding.secret_name)
        if binding.secret_name in self.meddled or (secret and secret.held_id in self.forgotten):
            return
        assert secret is not None
        known = self.bench.holdings.bindings[secret.held_id]
        assert secret.data["password"] == known.password.encode()

    @invariant()
    def what_is_not_ours_stays(self) -> None:
        foreign = self.bench.objects.get(SECRET, HERE, FOREIGN)
        assert decode_data(foreign) == {"theirs": b"x"}

    def teardown(self) -> None:
        if not hasattr(self, "bench"):
            return
        self.bench.offer(catalog_of(self.bench.habits))
        if self.forgotten:  # it could yet remember: that is waited for, but not for ever
            self.time.jump(2 * LONGEST.total_seconds())
        self.run_command(resume_all)
        self.require_rest()
        self.run_command(delete_all)
        self.require_emptiness()

    def require_rest(self) -> None:
        for instance in self.instance_records():
            at_rest = {InstancePhase.READY, InstancePhase.FAILED}
            assert instance.phase in at_rest, f"{instance.name} is {instance.phase}"
            assert instance.operation is None
        for binding in self.binding_records():
            at_rest_too = {BindingPhase.READY, BindingPhase.FAILED}
            assert binding.phase in at_rest_too, f"{binding.name} is {binding.phase}"
        self.ready_is_true()
        self.nothing_is_lost()

    def require_emptiness(self) -> None:
        holdings = self.bench.holdings
        assert not {*holdings.instances, *holdings.bindings}
        left = [
            obj["metadata"]["name"]
            for resource in (CONFIG_MAP, SECRET)
            for obj in list_all(self.bench.objects, resource, "")
            if not is_fixture(obj)
        ]
        assert left == []


class AnyOrderOnAFile(AnyOrder):
    """The same on the local store."""

    def objects(self) -> Any:
        self.directory = tempfile.TemporaryDirectory(prefix="svcat-any-order-")
        path = Path(self.directory.name) / "private" / "local.db"
        self.file = LocalObjects(path, clock=self.time)
        return self.file

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.file.close()
            self.directory.cleanup()


def is_fixture(obj: JsonObject) -> bool:
    metadata = obj["metadata"]
    is_ours = metadata["namespace"] == SYSTEM and not metadata["name"].startswith("svcat.ledger")
    return is_ours or (metadata["namespace"], metadata["name"]) == (HERE, FOREIGN)


def resume_all(ports: Ports, patience: Patience) -> None:
    for _ in unfinished.resume(list(unfinished.find("", ports)), ports, patience):
        pass


def clean_all(ports: Ports, patience: Patience) -> None:
    for cleaned in orphans.clean(orphans.find("", ports), ports, patience):
        if cleaned.error is not None:
            raise cleaned.error
    for _ in orphans.clean_secrets(orphans.find_secrets("", ports), ports):
        pass


def delete_all(ports: Ports, patience: Patience) -> None:
    for record in list(ports.records.list(InstanceRecord, HERE)):
        deprovisioning.deprovision(record.name, HERE, ports, patience, cascades=True)
    for binding in list(ports.records.list(BindingRecord, HERE)):
        unbinding.end(binding, ports, patience)
    clean_all(ports, patience)
    resume_all(ports, patience)


def bounded(examples: int) -> settings:
    return settings(
        max_examples=20 * examples if EVERYTHING else examples,
        stateful_step_count=40,
        derandomize=not EVERYTHING,
        deadline=None,
        database=None,
        phases=list(Phase) if EVERYTHING else [Phase.generate],  # to shrink takes minutes
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


AnyOrder.TestCase.settings = bounded(150)
AnyOrderOnAFile.TestCase.settings = bounded(6)
TestAnyOrder = AnyOrder.TestCase
TestAnyOrderOnAFile = AnyOrderOnAFile.TestCase
