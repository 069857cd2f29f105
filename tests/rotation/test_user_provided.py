"""A user-provided binding in a workload on the real server: injected, renewed, sent back."""

import json

import pytest

from tests.controlplane.server import KubeServer
from tests.e2e.place import Place
from tests.rotation.test_workloads import FAILS, WORKS
from tests.rotation.yard import Ground

QUICK = ("--interval", "200ms")


@pytest.fixture
def ground(kube: Place, kube_server: KubeServer) -> Ground:
    """A namespace with a user-provided instance and its binding."""
    kube.run("create", "user-provided", "db", "--credentials-file", "-", stdin=given("old"))
    kube.run("bind", "db")
    return Ground(kube, kube_server)


def given(password: str) -> str:
    return json.dumps({"user": "u", "password": password})


def give_others(ground: Ground) -> None:
    said = ground.place.run("update", "db", "--credentials-file", "-", stdin=given("new")).err
    assert f"svcat rotate db -n {ground.place.namespace}" in said


def test_its_pods_are_replaced_when_it_is_renewed(ground: Ground) -> None:
    ground.inject(WORKS)
    before = ground.template()
    (variable,) = before["spec"]["containers"][0]["env"]
    assert variable["valueFrom"]["secretKeyRef"] == {"name": "db", "key": "password"}

    ground.place.run("rotate", "db", *QUICK)
    assert ground.template() == before
    give_others(ground)
    assert ground.place.secret("db")["password"] == "old"
    ground.place.run("rotate", "db", *QUICK)

    assert ground.place.secret("db")["password"] == "new"
    assert ground.template() != before
    ground.clear()
    assert "env" not in ground.template()["spec"]["containers"][0]
    assert ground.place.objects_of_ours() == []


def test_a_failed_rollout_sends_it_back_to_what_it_held(ground: Ground) -> None:
    ground.inject(FAILS)
    before = ground.template()
    give_others(ground)

    ground.place.run("rotate", "db", "--rollback", *QUICK, code=8)

    assert ground.place.secret("db")["password"] == "old"
    assert ground.template() == before
    ground.scale(0)
    ground.place.run("rotate", "db", *QUICK)
    assert ground.place.secret("db")["password"] == "new"
    ground.clear()


def test_a_secret_that_is_deleted_comes_back_from_the_instance(ground: Ground) -> None:
    ground.inject(WORKS)
    ground.kubectl("delete", "secret", "db")

    done = ground.place.run("bind", "db", "--repair", *QUICK)

    assert "rotated" not in done.err
    assert ground.place.secret("db")["password"] == "old"
    ground.clear()
