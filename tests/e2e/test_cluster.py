"""What a cluster's other users and tools see: kubectl, auditors, people with few rights."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from svcat.kube.client import KubeObjects
from svcat.objects import Resource
from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Place

ROLE_BINDING = Resource("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")
ROLE = Resource("rbac.authorization.k8s.io/v1", "Role", "roles")


@pytest.fixture
def furnished(kube: Place, bundled: Offer) -> Iterator[Place]:
    """A broker ``b``, an instance ``db``, a binding ``db``."""
    kube.register(bundled.broker)
    kube.run("provision", "db", "--class", "sqlite", "--plan", "file")
    kube.run("bind", "db")
    yield kube
    kube.run("deprovision", "db", "--cascade")


def grant(api: KubeObjects, namespace: str, user: str, cluster_role: str) -> None:
    """Let ``user`` do in ``namespace`` what a stock role allows."""
    api.create(
        ROLE_BINDING,
        {
            "apiVersion": ROLE_BINDING.api_version,
            "kind": "RoleBinding",
            "metadata": {"name": f"{user}-{cluster_role}", "namespace": namespace},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": cluster_role,
            },
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        },
    )


def as_user(place: Place, server: KubeServer, user: str) -> dict[str, str]:
    """The environment of another user."""
    return {"KUBECONFIG": str(server.kubeconfig_for(user, namespace=place.namespace))}


def test_kubectl_finds_and_reads_the_records(furnished: Place, kube_server: KubeServer) -> None:
    names = ["-n", furnished.namespace, "-o", "name"]
    found = {
        kind: kube_server.run_kubectl("get", "cm", "-l", f"svcat.dev/kind={kind}", *names).split()
        for kind in ("broker", "instance", "binding")
    }
    assert found == {
        "broker": ["configmap/svcat.broker.b"],
        "instance": ["configmap/svcat.instance.db"],
        "binding": ["configmap/svcat.binding.db"],
    }
    read = ["get", "cm", "svcat.instance.db", "-n", furnished.namespace, "-o", "json"]
    metadata = json.loads(kube_server.run_kubectl(*read))["metadata"]
    assert metadata["annotations"]["svcat.dev/phase"] == "ready"
    assert metadata["labels"]["svcat.dev/class"] == "sqlite"


def test_who_may_view_sees_everything_but_secrets(
    furnished: Place, kube_server: KubeServer, kube_api: KubeObjects
) -> None:
    grant(kube_api, furnished.namespace, "auditor", "view")
    auditor = as_user(furnished, kube_server, "auditor")
    for words in (
        ["get", "brokers"],
        ["marketplace"],
        ["get", "instances"],
        ["describe", "instance", "db"],
        ["get", "bindings"],
    ):
        assert furnished.run(*words, environment=auditor).err == ""
    refused = furnished.run(
        "describe", "binding", "db", "--show-secrets", code=4, environment=auditor
    )
    assert "secrets" in refused.err
    refused = furnished.run("provision", "x", "--class", "sqlite", code=2, environment=auditor)
    words = ["provision", "x", "--class", "sqlite", "--plan", "file"]
    refused = furnished.run(*words, code=4, environment=auditor)
    assert refused.err.startswith("error: no right to keep an instance")
    assert "hint: " in refused.err


def test_who_may_not_write_the_ledger_is_warned_once_and_goes_on(
    kube: Place, kube_server: KubeServer, kube_api: KubeObjects, bundled: Offer
) -> None:
    grant(kube_api, kube.namespace, "developer", "admin")
    developer = as_user(kube, kube_server, "developer")
    login = ["--username", bundled.broker.username, "--password-stdin"]
    words = ["register", "b", "--url", bundled.broker.url, *login]
    kube.run(*words, stdin=bundled.broker.password, environment=developer)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file"]
    done = kube.run(*words, environment=developer)
    assert done.err.count("warning: ") == 1
    assert kube.system_namespace in done.err
    kube.run("bind", "db", environment=developer)
    kube.run("unbind", "db", environment=developer)
    kube.run("deprovision", "db", environment=developer)
    kube.run("deregister", "b", environment=developer)
    assert kube.objects_of_ours() == []


def test_the_broker_is_told_who_asks(
    kube: Place, kube_server: KubeServer, kube_api: KubeObjects, bundled: Offer
) -> None:
    grant(kube_api, kube.namespace, "developer", "admin")
    developer = as_user(kube, kube_server, "developer")
    login = ["--username", bundled.broker.username, "--password-stdin"]
    words = ["register", "b", "--url", bundled.broker.url, *login]
    kube.run(*words, stdin=bundled.broker.password, environment=developer)
    provision = ["provision", "db", "--class", "sqlite", "--plan", "file", "-o", "json"]
    instance = kube.run(*provision, environment=developer).json["spec"]["externalID"]
    kube.run("deprovision", "db", environment=developer)
    lines = [line for line in bundled.broker.log().splitlines() if instance in line]
    told: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [line["event"] for line in told] == ["provision", "deprovision"]
    for line in told:
        # Kubernetes 1.20 cannot say who somebody is; newer servers can.
        identity = line.get("identity")
        assert identity is None or identity["value"]["username"] == "developer"


def test_it_is_a_kubectl_plugin(furnished: Place, kube_server: KubeServer, tmp_path: Path) -> None:
    import sys

    assert kube_server.kubectl
    plugin = Path(sys.executable).with_name("kubectl-svcat")
    assert plugin.exists()
    environment = furnished.full_environment()
    environment["PATH"] = f"{plugin.parent}:{environment['PATH']}"
    done = subprocess.run(
        [kube_server.kubectl, "svcat", "get", "instances", "-o", "yaml"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert yaml.safe_load(done.stdout)["items"][0]["metadata"]["name"] == "db"


def test_the_versions_of_both_sides_are_shown(kube: Place) -> None:
    client, server = kube.run("version").out.splitlines()
    assert client.startswith("Client Version: v")
    assert server.startswith("Server Version: v1.")
