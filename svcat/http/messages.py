"""What goes out, what comes back, and the two ways in which nothing does.

Reprs, messages and observed facts never hold credentials or userinfo; of bodies, observed facts
hold what is known to be harmless.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

# Values of these query parameters are no secrets; all others are hidden from a trace.
_PLAIN_PARAMETERS = frozenset(
    {
        "accepts_incomplete",
        "dryRun",
        "fieldManager",
        "force",
        "labelSelector",
        "limit",
        "plan_id",
        "service_id",
    }
)


# Values of these headers are no secrets; of all others only the name is told.
_PLAIN_HEADERS = frozenset(
    {
        "accept",
        "audit-id",
        "cache-control",
        "connection",
        "content-length",
        "content-type",
        "date",
        "etag",
        "if-modified-since",
        "if-none-match",
        "last-modified",
        "retry-after",
        "server",
        "transfer-encoding",
        "user-agent",
        "x-broker-api-request-identity",
        "x-broker-api-version",
    }
)


class Fault(StrEnum):
    """Why there is no whole answer."""

    TIMEOUT = "timeout"
    RESET = "connection lost"
    TRUNCATED = "answer cut off"
    TOO_LARGE = "answer too large"
    UNREADABLE = "answer unreadable"


class NotSent(Exception):
    """Nothing reached the server: name unknown, refused, TLS handshake, proxy.

    ``str()`` is the reason in words, without secrets.
    """


class AnswerLost(Exception):
    """The request went out, at least in part, and no whole answer came back.

    ``status`` and ``body`` (what was read of it) are there if the head of the answer was read.
    """

    def __init__(self, reason: str, *, fault: Fault, response: "Response | None" = None) -> None:
        super().__init__(reason)
        self.fault = fault
        self.response = response

    @property
    def status(self) -> int | None:
        """The status, if that much of the answer was read."""
        return None if self.response is None else self.response.status

    @property
    def may_arrive_late(self) -> bool:
        """Whether the server may yet carry the request out: it has not answered it."""
        return self.response is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How to trust the server, and how to be trusted by it.

    ``ca_pem`` is used instead of the system's store. ``server_name`` replaces the URL's host in
    SNI and in the certificate check.
    """

    ca_pem: str | None = None
    insecure: bool = False
    server_name: str | None = None
    client_cert_pem: str | None = None
    client_key_pem: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; Host, Content-Length and Accept-Encoding are added when it is sent.

    ``more_headers`` is for names that come more than once.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    more_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Exchange(NamedTuple):
    """What may be told about one exchange; ``problem`` is empty when an answer came."""

    method: str
    url: str
    status: int | None
    duration_ms: float
    sent_bytes: int
    received_bytes: int
    problem: str
    sent_headers: Mapping[str, str]
    sent: str  # the body as JSON in one line, secrets hidden
    received_headers: Mapping[str, str]
    received: str


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return ``headers`` with the values of telling ones hidden."""
    return {k: v if k.lower() in _PLAIN_HEADERS else "***" for k, v in headers.items()}


def redacted_url(url: str) -> str:
    """Write ``url`` without userinfo and without the values of telling query parameters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "***"
    authority = parts.netloc.rpartition("@")[2]
    query = "&".join(
        f"{name}={value if name in _PLAIN_PARAMETERS else '***'}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return f"{parts.scheme}://{authority}{parts.path}" + (f"?{query}" if query else "")
