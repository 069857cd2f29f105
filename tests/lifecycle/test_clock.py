"""The server's clock is set back or ahead while a command is at work, or after it died."""

import pytest

from svcat.app import provisioning, unfinished
from svcat.app.ports import Patience, Ports, Timing
from svcat.store.records import InstancePhase, InstanceRecord
from tests.explorer.fates import Fate
from tests.lifecycle.bench import HERE, Bench, Killed, Mishap, Time
from tests.sim.broker import Habits
from tests.sim.objects import SimulatedObjects

LEASE_S = Timing().lease_s
MARGIN_S = 10.0
CREATE_AND_CALL = 20  # more effects than come before the broker's call


def provision(ports: Ports, patience: Patience) -> object:
    order = provisioning.Order(name="db", namespace=HERE, class_name="pg", plan_name="small")
    return provisioning.provision(order, ports, patience)


def resume(ports: Ports, patience: Patience) -> None:
    for resumed in unfinished.resume(list(unfinished.find("", ports)), ports, patience):
        if resumed.error is not None:
            raise resumed.error


@pytest.fixture
def bench() -> Bench:
    """An instance that is asked for at the broker; its command died with a live claim."""
    for nth in range(CREATE_AND_CALL):
        bench = Bench(SimulatedObjects(strict=False), Time(), Habits())
        assert isinstance(bench.run(provision, Mishap(nth, Fate.KILLED_AFTER)), Killed)
        if bench.holdings.instances:
            return bench
    pytest.fail("the broker is never asked")


def instance(bench: Bench) -> InstanceRecord:
    return bench.ports().records.load(InstanceRecord, HERE, "db")


@pytest.mark.parametrize("seconds", [-30, -3600, -30 * 24 * 3600, 3600])
def test_a_dead_claim_blocks_nobody_for_longer_than_it_lasts(bench: Bench, seconds: int) -> None:
    bench.time.jump(seconds)

    assert bench.run(resume) is None

    assert bench.time.passed_s <= LEASE_S + MARGIN_S
    assert instance(bench).phase is InstancePhase.READY
    assert instance(bench).live_claims(bench.ports().records.now()) == ()


def test_a_claim_that_may_be_alive_counts_as_long_as_it_can_last(bench: Bench) -> None:
    bench.time.jump(-3600)

    assert bench.run(resume) is None

    assert bench.time.passed_s >= LEASE_S, "a command that may still send was passed over"


def test_who_may_not_wait_so_long_leaves_the_claim_with_an_end(bench: Bench) -> None:
    bench.time.jump(-3600)
    now = bench.ports().records.now()
    assert instance(bench).claims[0].is_ahead(now)

    bench.run(lambda ports, _: resume(ports, Patience(timeout_s=1)))

    (claim,) = instance(bench).claims
    assert (claim.until - now).total_seconds() <= LEASE_S
    assert claim.is_live(now)
