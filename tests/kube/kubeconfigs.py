"""Write kubeconfigs piece by piece."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.certificates import Pair

Environ = Callable[..., dict[str, str]]


def base64(text: str) -> str:
    """Encode as the ``-data`` fields are."""
    return b64encode(text.encode()).decode()


@dataclass
class Writer:
    """Writes kubeconfig files for one server; ``directory`` is theirs."""

    directory: Path
    url: str
    ca_pem: str
    client: Pair

    def __post_init__(self) -> None:
        self.directory.mkdir()
        (self.directory / "pki").mkdir()
        self.file("pki/ca.crt", self.ca_pem)
        self.file("pki/client.crt", self.client.certificate_pem)
        self.file("pki/client.key", self.client.key_pem)
        self.file("token", "from-file\n")

    def file(self, name: str, text: str, *, mode: int = 0o600) -> Path:
        """Write any file beside the kubeconfigs."""
        path = self.directory / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def cluster(self, **fields: Any) -> dict[str, Any]:
        """A cluster; ``authority=None`` leaves the CA out."""
        given = {"server": self.url, "certificate-authority-data": base64(self.ca_pem), **fields}
        return {key: value for key, value in given.items() if value is not None}

    def write(
        self,
        user: dict[str, Any] | None = None,
        cluster: dict[str, Any] | None = None,
        context: dict[str, Any] | None = None,
        *,
        name: str = "config",
        **top: Any,
    ) -> Path:
        """Write one kubeconfig with a context ``c`` of cluster ``k`` and user ``u``."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "k", "cluster": cluster or self.cluster()}],
            "users": [{"name": "u", "user": user or {}}],
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"} | (context or {})}],
            "current-context": "c",
            **top,
        }
        return self.file(name, yaml.safe_dump(config))
