"""What a kubelet does for the pods of one namespace: says that they run. No node is there."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.rotation.yard import Ground

_READY = {
    "phase": "Running",
    "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": None}],
}


@contextmanager
def kubelet(ground: Ground) -> Iterator[None]:
    """Let the pods of the namespace become ready, for a while."""
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(ground, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def _work(ground: Ground, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        for pod in json.loads(ground.kubectl("get", "pods", "-o", "json"))["items"]:
            if not _is_ready(pod):
                _make_ready(pod, ground)


def _is_ready(pod: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" for c in pod["status"].get("conditions") or ())


def _make_ready(pod: dict[str, Any], ground: Ground) -> None:
    name = pod["metadata"]["name"]
    path = f"/api/v1/namespaces/{ground.place.namespace}/pods/{name}/status"
    ready = json.dumps({**pod, "status": _READY})
    ground.attempt_kubectl("replace", "--raw", path, "-f", "-", stdin=ready)  # it may be gone
