"""doctor on a real server: rights by verb, and workloads that lost what was injected."""

import json
from pathlib import Path
from typing import Any

from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer, bundled, bundled_broker, kube
from tests.e2e.place import Done, Place
from tests.verbs.contract import complaints

__all__ = ["bundled", "bundled_broker", "kube"]

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: none}]}
"""


def findings(done: Done) -> dict[str, Any]:
    return {each["metadata"]["name"]: each["status"] for each in done.json["items"]}


def bound_and_injected(kube: Place, bundled: Offer, server: KubeServer) -> None:
    kube.register(bundled.broker)
    kube.run("provision", "db", "--class", bundled.service, "--plan", bundled.sync)
    kube.run("bind", "db")
    manifest = kube.home / "web.yaml"
    manifest.write_text(DEPLOYMENT)
    server.run_kubectl("apply", "-n", kube.namespace, "-f", str(manifest))
    injected = kube.run("inject", "db", "deployment/web", "-o", "json")
    assert injected.json["kind"] == "InjectionList"
    assert complaints(injected.json) == []


def cleared(kube: Place) -> None:
    kube.run("deprovision", "db", "--cascade")


def test_a_doctor_sees_a_workload_that_lost_its_credentials_and_a_viewer_what_he_lacks(
    kube: Place, bundled: Offer, kube_server: KubeServer
) -> None:
    bound_and_injected(kube, bundled, kube_server)
    well = findings(kube.run("doctor", "-o", "json"))
    kube_server.run_kubectl("delete", "deployment", "web", "-n", kube.namespace)
    ill = findings(kube.run("doctor", "-o", "json", code=8))
    drawn = kube.run("tree").out
    repaired = kube.run("inject", "db", "--repair", "-o", "json")
    described = kube.run("describe", "binding", "db", "-o", "json")
    viewed = as_viewer(kube, kube_server)
    cleared(kube)

    assert complaints(repaired.json) == complaints(described.json) == []
    assert {each["level"] for each in well.values()} == {"ok"}
    assert "deployment" in ill["binding/db"]["message"]
    assert ill["binding/db"]["fix"] == f"svcat inject db --repair -n {kube.namespace}"
    assert "deployment/web" in drawn
    assert "gone" in drawn
    assert viewed["right to browse and list"]["level"] == "ok"
    assert viewed["right to provision"]["level"] == "warning"
    assert viewed["right to provision"]["fix"].startswith("kubectl create rolebinding svcat-edit")
    assert viewed["right to keep the ledger"]["level"] == "warning"


def as_viewer(kube: Place, server: KubeServer) -> dict[str, Any]:
    """What the doctor says to somebody with the stock view role."""
    user = f"viewer-{kube.namespace}"
    server.run_kubectl(
        "create", "rolebinding", "v", "--clusterrole=view", f"--user={user}", "-n", kube.namespace
    )
    config: Path = server.kubeconfig_for(user, namespace=kube.namespace)
    done = kube.run("doctor", "-o", "json", "--no-brokers", environment={"KUBECONFIG": str(config)})
    assert json.loads(done.out)["kind"] == "FindingList"
    return findings(done)


def test_a_namespace_that_is_not_there_is_a_problem(kube: Place) -> None:
    there = kube.run("doctor", "-o", "json").json["items"]
    done = kube.run("doctor", "-n", "nosuch", "-o", "json", code=5)

    assert "namespace" not in {each["metadata"]["name"] for each in there}
    missing = findings(done)["namespace"]
    assert missing["message"] == "namespace 'nosuch' does not exist"
    assert missing["fix"] == "kubectl create namespace nosuch"
