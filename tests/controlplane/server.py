"""What a test knows of the API server it may use: where it is and how to log in as whom.

Written to and read from a directory, for one server is shared by all processes of a test run.
"""

import json
import os
import subprocess
from base64 import b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.certificates import Authority, Pair

ADMIN_GROUP = "system:masters"


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeServer:
    """An API server; ``url`` and ``admin_token`` are empty for somebody else's cluster."""

    directory: Path
    found: str
    url: str = ""
    kubectl: Path | None = None
    has_controllers: bool = True
    admin_token: str = field(default="", repr=False)
    admin_kubeconfig: Path | None = None

    @property
    def is_own(self) -> bool:
        """Tell whether certificates can be issued and the server may be misused."""
        return bool(self.url)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.admin_kubeconfig or self.directory / "admin.kubeconfig"

    @property
    def ca_pem(self) -> str:
        """The authority that signed the serving certificate (own servers only)."""
        return (self.directory / "ca.crt").read_text()

    def client_certificate(self, user: str, *groups: str) -> Pair:
        """Issue a login for a user in some groups (own servers only)."""
        key = (self.directory / "ca.key").read_text()
        return Authority(pair=Pair(self.ca_pem, key)).issue(user, organizations=groups)

    def kubeconfig_for(self, user: str, *groups: str, namespace: str = "default") -> Path:
        """Write a kubeconfig that logs in as ``user``: by certificate, or by impersonation."""
        path = self.directory / f"{user.replace(':', '-')}.{namespace}.{os.getpid()}.kubeconfig"
        if self.is_own:
            login = self._certificate_login(user, groups)
            write_private(path, yaml.safe_dump(self._kubeconfig(login, namespace)))
        else:
            config = yaml.safe_load(self.kubeconfig.read_text())
            for entry in config["users"]:
                entry["user"] |= {"as": user, "as-groups": list(groups)}
            for entry in config["contexts"]:
                entry["context"]["namespace"] = namespace
            write_private(path, yaml.safe_dump(config))
        return path

    def run_kubectl(self, *words: str, kubeconfig: Path | None = None) -> str:
        """Run kubectl and return what it printed. Raises CalledProcessError."""
        assert self.kubectl, "no kubectl was found"
        command = [str(self.kubectl), f"--kubeconfig={kubeconfig or self.kubeconfig}", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def write(self) -> None:
        """Make the directory readable by ``read``."""
        login = self._certificate_login("admin", (ADMIN_GROUP,))
        write_private(self.kubeconfig, yaml.safe_dump(self._kubeconfig(login, "default")))
        write_private(self.directory / "server.json", json.dumps(asdict(self), default=str))

    @classmethod
    def read(cls, directory: Path) -> "KubeServer":
        """Read what ``write`` wrote."""
        facts: dict[str, Any] = json.loads((directory / "server.json").read_text())
        for name in ("directory", "kubectl", "admin_kubeconfig"):
            facts[name] = Path(facts[name]) if facts[name] else None
        return cls(**facts)

    def _certificate_login(self, user: str, groups: tuple[str, ...]) -> dict[str, str]:
        pair = self.client_certificate(user, *groups)
        return {
            "client-certificate-data": b64encode(pair.certificate_pem.encode()).decode(),
            "client-key-data": b64encode(pair.key_pem.encode()).decode(),
        }

    def _kubeconfig(self, login: dict[str, str], namespace: str) -> dict[str, Any]:
        cluster = {
            "server": self.url,
            "certificate-authority-data": b64encode(self.ca_pem.encode()).decode(),
        }
        context = {"cluster": "test", "user": "test", "namespace": namespace}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": login}],
            "contexts": [{"name": "test", "context": context}],
            "current-context": "test",
        }
