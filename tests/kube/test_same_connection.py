"""One table of kubeconfigs; kubectl and the ``kubernetes`` package must connect as we do.

kubectl is compared on the wire, by a server that records what it got; the package by what its
loader makes of the file.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from svcat.kube.client import KubeObjects
from svcat.kube.config import Cluster, load_cluster
from tests.kube.kubeconfigs import Environ, Writer, base64
from tests.kube.servers import Asked, ScriptedServer, connect_proxy, scripted_server

V1BETA1 = "client.authentication.k8s.io/v1beta1"


@dataclass
class Case:
    """How the tools are called, once the files are there."""

    kubeconfig: str | None = None
    context: str | None = None
    environ: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of the table; ``unlike_package`` says why the package differs."""

    name: str
    make: Callable[[Writer], Case]
    unlike_package: str = ""
    unlike_kubectl: str = ""

    def __str__(self) -> str:
        return self.name


def user(**fields: Any) -> Callable[[Writer], Case]:
    named = {key.rstrip("_").replace("_", "-"): value for key, value in fields.items()}
    return lambda w: Case(str(w.write(named)))


def cluster(**fields: Any) -> Callable[[Writer], Case]:
    named = {key.rstrip("_").replace("_", "-"): value for key, value in fields.items()}

    def make(w: Writer) -> Case:
        filled = {
            key: value.format(url=w.url, host=w.url.partition("//")[2])
            if isinstance(value, str)
            else value
            for key, value in named.items()
        }
        return Case(str(w.write({"token": "t"}, w.cluster(**filled))))

    return make


def certificate_data(w: Writer, **more: Any) -> dict[str, Any]:
    return {
        "client-certificate-data": base64(w.client.certificate_pem),
        "client-key-data": base64(w.client.key_pem),
        **more,
    }


def plugin(w: Writer, status: dict[str, str], *, script: str = "", **more: Any) -> dict[str, Any]:
    credential = {"apiVersion": V1BETA1, "kind": "ExecCredential", "status": status}
    text = script or f"printf '%s' {shlex.quote(json.dumps(credential))}"
    w.file("plugin", f"#!/bin/sh\n{text}\n", mode=0o700)
    return {"exec": {"apiVersion": V1BETA1, "command": "./plugin", **more}}


def in_files(w: Writer, *configs: dict[str, Any], **environ: str) -> Case:
    paths = []
    for index, config in enumerate(configs):
        folder = w.directory / f"file-{index}"
        folder.mkdir()
        paths.append(folder / "config")
        paths[-1].write_text(yaml.safe_dump(config))
    return Case(None, environ={"KUBECONFIG": os.pathsep.join(map(str, paths)), **environ})


def named(kind: str, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {f"{kind}s": [{"name": name, kind: fields}]}


CONTEXT = named("context", "c", {"cluster": "k", "user": "u"}) | {"current-context": "c"}


def merged(w: Writer) -> Case:
    return in_files(
        w, CONTEXT, named("cluster", "k", w.cluster()), named("user", "u", {"token": "second"})
    )


def merged_first_wins(w: Writer) -> Case:
    first = CONTEXT | named("cluster", "k", w.cluster()) | named("user", "u", {"token": "first"})
    second = (
        named("context", "d", {"cluster": "k", "user": "v"})
        | named("cluster", "k", {"server": "https://127.0.0.1:1"})
        | named("user", "u", {"token": "second"})
    )
    return in_files(w, first, second)


def merged_relative(w: Writer) -> Case:
    case = in_files(w, CONTEXT, named("cluster", "k", w.cluster()) | named("user", "u", {}))
    second = w.directory / "file-1"
    (second / "pki").mkdir()
    for name in ("client.crt", "client.key"):
        (second / "pki" / name).write_text((w.directory / "pki" / name).read_text())
    files = {"client-certificate": "pki/client.crt", "client-key": "pki/client.key"}
    config = named("cluster", "k", w.cluster()) | named("user", "u", files)
    (second / "config").write_text(yaml.safe_dump(config))
    return case


def merged_current_context(w: Writer) -> Case:
    rest = named("cluster", "k", w.cluster()) | {
        "users": [{"name": name, "user": {"token": name}} for name in "ab"],
        "contexts": [{"name": name, "context": {"cluster": "k", "user": name}} for name in "ab"],
    }
    return in_files(w, {"current-context": "a"}, rest | {"current-context": "b"})


def missing_file(w: Writer) -> Case:
    path = w.write({"token": "t"})
    return Case(None, environ={"KUBECONFIG": f"{w.directory}/nowhere{os.pathsep}{path}"})


def flag_beats_variable(w: Writer) -> Case:
    other = w.write({"token": "variable"}, name="other")
    return Case(str(w.write({"token": "flag"})), environ={"KUBECONFIG": str(other)})


def default_file(w: Writer) -> Case:
    home = w.directory / "home"
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "config").write_text(w.write({"token": "home"}).read_text())
    return Case(None, environ={"HOME": str(home)})


