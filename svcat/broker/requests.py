"""One request of a platform, checked for form: version, identity, ids, query and body.

OSB 2.17, Headers and URL Properties. Unknown fields are ignored, as the spec demands.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from svcat.broker.errors import Refusal, bad_request
from svcat.broker.limits import LIMITS
from svcat.osb.models import JsonObject, MaintenanceInfo, Struct

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")
_OLDEST_MINOR = 11


class RequestBody(Struct, frozen=True, kw_only=True):
    """What any PUT or PATCH may carry; which fields must be there depends on the verb."""

    service_id: str = ""
    plan_id: str = ""
    context: JsonObject = msgspec.field(default_factory=dict)
    organization_guid: str = ""
    space_guid: str = ""
    parameters: JsonObject | None = None
    maintenance_info: MaintenanceInfo | None = None
    predecessor_binding_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as the life-cycle code wants it."""

    instance_id: str = ""
    binding_id: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: RequestBody = field(default_factory=RequestBody)

    @property
    def accepts_incomplete(self) -> bool:
        """Whether the platform takes a 202."""
        return self.query.get("accepts_incomplete") == "true"

    def ids_from_query(self) -> tuple[str, str]:
        """``service_id`` and ``plan_id`` of a DELETE, where both must be there."""
        for name in ("service_id", "plan_id"):
            if not self.query.get(name):
                raise bad_request(f"{name} is missing in the query")
        return self.query["service_id"], self.query["plan_id"]

    def check_hints(self) -> None:
        """Refuse empty hints on a GET; they may be left out, but not be empty."""
        for name in ("service_id", "plan_id", "operation"):
            if self.query.get(name) == "":
                raise bad_request(f"{name} in the query must not be empty")


def check_version(value: str) -> None:
    """Refuse a missing, malformed or unknown ``X-Broker-API-Version``."""
    if not value:
        raise bad_request("header X-Broker-API-Version is missing; this broker speaks 2.17")
    match = _VERSION.fullmatch(value)
    if match is None:
        raise bad_request("header X-Broker-API-Version must be MAJOR.MINOR, such as 2.17")
    major, minor = int(match[1]), int(match[2])
    if major != 2 or minor < _OLDEST_MINOR:
        raise Refusal(
            412, f"API version {major}.{minor} is not supported: use 2.{_OLDEST_MINOR} to 2.17"
        )


def check_id(name: str, value: str) -> None:
    """Refuse ids that are empty, endless or unprintable."""
    if not value or len(value) > LIMITS.id_characters or not value.isprintable():
        raise bad_request(f"{name} must have 1 to {LIMITS.id_characters} printable characters")


def parse_identity(header: str) -> JsonObject | None:
    """The originating identity as ``{"platform": …, "value": {…}}``, None without a header."""
    if not header:
        return None
    platform, _, value = header.partition(" ")
    try:
        decoded = json.loads(base64.b64decode(value.strip(), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        decoded = None
    if not platform or not isinstance(decoded, dict):
        raise bad_request(
            "header X-Broker-API-Originating-Identity must be a platform and a Base64 JSON object"
        )
    return {"platform": platform, "value": decoded}


def parse_body(raw: bytes) -> RequestBody:
    """Decode the body of a PUT or PATCH. Raises Refusal (400) with the JSON path."""
    try:
        return msgspec.json.decode(raw, type=RequestBody)
    except msgspec.ValidationError as error:
        raise bad_request(f"body: {error}") from None
    except (msgspec.DecodeError, RecursionError):
        raise bad_request("body is not JSON") from None


def check_context(body: RequestBody, identity: JsonObject | None) -> None:
    """Refuse a context of another platform than the one that the identity names."""
    platform = body.context.get("platform")
    if identity is not None and platform is not None and identity["platform"] != platform:
        raise bad_request("context.platform differs from the platform of the originating identity")
