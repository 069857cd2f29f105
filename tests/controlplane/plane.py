"""A control plane of our own: etcd, kube-apiserver and kube-controller-manager on loopback.

Everything lives in one directory and dies with the process that started it, however that ends.
"""

import contextlib
import ctypes
import json
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.controlplane.certificates import Authority, Pair, key_to_pem, new_key, public_key_to_pem
from tests.controlplane.find import Binaries
from tests.controlplane.server import KubeServer, write_private

START_TIMEOUT_S = 60.0
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded ahead: between fork and exec as little as possible may run


class StartFailed(Exception):
    """A server did not become ready; the message holds the end of its log."""


def free_port() -> int:
    """Pick a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class ControlPlane:
    """Starts and stops the servers; the API server alone may be stopped and started again."""

    def __init__(self, binaries: Binaries, directory: Path) -> None:
        self._binaries = binaries
        self._directory = directory
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._etcd_port = free_port()
        self._api_port = free_port()
        self._authority = Authority("kubernetes")
        self.server = KubeServer(
            directory=directory,
            found=binaries.found,
            url=f"https://127.0.0.1:{self._api_port}",
            kubectl=binaries.kubectl,
            has_controllers=binaries.kube_controller_manager is not None,
            admin_token=secrets.token_urlsafe(24),
        )

    def start(self, *, controllers: bool = True) -> KubeServer:
        """Start everything and wait until it is ready. Raises StartFailed."""
        self._write_files()
        try:
            self._start_etcd()
            self.start_api_server()
            if controllers and self._binaries.kube_controller_manager:
                self._start_controllers(self._binaries.kube_controller_manager)
        except BaseException:
            self.stop()
            raise
        return self.server

    def stop(self) -> None:
        """Kill every server and drop etcd's data (nothing in it is worth a graceful end)."""
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()
        self._processes.clear()
        shutil.rmtree(self._directory / "etcd", ignore_errors=True)

    def start_api_server(self) -> None:
        """Start the API server on its port and wait until it is ready."""
        self._spawn("kube-apiserver", self._binaries.kube_apiserver, self._api_server_flags())
        # A fresh server is ready before its own start-up hooks have made the default namespaces.
        for path in ("/readyz", "/api/v1/namespaces/default", "/api/v1/namespaces/kube-system"):
            self._wait_until("kube-apiserver", partial(self._answers, path))

    def stop_api_server(self) -> None:
        """Kill the API server; etcd keeps the objects."""
        process = self._processes.pop("kube-apiserver")
        process.kill()
        process.wait()

    def forget_old_revisions(self) -> None:
        """Compact etcd, which makes every continue token older than now expire."""
        revision = self._ask_etcd("range", {"key": "AA==", "keys_only": True})["header"]["revision"]
        self._ask_etcd("compaction", {"revision": revision, "physical": True})

    def _ask_etcd(self, verb: str, question: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._etcd_port}/v3/kv/{verb}", json.dumps(question).encode()
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def _write_files(self) -> None:
        authority, server = self._authority, self.server
        service_accounts = new_key()
        self._write_pair(
            "serving", authority.issue("kube-apiserver", names=["127.0.0.1", "localhost"])
        )
        write_private(self._directory / "service-accounts.key", key_to_pem(service_accounts))
        write_private(self._directory / "service-accounts.pub", public_key_to_pem(service_accounts))
        write_private(
            self._directory / "tokens.csv",
            f'{server.admin_token},token-admin,token-admin,"system:masters"\n',
        )
        self._write_pair("ca", authority.pair)
        server.write()

    def _write_pair(self, name: str, pair: Pair) -> None:
        write_private(self._directory / f"{name}.crt", pair.certificate_pem)
        write_private(self._directory / f"{name}.key", pair.key_pem)

    def _start_etcd(self) -> None:
        url, peer = f"http://127.0.0.1:{self._etcd_port}", f"http://127.0.0.1:{free_port()}"
        flags = [
            "--unsafe-no-fsync",
            f"--data-dir={self._directory / 'etcd'}",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        ]
        self._spawn("etcd", self._binaries.etcd, flags)
        self._wait_until("etcd", lambda: _is_answered(f"{url}/health", None))

    def _api_server_flags(self) -> list[str]:
        here = self._directory
        return [
            f"--etcd-servers=http://127.0.0.1:{self._etcd_port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self._api_port}",
            "--endpoint-reconciler-type=none",  # it refuses to publish a loopback address
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC",
            "--disable-admission-plugins=ServiceAccount",
            f"--client-ca-file={here / 'ca.crt'}",
            f"--tls-cert-file={here / 'serving.crt'}",
            f"--tls-private-key-file={here / 'serving.key'}",
            f"--token-auth-file={here / 'tokens.csv'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={here / 'service-accounts.pub'}",
            f"--service-account-signing-key-file={here / 'service-accounts.key'}",
            "--profiling=false",
        ]

    def _start_controllers(self, program: Path) -> None:
        flags = [
            f"--kubeconfig={self.server.kubeconfig}",
            f"--service-account-private-key-file={self._directory / 'service-accounts.key'}",
            f"--root-ca-file={self._directory / 'ca.crt'}",
            "--controllers=*",
            "--leader-elect=false",
            "--concurrent-namespace-syncs=10",
            "--secure-port=0",
        ]
        if _minor_version(program) < 24:
            flags.append("--port=0")  # else it listens on every interface
        self._spawn("kube-controller-manager", program, flags)

    def _spawn(self, name: str, program: Path, flags: list[str]) -> None:
        with (self._directory / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [program, *flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread of ours holds a lock here
            )

    def _answers(self, path: str) -> bool:
        context = ssl.create_default_context(cadata=self._authority.pem)
        return _is_answered(f"{self.server.url}{path}", context, token=self.server.admin_token)

    def _wait_until(self, name: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_ready():
            if self._processes[name].poll() is not None or time.monotonic() > deadline:
                log = (self._directory / f"{name}.log").read_text(errors="replace")
                raise StartFailed(f"{name} did not become ready:\n{log[-3000:]}")
            time.sleep(0.02)


def _is_answered(url: str, context: ssl.SSLContext | None, *, token: str = "") -> bool:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=5, context=context) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _minor_version(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"v1\.(\d+)", said)
    return int(match.group(1)) if match else 99


@contextlib.contextmanager
def running(
    binaries: Binaries, directory: Path, *, controllers: bool = True
) -> Iterator[ControlPlane]:
    """Run a control plane; one more try if another process took a port in between."""
    plane = ControlPlane(binaries, directory)
    try:
        plane.start(controllers=controllers)
    except StartFailed:
        plane = ControlPlane(binaries, directory)
        plane.start(controllers=controllers)
    try:
        yield plane
    finally:
        plane.stop()
