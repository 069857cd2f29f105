"""Tab on a real server: names of Secrets, and nothing of what is in them."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from svcat.objects import SECRET
from tests.controlplane.server import KubeServer
from tests.e2e.conftest import kube
from tests.e2e.place import Place
from tests.faults.api_proxy import ApiProxy
from tests.faults.relay import Answer

__all__ = ["kube"]

CANARY = "a-password-that-stays-where-it-is"
ENCODED = b64encode(CANARY.encode()).decode()


class Listener(ApiProxy):
    """Keeps what the API server says."""

    def __init__(self, server: KubeServer) -> None:
        super().__init__(server)
        self.heard: list[bytes] = []

    def forwarded(self, handler: Any, body: bytes) -> Answer:
        answer = super().forwarded(handler, body)
        self.heard.append(answer.body)
        return answer


@pytest.fixture
def listener(kube_server: KubeServer) -> Iterator[Listener]:
    listener = Listener(kube_server)
    listener.arm(None, None)
    yield listener
    listener.close()


def test_a_tab_on_secrets_brings_nothing_of_what_is_in_them(
    kube: Place, listener: Listener
) -> None:
    applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": ENCODED})}
    metadata = {"namespace": kube.namespace, "name": "login", "annotations": applied}
    data = {"password": ENCODED}
    kube.objects.create(SECRET, {"metadata": metadata, "type": "example.com/login", "data": data})
    config = listener.kubeconfig(kube.home / "listened", kube.namespace)
    environment = {"KUBECONFIG": str(config), "SVCAT_COMPLETION_TIMEOUT": "20"}

    words = ("__complete", "register", "x", "--basic-secret", "l")
    done = kube.run(*words, environment=environment)

    assert done.out == "login\texample.com/login\n:4\n"
    assert listener.seen == [f"GET /api/v1/namespaces/{kube.namespace}/secrets"]
    said = b"".join(listener.heard).decode()
    assert "example.com/login" in said
    assert ENCODED not in said
    assert CANARY not in said
