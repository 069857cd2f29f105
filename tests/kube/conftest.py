"""Servers on loopback with throw-away certificates, and kubeconfigs that lead to them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.controlplane.certificates import Authority, Pair
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
