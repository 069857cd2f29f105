"""The published JSON Schemas, held against what commands print.

For readers the schemas are open, as members are only ever added; here they are closed, so that no
member goes out that they do not name.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMAS = Path(__file__).parent.parent.parent / "docs" / "reference" / "schemas"


def closed(schema: Any) -> Any:
    """Return ``schema`` with no room for members that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in made and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


@cache
def validator(kind: str) -> Any:
    """Return what holds a document against the schema of ``kind``."""
    files = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in SCHEMAS.iterdir()}
    assert f"{kind}.json" in files, f"docs/reference/schemas/{kind}.json is missing"
    base = "https://svcat.dev/schemas/"
    known = [
        (base + name, closed({**schema, "$id": base + name}))
        for name, schema in files.items()
        if name.endswith(".json")
    ]
    registry = jsonschema_rs.Registry(known)
    return jsonschema_rs.Draft202012Validator({"$ref": f"{base}{kind}.json"}, registry=registry)


def complaints(document: Any) -> list[str]:
    """Return what in ``document`` is not as its kind's schema says."""
    found = validator(document["kind"]).iter_errors(document)
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in found]
