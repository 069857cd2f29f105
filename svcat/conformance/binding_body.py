"""What a binding may tell of itself (OSB 2.17, Binding, and the objects described there)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from svcat.osb.models import JsonObject

_INFORMATION = ("credentials", "syslog_drain_url", "route_service_url", "volume_mounts")
_PERMISSIONS = {
    "syslog_drain_url": "syslog_drain",
    "route_service_url": "route_forwarding",
    "volume_mounts": "volume_mount",
}
_MOUNT = {"driver": str, "container_dir": str, "mode": str, "device_type": str, "device": dict}
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")  # yyyy-mm-ddThh:mm:ss.sZ


def information_in(members: JsonObject) -> bool:
    """Whether there is anything that an application could use."""
    return any(members.get(name) for name in _INFORMATION)


def complaints_about(members: JsonObject, requires: tuple[str, ...]) -> Iterator[str]:
    """Say what is wrong with a binding's body; no credentials are repeated."""
    if not isinstance(members.get("credentials", {}), dict | None):
        yield "credentials is no object"
    for name in ("syslog_drain_url", "route_service_url"):
        if not isinstance(members.get(name), str | None):
            yield f"{name} is no string"
    for name, permission in _PERMISSIONS.items():
        if members.get(name) and permission not in requires:
            yield f"{name} without {permission} in the catalog's requires"
    yield from _about_mounts(members.get("volume_mounts"))
    yield from _about_endpoints(members.get("endpoints"))
    yield from _about_times(members.get("metadata"))


def _about_mounts(mounts: Any) -> Iterator[str]:
    if not isinstance(mounts, list | None):
        yield "volume_mounts is no array"
        return
    for index, mount in enumerate(mounts or ()):
        for name, kind in _MOUNT.items():
            if not isinstance(mount, dict) or not isinstance(mount.get(name), kind):
                yield f"volume_mounts[{index}].{name} is missing or of another type"
        if isinstance(mount, dict) and mount.get("mode") not in ("r", "rw"):
            yield f"volume_mounts[{index}].mode is neither r nor rw"


def _about_endpoints(endpoints: Any) -> Iterator[str]:
    if not isinstance(endpoints, list | None):
        yield "endpoints is no array"
        return
    for index, endpoint in enumerate(endpoints or ()):
        where = f"endpoints[{index}]"
        if not isinstance(endpoint, dict) or not isinstance(endpoint.get("host"), str):
            yield f"{where}.host is missing or no string"
            continue
        ports = endpoint.get("ports")
        if not isinstance(ports, list) or not ports or not all(map(_is_port, ports)):
            yield f"{where}.ports is no array of ports or ranges, as strings"
        if endpoint.get("protocol", "tcp") not in ("tcp", "udp", "all"):
            yield f"{where}.protocol is none of tcp, udp, all"


def _about_times(metadata: Any) -> Iterator[str]:
    if not isinstance(metadata, dict | None):
        yield "metadata is no object"
        return
    times: dict[str, datetime] = {}
    for name in ("expires_at", "renew_before"):
        text = (metadata or {}).get(name)
        if text is None:
            continue
        moment = _moment(text)
        if moment is None:
            yield f"metadata.{name} is not written yyyy-mm-ddThh:mm:ss.sZ"
        else:
            times[name] = moment
    if len(times) == 2 and times["renew_before"] > times["expires_at"]:
        yield "metadata.renew_before is after expires_at"


def _is_port(value: Any) -> bool:
    return isinstance(value, str) and _PORTS.fullmatch(value) is not None


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
