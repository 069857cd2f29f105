"""Catalogs of one offering with one plan, to be varied."""

import json
from typing import Any

from svcat.osb.models import Catalog
from svcat.osb.wire import decode_catalog

PLAN: dict[str, Any] = {"id": "p", "name": "small", "description": "d"}
OFFERING: dict[str, Any] = {
    "id": "o",
    "name": "db",
    "description": "d",
    "bindable": True,
    "plans": [PLAN],
}


def catalog(*offerings: object, **more: object) -> Catalog:
    return decode_catalog(json.dumps({"services": list(offerings), **more}).encode())
