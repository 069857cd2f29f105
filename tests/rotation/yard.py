"""A namespace on the real server with a binding in it, and one Deployment that gets it."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from svcat.objects import SECRET
from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Place
from tests.injection.yard import container, deployment
from tests.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Ground:
    """Where workloads follow a rotation."""

    place: Place
    server: KubeServer

    def make_binding(self, service: str, plan: str) -> None:
        self.place.run("provision", "db", "--class", service, "--plan", plan)
        self.place.run("bind", "db", "--interval", "200ms")

    def inject(self, spec: dict[str, Any]) -> None:
        """Make the Deployment and let it have the credentials."""
        made = deployment("web", container("app"))
        made["spec"] |= spec
        self.kubectl("apply", "-f", "-", stdin=json.dumps(made))
        self.place.run("inject", "db", "deployment/web", "--env", "password=PASSWORD")

    def give(self, workload: dict[str, Any], *more: str) -> None:
        """Make a workload of any kind and let it have the credentials."""
        self.kubectl("apply", "-f", "-", stdin=json.dumps(workload))
        words = ("inject", "db", f"{workload['kind']}/web", "--env", "password=PASSWORD")
        self.place.run(*words, *more)

    def scale(self, replicas: int) -> None:
        """Scale, and wait until the controller does not speak of the rollout before any more."""
        self.kubectl("scale", "deployment/web", f"--replicas={replicas}")
        wait_until(self._has_followed)

    def _has_followed(self) -> bool:
        found = json.loads(self.kubectl("get", "deployment/web", "-o", "json"))
        status = found.get("status", {})
        reasons = {condition.get("reason") for condition in status.get("conditions", ())}
        is_seen = status.get("observedGeneration") == found["metadata"]["generation"]
        return is_seen and "ProgressDeadlineExceeded" not in reasons

    def template(self) -> Any:
        """The Deployment's pods, as they are to be."""
        found = json.loads(self.kubectl("get", "deployment/web", "-o", "json"))
        return found["spec"]["template"]

    def held_id(self) -> str:
        """The binding whose credentials the Secret holds."""
        obj = self.place.objects.get(SECRET, self.place.namespace, "db")
        held: str = obj["metadata"]["annotations"]["svcat.dev/binding-id"]
        return held

    def clear(self, workload: dict[str, Any] | None = None) -> None:
        """Take everything away; what is ejected could not roll out."""
        if workload is None:
            self.scale(0)
        else:
            self.kubectl("delete", f"{workload['kind']}/web", "--wait=true")
        self.place.run("deprovision", "db", "--cascade", "--eject", "--interval", "200ms")

    def kubectl(self, *words: str, stdin: str = "") -> str:
        done = self.attempt_kubectl(*words, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def attempt_kubectl(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        assert self.server.kubectl
        config = f"--kubeconfig={self.server.kubeconfig}"
        return subprocess.run(
            [str(self.server.kubectl), config, "-n", self.place.namespace, *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )


@dataclass(frozen=True, slots=True)
class Cluster(Ground):
    """The ground, and a broker that is known to hold what it holds."""

    offer: Offer

    def bind(self, plan: str) -> None:
        self.make_binding(self.offer.service, plan)
