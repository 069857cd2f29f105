"""What is fuzzed: every decoder of foreign bytes, as ``bytes -> None``.

A target lets out no exception but those named here as its own; hypothesis (in the suite) and
atheris (``python -m tests.fuzz.atheris_entry``) drive the same functions.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from svcat.errors import UsageError
from svcat.osb.headers import next_version, rejects_version, retry_after_s
from svcat.osb.models import (
    Bound,
    Deleted,
    FetchedInstance,
    LastOperation,
    Provisioned,
)
from svcat.osb.outcome import Body
from svcat.osb.urls import binding_path, broker_url, query
from svcat.osb.wire import (
    Decoded,
    Malformed,
    decode_body,
    decode_cached_catalog,
    decode_catalog,
    decode_error,
    encode_catalog,
    excerpt,
    json_value,
)

Target = Callable[[bytes], None]


def _body_target(model: type) -> Target:
    def target(data: bytes) -> None:
        decoded: Decoded[Any] = decode_body(data, model)
        assert (decoded.value is None) is bool(decoded.problem)
        assert decoded.kind in Body

    return target


def catalog(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        found = decode_catalog(data)
        again = decode_cached_catalog(encode_catalog(found))
        assert again.problems == found.problems
        assert len(again.services) == len(found.services)
        for offering in found.services:
            assert offering.id
            assert offering.name
            json_value(offering.metadata)


def cached_catalog(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        decode_cached_catalog(data)


def error_body(data: bytes) -> None:
    error = decode_error(400, data)
    assert len(error.description) <= 4096
    assert len(error.error) <= 512


def excerpts(data: bytes) -> None:
    text = excerpt(data)
    assert len(text) <= 512
    assert text.isprintable()


def headers(data: bytes) -> None:
    text = data.decode("latin-1")
    seconds = retry_after_s({"retry-after": text, "date": text})
    assert seconds is None or 1 <= seconds <= 3600
    rejects_version(400, text)
    next_version(text, ["2.17"])


def urls(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(UsageError):
        path = binding_path(text, text) + query({"service_id": text})
        assert path.isascii()
        assert path.isprintable()
        assert path.count("/") == 5
        assert path.count("?") == 1
        assert "/../" not in path
    with contextlib.suppress(UsageError):
        assert "@" not in broker_url(text).split("/")[2]


TARGETS: dict[str, Target] = {
    "catalog": catalog,
    "cached catalog": cached_catalog,
    "provisioned": _body_target(Provisioned),
    "bound": _body_target(Bound),
    "deleted": _body_target(Deleted),
    "fetched instance": _body_target(FetchedInstance),
    "last operation": _body_target(LastOperation),
    "error body": error_body,
    "excerpt": excerpts,
    "headers": headers,
    "urls": urls,
}
