"""Parameters taken from Secrets: their values are read when sent and never stored.

A record keeps the Secret's name, key and the resourceVersion that was read when the intent was
recorded: a request that is sent again must not differ from the first.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from svcat.app.ports import Ports
from svcat.app.requests import merge_parameters
from svcat.errors import NotFound, UsageError
from svcat.osb.models import JsonObject
from svcat.store.records import SecretKeyRef


def pin(
    refs: tuple[SecretKeyRef, ...], namespace: str, ports: Ports
) -> tuple[tuple[SecretKeyRef, ...], list[JsonObject]]:
    """Return ``refs`` with the versions read now, and the parameters they hold.

    Raises NotFound, UsageError.
    """
    pinned: list[SecretKeyRef] = []
    sources: list[JsonObject] = []
    for ref in refs:
        data, version = _read(ref, namespace, ports)
        pinned.append(replace(ref, resource_version=version))
        sources.append(_parameters(ref, data))
    return tuple(pinned), sources


def read(
    given: JsonObject | None, refs: tuple[SecretKeyRef, ...], namespace: str, ports: Ports
) -> tuple[JsonObject | None, tuple[SecretKeyRef, ...]]:
    """Return the whole parameters as they are now, and ``refs`` as they are now."""
    pinned, sources = pin(refs, namespace, ports)
    return merge_parameters(given, sources), pinned


def _read(ref: SecretKeyRef, namespace: str, ports: Ports) -> tuple[dict[str, bytes], str]:
    try:
        data, version = ports.secrets.read_parameters(namespace, ref)
    except NotFound as error:
        raise NotFound(
            f"Secret {ref.name!r}, from which parameters come, not found in namespace {namespace}",
            hint=f"see what there is: kubectl get secrets -n {namespace}",
        ) from error
    return dict(data), version


def _parameters(ref: SecretKeyRef, data: dict[str, bytes]) -> JsonObject:
    if not ref.key:
        return {key: _decoded(value, ref, key) for key, value in data.items()}
    if ref.key not in data:
        raise NotFound(
            f"Secret {ref.name!r} has no key {ref.key!r}",
            hint=f"its keys: {', '.join(sorted(data)) or 'none'}",
        )
    try:
        value: Any = msgspec.json.decode(data[ref.key])
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError(
            f"key {ref.key!r} of Secret {ref.name!r} does not hold a JSON object",
            hint='its value must look like {"name": "value"}; a whole Secret, each key a '
            f"parameter, is --secret {ref.name}",
        )
    return value


def _decoded(value: bytes, ref: SecretKeyRef, key: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"key {key!r} of Secret {ref.name!r} is not text") from error
