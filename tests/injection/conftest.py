"""A yard: a namespace on the real server, a binding, and whatever workloads a test makes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.kube.workloads import KubeWorkloads
from tests.brokers.fixtures import bundled_broker
from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer, bundled
from tests.injection.farm import Farm
from tests.injection.yard import Yard, make_yard

__all__ = ["bundled", "bundled_broker"]


@pytest.fixture(scope="session")
def kube_workloads(kube_server: KubeServer) -> Iterator[KubeWorkloads]:
    cluster = load_cluster(kubeconfig=str(kube_server.kubeconfig), context=None)
    with KubeWorkloads(cluster) as workloads:
        yield workloads


@pytest.fixture
def field(
    kube_server: KubeServer,
    kubectl: Path,
    kube_api: KubeObjects,
    kube_workloads: KubeWorkloads,
    kube_namespace: str,
) -> Yard:
    """A yard with nothing in it."""
    return make_yard(kube_server, kube_api, kube_workloads, kube_namespace)


@pytest.fixture
def yard(field: Yard) -> Yard:
    """A yard with a binding, without a broker."""
    field.bind()
    return field


@pytest.fixture
def farm(field: Yard, bundled: Offer) -> Farm:
    """A yard with an instance of a real broker, and a binding of that."""
    farm = Farm(field, bundled)
    farm.plant()
    return farm