def other_context(w: Writer) -> Case:
    path = w.write(
        contexts=[
            {"name": "c", "context": {"cluster": "nowhere", "user": "u"}},
            {"name": "d", "context": {"cluster": "k", "user": "v"}},
        ],
        users=[{"name": "v", "user": {"token": "other"}}],
    )
    return Case(str(path), context="d")


def as_json(w: Writer) -> Case:
    path = w.write({"token": "json"})
    path.write_text(json.dumps(yaml.safe_load(path.read_text())))
    return Case(str(path))


def cluster_info_plugin(w: Writer) -> Case:
    script = """
    server=$(echo "$KUBERNETES_EXEC_INFO" | sed 's/.*"server": *"https:..\\([^"]*\\)".*/\\1/')
    interactive=$(echo "$KUBERNETES_EXEC_INFO" | grep -c '"interactive": *true')
    token="$1-$EXTRA-$server-$interactive"
    echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",'
    echo '"status":{"token":"'"$token"'"}}'"""
    env = [{"name": "EXTRA", "value": "extra"}]
    return Case(
        str(w.write(plugin(w, {}, script=script, args=["one"], env=env, provideClusterInfo=True)))
    )


def certificate_plugin(w: Writer) -> Case:
    status = {
        "clientCertificateData": w.client.certificate_pem,
        "clientKeyData": w.client.key_pem,
    }
    return Case(str(w.write(plugin(w, status))))


FILES = {"client_certificate": "pki/client.crt", "client_key": "pki/client.key"}
TOKEN_FILE_FIRST = "it takes the token and never looks at the file"
NO_IMPERSONATION = "it does not impersonate"
TABLE = [
    Row("certificate data", lambda w: Case(str(w.write(certificate_data(w))))),
    Row("certificate files", user(**FILES)),
    Row(
        "absolute certificate files",
        lambda w: Case(
            str(
                w.write(
                    {
                        "client-certificate": f"{w.directory}/pki/client.crt",
                        "client-key": f"{w.directory}/pki/client.key",
                    }
                )
            )
        ),
    ),
    Row(
        "certificate data beats files",
        lambda w: Case(
            str(w.write(certificate_data(w, **{"client-certificate": "x", "client-key": "x"})))
        ),
        unlike_kubectl="it refuses to have both",
    ),
    Row(
        "certificate in a file, key as data",
        lambda w: Case(
            str(
                w.write(
                    {
                        "client-certificate": "pki/client.crt",
                        "client-key-data": base64(w.client.key_pem),
                    }
                )
            )
        ),
    ),
    Row("token", user(token="s3cret")),
    Row("token file", user(tokenFile="token")),
    Row("token file beats token", user(tokenFile="token", token="x"), TOKEN_FILE_FIRST),
    Row("token where the token file is gone", user(tokenFile="gone", token="x"), TOKEN_FILE_FIRST),
    Row("username and password", user(username="ada", password="pass:word")),
    Row("a password in UTF-8", user(username="ada", password="wörd"), "it sends Latin-1"),
    Row("token and certificate", user(token="s3cret", **FILES)),
    Row("password and certificate", user(username="ada", password="x", **FILES)),
    Row(
        "no user",
        lambda w: Case(str(w.write(context={"user": ""}))),
        unlike_kubectl="it asks for a username",
    ),
    Row(
        "an empty user",
        user(),
        unlike_kubectl="it asks for a username",
    ),
    Row(
        "authority in a file",
        cluster(certificate_authority_data=None, certificate_authority="pki/ca.crt"),
    ),
    Row(
        "authority data beats the file",
        cluster(certificate_authority="gone.crt"),
        unlike_kubectl="it refuses to have both",
    ),
    Row("tls-server-name", cluster(tls_server_name="api.example")),
    Row("insecure", cluster(certificate_authority_data=None, insecure_skip_tls_verify=True)),
    Row("server with a path", cluster(server="{url}/k8s/clusters/c-1")),
    Row("server with a slash at the end", cluster(server="{url}/")),
    Row("impersonation", user(token="t", as_="bob"), NO_IMPERSONATION),
    Row(
        "impersonation of a group", user(token="t", as_="bob", as_groups=["ops"]), NO_IMPERSONATION
    ),
    Row(
        "impersonation of several groups, and more",
        user(
            token="t",
            as_="bob",
            as_groups=["ops", "dev", "a b"],
            as_user_extra={"scopes": ["view", "edit"], "example.com/Odd key": ["z"]},
        ),
        NO_IMPERSONATION,
    ),
    Row("another context", other_context),
    Row("merged files", merged),
    Row("merged files: the first wins", merged_first_wins),
    Row("merged files: paths are relative to their file", merged_relative),
    Row(
        "merged files: the first current-context wins",
        merged_current_context,
        unlike_package="it takes the last current-context",
    ),
    Row("merged files: one is missing", missing_file),
    Row("--kubeconfig beats $KUBECONFIG", flag_beats_variable),
    Row("the default file", default_file),
    Row("a kubeconfig in JSON", as_json),
    Row("exec plugin: token", lambda w: Case(str(w.write(plugin(w, {"token": "from-plugin"}))))),
    Row("exec plugin: certificate", certificate_plugin),
    Row("exec plugin: arguments, environment, cluster info", cluster_info_plugin),
    Row(
        "exec plugin beside a static token",
        lambda w: Case(str(w.write(plugin(w, {"token": "plugin"}) | {"token": "static"}))),
    ),
    Row(
        "exec plugin beside a static certificate",
        lambda w: Case(str(w.write(plugin(w, {"token": "plugin"}) | certificate_data(w)))),
    ),
]


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 30


