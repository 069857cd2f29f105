"""``VCAP_SERVICES``, the document by which Cloud Foundry tells an application of its services.

As its cloud controller writes it: a list for each label (the offering's name), and of volume mounts
only what an application may see.
"""

from collections.abc import Iterable
from typing import Any

from svcat.app.catalog import plan_of
from svcat.app.credentials import Held
from svcat.app.lookup import broker_at
from svcat.app.ports import Ports
from svcat.app.secret_layout import PROVIDER, RAW_DOCUMENT, TYPE, document_in
from svcat.errors import NotFound
from svcat.osb.models import JsonObject
from svcat.store.records import BindingRecord, Role

_MOUNT = ("container_dir", "device_type", "mode")


def vcap_services(bindings: Iterable[Held], ports: Ports) -> JsonObject:
    """Return the document for the bindings. The catalog gives the tags, if it is there."""
    document: dict[str, list[JsonObject]] = {}
    for held in bindings:
        binding = held.binding
        service = _service(held, _tags(binding, ports))
        document.setdefault(binding.service_name, []).append(service)
    return dict(document)


def _service(held: Held, tags: list[str]) -> JsonObject:
    binding = held.binding
    credentials = _credentials(held)
    drain = credentials.pop("syslog_drain_url", None)
    mounts = credentials.pop("volume_mounts", None)
    has_own_name = binding.name != binding.instance
    current = binding.id_in(Role.CURRENT)
    return {
        "label": binding.service_name,
        "plan": binding.plan_name,
        "provider": None,
        "name": binding.name,
        "instance_name": binding.instance,
        "instance_guid": binding.instance_id,
        "binding_name": binding.name if has_own_name else None,
        "binding_guid": current.id if current else None,
        "tags": tags,
        "credentials": credentials,
        "syslog_drain_url": drain,
        "volume_mounts": [_shown_mount(mount) for mount in mounts or ()],
    }


def _credentials(held: Held) -> JsonObject:
    """Return the broker's document; where the Secret's layout lost it, what the Secret has."""
    document = document_in(held.contents, held.binding)
    if document is None:
        besides = {TYPE, PROVIDER, RAW_DOCUMENT}
        document = {key: value for key, value in held.contents.items() if key not in besides}
    return {key: _json(value) for key, value in document.items()}


def _json(value: Any) -> Any:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _shown_mount(mount: Any) -> Any:
    return {key: mount[key] for key in _MOUNT if key in mount} if isinstance(mount, dict) else {}


def _tags(binding: BindingRecord, ports: Ports) -> list[str]:
    try:
        broker = broker_at(binding.broker, ports)
    except NotFound:
        return []
    offer = plan_of(broker, binding.service_id, binding.plan_id, ports)
    return list(offer.service.tags) if offer is not None else []
