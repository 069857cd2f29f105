"""HTTP/1.1 as svcat needs it: one request, one whole answer, one deadline.

Built on h11 and plain sockets, because the questions that matter here are "had a byte of the
request left?" and "when does it end?": both are lines of ``client`` and ``connection``, not
settings of a library. Nothing is re-sent, no redirect is followed, nothing is taken from the
environment, no answer is decompressed. Both servers we talk to (brokers, Kubernetes) use this.
"""

from svcat.http.client import HttpClient
from svcat.http.messages import (
    AnswerLost,
    Exchange,
    Fault,
    NotSent,
    Request,
    Response,
    Tls,
    redacted_headers,
    redacted_url,
)

__all__ = [
    "AnswerLost",
    "Exchange",
    "Fault",
    "HttpClient",
    "NotSent",
    "Request",
    "Response",
    "Tls",
    "redacted_headers",
    "redacted_url",
]
