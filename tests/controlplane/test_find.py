"""Which control plane is found, and what is said when there is none."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.controlplane.find import BUILD_SCRIPT, Binaries, Disposable, NoControlPlane, find

ROOT = Path(__file__).parents[2]
PROGRAMS = ("kube-apiserver", "etcd", "kube-controller-manager", "kubectl")


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder of programs that do nothing, with their checksums."""

    def make(folder: str, *names: str) -> Path:
        place = tmp_path / folder
        place.mkdir(parents=True)
        for name in names or PROGRAMS:
            (place / name).write_text(f"#!/bin/sh\n# {folder}\n")
            (place / name).chmod(0o755)
        lines = [
            f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
            for file in place.iterdir()
        ]
        (place / "SHA256SUMS").write_text("".join(lines))
        return place

    return make


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": "/nowhere"}


def test_the_order_is_cluster_assets_path_cache(
    programs: Callable[..., Path], environ: dict[str, str], tmp_path: Path
) -> None:
    cached = programs("cache/svcat-controlplane")
    environ["PATH"] = str(programs("bin"))
    environ["KUBEBUILDER_ASSETS"] = str(programs("assets"))
    environ["SVCAT_TEST_KUBECONFIG"] = str(tmp_path / "kubeconfig")
    (tmp_path / "kubeconfig").touch()

    found = []
    for name in ("SVCAT_TEST_KUBECONFIG", "KUBEBUILDER_ASSETS", "PATH", "XDG_CACHE_HOME"):
        found.append(find(environ).found.partition(" ")[0])
        if name != "XDG_CACHE_HOME":
            environ[name] = ""

    assert found == ["SVCAT_TEST_KUBECONFIG", "KUBEBUILDER_ASSETS", "PATH", "cache"]
    assert str(cached) in find(environ).found


def test_controllers_and_kubectl_are_not_needed(
    programs: Callable[..., Path], environ: dict[str, str]
) -> None:
    environ["KUBEBUILDER_ASSETS"] = str(programs("assets", "kube-apiserver", "etcd"))

    found = find(environ)

    assert isinstance(found, Binaries)
    assert (found.kube_controller_manager, found.kubectl) == (None, None)
    assert Binaries.read(found.write()) == found


def test_somebody_elses_cluster_brings_the_kubectl_of_the_path(
    programs: Callable[..., Path], environ: dict[str, str], tmp_path: Path
) -> None:
    environ["SVCAT_TEST_KUBECONFIG"] = str(tmp_path / "kubeconfig")
    (tmp_path / "kubeconfig").touch()
    environ["PATH"] = str(programs("bin", "kubectl"))

    found = find(environ)

    assert isinstance(found, Disposable)
    assert found.kubectl == tmp_path / "bin" / "kubectl"


@pytest.mark.parametrize("name", ["SVCAT_TEST_KUBECONFIG", "KUBEBUILDER_ASSETS"])
def test_a_variable_that_leads_nowhere_is_an_error_and_not_passed_over(
    programs: Callable[..., Path], environ: dict[str, str], name: str
) -> None:
    programs("cache/svcat-controlplane")

    with pytest.raises(NoControlPlane, match=f"{name} names /gone"):
        find(environ | {name: "/gone"})


@pytest.mark.parametrize("spoil", ["truncate", "remove", "no sums", "odd sums"])
def test_a_half_build_is_never_used(
    programs: Callable[..., Path], environ: dict[str, str], spoil: str
) -> None:
    cache = programs("cache/svcat-controlplane")
    match spoil:
        case "truncate":
            (cache / "etcd").write_text("")
        case "remove":
            (cache / "kubectl").unlink()
        case "no sums":
            (cache / "SHA256SUMS").unlink()
        case "odd sums":
            (cache / "SHA256SUMS").write_text("x\n")

    with pytest.raises(NoControlPlane):
        find(environ)


def test_without_any_way_all_three_are_named(environ: dict[str, str]) -> None:
    with pytest.raises(NoControlPlane) as caught:
        find(environ)

    for way in ("SVCAT_TEST_KUBECONFIG", "KUBEBUILDER_ASSETS", "tests.controlplane.find"):
        assert way in str(caught.value)


def test_a_build_that_fails_says_so(environ: dict[str, str], tmp_path: Path) -> None:
    script = _script(tmp_path, "exit 3")

    with pytest.raises(NoControlPlane, match=r"build\.sh ended with 3"):
        find(_with_apt(environ, tmp_path), build_script=script)


def test_of_two_builders_one_builds(environ: dict[str, str], tmp_path: Path) -> None:
    names = " ".join(PROGRAMS)
    script = _script(
        tmp_path,
        f"echo built >> {tmp_path}/log; cd $1\n"
        f"for it in {names}; do echo > $it; chmod +x $it; done\n"
        f"sha256sum {names} > SHA256SUMS",
    )
    builder = f"""
from pathlib import Path
from tests.controlplane.find import find
print(find(build_script=Path({str(script)!r})).found)
"""
    given = _with_apt(environ, tmp_path)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", builder], cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [process.communicate()[0] for process in running]

    assert said == [f"cache ({tmp_path}/cache/svcat-controlplane)\n"] * 3
    assert (tmp_path / "log").read_text() == "built\n"


def test_the_command_prints_the_way(programs: Callable[..., Path], environ: dict[str, str]) -> None:
    environ["KUBEBUILDER_ASSETS"] = str(programs("assets"))

    good = _run_command(environ)
    del environ["KUBEBUILDER_ASSETS"]
    bad = _run_command(environ)

    assert good.stdout.startswith("control plane: KUBEBUILDER_ASSETS (")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "three ways" in bad.stderr


def test_the_build_script_is_there_and_can_be_run() -> None:
    assert os.access(BUILD_SCRIPT, os.X_OK)


def _run_command(environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.controlplane.find"]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def _script(folder: Path, body: str) -> Path:
    script = folder / "build.sh"
    script.write_text(f"#!/bin/sh\nset -e\n{body}\n")
    script.chmod(0o755)
    return script


def _with_apt(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Let an apt-get be seen (which the scripts of these tests do not run)."""
    folder = tmp_path / "apt"
    folder.mkdir()
    (folder / "apt-get").write_text("#!/bin/sh\nexit 1\n")
    (folder / "apt-get").chmod(0o755)
    return environ | {"PATH": f"{folder}:/usr/bin:/bin"}
