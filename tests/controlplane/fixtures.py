"""Fixtures for tests on a real API server; loaded by ``tests/conftest.py`` as a plug-in.

One server for the whole test run, shared by all pytest-xdist workers; a namespace for each test.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.objects import NAMESPACE
from tests.controlplane.find import Binaries, Disposable, NoControlPlane, find
from tests.controlplane.plane import ControlPlane, running
from tests.controlplane.serve import shared
from tests.controlplane.server import KubeServer

FOUND = pytest.StashKey[Binaries | Disposable | NoControlPlane]()
NEEDS = frozenset({"kube_server", "own_control_plane", "kubectl"})


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find the control plane before any test runs: a build takes longer than a test may."""
    used = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    if session.config.option.collectonly or not NEEDS & used:
        return
    try:
        found: Binaries | Disposable | NoControlPlane = find()
    except NoControlPlane as error:
        found = error
    session.config.stash[FOUND] = found
    if not isinstance(found, NoControlPlane) and not os.environ.get("PYTEST_XDIST_WORKER"):
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            terminal.write_line(f"control plane: {found.found}")


def _found(config: pytest.Config) -> Binaries | Disposable:
    found = config.stash[FOUND]
    if isinstance(found, NoControlPlane):
        pytest.fail(str(found), pytrace=False)
    return found


@pytest.fixture(scope="session")
def kubectl(pytestconfig: pytest.Config) -> Path:
    """The kubectl that came with the control plane; skips where there is none."""
    program = _found(pytestconfig).kubectl
    if program is None:
        pytest.skip("no kubectl to compare with")
    return program


@pytest.fixture(scope="session")
def kube_server(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KubeServer]:
    """A running API server (see ``KubeServer``), the same one for all workers."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    match _found(pytestconfig):
        case Disposable(found, kubeconfig, kubectl):
            directory = tmp_path_factory.mktemp("kubeconfigs")
            yield KubeServer(
                directory=directory, found=found, kubectl=kubectl, admin_kubeconfig=kubeconfig
            )
        case Binaries() as binaries:
            with shared(binaries, base / "control-plane") as server:
                yield server


@pytest.fixture(scope="session")
def kube_api(kube_server: KubeServer) -> Iterator[KubeObjects]:
    """The object API of that server, as its administrator."""
    cluster = load_cluster(kubeconfig=str(kube_server.kubeconfig), context=None)
    with KubeObjects(cluster) as api:
        yield api


@pytest.fixture
def kube_namespace(kube_api: KubeObjects) -> Iterator[str]:
    """A fresh namespace; its deletion is begun afterwards and not waited for."""
    name = f"test-{uuid4().hex[:12]}"
    kube_api.create(NAMESPACE, {"metadata": {"name": name}})
    yield name
    kube_api.delete(NAMESPACE, "", name)


@pytest.fixture(scope="module")
def own_control_plane(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """A control plane (without controllers) for one module, to stop and start again at will."""
    found = _found(pytestconfig)
    if isinstance(found, Disposable):
        pytest.skip("somebody else's cluster is not ours to stop")
    directory = tmp_path_factory.mktemp("own-control-plane")
    with running(found, directory, controllers=False) as plane:
        yield plane
