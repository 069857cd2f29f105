"""A rotation that is to go back: on record, so that whoever sees it through goes back, too.

And where the broker gives credentials out only once, that there is no way back is said.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.brokers.hostile import HostileBroker, answer
from tests.cli_updates.svcat import ToldBroker, plan
from tests.controlplane.server import KubeServer
from tests.e2e.place import Place
from tests.fleet.fleet import shared
from tests.repair.scene import bound_at
from tests.rotation.test_workloads import FAILS
from tests.rotation.yard import Cluster, Ground
from tests.waiting import wait_until

QUICK = ("--interval", "200ms")
HANGS = {"replicas": 1}
ENDS_AT_ONCE = {"SVCAT_BROKER_TIMEOUT": "0.2"}  # the claim of a command that was killed
SOON_OVER = '{"spec": {"progressDeadlineSeconds": 1}}'


@dataclass(frozen=True, slots=True)
class OneWay(Ground):
    """The ground, and a broker that gives credentials out only once."""

    told: ToldBroker

    def bindings(self) -> set[str]:
        return set(bound_at(self.told))


@pytest.fixture
def one_way(kube: Place, kube_server: KubeServer) -> Iterator[OneWay]:
    """A namespace with a binding whose credentials the broker gave once."""
    with HostileBroker() as hostile:
        told = ToldBroker(hostile, [plan("small")], {"bindings_retrievable": False})
        kube.run("register", "b", "--url", told.url)
        made = OneWay(kube, kube_server, told)
        told.tell("PUT", answer(201, {}), answer(201, {"credentials": {"password": "old"}}))
        made.make_binding("thing", "small")
        yield made


def killed_with_the_new_credentials_in_the_secret(cluster: Ground, *words: str) -> None:
    old = cluster.held_id()
    environment = {**cluster.place.full_environment(), **ENDS_AT_ONCE}
    running = shared().start(
        *("rotate", "db", *words, *QUICK), environment=environment, directory=cluster.place.home
    )
    wait_until(lambda: cluster.held_id() != old)
    running.signal(signal.SIGKILL)
    assert running.wait().code == -signal.SIGKILL


def resume(cluster: Ground, code: int) -> str:
    words = ("resume", "db", *QUICK)
    return cluster.place.run(*words, code=code, environment=ENDS_AT_ONCE).err


def test_a_rotation_that_was_killed_goes_back_if_it_was_asked_to(cluster: Cluster) -> None:
    cluster.inject(HANGS)
    old, before, template = cluster.held_id(), cluster.place.secret("db"), cluster.template()
    killed_with_the_new_credentials_in_the_secret(cluster, "--rollback")
    cluster.kubectl("patch", "deployment/web", "-p", SOON_OVER)

    said = resume(cluster, 8)

    assert "rotating binding db failed: deployment.apps/web" in said
    assert (cluster.held_id(), cluster.place.secret("db")) == (old, before)
    assert cluster.template() == template
    assert cluster.offer.bindings() == {old}
    status = cluster.place.run("get", "binding", "db", "-o", "json").json["status"]
    assert (status["phase"], status["conditions"][0]["reason"]) == ("ready", "RolloutFailed")
    cluster.clear()


def test_a_rotation_that_was_killed_goes_on_if_nothing_was_said_of_going_back(
    cluster: Cluster,
) -> None:
    cluster.inject(HANGS)
    old = cluster.held_id()
    killed_with_the_new_credentials_in_the_secret(cluster)
    cluster.kubectl("patch", "deployment/web", "-p", SOON_OVER)

    said = resume(cluster, 8)

    assert "old ones are kept" in said
    assert cluster.offer.bindings() == {old, cluster.held_id()}
    assert len(cluster.offer.bindings()) == 2
    cluster.scale(0)
    resume(cluster, 0)
    assert cluster.offer.bindings() == {cluster.held_id()}
    cluster.clear()


def test_going_back_can_be_asked_for_while_the_rollout_is_still_under_way(
    cluster: Cluster,
) -> None:
    cluster.inject(HANGS)
    old = cluster.held_id()
    cluster.place.run("rotate", "db", *QUICK, "--timeout", "1s", code=9)
    assert cluster.held_id() != old
    cluster.place.run("rotate", "db", "--rollback", *QUICK, "--timeout", "1s", code=9)

    cluster.scale(0)

    assert "not within --timeout" in resume(cluster, 8)
    assert cluster.held_id() == old
    cluster.clear()


def test_without_a_way_back_it_halts_and_says_so(one_way: OneWay) -> None:
    one_way.inject(FAILS)
    old = one_way.held_id()
    one_way.place.run("rotate", "db", *QUICK, code=8)
    new = one_way.held_id()

    halted = one_way.place.run("rotate", "db", "--rollback", *QUICK, code=8)

    *progress, error, hint = halted.err.splitlines()
    assert "timed out progressing; it cannot go back, for the old credentials cannot" in error
    assert "the Secret holds the new credentials, the old ones are kept" in error
    assert hint == f"hint: mend the workload, then: svcat resume db -n {one_way.place.namespace}"
    assert "--rollback" not in "".join(progress)
    assert (one_way.held_id(), one_way.place.secret("db")["password"]) == (new, "p")
    assert one_way.bindings() == {old, new}
    binding = one_way.place.run("get", "binding", "db", "-o", "json").json
    ids = {known["role"]: known["id"] for known in binding["status"]["ids"]}
    assert ids == {"current": old, "next": new}
    assert binding["status"]["phase"] == "rotating"
    one_way.scale(0)
    one_way.place.run("resume", "db", *QUICK)
    assert one_way.bindings() == {new}
    one_way.clear()


def test_the_command_that_switched_can_put_back_what_no_other_could(one_way: OneWay) -> None:
    one_way.inject(FAILS)
    old = one_way.held_id()

    one_way.place.run("rotate", "db", "--rollback", *QUICK, code=8)

    assert (one_way.held_id(), one_way.place.secret("db")["password"]) == (old, "old")
    assert one_way.bindings() == {old}
    one_way.clear()


def test_killed_in_between_it_goes_on_to_the_only_credentials_there_are(one_way: OneWay) -> None:
    one_way.inject(HANGS)
    old = one_way.held_id()
    killed_with_the_new_credentials_in_the_secret(one_way, "--rollback")
    one_way.kubectl("patch", "deployment/web", "-p", SOON_OVER)

    assert "cannot go back" in resume(one_way, 8)

    assert one_way.bindings() == {old, one_way.held_id()}
    one_way.scale(0)
    resume(one_way, 0)
    assert one_way.bindings() == {one_way.held_id()} != {old}
    one_way.clear()
