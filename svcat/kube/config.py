"""Find the cluster and the login: kubeconfig as kubectl reads it, else the pod we run in.

Static logins are read directly and exec plugins are run by ``exec_plugin``; what else moves
(auth-provider kubeconfigs such as OIDC, in-cluster) goes through the ``kubernetes`` package, in
``_ask_kubernetes_package`` alone. A test holds all ways to the same connection.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from svcat.errors import AuthFailed, NotFound
from svcat.http import Tls
from svcat.kube import kubeconfig as files
from svcat.kube.kubeconfig import Choice, Entry, Login, broken

_HEADER_CHARACTERS = "!#$&'*+-.^_`|~"  # that a header's name may have, as client-go has it
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """An API server and how to talk to it.

    ``renew`` reads everything again (and runs the exec plugin again), for a login that was refused.
    ``warnings`` are for the user to see once, ``advice`` if the server cannot be reached.
    """

    server: str
    source: str
    tls: Tls = field(default_factory=Tls)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    impersonation: tuple[tuple[str, str], ...] = ()  # header lines; groups are one line each
    namespace: str = "default"
    context_name: str = ""
    user_name: str = ""
    proxy: str | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()
    advice: str = ""
    renew: Callable[[], "Cluster"] | None = field(default=None, repr=False, compare=False)


def load_cluster(
    *,
    kubeconfig: str | None,
    context: str | None,
    environ: Mapping[str, str] = os.environ,
    service_account: Path = SERVICE_ACCOUNT,
) -> Cluster:
    """Find the cluster: --kubeconfig, $KUBECONFIG, ~/.kube/config, then the pod's own.

    Raises NotFound (no configuration, or a name in it leads nowhere), UsageError (broken
    configuration), AuthFailed (the exec plugin or auth-provider gave no login).
    """
    found = files.find_files(kubeconfig, environ)
    merged = files.read(found)
    if merged.is_empty and kubeconfig:
        raise broken(f"kubeconfig {kubeconfig} is empty")
    if merged.is_empty and not context:
        return _in_cluster(environ, service_account)
    choice = merged.choose(context)
    again = partial(
        load_cluster, kubeconfig=kubeconfig, context=choice.context.name, environ=environ
    )
    return _from_choice(choice, environ, again)


def _from_choice(
    choice: Choice, environ: Mapping[str, str], again: Callable[[], Cluster]
) -> Cluster:
    cluster, server = choice.cluster, _server_url(choice.cluster)
    # Like kubectl, no login goes over plain HTTP (which is for "kubectl proxy" and the like).
    user = choice.user if server.startswith("https:") else None
    login = _login(choice, user, environ) if user else Login()
    return Cluster(
        server=server,
        source=str(choice.context.file),
        tls=_tls(cluster, login),
        headers=login.headers,
        impersonation=tuple(_impersonation(user)) if user else (),
        namespace=choice.context.text("namespace") or "default",
        context_name=choice.context.name,
        user_name=user.name if user else "",
        proxy=_proxy(cluster),
        warnings=_warnings(cluster, server),
        advice=_advice(cluster, environ),
        renew=again,
    )


def _login(choice: Choice, user: Entry, environ: Mapping[str, str]) -> Login:
    if (login := files.static_login(user)) is not None:
        return login
    if user.fields.get("exec"):
        from svcat.kube.exec_plugin import run_plugin  # noqa: PLC0415 - few need it

        login = run_plugin(choice, user, environ)
    else:
        login = _auth_provider_login(user)
    certificate = user.content("client-certificate")
    if not certificate:
        return login
    return Login(login.headers, certificate, user.content("client-key"))


def _server_url(cluster: Entry) -> str:
    server = cluster.text("server").rstrip("/")
    if not server:
        raise broken(f"{cluster} names no server")
    if "://" not in server:
        server = f"http://{server}"  # client-go's rule, whatever else speaks of TLS
    try:
        parts = urlsplit(server)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or "@" in server or "?" in server or "#" in server:
        raise broken(f"{cluster}: server is not a plain http or https URL")
    return server


def _tls(cluster: Entry, login: Login) -> Tls:
    authority = cluster.content("certificate-authority")
    insecure = cluster.flag("insecure-skip-tls-verify")
    if authority and insecure:
        raise broken(
            f"{cluster} has both a certificate-authority and insecure-skip-tls-verify",
            hint="keep the certificate-authority",
        )
    return Tls(
        ca_pem=authority or None,
        insecure=insecure,
        server_name=cluster.text("tls-server-name") or None,
        client_cert_pem=login.client_cert_pem,
        client_key_pem=login.client_key_pem,
    )


def _proxy(cluster: Entry) -> str | None:
    proxy = cluster.text("proxy-url")
    if proxy and urlsplit(proxy).scheme not in ("http", "https"):
        raise broken(f"{cluster}: proxy-url must begin with http:// or https://")
    return proxy or None


def _impersonation(user: Entry) -> list[tuple[str, str]]:
    groups, extra = user.fields.get("as-groups") or [], user.fields.get("as-user-extra") or {}
    if not _is_texts(groups):
        raise broken(f"{user}: as-groups is not a list of texts")
    if not isinstance(extra, dict) or not all(map(_is_texts, extra.values())):
        raise broken(f"{user}: as-user-extra is not an object of lists of texts")
    lines = [
        ("Impersonate-User", user.text("as")),
        ("Impersonate-Uid", user.text("as-uid")),
        *(("Impersonate-Group", group) for group in groups),
        *(
            (f"Impersonate-Extra-{quote(str(key), safe=_HEADER_CHARACTERS)}", value)
            for key, values in extra.items()
            for value in values
        ),
    ]
    lines = [(name, value) for name, value in lines if value]
    if lines and not user.text("as"):
        raise broken(f"{user}: as-groups, as-uid or as-user-extra without as")
    return lines


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _warnings(cluster: Entry, server: str) -> tuple[str, ...]:
    if not cluster.flag("insecure-skip-tls-verify") or server.startswith("http:"):
        return ()
    return (f"the certificate of {server} is not verified: insecure-skip-tls-verify in {cluster}",)


def _advice(cluster: Entry, environ: Mapping[str, str]) -> str:
    if cluster.text("proxy-url") or not (environ.get("HTTPS_PROXY") or environ.get("https_proxy")):
        return ""
    return f"HTTPS_PROXY is not used for the cluster: if it must be, set proxy-url of {cluster}"


def _auth_provider_login(user: Entry) -> Login:
    from svcat.kube import auth_provider  # noqa: PLC0415 - few need it

    provider = auth_provider.with_trusted_issuer(user)
    _, token = _ask_kubernetes_package(
        str(user), kubeconfig=auth_provider.as_kubeconfig(provider), hint="log in again"
    )
    if not token:
        raise AuthFailed(
            f'{user}: auth-provider "{provider.get("name", "")}" gave no token',
            hint="log in again, or use an exec plugin: kubectl has dropped most auth-providers",
        )
    auth_provider.save_renewed(user, provider)
    return Login({"Authorization": f"Bearer {token}"})


def _in_cluster(environ: Mapping[str, str], service_account: Path) -> Cluster:
    if not environ.get("KUBERNETES_SERVICE_HOST") or not (service_account / "token").exists():
        tried = environ.get("KUBECONFIG") or files.default_file(environ)
        raise NotFound(
            f"no cluster is configured: {tried} is missing or empty, and this is no pod",
            hint="name a kubeconfig with --kubeconfig or $KUBECONFIG, "
            "or keep everything on this machine with --store local",
        )
    pod = Entry("service account", "default", service_account / "token", {})
    server, token = _ask_kubernetes_package(
        "the pod's service account", environ=environ, service_account=service_account
    )
    namespace = environ.get("POD_NAMESPACE")
    if not namespace and (service_account / "namespace").exists():
        namespace = pod.read_file("namespace", "namespace").strip()
    return Cluster(
        server=server,
        source=str(service_account),
        tls=Tls(ca_pem=pod.read_file("ca.crt", "ca.crt")),
        headers={"Authorization": f"Bearer {token}"},
        namespace=namespace or "default",
        user_name="service account",
        renew=partial(_in_cluster, environ, service_account),
    )


def _ask_kubernetes_package(
    what: str,
    *,
    kubeconfig: dict[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
    service_account: Path = SERVICE_ACCOUNT,
    hint: str | None = None,
) -> tuple[str, str]:
    """Ask for server and bearer token (empty if none came), in-cluster without ``kubeconfig``.

    Its loader may refresh the tokens in ``kubeconfig`` in place. Raises AuthFailed.
    """
    from kubernetes.client import Configuration
    from kubernetes.config.incluster_config import InClusterConfigLoader
    from kubernetes.config.kube_config import KubeConfigLoader

    configuration: Any = Configuration()
    in_cluster: Any = InClusterConfigLoader
    from_kubeconfig: Any = KubeConfigLoader
    try:
        if kubeconfig is None:
            loader = in_cluster(
                token_filename=str(service_account / "token"),
                cert_filename=str(service_account / "ca.crt"),
                environ=environ,
            )
        else:
            loader = from_kubeconfig(config_dict=kubeconfig, config_base_path="")
        loader.load_and_set(configuration)
    except Exception as error:
        # Its exceptions come from four libraries and may quote tokens: only the kind is told.
        raise AuthFailed(
            f"{what}: no login could be got ({type(error).__name__})", hint=hint
        ) from None
    # The key was renamed in release 36.0.1.
    keys = configuration.api_key
    authorization = str(keys.get("BearerToken") or keys.get("authorization") or "")
    return configuration.host, authorization.partition(" ")[2].strip()
