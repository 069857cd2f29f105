"""A binding that workloads use is not taken from under them: unbind, deprovision, abandon."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from svcat.store.records import BindingPhase
from tests.injection.farm import Farm
from tests.injection.test_inject import env, template
from tests.injection.yard import Yard, bare, deployment

SIGKILL = -9
QUICK: dict[str, Any] = {
    "SVCAT_BROKER_TIMEOUT": "1"
}  # a claim outlives its command by one and a half of that


def injected(farm: Farm, *names: str) -> list[dict[str, object]]:
    """Make Deployments with the credentials; return them as they were before."""
    farm.yard.apply(*(deployment(name, replicas=0) for name in names))
    before = [bare(farm.yard.get("deployment", name)) for name in names]
    farm.yard.inject(*(f"deployment/{name}" for name in names))
    return before


def now(farm: Farm, *names: str) -> list[dict[str, object]]:
    return [bare(farm.yard.get("deployment", name)) for name in names]


def test_unbind_names_the_workloads_and_does_nothing_then_ejects_if_told_so(farm: Farm) -> None:
    before = injected(farm, "a", "b", "c", "d")

    done = farm.yard.svcat("unbind", "db", code=6)

    assert "deployment.apps/a, deployment.apps/b, deployment.apps/c and 1 more" in done.err
    way_out = f"svcat unbind --name db -n {farm.yard.namespace} --eject"
    assert way_out in done.err
    assert farm.secret()
    assert len(farm.offer.bindings()) == 1

    done = farm.yard.svcat(*way_out.split()[1:], "--interval", "100ms")

    assert "ejected from deployment.apps/d" in done.err
    assert now(farm, "a", "b", "c", "d") == before
    assert farm.secret() is None
    assert farm.offer.bindings() == set()
    farm.uproot()


def test_the_binding_is_kept_until_the_new_pods_run(farm: Farm) -> None:
    farm.yard.apply(deployment())  # no kubelet: its pods never run
    farm.yard.inject("deployment/web")

    words = ("unbind", "db", "--eject", "--interval", "100ms")
    done = farm.yard.svcat(*words, "--timeout", "1s", code=9)

    assert "the rollout of deployment.apps/web goes on" in done.err
    assert farm.secret()
    assert farm.yard.binding().injections == ()
    farm.yard.svcat("unbind", "db")
    farm.uproot()


def test_workloads_that_are_gone_are_in_nobodys_way(farm: Farm) -> None:
    injected(farm, "a", "b")
    farm.yard.kubectl("delete", "deployment", "a", "b")
    farm.yard.apply(deployment("b"))  # another one

    farm.yard.svcat("unbind", "db")

    assert farm.offer.bindings() == set()
    farm.uproot()


def test_deprovision_with_cascade_does_all_or_nothing(farm: Farm) -> None:
    farm.yard.svcat("bind", "db", "--name", "another")
    before = injected(farm, "a")

    done = farm.yard.svcat("deprovision", "db", "--cascade", code=6)
    assert f"deprovision db -n {farm.yard.namespace} --cascade --eject" in done.err
    assert len(farm.offer.bindings()) == 2
    assert "say both" in farm.yard.svcat("deprovision", "db", "--eject", code=2).err

    farm.yard.svcat("deprovision", "db", "--cascade", "--eject", "--interval", "100ms")
    assert now(farm, "a") == before
    assert farm.offer.instances() == set()


def test_abandon_forgets_no_workload_either(farm: Farm) -> None:
    before = injected(farm, "a")

    for what in ("binding/db", "instance/db"):
        done = farm.yard.svcat("abandon", what, "--yes", code=6)
        assert f"svcat abandon {what} -n {farm.yard.namespace} --eject" in done.err
    assert farm.secret()

    farm.yard.svcat("abandon", "instance/db", "--yes", "--eject")
    assert now(farm, "a") == before
    assert farm.secret() is None
    farm.yard.svcat("orphans", "clean", "--abandoned", "--yes")
    assert farm.offer.instances() == set()


def test_unbind_killed_before_it_is_one_leaves_no_workload_without_a_record(farm: Farm) -> None:
    """What follows is any unbind: tests/faults kills that."""
    [before] = injected(farm, "a")
    words = ("unbind", "db", "--eject", "--no-wait")
    for point in range(1, 20):
        assert farm.yard.attempt(*words, SVCAT_KILL_POINT=str(point), **QUICK) == SIGKILL

        binding = farm.yard.binding()
        assert binding.injections or now(farm, "a") == [before]
        assert farm.secret()
        if binding.phase is BindingPhase.UNBINDING:
            break
        farm.yard.inject("deployment/a")
    assert binding.injections == ()
    assert point > 5

    farm.yard.svcat(*words, **QUICK)
    assert farm.secret() is None
    assert farm.offer.bindings() == set()
    farm.uproot()


def test_what_was_begun_in_a_workload_is_said_and_finished_by_resume(yard: Yard) -> None:
    yard.apply(deployment())
    yard.svcat("inject", "db", "deployment/web", code=SIGKILL, SVCAT_KILL_POINT="3")

    said = yard.svcat("get", "bindings").err
    assert "binding db: injecting deployment.apps/web was interrupted" in said
    assert f"svcat resume db -n {yard.namespace}" in said

    yard.svcat("resume", "db")
    assert env(template(yard))
    assert yard.drift() == {}
    assert yard.svcat("get", "bindings").err == ""


def test_unbind_and_inject_at_once_leave_a_binding_with_its_workload_or_neither(
    farm: Farm,
) -> None:
    farm.yard.apply(deployment("a", replicas=0))
    [before] = now(farm, "a")
    orders = (("unbind", "db"), ("inject", "db", "deployment/a"))
    for _ in range(3):
        with ThreadPoolExecutor() as pool:
            codes = list(pool.map(lambda words: farm.yard.attempt(*words), orders))

        if farm.is_bound():
            assert codes == [6, 0]
            assert [i.name for i in farm.yard.binding().injections] == ["a"]
            assert farm.secret()
            farm.yard.svcat("unbind", "db", "--eject", "--no-wait")
        assert now(farm, "a") == [before]
        assert farm.offer.bindings() == set()
        farm.yard.svcat("bind", "db")
    farm.uproot()
