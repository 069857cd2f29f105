"""Bindings whose record is gone, and brokers that forgot: what is on record stays true."""

from collections.abc import Callable

import pytest

from svcat.app import (
    binding_order,
    bindings,
    deprovisioning,
    orphans,
    provisioning,
    repairing,
    unbinding,
    unfinished,
)
from svcat.app.polling_limit import LONGEST
from svcat.app.ports import Patience, Ports
from svcat.objects import CONFIG_MAP, SECRET
from svcat.store import codec
from svcat.store.records import BindingPhase, BindingRecord, InstanceRecord
from tests.explorer.fates import Fate
from tests.lifecycle.bench import HERE, Bench, Killed, Mishap, Time
from tests.sim.broker import Habits
from tests.sim.objects import SimulatedObjects

ORDER = binding_order.Order(instance="db", namespace=HERE, name="app")
ASSIGNED = {"uid", "resourceVersion", "creationTimestamp"}
Command = Callable[[Ports, Patience], object]


def provision(ports: Ports, patience: Patience) -> object:
    order = provisioning.Order(name="db", namespace=HERE, class_name="pg", plan_name="small")
    return provisioning.provision(order, ports, patience)


def bind(ports: Ports, patience: Patience) -> object:
    return bindings.bind(ORDER, ports, patience)


def repair(ports: Ports, patience: Patience) -> object:
    return repairing.repair(ORDER, ports, patience)


def deprovision(ports: Ports, patience: Patience) -> object:
    return deprovisioning.deprovision("db", HERE, ports, patience)


def clean(ports: Ports, patience: Patience) -> None:
    for cleaned in orphans.clean(orphans.find(HERE, ports), ports, patience):
        if cleaned.error is not None:
            raise cleaned.error


def resume(ports: Ports, patience: Patience) -> None:
    list(unfinished.resume(list(unfinished.find("", ports)), ports, patience))


def bench_of(habits: Habits) -> Bench:
    bench = Bench(SimulatedObjects(strict=False), Time(), habits)
    assert bench.run(provision) is None
    assert bench.run(bind) is None
    return bench


def lose_the_record(bench: Bench) -> None:
    bench.objects.delete(CONFIG_MAP, HERE, codec.object_name(BindingRecord, "app"))


def require_truth(bench: Bench) -> None:
    """A ready binding is one that the broker has."""
    binding = bench.ports().records.find(BindingRecord, HERE, "app")
    if binding is not None and binding.phase is BindingPhase.READY:
        assert {known.id for known in binding.ids} <= bench.holdings.bindings.keys()


@pytest.mark.parametrize("habits", [Habits(), Habits(credentials_once=True)], ids=["", "once"])
@pytest.mark.parametrize("ending", [deprovision, clean])
def test_what_was_deleted_without_its_record_is_not_repaired_into_a_ready_binding(
    ending: Command, habits: Habits
) -> None:
    kills = 0
    for nth in range(60):
        bench = bench_of(habits)
        lose_the_record(bench)
        if not isinstance(bench.run(ending, Mishap(nth, Fate.KILLED_AFTER)), Killed):
            break
        kills += 1

        bench.run(repair)
        require_truth(bench)
        bench.run(resume)
        require_truth(bench)
    assert kills > 5


def test_a_secret_out_of_an_old_backup_is_no_proof_of_the_binding_that_it_names() -> None:
    bench = bench_of(Habits())
    secret = bench.ports().secrets.find(HERE, "app")
    assert secret is not None
    former = secret.held_id
    assert bench.run(lambda ports, wait: unbinding.unbind("app", HERE, ports, wait)) is None
    assert bench.run(bind) is None
    lose_the_record(bench)
    renewed = bench.ports().secrets.find(HERE, "app")
    assert renewed is not None and renewed.held_id != former
    bench.ports().secrets.remove(renewed)
    metadata = {k: v for k, v in secret.obj["metadata"].items() if k not in ASSIGNED}
    bench.objects.create(SECRET, {**secret.obj, "metadata": metadata})

    bench.run(repair)

    require_truth(bench)


def test_R146_what_a_broker_forgot_while_it_made_it_is_given_up_after_a_week() -> None:
    bench = Bench(SimulatedObjects(strict=False), Time(), Habits(is_async=True))
    for nth in range(60):
        bench.run(provision, Mishap(nth, Fate.KILLED_AFTER))
        if bench.holdings.instances:
            break
    bench.run(lambda ports, _: resume(ports, Patience(timeout_s=1)))
    bench.holdings.instances.clear()
    bench.run(lambda ports, _: resume(ports, Patience(timeout_s=600)))
    record = bench.ports().records.load(InstanceRecord, HERE, "db")
    assert record.operation is not None and record.operation.accepted, "it could yet come to be"

    bench.time.jump(LONGEST.total_seconds())
    bench.run(resume)

    record = bench.ports().records.load(InstanceRecord, HERE, "db")
    assert record.operation is None
    assert "within 7 days" in record.message
