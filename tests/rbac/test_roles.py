"""docs/how-to/rbac.md: each role may do exactly what its table says, on a real API server."""

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from svcat.errors import NotFound
from svcat.kube.client import KubeObjects
from svcat.objects import CONFIG_MAP, SECRET, Resource, list_all
from tests.brokers.bundled import BundledBroker
from tests.controlplane.server import KubeServer
from tests.e2e.place import KUBE, ROOT, Place

HOW_TO = ROOT / "docs" / "how-to" / "rbac.md"
MANIFESTS = ROOT / "docs" / "how-to" / "rbac"
ROLES = ["viewer", "binder", "provisioner", "broker-admin"]
# Where each role is bound besides: in the system namespace, and everywhere.
IN_SYSTEM = {
    "viewer": [("ClusterRole", "svcat-viewer")],
    "binder": [("ClusterRole", "svcat-viewer")],
    "provisioner": [
        ("ClusterRole", "svcat-viewer"),
        ("Role", "svcat-use-team"),
        ("Role", "svcat-ledger"),
    ],
    "broker-admin": [("ClusterRole", "svcat-broker-admin")],
}
IN_NAMESPACE = {"broker-admin": "svcat-viewer"}
EVERYWHERE = {"broker-admin": "svcat-broker-admin-everywhere"}
RBAC = "rbac.authorization.k8s.io"
NO_RIGHT = 4


def rows() -> list[tuple[str, dict[str, bool]]]:
    """Each command of the table, and who may."""
    found = []
    for line in HOW_TO.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| `svcat (.+?)` \| (.+) \|", line):
            words = match[2].split(" | ")
            assert set(words) <= {"yes", "no"}
            found.append((match[1], dict(zip(ROLES, [w == "yes" for w in words], strict=True))))
    return found


class Cluster:
    """A namespace with a broker of the whole cluster, an instance, a binding, a Deployment."""

    def __init__(self, admin: Place, server: KubeServer, broker: BundledBroker) -> None:
        self.admin, self.server, self.broker = admin, server, broker
        self._mark = admin.namespace

    def versions(self) -> set[tuple[str, str]]:
        """Everything of svcat's in the two namespaces, as often as it was written."""
        return {
            (obj["metadata"]["uid"], obj["metadata"]["resourceVersion"])
            for namespace in (self.admin.namespace, self.admin.system_namespace)
            for resource in (CONFIG_MAP, SECRET)
            for obj in list_all(self.admin.objects, resource, namespace)
        }

    def apply(self, *documents: Any) -> None:
        file = self.admin.home / "manifests.yaml"
        file.write_text(yaml.safe_dump_all(documents))
        self.server.run_kubectl("apply", "-f", str(file))

    def named(self, text: str) -> str:
        """Cluster-wide names become the test's own."""
        text = text.replace("svcat-system", self.admin.system_namespace)
        return re.sub(r"\bsvcat-(?=[a-z])", f"{self._mark}-svcat-", text)

    def grant(self, role: str) -> dict[str, str]:
        """Make a user with one of the roles, and return his environment."""
        user, namespace, system = f"{role}-of", self.admin.namespace, self.admin.system_namespace
        own = IN_NAMESPACE.get(role, f"svcat-{role}")
        bindings = [self._binding(user, namespace, "ClusterRole", own)]
        bindings += [self._binding(user, system, kind, name) for kind, name in IN_SYSTEM[role]]
        if role in EVERYWHERE:
            bindings.append(self._binding(user, "", "ClusterRole", EVERYWHERE[role]))
        self.apply(*bindings)
        return {"KUBECONFIG": str(self.server.kubeconfig_for(user, namespace=namespace))}

    def _binding(self, user: str, namespace: str, kind: str, role: str) -> dict[str, Any]:
        where = {"namespace": namespace} if namespace else {}
        return {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": {"name": f"{self._mark}-{user}-{role}-{kind.lower()}", **where},
            "roleRef": {"apiGroup": RBAC, "kind": kind, "name": self.named(role)},
            "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user}],
        }


@pytest.fixture
def cluster(
    kube_server: KubeServer,
    kube_api: KubeObjects,
    kube_namespace: str,
    kubectl: Path,
    bundled_broker: BundledBroker,
    tmp_path: Path,
) -> Iterator[Cluster]:
    admin_config = kube_server.kubeconfig_for("admin", "system:masters", namespace=kube_namespace)
    admin = Place(
        store=KUBE,
        home=tmp_path,
        namespace=kube_namespace,
        system_namespace=f"system-of-{kube_namespace}",
        objects=kube_api,
        environment={"KUBECONFIG": str(admin_config)},
    )
    cluster = Cluster(admin, kube_server, bundled_broker)
    for file in sorted(MANIFESTS.glob("*.yaml"), key=lambda file: file.name != "system.yaml"):
        cluster.apply(*yaml.safe_load_all(cluster.named(file.read_text(encoding="utf-8"))))
    admin.register(bundled_broker, "team", "--scope", "cluster")
    admin.register(bundled_broker, "spare", "--scope", "cluster")
    admin.run("provision", "db", "--class", "sqlite", "--plan", "file", "--broker", "team")
    admin.run("bind", "db")
    image = "--image=registry.example/web:1"
    kube_server.run_kubectl("create", "deployment", "shop", image, "-n", kube_namespace)
    yield cluster
    for name in ("mine", "db"):
        if f"ConfigMap/svcat.instance.{name}" in admin.objects_of_ours():
            admin.run("deprovision", name, "--cascade")
    for kind, plural in (
        ("ClusterRole", "clusterroles"),
        ("ClusterRoleBinding", "clusterrolebindings"),
    ):
        resource = Resource(f"{RBAC}/v1", kind, plural, namespaced=False)
        listed = kube_server.run_kubectl("get", plural, "-o", "name").splitlines()
        for name in (line.partition("/")[2] for line in listed):
            if kube_namespace in name:
                with suppress(NotFound):  # an answer that was lost
                    kube_api.delete(resource, "", name)
    kube_server.run_kubectl("delete", "namespace", admin.system_namespace, "--wait=false")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_page_says_and_nothing_else(cluster: Cluster, role: str) -> None:
    user = cluster.grant(role)
    admin, url = cluster.admin, cluster.broker.url
    for command, allowed in rows():
        words = shlex.split(command.replace("https://broker.example.com", url))
        if "--class" in words:
            words += ["--broker", "team"]
        if "register" in words:
            words += ["--username", cluster.broker.username, "--password-stdin"]
        before = cluster.versions()
        stdin = cluster.broker.password if "register" in words else ""
        code = 0 if allowed[role] else NO_RIGHT
        done = admin.run(*words, code=code, environment=user, stdin=stdin)
        assert "warning" not in done.err
        if not allowed[role]:
            assert cluster.versions() == before
            assert re.search(r"may not|forbidden|cannot|no right", done.err), done.err


def test_the_table_is_about_every_role() -> None:
    assert len(rows()) > 10
    assert all(any(allowed[role] for _, allowed in rows()) for role in ROLES)
    assert {file.stem for file in MANIFESTS.glob("*.yaml")} == {*ROLES, "system"}


def test_no_role_may_list_secrets_or_do_anything_to_everything() -> None:
    for file in MANIFESTS.glob("*.yaml"):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            for rule in document.get("rules", []):
                assert "*" not in {*rule["verbs"], *rule["resources"], *rule["apiGroups"]}
                if "secrets" in rule["resources"]:
                    assert not {"list", "watch"} & set(rule["verbs"])
