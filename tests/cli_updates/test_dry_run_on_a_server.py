"""``--dry-run=server``: a real API server judges each write and keeps none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from svcat.errors import AlreadyExists, Forbidden, Invalid, NotFound, Stale
from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, Resource, list_all
from svcat.store.rehearsal import RehearsedObjects, Written
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.controlplane.server import KubeServer
from tests.waiting import wait_until

QUOTA = Resource("v1", "ResourceQuota", "resourcequotas")
ROLE = Resource("rbac.authorization.k8s.io/v1", "Role", "roles")
ROLE_BINDING = Resource("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")


def box(namespace: str, name: str = "box") -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": name},
        "data": {"a": "1"},
    }


@pytest.fixture
def judge(kube_server: KubeServer) -> Iterator[KubeObjects]:
    cluster = load_cluster(kubeconfig=str(kube_server.kubeconfig), context=None)
    with KubeObjects(cluster, lasts=False) as api:
        yield api


@pytest.fixture
def clustered(tmp_path: Path, kube_server: KubeServer, kube_namespace: str) -> Svcat:
    """The command on the real server, in a namespace of its own."""
    del kube_namespace
    return Svcat(tmp_path, {"SVCAT_STORE": "kube", "KUBECONFIG": str(kube_server.kubeconfig)})


def objects_in(api: KubeObjects, namespace: str) -> list[tuple[str, str, str]]:
    return sorted(
        (resource.kind, obj["metadata"]["name"], obj["metadata"]["resourceVersion"])
        for resource in (CONFIG_MAP, SECRET)
        for obj in list_all(api, resource, namespace, selector="app.kubernetes.io/managed-by=svcat")
    )


def test_writes_that_do_not_last_are_judged_and_not_made(
    judge: KubeObjects, kube_api: KubeObjects, kube_namespace: str
) -> None:
    judge.create(CONFIG_MAP, box(kube_namespace))
    with pytest.raises(NotFound):
        kube_api.get(CONFIG_MAP, kube_namespace, "box")

    made = kube_api.create(CONFIG_MAP, box(kube_namespace))
    judge.replace(CONFIG_MAP, {**made, "data": {"a": "2"}})
    judge.delete(CONFIG_MAP, kube_namespace, "box")

    assert kube_api.get(CONFIG_MAP, kube_namespace, "box") == made
    with pytest.raises(AlreadyExists):
        judge.create(CONFIG_MAP, box(kube_namespace))
    with pytest.raises(Invalid):
        judge.create(CONFIG_MAP, box(kube_namespace, "Not A Name"))
    with pytest.raises(NotFound):
        judge.create(CONFIG_MAP, box("no-such-namespace"))
    with pytest.raises(Stale):
        judge.delete(CONFIG_MAP, kube_namespace, "box", uid="another")


def test_a_dry_run_writes_nothing_to_the_cluster(
    clustered: Svcat, kube_api: KubeObjects, kube_namespace: str, broker: ToldBroker
) -> None:
    here = ("-n", kube_namespace)
    clustered.run("register", "b", "--url", broker.url, *here)
    before = objects_in(kube_api, kube_namespace)
    words = ("provision", "db", "--class", "thing", "--plan", "small", *here)

    steps = clustered.run(*words, "--dry-run=server", "-o", "json").json["spec"]["steps"]

    assert [next(iter(step)) for step in steps][-3:] == ["create", "request", "update"]
    assert objects_in(kube_api, kube_namespace) == before
    assert not broker.sent()
    clustered.run(*words)
    for ending in (("bind", "db"), ("deprovision", "db")):
        known = objects_in(kube_api, kube_namespace)
        clustered.run(*ending, *here, "--dry-run=server")
        assert objects_in(kube_api, kube_namespace) == known
    clustered.run("deprovision", "db", *here)


def test_what_the_server_would_refuse_is_refused_in_the_dry_run(
    clustered: Svcat, kube_api: KubeObjects, kube_namespace: str, broker: ToldBroker
) -> None:
    here = ("-n", kube_namespace)
    clustered.run("register", "b", "--url", broker.url, *here)
    full: JsonObject = {
        "metadata": {"namespace": kube_namespace, "name": "full"},
        "spec": {"hard": {"count/configmaps": "0"}},
    }
    kube_api.create(QUOTA, full)
    words = ("provision", "db", "--class", "thing", "--plan", "small", *here)

    def is_refused() -> bool:
        return clustered.run(*words, "--dry-run=server", code=None).code == 4

    wait_until(is_refused)
    assert "exceeded quota" in clustered.run(*words, "--dry-run=server", code=4).err
    clustered.run(*words, "--dry-run=client")  # the client does not know of quotas


def test_a_user_who_may_only_read_learns_it_from_the_dry_run(
    tmp_path: Path,
    kube_server: KubeServer,
    kube_api: KubeObjects,
    kube_namespace: str,
    clustered: Svcat,
    broker: ToldBroker,
) -> None:
    here = ("-n", kube_namespace)
    clustered.run("register", "b", "--url", broker.url, *here)
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
    place = {"namespace": kube_namespace, "name": "reader"}
    kube_api.create(ROLE, {"metadata": place, "rules": rules})
    subject = {"kind": "User", "name": "rita", "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "Role", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}
    kube_api.create(ROLE_BINDING, {"metadata": place, "subjects": [subject], "roleRef": role})
    kubeconfig = kube_server.kubeconfig_for("rita", namespace=kube_namespace)
    rita = Svcat(tmp_path, {"SVCAT_STORE": "kube", "KUBECONFIG": str(kubeconfig)})
    words = ("provision", "db", "--class", "thing", "--plan", "small", *here)

    wait_until(
        lambda: rita.run("get", "brokers", "--scope", "namespace", *here, code=None).code == 0
    )

    for mode in ("client", "server"):
        done = rita.run(*words, "--scope", "namespace", f"--dry-run={mode}", code=4)
        assert "create configmaps" in done.err


def test_the_judge_is_asked_once_about_each_object_and_only_what_it_can_know(
    judge: KubeObjects, kube_api: KubeObjects, kube_namespace: str
) -> None:
    steps: list[Written] = []
    rehearsed = RehearsedObjects(kube_api, steps.append, judge)

    made = rehearsed.create(CONFIG_MAP, box(kube_namespace))
    made = rehearsed.replace(CONFIG_MAP, {**made, "data": {"a": "2"}})
    rehearsed.delete(CONFIG_MAP, kube_namespace, "box")
    name = f"{kube_namespace}-new"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    with pytest.raises(NotFound):
        rehearsed.create(CONFIG_MAP, box(name))
    rehearsed.create(NAMESPACE, namespace)
    rehearsed.create(CONFIG_MAP, box(name))

    assert [step.after is None for step in steps] == [False, False, True, False, False]
    with pytest.raises(NotFound):
        kube_api.get(NAMESPACE, "", name)
    with pytest.raises(Invalid):
        rehearsed.create(CONFIG_MAP, box(kube_namespace, "Not A Name"))
    with pytest.raises((Forbidden, Invalid)):
        rehearsed.create(NAMESPACE, {**namespace, "metadata": {"name": "NOT"}})
