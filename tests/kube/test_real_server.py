"""The cluster's adapter on a real API server; what all object APIs share: ``tests/contract``."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from svcat.errors import AuthFailed, Expired, Forbidden, NotFound, Unreachable
from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, Resource, list_all
from tests.controlplane.certificates import Authority
from tests.controlplane.plane import ControlPlane
from tests.controlplane.server import KubeServer
from tests.waiting import wait_until

ROLE = Resource("rbac.authorization.k8s.io/v1", "Role", "roles")
ROLE_BINDING = Resource("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")


def box(namespace: str, name: str = "box", **metadata: object) -> JsonObject:
    return {"metadata": {"namespace": namespace, "name": name, **metadata}, "data": {"a": "1"}}


def connect(kubeconfig: Path) -> KubeObjects:
    return KubeObjects(load_cluster(kubeconfig=str(kubeconfig), context=None))


@pytest.fixture
def reader(
    kube_server: KubeServer, kube_api: KubeObjects, kube_namespace: str
) -> Iterator[KubeObjects]:
    """A user who may read ConfigMaps of one namespace, and nothing else."""
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
    place = {"namespace": kube_namespace, "name": "reader"}
    kube_api.create(ROLE, {"metadata": place, "rules": rules})
    subject = {"kind": "User", "name": "rita", "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "Role", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}
    kube_api.create(ROLE_BINDING, {"metadata": place, "subjects": [subject], "roleRef": role})
    with connect(kube_server.kubeconfig_for("rita", namespace=kube_namespace)) as api:
        wait_until(lambda: api.can_i("list", CONFIG_MAP, kube_namespace))
        yield api


def test_a_right_that_is_missing_is_named(reader: KubeObjects, kube_namespace: str) -> None:
    assert reader.list_page(CONFIG_MAP, kube_namespace).items is not None

    with pytest.raises(Forbidden) as caught:
        reader.create(SECRET, box(kube_namespace))

    assert f'create secrets box in namespace "{kube_namespace}"' in caught.value.message
    assert 'User "rita"' in caught.value.message
    assert f"kubectl auth can-i create secrets -n {kube_namespace}" in (caught.value.hint or "")


def test_rights_can_be_asked_for(reader: KubeObjects, kube_namespace: str) -> None:
    asked = [
        reader.can_i("get", CONFIG_MAP, kube_namespace, "box"),
        reader.can_i("create", CONFIG_MAP, kube_namespace),
        reader.can_i("list", CONFIG_MAP, ""),
        reader.can_i("create", NAMESPACE, ""),
    ]

    assert asked == [True, False, False, False]


def test_a_namespace_on_its_way_out_takes_no_more(
    kube_api: KubeObjects, kube_namespace: str
) -> None:
    kube_api.create(CONFIG_MAP, box(kube_namespace, finalizers=["svcat.test/hold"]))
    kube_api.delete(NAMESPACE, "", kube_namespace)

    with pytest.raises(Forbidden, match="is being deleted") as caught:
        kube_api.create(CONFIG_MAP, box(kube_namespace, "late"))

    assert "kubectl auth can-i" not in (caught.value.hint or "")
    held = kube_api.get(CONFIG_MAP, kube_namespace, "box")
    kube_api.replace(CONFIG_MAP, held | {"metadata": held["metadata"] | {"finalizers": []}})


def test_a_missing_namespace_is_told_from_a_missing_object(
    kube_api: KubeObjects, kube_namespace: str
) -> None:
    with pytest.raises(NotFound, match='namespace "svcat-nowhere" does not exist') as caught:
        kube_api.create(CONFIG_MAP, box("svcat-nowhere"))
    with pytest.raises(NotFound, match='configmaps "box" not found'):
        kube_api.get(CONFIG_MAP, kube_namespace, "box")

    assert caught.value.hint == "kubectl create namespace svcat-nowhere"


def test_a_kind_that_the_server_does_not_know(kube_api: KubeObjects, kube_namespace: str) -> None:
    odd = Resource("v1", "Gadget", "gadgets")

    with pytest.raises(NotFound, match="this API server knows no gadgets"):
        kube_api.get(odd, kube_namespace, "box")


@pytest.mark.usefixtures("kubectl")
def test_kubectl_reads_what_we_wrote(
    kube_api: KubeObjects, kube_server: KubeServer, kube_namespace: str
) -> None:
    made = kube_api.create(CONFIG_MAP, box(kube_namespace) | {"data": {"k": "ü\n€"}})

    shown = kube_server.run_kubectl("-n", kube_namespace, "get", "cm", "box", "-o", "json")

    assert json.loads(shown)["data"] == {"k": "ü\n€"}
    assert json.loads(shown)["metadata"]["uid"] == made["metadata"]["uid"]


def test_the_servers_time_is_near_ours(kube_api: KubeObjects) -> None:
    assert abs(kube_api.now().timestamp() - time.time()) < 60


def test_who_we_are_is_the_servers_word_or_none(kube_api: KubeObjects) -> None:
    user = kube_api.whoami()

    assert user is None or user.username


def test_a_token_logs_in_and_a_wrong_one_does_not(kube_server: KubeServer, tmp_path: Path) -> None:
    if not kube_server.is_own:
        pytest.skip("the administrator's token of somebody else's cluster is not known")
    config = yaml.safe_load(kube_server.kubeconfig.read_text())
    for token, is_good in ((kube_server.admin_token, True), ("wrong", False)):
        config["users"][0]["user"] = {"token": token}
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(config))
        with connect(path) as api:
            if is_good:
                assert api.get(NAMESPACE, "", "default")
                continue
            with pytest.raises(AuthFailed) as caught:
                api.get(NAMESPACE, "", "default")
    assert token not in caught.value.message
    assert str(path) in caught.value.message


def test_a_wrong_authority_is_refused_at_once(kube_server: KubeServer) -> None:
    cluster = load_cluster(kubeconfig=str(kube_server.kubeconfig), context=None)
    wrong = replace(cluster, tls=replace(cluster.tls, ca_pem=Authority("another").pem))
    before = time.monotonic()

    with KubeObjects(wrong) as api, pytest.raises(Unreachable, match="certificate refused"):
        api.get(NAMESPACE, "", "default")

    assert time.monotonic() - before < 2


def test_a_read_outlives_a_restart(own_control_plane: ControlPlane) -> None:
    cluster = load_cluster(kubeconfig=str(own_control_plane.server.kubeconfig), context=None)
    with KubeObjects(cluster, patience_s=60) as api, ThreadPoolExecutor() as aside:
        api.create(CONFIG_MAP, box("default"))
        own_control_plane.stop_api_server()
        reading = aside.submit(api.get, CONFIG_MAP, "default", "box")
        own_control_plane.start_api_server()

        assert reading.result()["data"] == {"a": "1"}


def test_a_dead_server_is_unreachable_in_bounded_time(own_control_plane: ControlPlane) -> None:
    cluster = load_cluster(kubeconfig=str(own_control_plane.server.kubeconfig), context=None)
    with KubeObjects(cluster) as api:
        api.get(NAMESPACE, "", "default")  # so that a connection is there to be lost
        own_control_plane.stop_api_server()
        before = time.monotonic()
        try:
            with pytest.raises(Unreachable, match="connection refused") as caught:
                api.create(CONFIG_MAP, box("default", "other"))
            took_s = time.monotonic() - before
        finally:
            own_control_plane.start_api_server()

    assert "may have happened" not in caught.value.message
    assert took_s < 7


def test_a_list_goes_on_after_its_token_expired(own_control_plane: ControlPlane) -> None:
    with connect(own_control_plane.server.kubeconfig) as api:
        for name in "abcde":
            api.create(CONFIG_MAP, box("default", name, labels={"t": "x"}))
        page = api.list_page(CONFIG_MAP, "default", selector="t=x", limit=2)
        api.create(CONFIG_MAP, box("default", "f"))
        own_control_plane.forget_old_revisions()

        with pytest.raises(Expired) as caught:
            api.list_page(
                CONFIG_MAP, "default", selector="t=x", limit=2, continue_token=page.continue_token
            )
        rest = api.list_page(
            CONFIG_MAP, "default", selector="t=x", continue_token=caught.value.continue_token
        )
        names = [item["metadata"]["name"] for item in (*page.items, *rest.items)]
        listing = list_all(api, CONFIG_MAP, "default", selector="t=x", limit=2)
        found = [next(listing)["metadata"]["name"]]
        api.create(CONFIG_MAP, box("default", "g"))
        own_control_plane.forget_old_revisions()
        found += [item["metadata"]["name"] for item in listing]

    assert names == list("abcde")
    assert found == list("abcde")
