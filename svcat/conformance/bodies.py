"""The bodies that a platform sends: right ones, to be spoiled where a check wants to."""

import base64
from typing import Any

import msgspec

from svcat.conformance.offer import Offer
from svcat.osb.models import JsonObject

# Organization, space and application of everything that a check makes.
GUID = "5c0a7b9c-5d3c-4b0e-9d5e-3f0a5b1c2d4e"
PLATFORM = "kubernetes"
EXTENSION = {"svcat.dev/unknown": {"is": ["to", "be", "ignored"]}}  # OSB, Vendor Extension Fields
_CONTEXT = {
    "platform": PLATFORM,
    "namespace": "svcat-check",
    "clusterid": GUID,
    "instance_name": "svcat-check",
}


def provision_body(offer: Offer, parameters: JsonObject | None) -> JsonObject:
    """Return the body of a provision request."""
    return _with_parameters(
        {
            **offer.ids,
            "context": _CONTEXT,
            "organization_guid": GUID,
            "space_guid": GUID,
        },
        parameters,
    )


def update_body(offer: Offer, **changes: Any) -> JsonObject:
    """Return the body of an update of an instance that has plan ``offer``."""
    previous = {**offer.ids, "organization_id": GUID, "space_id": GUID}
    return {
        "service_id": offer.service_id,
        "context": _CONTEXT,
        "previous_values": previous,
        **changes,
    }


def renamed_context() -> JsonObject:
    """Return a context that says that the instance has another name now."""
    return {**_CONTEXT, "instance_name": "svcat-check-renamed"}


def bind_body(offer: Offer, parameters: JsonObject | None) -> JsonObject:
    """Return the body of a bind request."""
    return _with_parameters(
        {
            **offer.ids,
            "context": _CONTEXT,
            "app_guid": GUID,
            "bind_resource": {"app_guid": GUID},
        },
        parameters,
    )


def rotate_body(offer: Offer, predecessor_id: str) -> JsonObject:
    """Return the body of a rotation; the ids are in the OpenAPI document, not in the spec."""
    body = bind_body(offer, None)
    return {**body, "predecessor_binding_id": predecessor_id}


def without(body: JsonObject, *names: str) -> JsonObject:
    """Return ``body`` without some members."""
    return {name: value for name, value in body.items() if name not in names}


def originating_identity() -> str:
    """Return a value of X-Broker-API-Originating-Identity as the Kubernetes profile has it."""
    user = {"username": "svcat-check", "uid": GUID, "groups": ["svcat-check"], "extra": {}}
    return f"{PLATFORM} {base64.b64encode(msgspec.json.encode(user)).decode()}"


def _with_parameters(body: JsonObject, parameters: JsonObject | None) -> JsonObject:
    return {**body, "parameters": parameters} if parameters else body
