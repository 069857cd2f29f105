"""Servers and certificates for the HTTP client's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from svcat.http import HttpClient, Response
from svcat.http import Request as HttpRequest
from tests.brokers.hostile import HostileBroker, ServerTls
from tests.controlplane.certificates import Authority, Pair

Send = Callable[..., Response]


@pytest.fixture
def server() -> Iterator[HostileBroker]:
    with HostileBroker() as server:
        yield server


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with HttpClient() as client:
        yield client


@pytest.fixture
def send(http: HttpClient, server: HostileBroker) -> Send:
    """Send with ``http`` to ``server``; a body makes it a PUT."""

    def send(
        path: str = "/x", body: bytes | None = None, *, deadline_s: float = 5.0, cap: int = 65536
    ) -> Response:
        method = "GET" if body is None else "PUT"
        request = HttpRequest(method=method, url=server.url + path, headers={}, body=body)
        return http.send(request, deadline_s=deadline_s, body_cap=cap)

    return send


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority("private CA")


@pytest.fixture
def server_tls(tmp_path: Path) -> Callable[..., ServerTls]:
    """Write a pair to files, as servers want it."""

    def write(pair: Pair, **wishes: object) -> ServerTls:
        cert, key = tmp_path / "server.crt", tmp_path / "server.key"
        cert.write_text(pair.certificate_pem)
        key.write_text(pair.key_pem)
        return ServerTls(cert=cert, key=key, **wishes)  # type: ignore[arg-type] # as named there

    return write
