"""What is only recommended for catalogs, and what makes them cheap to ask for.

OSB 2.17, Catalog Management; its profile, Service Metadata.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from svcat.conformance.judging import expect, expect_object, no_complaints
from svcat.conformance.model import Skipped
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.osb.models import JsonObject

_FRIENDLY = re.compile(r"[A-Za-z0-9.-]*[A-Za-z0-9][A-Za-z0-9.-]*")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
_LONGEST = 255
_TEXTS_OF_OFFERINGS = (
    "displayName",
    "imageUrl",
    "longDescription",
    "providerDisplayName",
    "documentationUrl",
    "supportUrl",
)


def etag(stage: Stage) -> Answer:
    """With the ETag of its catalog it answers 304."""
    tag = _validator(stage, "etag")
    return expect(stage.platform.catalog({"If-None-Match": tag}), 304)


def other_etag(stage: Stage) -> Answer:
    """With an old ETag it answers with the whole catalog."""
    _validator(stage, "etag")
    answer = expect(stage.platform.catalog({"If-None-Match": '"svcat-check"'}), 200)
    expect_object(answer)
    return answer


def last_modified(stage: Stage) -> Answer:
    """With the Last-Modified of its catalog it answers 304."""
    moment = _validator(stage, "last-modified")
    return expect(stage.platform.catalog({"If-Modified-Since": moment}), 304)


def friendly_names(stage: Stage) -> Answer:
    """Names are easy to type: letters, digits, periods and hyphens."""
    return _all_match(stage, "name", _FRIENDLY, "is not CLI-friendly")


def guids(stage: Stage) -> Answer:
    """Ids are GUIDs."""
    return _all_match(stage, "id", _GUID, "is no GUID")


def unreserved_ids(stage: Stage) -> Answer:
    """Ids need no encoding in URLs."""
    return _all_match(stage, "id", _UNRESERVED, "has characters that URLs reserve")


def lengths(stage: Stage) -> Answer:
    """Names, ids and descriptions have at most 255 characters."""
    complaints = (
        f"{where}.{name} has {len(value)} characters"
        for where, member in (*stage.services, *stage.plans)
        for name in ("id", "name", "description")
        if isinstance(value := member.get(name), str) and len(value) > _LONGEST
    )
    return no_complaints(complaints, stage.catalog)


def metadata(stage: Stage) -> Answer:
    """Metadata under the usual names is of the usual types."""
    complaints = [
        *(c for where, service in stage.services for c in _of_offering(where, service)),
        *(c for where, plan in stage.plans for c in _of_plan(where, plan)),
    ]
    return no_complaints(complaints, stage.catalog)


def display_names(stage: Stage) -> Answer:
    """Offerings have a displayName for graphical clients."""
    complaints = (
        f"{where}.metadata.displayName is missing"
        for where, service in stage.services
        if not _metadata(service).get("displayName")
    )
    return no_complaints(complaints, stage.catalog)


def _all_match(stage: Stage, name: str, form: re.Pattern[str], complaint: str) -> Answer:
    """Expect that this member of every offering and plan, where it is a text, has this form."""
    complaints = (
        f"{where}.{name} {complaint}"
        for where, member in (*stage.services, *stage.plans)
        if isinstance(value := member.get(name), str) and not form.fullmatch(value)
    )
    return no_complaints(complaints, stage.catalog)


def _validator(stage: Stage, header: str) -> str:
    value = stage.catalog.headers.get(header)
    if not value:
        raise Skipped(f"the catalog has no {header}")
    return value


def _metadata(member: JsonObject) -> Mapping[str, Any]:
    value = member.get("metadata")
    return value if isinstance(value, dict) else {}


def _of_offering(where: str, service: JsonObject) -> Iterator[str]:
    found = _metadata(service)
    for name in _TEXTS_OF_OFFERINGS:
        if found.get(name) is not None and not isinstance(found[name], str):
            yield f"{where}.metadata.{name} is no string"


def _of_plan(where: str, plan: JsonObject) -> Iterator[str]:
    found = _metadata(plan)
    bullets, costs = found.get("bullets", []), found.get("costs", [])
    if not isinstance(bullets, list) or not all(isinstance(each, str) for each in bullets):
        yield f"{where}.metadata.bullets is no array of strings"
    if not isinstance(costs, list) or not all(_is_cost(each) for each in costs):
        yield f"{where}.metadata.costs is no array of amounts with units"
    if not isinstance(found.get("displayName", ""), str):
        yield f"{where}.metadata.displayName is no string"


def _is_cost(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("unit"), str):
        return False
    amount = value.get("amount")
    return isinstance(amount, dict) and all(type(n) in (int, float) for n in amount.values())
