"""How credentials become the contents of a Secret. Pure.

As Service Catalog wrote it: one key per top-level credential, strings raw, everything else compact
JSON; plus ``type`` and ``provider`` where the broker gave none (servicebinding.io). Keys that a
Secret cannot have are spelled out, and then the whole document stands under ``credentials.json``.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from svcat.osb.models import Bound, JsonObject
from svcat.store.records import BindingRecord

RAW_DOCUMENT = "credentials.json"
_KEY = re.compile(r"(?!\.\.?$)(?!\.\.)[-._a-zA-Z0-9]{1,253}", re.ASCII)
_ILLEGAL = re.compile(r"[^-._a-zA-Z0-9]", re.ASCII)
_TYPE_CHARACTERS = re.compile(r"[^a-z0-9.-]+", re.ASCII)


def lay_out(body: Bound, record: BindingRecord) -> Mapping[str, bytes]:
    """Return the Secret's contents for a binding's answer."""
    credentials = {**_besides_credentials(body), **(body.credentials or {})}
    contents: dict[str, bytes] = {}
    for name, value in credentials.items():
        key = secret_key(name)
        contents[key if key not in contents else secret_key(f"{name}\0")] = to_bytes(value)
    if any(name != secret_key(name) for name in credentials) or len(contents) != len(credentials):
        contents[RAW_DOCUMENT] = msgspec.json.encode(body.credentials or {})
    contents.setdefault("type", service_type(record.service_name).encode())
    contents.setdefault("provider", record.broker.name.encode())
    return contents


def renamed_keys(credentials: JsonObject) -> dict[str, str]:
    """Return the credentials whose names a Secret cannot have, and the keys they get."""
    return {name: key for name in credentials if (key := secret_key(name)) != name}


def secret_key(name: str) -> str:
    """Return ``name`` if a Secret may have such a key, else a spelling of it that may.

    ``a/b`` → ``a_x2f_b``: each illegal character as its code point in hexadecimal.
    """
    if _KEY.fullmatch(name):
        return name
    spelled = _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):x}_", name)
    if spelled in {"", ".", ".."} or spelled.startswith(".."):
        spelled = "".join(f"_x{ord(c):x}_" for c in name) or "_x_"
    return spelled[:253]


def service_type(service_name: str) -> str:
    """Return a servicebinding.io type made of an offering's name."""
    return _TYPE_CHARACTERS.sub("-", service_name.lower()).strip("-.") or "service"


def to_bytes(value: Any) -> bytes:
    """Return a credential as a Secret holds it."""
    if isinstance(value, str):
        return value.encode()
    return msgspec.json.encode(value)


def _besides_credentials(body: Bound) -> JsonObject:
    """Return what a binding may give besides credentials (spec, Binding)."""
    found: JsonObject = {}
    if body.syslog_drain_url:
        found["syslog_drain_url"] = body.syslog_drain_url
    if body.route_service_url:
        found["route_service_url"] = body.route_service_url
    if body.volume_mounts:
        found["volume_mounts"] = body.volume_mounts
    if body.endpoints:
        found["endpoints"] = body.endpoints
    return found
