"""A connection to a broker that sends nothing: what would be sent is noted, and success answered.

Stands where the HTTP client stands, below the client that makes headers, paths and bodies, so that
what is noted is what would go over the wire. Whether a broker may at least be read is the
caller's choice.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from svcat.http import HttpClient, Request, Response, Tls

_BEARER = {"access_token": "fetched-when-it-is-sent", "token_type": "bearer", "expires_in": 300}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that was not sent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_verified: bool = True  # False: the certificate is not looked at
    has_own_ca: bool = False


class RehearsedHttp(HttpClient):
    """An HTTP client for ``BrokerClient``; ``reads`` sends GETs for real."""

    def __init__(
        self, note: Callable[[Sent], None], *, tls: Tls, reads: HttpClient | None = None
    ) -> None:
        super().__init__(tls=tls)
        self._note = note
        self._trust = {"is_verified": not tls.insecure, "has_own_ca": tls.ca_pem is not None}
        self._reads = reads

    def send(self, request: Request, *, deadline_s: float, body_cap: int) -> Response:
        """Note the request and give the answer of a broker that does at once what it is asked."""
        path = urlsplit(request.url).path
        is_login = request.method == "POST"
        if self._reads is not None and (request.method == "GET" or is_login):
            return self._reads.send(request, deadline_s=deadline_s, body_cap=body_cap)
        if not is_login:
            self._note(
                Sent(
                    method=request.method,
                    url=request.url,
                    headers=dict(request.headers),
                    body=request.body,
                    **self._trust,
                )
            )
        status, body = _BEARER_ANSWER if is_login else _answer(request.method, path)
        if "If-None-Match" in request.headers or "If-Modified-Since" in request.headers:
            status = 304
        headers = {"content-type": "application/json"}
        return Response(status=status, headers=headers, body=json.dumps(body).encode())


_BEARER_ANSWER: tuple[int, dict[str, Any]] = (200, _BEARER)


def _answer(method: str, path: str) -> tuple[int, dict[str, Any]]:
    if path.endswith("/v2/catalog"):
        return 200, {"services": []}
    if path.endswith("/last_operation"):
        return 200, {"state": "succeeded"}
    if method == "PUT" and "/service_bindings/" in path:
        return 202, {}  # credentials cannot be made up
    if method == "GET" and "/service_bindings/" in path:
        return 200, {"credentials": {"what-the-broker-gives": ""}}
    return (201 if method == "PUT" else 200), {}
