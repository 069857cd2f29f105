"""Logins that the ``kubernetes`` package gets for us: OIDC, and the pod that we run in."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from svcat.errors import AuthFailed, NotFound
from svcat.kube.config import load_cluster
from tests.controlplane.certificates import Authority
from tests.kube.kubeconfigs import Environ, Writer, base64
from tests.kube.servers import Asked, ScriptedServer, http, scripted_server

CANARY = "cAnArY"


def token(expires_in_s: float, name: str = "ada") -> str:
    """Make a token that looks like a JWT (nobody here checks its signature)."""
    claims = json.dumps({"sub": name, "exp": int(time.time() + expires_in_s)}).encode()
    middle = urlsafe_b64encode(claims).decode().rstrip("=")
    return f"e30.{middle}.c2ln"


@pytest.fixture
def issuer(tmp_path: Path, authority: Authority) -> Iterator[ScriptedServer]:
    """An identity provider that renews any refresh token."""
    folder = tmp_path / "issuer"
    folder.mkdir()
    with scripted_server(folder, authority.issue("idp", names=["127.0.0.1"])) as running:

        def answer(asked: Asked) -> bytes:
            if asked.target.endswith("/.well-known/openid-configuration"):
                return http(200, {"token_endpoint": f"{running.url}/token"})
            fresh = {"id_token": token(3600, "renewed"), "refresh_token": "second"}
            return http(200, fresh | {"access_token": "x", "token_type": "Bearer"})

        running.answer = answer
        yield running


@pytest.fixture
def oidc(kubeconfigs: Writer, authority: Authority, issuer: ScriptedServer) -> Callable[..., Path]:
    """Write a kubeconfig of an OIDC user."""

    def write(id_token: str, **more: Any) -> Path:
        config = {
            "client-id": "svcat",
            "client-secret": CANARY,
            "id-token": id_token,
            "idp-issuer-url": issuer.url,
            "idp-certificate-authority-data": base64(authority.pem),
            "refresh-token": "first",
            **{key.replace("_", "-"): value for key, value in more.items()},
        }
        given = {key: value for key, value in config.items() if value is not None}
        return kubeconfigs.write({"auth-provider": {"name": "oidc", "config": given}})

    return write


def test_a_fresh_oidc_token_is_used_as_it_is(
    oidc: Callable[..., Path], issuer: ScriptedServer, environ: Environ
) -> None:
    fresh = token(3600)

    loaded = load_cluster(kubeconfig=str(oidc(fresh)), context=None, environ=environ())

    assert loaded.headers == {"Authorization": f"Bearer {fresh}"}
    assert issuer.asked == []


def test_an_old_oidc_token_is_renewed_and_kept(
    oidc: Callable[..., Path], issuer: ScriptedServer, environ: Environ
) -> None:
    path = oidc(token(-1))
    path.chmod(0o640)

    loaded = load_cluster(kubeconfig=str(path), context=None, environ=environ())

    kept = yaml.safe_load(path.read_text())["users"][0]["user"]["auth-provider"]["config"]
    assert loaded.headers == {"Authorization": f"Bearer {kept['id-token']}"}
    assert kept["refresh-token"] == "second"
    assert kept["client-secret"] == CANARY
    assert parse_qs(issuer.asked[-1].body.decode())["refresh_token"] == ["first"]
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in path.parent.glob("config*")] == ["config"]


def test_a_kubeconfig_that_kubectl_is_writing_is_left_alone(
    oidc: Callable[..., Path], environ: Environ
) -> None:
    path = oidc(token(-1))
    before = path.read_text()
    path.with_name("config.lock").touch()

    loaded = load_cluster(kubeconfig=str(path), context=None, environ=environ())

    assert loaded.headers["Authorization"].startswith("Bearer ")
    assert path.read_text() == before


def test_an_issuer_that_nobody_vouches_for_hears_no_secret(
    oidc: Callable[..., Path], issuer: ScriptedServer, environ: Environ
) -> None:
    path = oidc(token(-1), idp_certificate_authority_data=None)

    with pytest.raises(AuthFailed) as caught:
        load_cluster(kubeconfig=str(path), context=None, environ=environ())

    assert issuer.asked == []
    assert 'user "u"' in caught.value.message
    assert CANARY not in caught.value.message


@pytest.mark.parametrize("answer", [http(200, b"<html>"), http(200, {})])
def test_an_issuer_in_trouble_is_a_failed_login(
    oidc: Callable[..., Path], issuer: ScriptedServer, environ: Environ, answer: bytes
) -> None:
    issuer.answer = lambda asked: answer

    with pytest.raises(AuthFailed, match='user "u"'):
        load_cluster(kubeconfig=str(oidc(token(-1))), context=None, environ=environ())


def test_a_token_that_cannot_be_renewed_is_left_for_the_server_to_judge(
    oidc: Callable[..., Path], issuer: ScriptedServer, environ: Environ
) -> None:
    issuer.answer = lambda asked: http(500, b"no")
    old = token(-1)

    loaded = load_cluster(kubeconfig=str(oidc(old)), context=None, environ=environ())

    assert loaded.headers == {"Authorization": f"Bearer {old}"}


@pytest.mark.parametrize(
    "provider",
    [{"name": "azure"}, {"name": "oidc"}, {"name": "oidc", "config": {"id-token": "x"}}, {}],
)
def test_an_auth_provider_without_a_token_is_a_failed_login(
    kubeconfigs: Writer, environ: Environ, provider: dict[str, Any]
) -> None:
    path = kubeconfigs.write({"auth-provider": provider | {"x": "y"}})

    with pytest.raises(AuthFailed) as caught:
        load_cluster(kubeconfig=str(path), context=None, environ=environ())

    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.fixture
def pod(tmp_path: Path, authority: Authority) -> Path:
    """The files that a pod has of its service account."""
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").write_text("pod-token\n")
    (folder / "ca.crt").write_text(authority.pem)
    (folder / "namespace").write_text("shop\n")
    return folder


IN_POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def test_without_a_kubeconfig_a_pod_uses_its_service_account(
    pod: Path, environ: Environ, authority: Authority
) -> None:
    loaded = load_cluster(
        kubeconfig=None, context=None, environ=environ(**IN_POD), service_account=pod
    )
    (pod / "token").write_text("rotated\n")

    assert loaded.server == "https://10.0.0.1:443"
    assert loaded.tls.ca_pem == authority.pem
    assert loaded.namespace == "shop"
    assert loaded.headers == {"Authorization": "Bearer pod-token"}
    assert loaded.renew is not None
    assert loaded.renew().headers == {"Authorization": "Bearer rotated"}


def test_an_address_of_version_six_is_bracketed(pod: Path, environ: Environ) -> None:
    host = environ(KUBERNETES_SERVICE_HOST="fd00::1", KUBERNETES_SERVICE_PORT="443")

    loaded = load_cluster(kubeconfig=None, context=None, environ=host, service_account=pod)

    assert loaded.server == "https://[fd00::1]:443"


def test_a_kubeconfig_beats_the_pod(pod: Path, kubeconfigs: Writer, environ: Environ) -> None:
    listed = environ(KUBECONFIG=str(kubeconfigs.write({"token": "t"})), **IN_POD)

    loaded = load_cluster(kubeconfig=None, context=None, environ=listed, service_account=pod)

    assert loaded.headers == {"Authorization": "Bearer t"}


def test_a_named_context_is_not_the_pod(pod: Path, environ: Environ) -> None:
    with pytest.raises(NotFound, match='context "prod" is not in any kubeconfig'):
        load_cluster(
            kubeconfig=None, context="prod", environ=environ(**IN_POD), service_account=pod
        )


@pytest.mark.parametrize("spoilt", ["token", "ca.crt"])
def test_a_spoilt_service_account_is_a_failed_login(
    pod: Path, environ: Environ, spoilt: str
) -> None:
    (pod / spoilt).write_text("")

    with pytest.raises(AuthFailed, match="the pod's service account"):
        load_cluster(kubeconfig=None, context=None, environ=environ(**IN_POD), service_account=pod)
