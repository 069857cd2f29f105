"""One call of each kind at the cluster's adapter, and a clock that only sleeping moves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from svcat.kube.client import KubeObjects
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET

CANARY = "cAnArY"
BOX = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"namespace": "shop", "name": "box", "uid": "u", "resourceVersion": "7"},
}
Call = Callable[[KubeObjects], object]


@dataclass
class FakeClock:
    """Time passes only by sleeping."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept.append(seconds)


def read(api: KubeObjects) -> object:
    return api.get(CONFIG_MAP, "shop", "box")


def list_(api: KubeObjects) -> object:
    return api.list_page(CONFIG_MAP, "")


def create(api: KubeObjects) -> object:
    return api.create(CONFIG_MAP, {"metadata": {"namespace": "shop", "name": "box"}})


def create_secret(api: KubeObjects) -> object:
    return api.create(SECRET, {"metadata": {"namespace": "shop", "name": "box"}})


def update(api: KubeObjects) -> object:
    return api.replace(CONFIG_MAP, {"metadata": {**BOX["metadata"], "uid": ""}})  # type: ignore[dict-item]


def delete(api: KubeObjects) -> None:
    api.delete(CONFIG_MAP, "shop", "box", uid="u", resource_version="7")


def delete_namespace(api: KubeObjects) -> None:
    api.delete(NAMESPACE, "", "shop")
