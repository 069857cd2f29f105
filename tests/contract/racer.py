"""One process of a race: ``python -m tests.contract.racer local|kube ADDRESS WORDS``.

``create NAMESPACE NAME`` prints who won; ``count NAMESPACE NAME TIMES`` adds one by one.
Standard input is the starting gun: the work begins at its end.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from svcat.errors import AlreadyExists, Stale
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, ObjectApi


@contextmanager
def opened(kind: str, address: str) -> Iterator[ObjectApi]:
    """Open the API that the test uses, as a process of its own does."""
    if kind == "local":
        with LocalObjects(Path(address)) as local:
            yield local
        return
    from svcat.kube.client import KubeObjects
    from svcat.kube.config import load_cluster

    with KubeObjects(load_cluster(kubeconfig=address, context=None)) as kube:
        yield kube


def create(objects: ObjectApi, namespace: str, name: str) -> str:
    """Try to be the one who creates."""
    metadata = {"namespace": namespace, "name": name}
    try:
        objects.create(CONFIG_MAP, {"metadata": metadata, "data": {"by": str(os.getpid())}})
    except AlreadyExists:
        return "lost"
    return f"won {os.getpid()}"


def count(objects: ObjectApi, namespace: str, name: str, times: int) -> str:
    """Add one, ``times`` times, by compare-and-swap; returns how often it had to be repeated."""
    repeated = 0
    while times:
        read = objects.get(CONFIG_MAP, namespace, name)
        read["data"]["count"] = str(int(read["data"]["count"]) + 1)
        try:
            objects.replace(CONFIG_MAP, read)
        except Stale:
            repeated += 1
        else:
            times -= 1
    return f"repeated {repeated}"


def main(kind: str, address: str, verb: str, namespace: str, name: str, *rest: str) -> None:
    with opened(kind, address) as objects:
        print("ready", flush=True)
        sys.stdin.read()
        if verb == "create":
            print(create(objects, namespace, name))
        else:
            print(count(objects, namespace, name, int(rest[0])))


if __name__ == "__main__":
    main(*sys.argv[1:])
