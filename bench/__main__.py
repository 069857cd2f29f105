"""How long commands take, as ratios to ``kubectl get configmaps`` on the same server in one run.

usage: python -m bench [ROUNDS]

Every round runs each command once, so that a busy moment of the machine meets all of them alike.
Absolute times say little on another machine; the ratios are the budget.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.brokers.bundled import start_bundled
from tests.controlplane.find import Binaries, find
from tests.controlplane.plane import running

ROUNDS = 15
INSTANCES = 5
SVCAT = str(Path(sys.executable).with_name("svcat"))


@dataclass(frozen=True, slots=True)
class Measured:
    """A command and what it may take, as a multiple of the baseline (0: no budget)."""

    label: str
    command: tuple[str, ...]
    environ: dict[str, str]
    budget: float = 0.0


@contextmanager
def setting() -> Iterator[list[Measured]]:
    """Run a real server and a broker, make some instances in both stores; yield what to measure."""
    binaries = find()
    if not isinstance(binaries, Binaries) or binaries.kubectl is None:
        sys.exit("the bench needs kubectl and a control plane of its own")
    with tempfile.TemporaryDirectory(prefix="svcat-bench-") as scratch:
        here = Path(scratch)
        (here / "plane").mkdir()
        with running(binaries, here / "plane") as plane, start_bundled(here) as broker:
            kube = {**os.environ, "KUBECONFIG": str(plane.server.kubeconfig), "SVCAT_STORE": "kube"}
            local = {**os.environ, "XDG_DATA_HOME": str(here), "SVCAT_STORE": "local"}
            for environ in (kube, local):
                fill(broker.url, environ)
            kubectl = str(binaries.kubectl)
            yield [
                Measured("kubectl get configmaps", (kubectl, "get", "configmaps"), kube),
                Measured("python -c pass", (sys.executable, "-c", "pass"), local),
                Measured("svcat --version", (SVCAT, "--version"), kube, 2),
                Measured("svcat get ins<TAB>", (SVCAT, "__complete", "get", "ins"), kube, 2.5),
                Measured("svcat get instances (local)", (SVCAT, "get", "instances"), local, 3),
                Measured("svcat get instances", (SVCAT, "get", "instances"), kube, 3),
                Measured("svcat marketplace", (SVCAT, "marketplace"), kube, 3),
            ]


def fill(broker_url: str, environ: dict[str, str]) -> None:
    """Make instances."""
    words = [["register", "demo", "--url", broker_url]]
    words += [
        ["provision", f"db-{i}", "--class", "sqlite", "--plan", "file"] for i in range(INSTANCES)
    ]
    for each in words:
        subprocess.run([SVCAT, *each], env=environ, check=True, stdout=subprocess.DEVNULL)


def seconds(measured: Measured) -> float:
    """Run the command once."""
    start = time.perf_counter()
    subprocess.run(measured.command, env=measured.environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    """Print the table; 1 if a budget is exceeded."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with setting() as table:
        for measured in table:
            seconds(measured)  # warm: byte code, page cache
        times = [[seconds(measured) for measured in table] for _ in range(rounds)]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    is_within = True
    print(f"median of {rounds} interleaved runs:")
    for measured, median in zip(table, medians, strict=True):
        ratio = median / medians[0]
        verdict = ""
        if measured.budget:
            is_within &= ratio <= measured.budget
            verdict = f"at most {measured.budget:g}: {'yes' if ratio <= measured.budget else 'NO'}"
        print(f"  {measured.label:30}{median * 1000:7.0f} ms{ratio:7.2f}x   {verdict}".rstrip())
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
