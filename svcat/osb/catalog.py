"""Catalogs: read entry by entry, so that a bad one costs only itself and is named.

The usual entry is decoded in one step. An entry that does not fit is taken apart: a plan or an
offering without a usable id or name is left out, any other member of a wrong type is dropped, and
``problems`` says so with a JSON path. Names are never judged (OSB 2.17 allows every character);
what appears twice stays in and is reported, for ids and names must be told apart by the user.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from svcat.osb.jsontext import BOM, UNREADABLE, Malformed, json_value, reason
from svcat.osb.models import Catalog, Plan, ServiceOffering, Struct

MAX_PROBLEMS = 100
MAX_OUTLINED = 80  # characters of a description
_MAX_QUOTED = 80
_MISSPELT = b'"plan_updatable"'  # as the spec's own prose once spelled plan_updateable


class _Envelope(msgspec.Struct):
    services: list[msgspec.Raw]


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_object_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_offering_decoder = msgspec.json.Decoder(ServiceOffering)
_plan_decoder = msgspec.json.Decoder(Plan)
_cached_decoder = msgspec.json.Decoder(Catalog)

_Decoders = dict[str, msgspec.json.Decoder[Any]]


def _decoders_of(kind: type[Struct]) -> _Decoders:
    return {f.name: msgspec.json.Decoder(f.type) for f in msgspec.structs.fields(kind)}


_PLAN_MEMBERS = _decoders_of(Plan)
_OFFERING_MEMBERS = _decoders_of(ServiceOffering) | {
    "plans": msgspec.json.Decoder(list[msgspec.Raw])
}


def decode_catalog(raw: bytes) -> Catalog:
    """Read the answer to ``GET /v2/catalog``. Raises Malformed if there is no list of services."""
    try:
        envelope = _envelope_decoder.decode(raw.removeprefix(BOM))
    except UNREADABLE as error:
        raise Malformed(reason(error)) from error
    problems: list[str] = []
    offerings = []
    is_plain = _MISSPELT not in raw
    for index, entry in enumerate(envelope.services):
        offering = _plain_offering(entry) if is_plain else None
        if offering is None:
            offering = _mended_offering(entry, f"services[{index}]", problems)
        if offering is not None:
            offerings.append(offering)
    problems += _peculiarities(offerings)
    if len(problems) > MAX_PROBLEMS:
        problems[MAX_PROBLEMS:] = [f"and {len(problems) - MAX_PROBLEMS} more problems"]
    return Catalog(services=tuple(offerings), problems=tuple(problems))


def encode_catalog(catalog: Catalog) -> bytes:
    """Write a catalog for keeping: what we use of it, without ``dashboard_client.secret``."""
    return msgspec.json.encode(catalog)


def outline_of(catalog: Catalog) -> Catalog:
    """Return a catalog with what it takes to name and to choose, and nothing of any length."""
    services = tuple(
        ServiceOffering(
            id=service.id,
            name=service.name,
            description=service.description[:MAX_OUTLINED],
            plans=tuple(
                Plan(
                    id=plan.id,
                    name=plan.name,
                    description=plan.description[:MAX_OUTLINED],
                    free=plan.free,
                )
                for plan in service.plans
            ),
        )
        for service in catalog.services
    )
    return Catalog(services=services)


def decode_cached_catalog(raw: bytes) -> Catalog:
    """Read what ``encode_catalog`` wrote. Raises Malformed."""
    try:
        return _cached_decoder.decode(raw)
    except UNREADABLE as error:
        raise Malformed(reason(error)) from error


def _plain_offering(entry: msgspec.Raw) -> ServiceOffering | None:
    """Decode an entry that needs no mending; None if it does."""
    try:
        offering = _offering_decoder.decode(entry)
    except UNREADABLE:
        return None
    is_good = offering.id and offering.name and all(map(_is_good, offering.plans))
    return offering if is_good else None


def _is_good(plan: Plan) -> bool:
    duration = plan.maximum_polling_duration
    return bool(plan.id and plan.name and (duration is None or duration > 0))


def _mended_offering(entry: msgspec.Raw, where: str, problems: list[str]) -> ServiceOffering | None:
    members = _members(entry, _OFFERING_MEMBERS, where, problems)
    if members is None:
        return None
    where += f" ({_quoted(members['name'])})"
    entries = members.pop("plans", ())
    plans = []
    for index, plan_entry in enumerate(entries):
        plan = _plain_plan(plan_entry)
        if plan is None:
            kept = _members(plan_entry, _PLAN_MEMBERS, f"{where}.plans[{index}]", problems)
            plan = None if kept is None else Plan(**kept)
        if plan is not None:
            plans.append(plan)
    return ServiceOffering(plans=tuple(plans), **members)


def _plain_plan(entry: msgspec.Raw) -> Plan | None:
    if _MISSPELT in bytes(entry):
        return None
    try:
        plan = _plan_decoder.decode(entry)
    except UNREADABLE:
        return None
    return plan if _is_good(plan) else None


def _members(
    entry: msgspec.Raw, known: _Decoders, where: str, problems: list[str]
) -> dict[str, Any] | None:
    """The members of an offering or a plan that fit; None (and a problem) without id or name."""
    try:
        raw = _object_decoder.decode(entry)
    except UNREADABLE as error:
        problems.append(f"{where}: {reason(error)}; left out")
        return None
    where += _named(raw)
    if "plan_updatable" in raw:
        raw.setdefault("plan_updateable", raw["plan_updatable"])
    kept: dict[str, Any] = {}
    for name, decoder in known.items():
        text = raw.get(name)
        if text is None or bytes(text) == b"null":
            continue
        try:
            kept[name] = _checked(name, decoder.decode(text))
        except UNREADABLE as error:
            problems.append(f"{where}.{name}: {reason(error)}; ignored")
        except Malformed as error:
            problems.append(f"{where}.{name}: {error}; ignored")
    missing = [name for name in ("id", "name") if name not in kept]
    if missing:
        problems.append(f"{where}: no usable {' and no usable '.join(missing)}; left out")
        return None
    return kept


def _named(members: dict[str, msgspec.Raw]) -> str:
    name = json_value(members.get("name", msgspec.Raw()))
    return f" ({_quoted(name)})" if isinstance(name, str) else ""


def _checked(name: str, value: Any) -> Any:
    if name in ("id", "name") and not value:
        raise Malformed("empty")
    if name == "maximum_polling_duration" and value is not None and value <= 0:
        raise Malformed("not a number of seconds")
    return value


def _peculiarities(offerings: list[ServiceOffering]) -> list[str]:
    plans = [plan for offering in offerings for plan in offering.plans]
    found = [f"offering {_quoted(o.name)}: no plans" for o in offerings if not o.plans]
    found += _repeated("offering id", (offering.id for offering in offerings))
    found += _repeated("offering name", (offering.name for offering in offerings))
    found += _repeated("plan id", (plan.id for plan in plans))
    for offering in offerings:
        what = f"offering {_quoted(offering.name)}: plan name"
        found += _repeated(what, (plan.name for plan in offering.plans))
    return found


def _repeated(what: str, values: Iterable[str]) -> list[str]:
    counts = Counter(values)
    return [f"{what} {_quoted(v)} appears {n} times" for v, n in counts.items() if n > 1]


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _MAX_QUOTED else text[:_MAX_QUOTED] + "…")
