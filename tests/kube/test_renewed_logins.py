"""A login that the API server refuses is asked for anew, once, for that server alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from svcat.errors import AuthFailed
from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from tests.kube.calls import BOX, create, read
from tests.kube.kubeconfigs import Environ, Writer
from tests.kube.servers import Asked, ScriptedServer, always, http, scripted_server, status


def test_a_refused_login_is_renewed_once(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    plugin = "n=$(cat n 2>/dev/null || echo 0); n=$((n+1)); echo $n > n\n"
    answer = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
    plugin += f'printf \'{answer}"status":{{"token":"t%s"}}}}\' $n'
    folder = kubeconfigs.directory
    kubeconfigs.file("plugin", f"#!/bin/sh\ncd {folder}\n{plugin}\n", mode=0o700)
    run = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin"}
    path = kubeconfigs.write({"exec": run})
    server.answer = lambda asked: (
        http(200, BOX)
        if asked.headers["authorization"] == "Bearer t2"
        else http(401, status(401, "Unauthorized"))
    )
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())

    with KubeObjects(cluster) as api:
        create(api)
        read(api)

    told = [(asked.method, asked.headers["authorization"]) for asked in server.asked]
    assert told == [("POST", "Bearer t1"), ("POST", "Bearer t2"), ("GET", "Bearer t2")]
    assert (folder / "n").read_text() == "2\n"


def test_a_login_that_is_refused_again_is_an_error(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    path = kubeconfigs.write({"tokenFile": "token"})
    server.answer = always(http(401, b"who are you?"))
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())
    kubeconfigs.file("token", "renewed")

    with KubeObjects(cluster) as api, pytest.raises(AuthFailed, match=str(path)):
        read(api)

    assert [asked.headers["authorization"] for asked in server.asked] == [
        "Bearer from-file",
        "Bearer renewed",
    ]


def test_threads_that_are_refused_together_renew_once(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    path = kubeconfigs.write({"tokenFile": "token"})
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())
    kubeconfigs.file("token", "renewed")
    together = threading.Barrier(4)

    def answer(asked: Asked) -> bytes:
        if asked.headers["authorization"] == "Bearer renewed":
            return http(200, BOX)
        together.wait()
        return http(401, status(401, "Unauthorized"))

    server.answer = answer
    with KubeObjects(cluster) as api, ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: read(api), range(4)))

    assert found == [BOX] * 4


def test_a_login_that_did_not_change_is_not_tried_twice(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    path = kubeconfigs.write({"token": "t"})
    server.answer = always(http(401, status(401, "Unauthorized")))
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())

    with KubeObjects(cluster) as api, pytest.raises(AuthFailed):
        read(api)

    assert len(server.asked) == 1


def test_a_renewed_login_does_not_go_to_another_server(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ, tmp_path: Path
) -> None:
    path = kubeconfigs.write({"token": "t"})
    server.answer = always(http(401, status(401, "Unauthorized")))
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())
    with scripted_server(tmp_path, None) as elsewhere, KubeObjects(cluster) as api:
        kubeconfigs.write({"token": "new"}, {"server": elsewhere.url})
        with pytest.raises(AuthFailed):
            read(api)

    assert elsewhere.asked == []
