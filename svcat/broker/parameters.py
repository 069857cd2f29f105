"""Parameters: one msgspec Struct is both the JSON schema in the catalog and the check of requests.

Schemas say draft-04, the one every platform must know (OSB 2.17, Schemas Object); stay within
``ge``, ``le``, ``pattern``, ``min_length``, ``max_length`` and enums, which mean the same in every
later draft.
"""

from typing import Any

import msgspec

from svcat.broker.errors import bad_request
from svcat.osb.models import JsonObject

_DRAFT = "http://json-schema.org/draft-04/schema#"


def json_schema(struct: type[msgspec.Struct]) -> JsonObject:
    """The JSON schema of a parameters Struct, without references to anything outside."""
    (root,), definitions = msgspec.json.schema_components(
        (struct,), ref_template="#/definitions/{name}"
    )
    name = root["$ref"].rpartition("/")[2]
    schema: dict[str, Any] = {"$schema": _DRAFT, **definitions.pop(name)}
    schema.pop("title", None)
    if not schema.get("required"):
        schema.pop("required", None)  # draft-04 forbids an empty list
    if definitions:
        schema["definitions"] = definitions
    return schema


def check_parameters(parameters: JsonObject, struct: type[msgspec.Struct]) -> None:
    """Refuse parameters that the Struct does not take (400)."""
    try:
        msgspec.convert(parameters, struct)
    except msgspec.ValidationError as error:
        raise bad_request(f"parameters: {error}") from None
