"""A process that is killed after it loaded its login leaves no private key behind."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.controlplane.certificates import Pair
from tests.kube.kubeconfigs import Writer, base64
from tests.kube.servers import ScriptedServer

ROOT = Path(__file__).parents[2]
DIE = "\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
LOAD = """
import sys
from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
cluster = load_cluster(kubeconfig=sys.argv[1], context=None)
assert cluster.tls.client_key_pem
"""
CONNECT = LOAD + "KubeObjects(cluster).now()\n"
BY_PACKAGE = """
import sys
from kubernetes.client import Configuration
from kubernetes.config import load_kube_config
load_kube_config(config_file=sys.argv[1], client_configuration=Configuration())
"""


@pytest.fixture
def run_and_die(tmp_path: Path) -> Callable[[str, Path], list[Path]]:
    """Run a script that kills itself; return the files it left behind in any place of its own."""
    places = [tmp_path / name for name in ("home", "tmp", "run", "work")]
    for place in places:
        place.mkdir()

    def run(script: str, kubeconfig: Path) -> list[Path]:
        environ = {
            "HOME": str(places[0]),
            "TMPDIR": str(places[1]),
            "XDG_RUNTIME_DIR": str(places[2]),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-c", script + DIE, str(kubeconfig)]
        done = subprocess.run(
            command, env=environ, cwd=places[3], capture_output=True, check=False, text=True
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        return [path for place in places for path in place.rglob("*") if path.is_file()]

    return run


def _in_data(kubeconfigs: Writer, pair: Pair) -> Path:
    return kubeconfigs.write(
        {
            "client-certificate-data": base64(pair.certificate_pem),
            "client-key-data": base64(pair.key_pem),
        }
    )


def _by_plugin(kubeconfigs: Writer, pair: Pair) -> Path:
    version = "client.authentication.k8s.io/v1"
    status = {"clientCertificateData": pair.certificate_pem, "clientKeyData": pair.key_pem}
    answer = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
    kubeconfigs.file("plugin", f"#!/bin/sh\nprintf '%s' {shlex.quote(answer)}", mode=0o700)
    return kubeconfigs.write({"exec": {"apiVersion": version, "command": "./plugin"}})


SOURCES = [_in_data, _by_plugin]


@pytest.mark.parametrize("source", SOURCES, ids=["data", "plugin"])
@pytest.mark.parametrize("script", [LOAD, CONNECT], ids=["loaded", "connected"])
def test_a_kill_leaves_nothing_behind(
    run_and_die: Callable[[str, Path], list[Path]],
    kubeconfigs: Writer,
    client_pair: Pair,
    server: ScriptedServer,
    source: Callable[[Writer, Pair], Path],
    script: str,
) -> None:
    before = _new_files_elsewhere(set())

    left = run_and_die(script, source(kubeconfigs, client_pair))

    assert left == []
    assert [it for it in _new_files_elsewhere(before) if _holds(it, client_pair.key_pem)] == []
    if script is CONNECT:
        assert server.asked[-1].client_certificate == "ada,dev"


@pytest.mark.parametrize("source", SOURCES, ids=["data", "plugin"])
def test_the_kubernetes_package_would_be_caught(
    run_and_die: Callable[[str, Path], list[Path]],
    kubeconfigs: Writer,
    client_pair: Pair,
    source: Callable[[Writer, Pair], Path],
) -> None:
    left = run_and_die(BY_PACKAGE, source(kubeconfigs, client_pair))

    assert any("PRIVATE KEY" in path.read_text() for path in left)


def _new_files_elsewhere(before: set[Path]) -> set[Path]:
    """Find files in the shared places that no variable moves."""
    places = [place for place in (Path("/tmp"), Path("/dev/shm")) if place.is_dir()]
    return {path for place in places for path in place.iterdir() if path.is_file()} - before


def _holds(path: Path, text: str) -> bool:
    try:
        return text in path.read_text(errors="replace")
    except OSError:  # somebody else's, and gone or closed to us
        return False
