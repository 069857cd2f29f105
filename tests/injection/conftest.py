"""A yard: a namespace on the real server, a binding, and whatever workloads a test makes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.kube.workloads import KubeWorkloads
from tests.controlplane.server import KubeServer
from tests.injection.yard import Yard, make_yard


@pytest.fixture(scope="session")
def kube_workloads(kube_server: KubeServer) -> Iterator[KubeWorkloads]:
    cluster = load_cluster(kubeconfig=str(kube_server.kubeconfig), context=None)
    with KubeWorkloads(cluster) as workloads:
        yield workloads


@pytest.fixture
def yard(
    kube_server: KubeServer,
    kubectl: Path,
    kube_api: KubeObjects,
    kube_workloads: KubeWorkloads,
    kube_namespace: str,
) -> Yard:
    yard = make_yard(kube_server, kube_api, kube_workloads, kube_namespace)
    yard.bind()
    return yard
