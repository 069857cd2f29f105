"""Find (or build once) a control plane for the tests and say which way it was found.

In this order: ``SVCAT_TEST_KUBECONFIG`` (any disposable cluster), ``KUBEBUILDER_ASSETS`` or the
PATH, the cache, and at last a build from Debian's own source package into the cache.
``python -m tests.controlplane.find`` does the same ahead of a test run, which has no minutes to
spare.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BUILD_SCRIPT = Path(__file__).with_name("build.sh")
REQUIRED = ("kube-apiserver", "etcd")
THREE_WAYS = """\
the tests need a Kubernetes API server; there are three ways to give them one:
  1. export SVCAT_TEST_KUBECONFIG=FILE    a kubeconfig of a disposable cluster (kind, minikube, k3s)
  2. export KUBEBUILDER_ASSETS=FOLDER     kube-apiserver and etcd (and kube-controller-manager and
                                          kubectl, if at hand), or have them on the PATH
  3. python -m tests.controlplane.find    on Debian 12: builds them once from Debian's sources into
                                          the cache; no root needed, about 5 minutes"""


class NoControlPlane(Exception):
    """None of the three ways led to an API server."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Programs to start a control plane of our own."""

    found: str
    kube_apiserver: Path
    etcd: Path
    kube_controller_manager: Path | None
    kubectl: Path | None

    def write(self) -> str:
        """Write this as JSON, for another process."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def read(cls, text: str) -> "Binaries":
        """Read what ``write`` wrote."""
        facts: dict[str, Any] = json.loads(text)
        for name in facts.keys() - {"found"}:
            facts[name] = Path(facts[name]) if facts[name] else None
        return cls(**facts)


@dataclass(frozen=True, slots=True)
class Disposable:
    """Somebody's cluster that the tests may fill and empty."""

    found: str
    kubeconfig: Path
    kubectl: Path | None


def cache_directory(environ: Mapping[str, str]) -> Path:
    """Say where built programs are kept."""
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(base) / "svcat-controlplane"


def find(
    environ: Mapping[str, str] = os.environ, *, build_script: Path = BUILD_SCRIPT
) -> Binaries | Disposable:
    """Find a control plane, building one if nothing else helps. Raises NoControlPlane."""
    return _given(environ) or _cached(environ) or _built(environ, build_script)


def _given(environ: Mapping[str, str]) -> Binaries | Disposable | None:
    path = environ.get("PATH", "")
    if kubeconfig := environ.get("SVCAT_TEST_KUBECONFIG"):
        if not Path(kubeconfig).is_file():
            raise NoControlPlane(f"SVCAT_TEST_KUBECONFIG names {kubeconfig}, which is no file")
        kubectl = shutil.which("kubectl", path=path)
        return Disposable(
            f"SVCAT_TEST_KUBECONFIG ({kubeconfig})",
            Path(kubeconfig),
            Path(kubectl) if kubectl else None,
        )
    if assets := environ.get("KUBEBUILDER_ASSETS"):
        found = _binaries(f"KUBEBUILDER_ASSETS ({assets})", assets)
        if found is None:
            raise NoControlPlane(f"KUBEBUILDER_ASSETS names {assets}, which lacks {REQUIRED}")
        return found
    return _binaries("PATH", path)


def _binaries(found: str, path: str) -> Binaries | None:
    where = {
        name: Path(program)
        for name in (*REQUIRED, "kube-controller-manager", "kubectl")
        if (program := shutil.which(name, path=path))
    }
    if not all(name in where for name in REQUIRED):
        return None
    return Binaries(
        found,
        where["kube-apiserver"],
        where["etcd"],
        where.get("kube-controller-manager"),
        where.get("kubectl"),
    )


def _cached(environ: Mapping[str, str]) -> Binaries | None:
    cache = cache_directory(environ)
    return _binaries(f"cache ({cache})", str(cache)) if is_whole(cache) else None


def is_whole(cache: Path) -> bool:
    """Check every program against SHA256SUMS, so that a half build is never used."""
    try:
        lines = (cache / "SHA256SUMS").read_text().splitlines()
        sums = {name: expected for expected, name in map(str.split, lines)}
        return all(name in sums for name in REQUIRED) and all(
            _sha256(cache / name) == expected for name, expected in sums.items()
        )
    except (OSError, ValueError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _built(environ: Mapping[str, str], build_script: Path) -> Binaries:
    cache = cache_directory(environ)
    if not shutil.which("apt-get", path=environ.get("PATH", "")):
        raise NoControlPlane(f"{THREE_WAYS}\nno apt-get here, so the third way is closed")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the second builder waits and then finds the first's work
        if found := _cached(environ):
            return found
        print(f"building a control plane into {cache}, about 5 minutes", file=sys.stderr)
        done = subprocess.run([build_script, cache], env=dict(environ), check=False)
    found = _cached(environ)
    if done.returncode != 0 or found is None:
        raise NoControlPlane(f"{THREE_WAYS}\n{build_script.name} ended with {done.returncode}")
    return found


def main() -> int:
    """Print the way, or the three ways."""
    try:
        found = find()
    except NoControlPlane as error:
        print(error, file=sys.stderr)
        return 1
    print(f"control plane: {found.found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
