"""The OSB headers, out and in, and version negotiation (OSB 2.17, Headers)."""

import base64
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from svcat import __version__
from svcat.osb.models import Identity

VERSION_HEADER = "X-Broker-API-Version"
REQUEST_IDENTITY_HEADER = "X-Broker-API-Request-Identity"
ORIGINATING_IDENTITY_HEADER = "X-Broker-API-Originating-Identity"
VERSIONS = ("2.17", "2.16", "2.15", "2.14", "2.13", "2.12", "2.11")

MIN_RETRY_AFTER_S = 1.0
MAX_RETRY_AFTER_S = 3600.0

_VERSION = re.compile(r"(?<![\d.])2\.\d{1,2}(?![\d])")
_ABOUT_VERSION = re.compile(r"x-broker-api-version|api.?version|version\D{0,40}2\.\d", re.I)


def request_headers(
    *, api_version: str, request_id: str, identity: str | None, has_body: bool
) -> dict[str, str]:
    """The headers of every request; ``identity`` is the value made by ``identity_value``."""
    headers = {
        VERSION_HEADER: api_version,
        REQUEST_IDENTITY_HEADER: request_id,
        "Accept": "application/json",
        "User-Agent": f"svcat/{__version__}",
    }
    if identity is not None:
        headers[ORIGINATING_IDENTITY_HEADER] = identity
    if has_body:  # frameworks answer 400 to a Content-Type without a body
        headers["Content-Type"] = "application/json"
    return headers


def identity_value(platform: str, identity: Identity) -> str:
    """``platform base64(json)``: for Kubernetes all four members, empty where nothing is known."""
    members: dict[str, object] = {
        "username": identity.username,
        "uid": identity.uid,
        "groups": identity.groups,
        "extra": identity.extra,
    }
    if platform == "cloudfoundry":
        members = {"user_id": identity.uid or identity.username}
    return f"{platform} {base64.b64encode(msgspec.json.encode(members)).decode()}"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, both forms, between 1 second and 1 hour; nonsense is None.

    A date is read against the server's own clock, if it sends one.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,20}", value):
        return _clamped(float(value))
    moment = _http_date(value)
    if moment is None:
        return None
    now = _http_date(headers.get("date", "")) or datetime.now(UTC)
    return _clamped((moment - now).total_seconds())


def rejects_version(status: int, text: str) -> bool:
    """Whether an answer says that it is our API version that is not liked."""
    return status == 412 or (status == 400 and _ABOUT_VERSION.search(text) is not None)


def next_version(text: str, tried: Collection[str]) -> str | None:
    """The version to try next: the highest that the broker's words name, else the highest left."""
    named = _VERSION.findall(text)
    left = [version for version in VERSIONS if version not in tried]
    wanted = [version for version in left if version in named]
    return next(iter(wanted or left), None)


def _clamped(seconds: float) -> float:
    return min(max(seconds, MIN_RETRY_AFTER_S), MAX_RETRY_AFTER_S)


def _http_date(value: str) -> datetime | None:
    if len(value) > 40:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
