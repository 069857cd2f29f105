"""TLS: whom we trust, what we refuse, and that no key is left lying about."""

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from svcat.http import AnswerLost, HttpClient, NotSent, Request, Response, Tls
from tests.brokers.hostile import HostileBroker, ServerTls, answer, raw
from tests.controlplane.certificates import Authority

ServerTlsWriter = Callable[..., ServerTls]


def ask(url: str, tls: Tls) -> Response:
    with HttpClient(tls=tls) as http:
        headers = {"Authorization": "Basic canary"}
        request = Request(method="PUT", url=url, headers=headers, body=b"{}")
        return http.send(request, deadline_s=5, body_cap=100)


def test_R016_a_private_ca_is_enough(authority: Authority, server_tls: ServerTlsWriter) -> None:
    with HostileBroker(tls=server_tls(authority.issue("broker", names=["127.0.0.1"]))) as server:
        server.script(answer(201, b"ok"))

        assert ask(server.url, Tls(ca_pem=authority.pem)).body == b"ok"


def test_the_servers_own_certificate_will_do_as_ca(
    authority: Authority, server_tls: ServerTlsWriter
) -> None:
    pair = authority.issue("broker", names=["127.0.0.1"])
    with HostileBroker(tls=server_tls(pair)) as server:
        server.script(answer(201))

        assert ask(server.url, Tls(ca_pem=pair.certificate_pem)).status == 201


@pytest.mark.parametrize(
    ("names", "expired", "trusted", "reason"),
    [
        (["other.example"], False, True, "mismatch"),
        (["127.0.0.1"], True, True, "expired"),
        (["127.0.0.1"], False, False, "certificate refused"),
    ],
    ids=["wrong name", "expired", "unknown CA"],
)
def test_a_certificate_that_does_not_hold_is_refused_before_anything_is_sent(
    authority: Authority,
    server_tls: ServerTlsWriter,
    names: list[str],
    expired: bool,
    trusted: bool,
    reason: str,
) -> None:
    ca = authority if trusted else Authority("stranger")
    pair = authority.issue("broker", names=names, expired=expired)
    with HostileBroker(tls=server_tls(pair)) as server:
        with pytest.raises(NotSent, match=reason):
            ask(server.url, Tls(ca_pem=ca.pem))

        assert b"canary" not in bytes(server.received)
        assert server.requests == []


def test_R016_the_given_ca_is_used_instead_of_the_systems(
    authority: Authority,
    server_tls: ServerTlsWriter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = tmp_path / "system.pem"
    system.write_text(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    with HostileBroker(tls=server_tls(authority.issue("b", names=["127.0.0.1"]))) as server:
        server.always(answer(200))

        assert ask(server.url, Tls()).status == 200
        with pytest.raises(NotSent, match="certificate refused"):
            ask(server.url, Tls(ca_pem=Authority("stranger").pem))


def test_tls_1_1_is_refused(authority: Authority, server_tls: ServerTlsWriter) -> None:
    pair = authority.issue("broker", names=["127.0.0.1"])
    old = server_tls(pair, highest=ssl.TLSVersion.TLSv1_1)
    with HostileBroker(tls=old) as server, pytest.raises(NotSent, match="no TLS connection"):
        ask(server.url, Tls(insecure=True))


def test_a_server_name_replaces_the_urls_host(
    authority: Authority, server_tls: ServerTlsWriter
) -> None:
    pair = authority.issue("broker", names=["broker.example"])
    with HostileBroker(tls=server_tls(pair)) as server:
        server.script(answer(200))

        tls = Tls(ca_pem=authority.pem, server_name="broker.example")
        assert ask(server.url, tls).status == 200


def test_R016_insecure_trusts_anybody(server_tls: ServerTlsWriter) -> None:
    pair = Authority("stranger").issue("b", names=["other.example"], expired=True)
    with HostileBroker(tls=server_tls(pair)) as server:
        server.script(answer(200))

        assert ask(server.url, Tls(insecure=True)).status == 200


def test_R018_a_client_certificate_logs_in(
    authority: Authority, server_tls: ServerTlsWriter, tmp_path: Path
) -> None:
    clients = tmp_path / "clients.pem"
    clients.write_text(authority.pem)
    pair = authority.issue("broker", names=["127.0.0.1"])
    client = authority.issue("platform")
    with HostileBroker(tls=server_tls(pair, client_ca=clients)) as server:
        server.script(answer(200))

        tls = Tls(
            ca_pem=authority.pem,
            client_cert_pem=client.certificate_pem,
            client_key_pem=client.key_pem,
        )
        assert ask(server.url, tls).status == 200


def test_a_client_certificate_that_is_missing_lets_nothing_through(
    authority: Authority, server_tls: ServerTlsWriter, tmp_path: Path
) -> None:
    clients = tmp_path / "clients.pem"
    clients.write_text(authority.pem)
    pair = authority.issue("broker", names=["127.0.0.1"])
    with HostileBroker(tls=server_tls(pair, client_ca=clients)) as server:
        # With TLS 1.3 the refusal arrives after our first bytes; a reset may hide it.
        with pytest.raises((NotSent, AnswerLost)):
            ask(server.url, Tls(ca_pem=authority.pem))

        assert server.requests == []


@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        (Tls(ca_pem="no PEM"), "CA certificate"),
        (Tls(ca_pem="-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"), "CA"),
        (Tls(client_cert_pem="x", client_key_pem="canary"), "client certificate"),
    ],
)
def test_pem_that_is_none_is_not_sent_and_not_told(
    server: HostileBroker, tls: Tls, reason: str
) -> None:
    with pytest.raises(NotSent, match=reason) as caught:
        ask(server.url.replace("http:", "https:"), tls)

    assert "canary" not in str(caught.value) + repr(caught.value.__cause__)


def test_plain_http_behind_an_https_url_is_not_sent() -> None:
    refusal = raw(b"HTTP/1.1 400 This Is No TLS\r\n\r\n")
    with (
        HostileBroker(greeting=refusal) as plain,
        pytest.raises(NotSent, match="no TLS connection"),
    ):
        ask(plain.url.replace("http:", "https:"), Tls(insecure=True))


_LOAD_AND_DIE = """
import os, signal, sys
from svcat.http import Tls
from svcat.http.tls import tls_context
cert, key = sys.stdin.read().split("SPLIT")
tls_context(Tls(insecure=True, client_cert_pem=cert, client_key_pem=key))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_private_key_is_left_on_disk_by_a_kill(authority: Authority, tmp_path: Path) -> None:
    pair = authority.issue("platform")
    env = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", _LOAD_AND_DIE],
        input=f"{pair.certificate_pem}SPLIT{pair.key_pem}",
        text=True,
        env=env,
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.rglob("*")) == []


def test_where_memory_files_are_missing_a_nameless_one_serves(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from svcat.http.tls import tls_context

    pair = authority.issue("platform")
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    tls_context(
        Tls(
            insecure=True,
            client_cert_pem=pair.certificate_pem,
            client_key_pem=pair.key_pem,
        )
    )

    assert list(tmp_path.rglob("*")) == []
