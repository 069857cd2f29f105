"""Credential plugins that misbehave; those that behave are in ``test_same_connection``."""

import json
import os
import pty
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from svcat.errors import AuthFailed
from svcat.kube import kubeconfig as files
from svcat.kube.config import load_cluster
from svcat.kube.exec_plugin import run_plugin
from tests.kube.kubeconfigs import Environ, Writer

GROUP = "client.authentication.k8s.io"
CANARY = "cAnArY-t0ken"
ROOT = Path(__file__).parents[2]


def credential(version: str = "v1", **status: Any) -> str:
    answer = {"apiVersion": f"{GROUP}/{version}", "kind": "ExecCredential", "status": status}
    return f"printf '%s' {shlex.quote(json.dumps(answer))}"


@pytest.fixture
def write(kubeconfigs: Writer) -> Callable[..., str]:
    """Write a kubeconfig whose plugin is a shell script."""

    def write(script: str, **fields: Any) -> str:
        kubeconfigs.file("plugin", f"#!/bin/sh\n{script}\n", mode=0o700)
        plugin = {"apiVersion": f"{GROUP}/v1", "command": "./plugin", **fields}
        return str(kubeconfigs.write({"exec": plugin}))

    return write


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_every_version_is_spoken(write: Callable[..., str], environ: Environ, version: str) -> None:
    path = write(credential(version, token="t"), apiVersion=f"{GROUP}/{version}")

    loaded = load_cluster(kubeconfig=path, context=None, environ=environ())

    assert loaded.headers == {"Authorization": "Bearer t"}


FAILING = [
    ("exit code", f"echo {CANARY}; exit 3", "./plugin ended with exit code 3"),
    ("killed", "kill -9 $$", "ended with exit code -9"),
    ("silence", "true", "did not print an ExecCredential"),
    ("not JSON", f"echo {CANARY}", "did not print an ExecCredential"),
    ("a list", f"""echo '["{CANARY}"]'""", "did not print an ExecCredential"),
    ("no status", f"""echo '{{"kind":"ExecCredential","token":"{CANARY}"}}'""", "did not print"),
    ("another version", credential("v1beta1", token=CANARY), "another kind or version than"),
    ("a token that is a number", credential(token=1), "not text"),
    ("nothing in it", credential(), "neither a token nor a certificate"),
    ("a key alone", credential(clientKeyData=CANARY), "without the other"),
    ("endless output", f"yes {CANARY}", "printed more than"),
]


@pytest.mark.parametrize(
    ("script", "words"), [row[1:] for row in FAILING], ids=[row[0] for row in FAILING]
)
def test_a_plugin_that_gives_no_login_is_named_and_its_output_is_not(
    write: Callable[..., str], environ: Environ, script: str, words: str
) -> None:
    path = write(script, installHint="ask the platform team")

    with pytest.raises(AuthFailed) as caught:
        load_cluster(kubeconfig=path, context=None, environ=environ())

    error = caught.value
    assert words in error.message
    assert f'exec plugin of user "u" in {path}: ./plugin' in error.message
    assert error.hint == "ask the platform team"
    assert CANARY not in f"{error.message}{error.hint}{error.__cause__!r}"


@pytest.mark.parametrize("command", ["svcat-no-such-plugin", "./no-such-plugin", "./config"])
def test_a_plugin_that_cannot_be_run_is_named(
    kubeconfigs: Writer, environ: Environ, command: str
) -> None:
    plugin = {"apiVersion": f"{GROUP}/v1", "command": command}
    path = kubeconfigs.write({"exec": plugin})

    with pytest.raises(AuthFailed, match=command) as caught:
        load_cluster(kubeconfig=str(path), context=None, environ=environ())

    assert command in (caught.value.hint or "")


