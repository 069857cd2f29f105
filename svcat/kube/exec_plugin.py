"""Run a credential plugin (``users[].user.exec``), client.authentication.k8s.io v1alpha1 to v1.

Not left to the ``kubernetes`` package, because its runner has no time limit, hands the plugin the
standard input that may carry a password for us, logs errors and goes on without a login, and
writes private keys to disk. Here: no shell, bounded time and output, nothing written.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from subprocess import DEVNULL
from typing import Any

from svcat.errors import AuthFailed
from svcat.kube.kubeconfig import Choice, Entry, Login, broken

GROUP = "client.authentication.k8s.io"
VERSIONS = frozenset(f"{GROUP}/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
TIMEOUT_S = 60.0
INTERACTIVE_TIMEOUT_S = 300.0  # somebody types, or logs in with a browser
OUTPUT_CAP_BYTES = 1024 * 1024
LOOK_EVERY_MS = 100


def run_plugin(
    choice: Choice, user: Entry, environ: Mapping[str, str], *, timeout_s: float = TIMEOUT_S
) -> Login:
    """Run the plugin of ``user`` and read the login it prints. Raises AuthFailed, UsageError.

    It has ``timeout_s``, or longer if it can ask on a terminal.
    """
    plugin = Entry("exec plugin of user", user.name, user.file, user.mapping("exec"))
    version = plugin.text("apiVersion")
    if version not in VERSIONS:
        raise broken(f'{plugin}: unknown apiVersion "{version}"', hint=f"use {GROUP}/v1 or v1beta1")
    interactive = _is_interactive(plugin, environ)
    about: dict[str, Any] = {"interactive": interactive}
    if plugin.flag("provideClusterInfo"):
        about["cluster"] = _cluster_info(choice.cluster)
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": about}
    settings = {**environ, **_environment(plugin), "KUBERNETES_EXEC_INFO": json.dumps(info)}
    command = [_program(plugin, settings), *_arguments(plugin)]
    limit_s = INTERACTIVE_TIMEOUT_S if interactive else timeout_s
    output = _run(
        plugin, command, settings, limit_s=limit_s, stdin=None if interactive else DEVNULL
    )
    return _read_login(output, plugin, version)


def _is_interactive(plugin: Entry, environ: Mapping[str, str]) -> bool:
    mode = plugin.text("interactiveMode") or "IfAvailable"
    if mode not in ("Never", "IfAvailable", "Always"):
        raise broken(f'{plugin}: unknown interactiveMode "{mode}"')
    is_forbidden = bool(environ.get("SVCAT_NO_INPUT"))
    available = sys.stdin is not None and sys.stdin.isatty() and not is_forbidden
    if mode == "Always" and not available:
        why = "--no-input forbids it" if is_forbidden else "there is no terminal"
        raise AuthFailed(f"{plugin} wants to ask questions, but {why}")
    return available and mode != "Never"


def _cluster_info(cluster: Entry) -> dict[str, Any]:
    """Describe the cluster to the plugin (``ExecCredential.spec.cluster``)."""
    info = {
        "server": cluster.text("server"),
        "tls-server-name": cluster.text("tls-server-name"),
        "insecure-skip-tls-verify": cluster.flag("insecure-skip-tls-verify"),
        "certificate-authority-data": b64encode(
            cluster.content("certificate-authority").encode()
        ).decode(),
        "proxy-url": cluster.text("proxy-url"),
    }
    for extension in cluster.fields.get("extensions") or ():
        if isinstance(extension, dict) and extension.get("name") == f"{GROUP}/exec":
            info["config"] = extension.get("extension")
    return {key: value for key, value in info.items() if value}


def _environment(plugin: Entry) -> dict[str, str]:
    items = plugin.fields.get("env") or []
    try:
        return {str(item["name"]): str(item["value"]) for item in items}
    except (KeyError, TypeError):
        raise broken(f"{plugin}: env is not a list of name and value") from None


def _arguments(plugin: Entry) -> list[str]:
    items = plugin.fields.get("args") or []
    if not isinstance(items, list):
        raise broken(f"{plugin}: args is not a list")
    return [str(item) for item in items]


def _program(plugin: Entry, environ: Mapping[str, str]) -> str:
    command = plugin.text("command")
    if not command:
        raise broken(f"{plugin} names no command")
    if os.sep in command:
        return str(plugin.resolve(command))
    found = shutil.which(command, path=environ.get("PATH"))
    if found is None:
        raise _failure(plugin, "is not installed")
    return found


def _failure(plugin: Entry, what: str) -> AuthFailed:
    command = plugin.text("command")
    hint = plugin.text("installHint") or f"run {command} by hand to see what it lacks"
    return AuthFailed(f"{plugin}: {command} {what}", hint=hint)


def _run(
    plugin: Entry,
    command: list[str],
    environ: Mapping[str, str],
    *,
    limit_s: float,
    stdin: int | None,
) -> bytes:
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - a kubeconfig is code: kubectl runs it too
            command, stdin=stdin, stdout=writing, env=environ
        )
    except OSError as error:
        os.close(reading)
        reason = (error.strerror or "").lower()
        raise _failure(plugin, f"cannot be run: {reason}") from error
    finally:
        os.close(writing)
    try:
        output = _read_all(process, reading, time.monotonic() + limit_s)
    except TimeoutError:
        raise _failure(plugin, f"did not finish in {limit_s:.0f} s") from None
    finally:
        os.close(reading)
        process.kill()  # does nothing to one that has ended
        process.wait()
    if len(output) > OUTPUT_CAP_BYTES:
        raise _failure(plugin, f"printed more than {OUTPUT_CAP_BYTES} bytes")
    if process.returncode != 0:
        raise _failure(plugin, f"ended with exit code {process.returncode}")
    return output


def _read_all(process: "subprocess.Popen[bytes]", reading: int, deadline: float) -> bytes:
    """Read to the end, but not far past the cap, and wait. Raises TimeoutError."""
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    output = b""
    while len(output) <= OUTPUT_CAP_BYTES:
        if time.monotonic() > deadline:
            raise TimeoutError
        if poll.poll(LOOK_EVERY_MS):
            chunk = os.read(reading, 64 * 1024)
            if not chunk:
                _wait(process, deadline)
                return output
            output += chunk
        elif process.poll() is not None:
            return output  # something that it left running keeps the pipe open
    return output


def _wait(process: "subprocess.Popen[bytes]", deadline: float) -> None:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None


def _read_login(output: bytes, plugin: Entry, version: str) -> Login:
    try:
        answer = json.loads(output)
        kind, said, status = answer["kind"], answer["apiVersion"], answer["status"]
        token = status.get("token") or ""
        certificate = status.get("clientCertificateData") or ""
        key = status.get("clientKeyData") or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        # The output is not quoted, nor kept as the cause: it is made of credentials.
        raise _failure(plugin, "did not print an ExecCredential with a status") from None
    if (kind, said) != ("ExecCredential", version):
        raise _failure(plugin, f"printed another kind or version than {version}")
    if not all(isinstance(it, str) for it in (token, certificate, key)):
        raise _failure(plugin, "printed a token or certificate that is not text")
    if bool(certificate) != bool(key):
        raise _failure(plugin, "gave a certificate or a key without the other")
    if not token and not certificate:
        raise _failure(plugin, "gave neither a token nor a certificate")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Login(headers, certificate or None, key or None)
