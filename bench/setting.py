"""What is measured against: a real API server, brokers, namespaces with few and many things."""

import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.measuring import Measured, run
from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.objects import CONFIG_MAP, NAMESPACE
from tests.brokers.bundled import start_bundled
from tests.brokers.hostile import HostileBroker, answer
from tests.controlplane.find import Binaries, find
from tests.controlplane.plane import running

SVCAT = str(Path(sys.executable).with_name("svcat"))
FEW, MANY, VERY_MANY = 10, 1000, 5000
PLANS_IN_A_CLASS = 25
_ASSIGNED = ("uid", "resourceVersion", "creationTimestamp", "managedFields")


@contextmanager
def setting() -> Iterator[list[Measured]]:
    """Run servers, fill namespaces; yield what to measure, the baseline first."""
    binaries = find()
    if not isinstance(binaries, Binaries) or binaries.kubectl is None:
        sys.exit("the bench needs kubectl and a control plane of its own")
    with ExitStack() as stack:
        here = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="svcat-bench-")))
        (here / "plane").mkdir()
        plane = stack.enter_context(running(binaries, here / "plane"))
        broker = stack.enter_context(start_bundled(here))
        kube = {**os.environ, "KUBECONFIG": str(plane.server.kubeconfig), "SVCAT_STORE": "kube"}
        local = {**os.environ, "XDG_DATA_HOME": str(here), "SVCAT_STORE": "local"}
        _fill_by_command(broker.url, local)
        _fill_cluster(broker.url, kube)
        for plans in (PLANS_IN_A_CLASS, 10_000):
            shop = stack.enter_context(HostileBroker())
            shop.always(answer(200, catalog(plans)))
            namespace = _market(plans)
            _api(kube).create(NAMESPACE, {"metadata": {"name": namespace}})
            run([SVCAT, "register", "shop", "--url", shop.url, "-n", namespace], kube)
        yield _table(str(binaries.kubectl), broker.url, kube, local)


def _table(
    kubectl: str, broker_url: str, kube: dict[str, str], local: dict[str, str]
) -> list[Measured]:
    def row(label: str, *words: str, environ: dict[str, str] = kube, **budget: float) -> Measured:
        every = 3 if budget.pop("slow", 0) else 1
        return Measured(label, ((SVCAT, *words),), environ, every=every, **budget)

    def market(plans: int, *words: str) -> tuple[str, ...]:
        return (*words, "-n", _market(plans))

    few, large = "few", market(10_000, "marketplace")
    return [
        Measured("kubectl get configmaps", ((kubectl, "get", "configmaps", "-n", few),), kube),
        Measured("python -c pass", ((sys.executable, "-c", "pass"),), local),
        row("version", "--version", budget=2),
        row("completion of commands", "__complete", "get", "ins", budget=2.5),
        row("completion of names", "__complete", "-n", few, "get", "instances", "", budget=2.5),
        row("completion of 10,000 plans", "__complete", *market(10_000), "describe", "plan", ""),
        row("get instances, 10, local", "get", "instances", environ=local, budget=3),
        row("get instances, 10", "get", "instances", "-n", few, budget=3),
        row("get instances, 1,000", "get", "instances", "-n", "many", budget=6),
        row("get instances, 5,000", "get", "instances", "-n", "very-many", slow=1),
        row("marketplace, 25 plans, cached", *market(PLANS_IN_A_CLASS, "marketplace")),
        _cold("marketplace, 25 plans, cold", PLANS_IN_A_CLASS, kube),
        row("marketplace, 10,000, cached", *large, limit_s=1, slow=1),
        _cold("marketplace, 10,000, cold", 10_000, kube),
        Measured("register … deregister, local", _life(broker_url), local, every=3),
        Measured("register … deregister", _life(broker_url), kube, every=3),
    ]


def _cold(label: str, plans: int, environ: dict[str, str]) -> Measured:
    """The catalog comes from the broker first."""
    words = ("marketplace", "--refresh", "-n", _market(plans))
    return Measured(label, ((SVCAT, *words),), environ, every=3)


def _life(url: str) -> tuple[tuple[str, ...], ...]:
    """Everything that is done with an instance of a plan that answers at once."""
    lines = (
        f"register own --url {url}",
        "provision life --class sqlite --plan file --broker own",
        "bind life",
        "unbind life",
        "deprovision life",
        "deregister own",
    )
    return tuple((SVCAT, *line.split()) for line in lines)


def catalog(plans: int) -> dict[str, Any]:
    """Return a catalog of so many plans, as wordy as real ones are."""
    return {
        "services": [
            {
                "id": f"class-{number}",
                "name": f"service-{number}",
                "description": f"A service of the kind number {number}, with all that goes with it",
                "bindable": True,
                "tags": ["sql", "managed"],
                "plans": [_plan(number, i) for i in range(PLANS_IN_A_CLASS)],
            }
            for number in range(plans // PLANS_IN_A_CLASS)
        ]
    }


def _plan(number: int, i: int) -> dict[str, Any]:
    size = {"type": "integer", "minimum": 1, "maximum": 1000, "description": "Size in GB"}
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"size": size}}
    return {
        "id": f"plan-{number}-{i}",
        "name": f"plan-{i}",
        "description": f"Plan {i}: {2 ** (i % 8)} GB of memory and a copy every night",
        "free": i == 0,
        "metadata": {
            "bullets": ["a copy every night", "24/7"],
            "costs": [{"amount": {"eur": i * 5.0}, "unit": "MONTHLY"}],
        },
        "schemas": {"service_instance": {"create": {"parameters": schema}}},
    }


def _market(plans: int) -> str:
    return f"market-{plans}"


def _fill_by_command(broker_url: str, environ: dict[str, str]) -> None:
    run([SVCAT, "register", "demo", "--url", broker_url], environ)
    for i in range(FEW):
        run(_provision(f"db-{i}"), environ)


def _fill_cluster(broker_url: str, environ: dict[str, str]) -> None:
    """Provision one instance and copy its record: what is measured is reading."""
    api = _api(environ)
    for namespace, number in (("few", FEW), ("many", MANY), ("very-many", VERY_MANY)):
        api.create(NAMESPACE, {"metadata": {"name": namespace}})
        run([SVCAT, "register", "demo", "--url", broker_url, "-n", namespace], environ)
        run([*_provision("db-0"), "-n", namespace], environ)
        first = api.get(CONFIG_MAP, namespace, "svcat.instance.db-0")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda i, of=first: _copy(api, of, i), range(1, number)))


def _copy(api: KubeObjects, first: dict[str, Any], number: int) -> None:
    metadata = {k: v for k, v in first["metadata"].items() if k not in _ASSIGNED}
    annotations = {**metadata["annotations"], "svcat.dev/instance-id": f"id-{number}"}
    metadata |= {"name": f"svcat.instance.db-{number}", "annotations": annotations}
    api.create(CONFIG_MAP, {**first, "metadata": metadata})


def _provision(name: str) -> list[str]:
    return [SVCAT, "provision", name, "--class", "sqlite", "--plan", "file"]


def _api(environ: dict[str, str]) -> KubeObjects:
    return KubeObjects(load_cluster(kubeconfig=None, context=None, environ=environ))