@pytest.mark.parametrize("script", ["exec sleep 600", "exec >&-; exec sleep 600"])
def test_a_plugin_that_hangs_is_ended(
    write: Callable[..., str], environ: Environ, script: str
) -> None:
    choice = files.read([Path(write(script))]).choose(None)
    assert choice.user
    before = time.monotonic()

    with pytest.raises(AuthFailed, match="did not finish in 0 s"):
        run_plugin(choice, choice.user, environ(), timeout_s=0.2)

    assert time.monotonic() - before < 5


def test_a_plugin_may_leave_something_running(
    write: Callable[..., str], environ: Environ, tmp_path: Path
) -> None:
    fifo = tmp_path / "stop"
    os.mkfifo(fifo)
    path = write(f"cat {fifo} & {credential(token='t')}")

    loaded = load_cluster(kubeconfig=path, context=None, environ=environ())
    fifo.write_text("")

    assert loaded.headers == {"Authorization": "Bearer t"}


def test_arguments_are_not_for_a_shell(
    write: Callable[..., str], environ: Environ, tmp_path: Path
) -> None:
    path = write(
        credential(token="t"), args=[f"; touch {tmp_path}/touched", f"$(touch {tmp_path})"]
    )

    load_cluster(kubeconfig=path, context=None, environ=environ())

    assert not (tmp_path / "touched").exists()


def test_our_own_credentials_are_not_given_to_the_plugin(
    write: Callable[..., str], environ: Environ, tmp_path: Path
) -> None:
    path = write(f"env > {tmp_path}/env; {credential(token='t')}")

    load_cluster(kubeconfig=path, context=None, environ=environ(MINE="1"))

    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert {"MINE", "KUBERNETES_EXEC_INFO", "HOME", "PATH"} <= names
    assert names <= {"MINE", "KUBERNETES_EXEC_INFO", "HOME", "PATH", "PWD", "_", "SHLVL", "OLDPWD"}


LOAD = """
import sys
from svcat.kube.config import load_cluster
print(load_cluster(kubeconfig=sys.argv[1], context=None).headers)
print(sys.stdin.readline())
"""


def test_standard_input_is_kept_for_us(write: Callable[..., str]) -> None:
    path = write(f'read line; test -z "$line" && {credential(token="t")}')

    done = subprocess.run(
        [sys.executable, "-c", LOAD, path],
        input="for-us",
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )

    assert done.stdout == "{'Authorization': 'Bearer t'}\nfor-us\n"


@pytest.mark.parametrize("mode", ["IfAvailable", "Always"])
def test_a_plugin_may_ask_on_a_terminal(write: Callable[..., str], mode: str) -> None:
    path = write(f'read line; test "$line" = yes && {credential(token="t")}', interactiveMode=mode)
    controller, terminal = pty.openpty()

    process = subprocess.Popen(
        [sys.executable, "-c", LOAD.replace("print(sys.stdin.readline())", ""), path],
        stdin=terminal,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    os.close(terminal)
    os.write(controller, b"yes\n")
    said, _ = process.communicate()
    os.close(controller)

    assert said == b"{'Authorization': 'Bearer t'}\n"


def test_a_plugin_that_must_ask_fails_without_a_terminal(write: Callable[..., str]) -> None:
    path = write(credential(token="t"), interactiveMode="Always")

    done = subprocess.run(
        [sys.executable, "-c", LOAD, path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert "wants to ask questions, but there is no terminal" in done.stderr


@pytest.mark.parametrize(
    ("mode", "said"), [("IfAvailable", "'Bearer t'"), ("Always", "but --no-input forbids it")]
)
def test_a_plugin_may_not_ask_where_nobody_is_to_be_asked(
    write: Callable[..., str], mode: str, said: str
) -> None:
    path = write(f'read line; test "$line" = "" && {credential(token="t")}', interactiveMode=mode)
    controller, terminal = pty.openpty()

    process = subprocess.Popen(
        [sys.executable, "-c", LOAD.replace("print(sys.stdin.readline())", ""), path],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, "SVCAT_NO_INPUT": "1"},
    )
    heard, _ = process.communicate()
    os.close(terminal)
    os.close(controller)

    assert said in heard.decode()