@pytest.mark.parametrize("row", [row for row in TABLE if not row.unlike_kubectl], ids=str)
def test_kubectl_connects_the_same_way(
    row: Row, kubeconfigs: Writer, server: ScriptedServer, environ: Environ, kubectl: Path
) -> None:
    case = row.make(kubeconfigs)

    ours = _ask(_load(case, environ), server)
    theirs = _ask_with_kubectl(case, environ, server, kubectl)

    assert theirs.connection == ours.connection


@pytest.mark.parametrize("row", [row for row in TABLE if not row.unlike_package], ids=str)
def test_the_kubernetes_package_connects_the_same_way(
    row: Row, kubeconfigs: Writer, environ: Environ
) -> None:
    case = row.make(kubeconfigs)

    assert _by_package(case, environ) == _facts(_load(case, environ))


@pytest.mark.parametrize("login", ["", "ada:pass%20word@"])
def test_a_proxy_is_used_as_kubectl_uses_it(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ, kubectl: Path, login: str
) -> None:
    with connect_proxy(server.port) as proxy:
        url = proxy.url.replace("//", f"//{login}")
        target = "https://api.example:6443"
        kubeconfig = kubeconfigs.write(
            {"token": "t"}, kubeconfigs.cluster(**{"server": target, "proxy-url": url})
        )
        case = Case(str(kubeconfig))
        ours = _ask(_load(case, environ), server)
        theirs = _ask_with_kubectl(case, environ, server, kubectl)

    assert theirs.connection == ours.connection
    assert proxy.wanted == ["api.example:6443"] * 2
    assert len(set(proxy.logins)) == 1


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_plain_http_server_gets_no_login(
    kubeconfigs: Writer, tmp_path: Path, environ: Environ, kubectl: Path, scheme: str
) -> None:
    with scripted_server(tmp_path, None) as plain:
        url = plain.url.replace("http://", scheme)
        kubeconfig = kubeconfigs.write({"token": "t"}, kubeconfigs.cluster(server=url))
        case = Case(str(kubeconfig))
        ours = _ask(_load(case, environ), plain)
        theirs = _ask_with_kubectl(case, environ, plain, kubectl)

    assert "authorization" not in ours.headers
    assert theirs.connection == ours.connection


def _load(case: Case, environ: Environ) -> Cluster:
    return load_cluster(
        kubeconfig=case.kubeconfig, context=case.context, environ=environ(**case.environ)
    )


def _ask(cluster: Cluster, server: ScriptedServer) -> Asked:
    with KubeObjects(cluster) as objects:
        objects.now()
    return server.asked[-1]


def _ask_with_kubectl(case: Case, environ: Environ, server: ScriptedServer, kubectl: Path) -> Asked:
    server.asked.clear()
    flags = [f"--kubeconfig={case.kubeconfig}"] if case.kubeconfig else []
    flags += [f"--context={case.context}"] if case.context else []
    subprocess.run(
        [kubectl, *flags, "version"],
        env=environ(**case.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return server.asked[-1]


def _facts(cluster: Cluster) -> dict[str, Any]:
    tls = cluster.tls
    return {
        "server": cluster.server,
        "authority": tls.ca_pem,
        "certificate": tls.client_cert_pem,
        "key": tls.client_key_pem,
        "authorization": cluster.headers.get("Authorization"),
        "verified": not tls.insecure,
        "server name": tls.server_name,
        "proxy": cluster.proxy,
    }


def _by_package(case: Case, environ: Environ) -> dict[str, Any]:
    from kubernetes.client import Configuration
    from kubernetes.config import load_kube_config

    told = environ(**case.environ)
    where = case.kubeconfig or told.get("KUBECONFIG") or f"{told['HOME']}/.kube/config"
    configuration = Configuration()
    load: Any = load_kube_config
    load(
        config_file=where,
        context=case.context,
        client_configuration=configuration,
        persist_config=False,
    )
    keys = configuration.api_key
    authorization = keys.get("BearerToken") or keys.get("authorization")

    def content(path: str | None) -> str | None:
        return Path(path).read_text() if path else None

    return {
        "server": configuration.host,
        "authority": content(configuration.ssl_ca_cert),
        "certificate": content(configuration.cert_file),
        "key": content(configuration.key_file),
        "authorization": authorization.strip() if authorization else None,
        "verified": configuration.verify_ssl,
        "server name": configuration.tls_server_name,
        "proxy": configuration.proxy,
    }
