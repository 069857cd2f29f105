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


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where workloads follow a rotation."""

    place: Place
    server: KubeServer
    offer: Offer

    def bind(self, plan: str) -> None:
        self.place.run("provision", "db", "--class", self.offer.service, "--plan", plan)
        self.place.run("bind", "db", "--interval", "200ms")

    def inject(self, spec: dict[str, Any]) -> None:
        """Make the Deployment and let it have the credentials."""
        made = deployment("web", container("app"))
        made["spec"] |= spec
        self.kubectl("apply", "-f", "-", stdin=json.dumps(made))
        self.place.run("inject", "db", "deployment/web", "--env", "password=PASSWORD")

    def scale(self, replicas: int) -> None:
        self.kubectl("scale", "deployment/web", f"--replicas={replicas}")

    def template(self) -> Any:
        """The Deployment's pods, as they are to be."""
        found = json.loads(self.kubectl("get", "deployment/web", "-o", "json"))
        return found["spec"]["template"]

    def held_id(self) -> str:
        """The binding whose credentials the Secret holds."""
        obj = self.place.objects.get(SECRET, self.place.namespace, "db")
        held: str = obj["metadata"]["annotations"]["svcat.dev/binding-id"]
        return held

    def clear(self) -> None:
        self.scale(0)  # or what is ejected cannot roll out either
        self.place.run("deprovision", "db", "--cascade", "--eject", "--interval", "200ms")

    def kubectl(self, *words: str, stdin: str = "") -> str:
        assert self.server.kubectl
        config = f"--kubeconfig={self.server.kubeconfig}"
        done = subprocess.run(
            [str(self.server.kubectl), config, "-n", self.place.namespace, *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
