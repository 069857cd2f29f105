"""Servers on loopback with throw-away certificates, and kubeconfigs that lead to them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from svcat.http import Tls
from svcat.kube.client import KubeObjects
from svcat.kube.config import Cluster
from tests.controlplane.certificates import Authority, Pair
from tests.kube.calls import CANARY, FakeClock
from tests.kube.kubeconfigs import Writer
from tests.kube.servers import ScriptedServer, scripted_server


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Signs the servers' certificates and the clients'."""
    return Authority()


@pytest.fixture(scope="session")
def client_pair(authority: Authority) -> Pair:
    """A client certificate."""
    return authority.issue("ada", organizations=["dev"])


@pytest.fixture
def server(tmp_path: Path, authority: Authority) -> Iterator[ScriptedServer]:
    """A TLS server whose certificate is good for 127.0.0.1 and api.example."""
    pair = authority.issue("server", names=["127.0.0.1", "api.example"])
    with scripted_server(tmp_path, pair, client_authority=authority) as running:
        yield running


@pytest.fixture
def kubeconfigs(
    tmp_path: Path, authority: Authority, client_pair: Pair, server: ScriptedServer
) -> Writer:
    """Writes kubeconfigs for ``server``."""
    return Writer(tmp_path / "kube", server.url, authority.pem, client_pair)


@pytest.fixture
def environ(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Make an environment whose home is empty."""

    def make(**more: str) -> dict[str, str]:
        return {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", **more}

    return make


@pytest.fixture
def clock() -> FakeClock:
    """The clock of ``api``."""
    return FakeClock()


@pytest.fixture
def api(server: ScriptedServer, authority: Authority, clock: FakeClock) -> Iterator[KubeObjects]:
    """The adapter, connected to ``server`` with a login of one user."""
    cluster = Cluster(
        server=server.url,
        source="~/.kube/config",
        tls=Tls(ca_pem=authority.pem),
        headers={"Authorization": f"Bearer {CANARY}"},
        user_name="ada",
    )
    with KubeObjects(cluster, clock=clock) as objects:
        yield objects
