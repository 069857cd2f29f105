"""The marketplace as one HTML page that loads nothing: facts as JSON, its parts in ``page/``.

Broker text is data in it, never markup: it stands in a JSON block and reaches the page as text. The
policy lets only our own script and style run, by their hashes, and pictures come from https
addresses once somebody asks for them.
"""

import base64
import json
import re
import shlex
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from svcat import __version__
from svcat.digest import sha256_hex
from svcat.osb.metadata import is_free, plan_metadata, service_metadata
from svcat.osb.models import Plan, ServiceOffering
from svcat.osb.plan_schema import Parameter, Use, raw_schema, read
from svcat.output.catalog import ClassOffer
from svcat.output.plan_schema import limit_words, type_words
from svcat.output.prices import cost_word
from svcat.output.safe import safe, safe_line
from svcat.output.view import JsonObject
from svcat.store.records import BrokerRecord, Scope

_PARTS = Path(__file__).parent / "page"
_LONGEST_URL = 2000
_MOST_PARAMETERS = 100


def market_page(offers: Iterable[ClassOffer], now: datetime) -> str:
    """Return the page with the classes that have plans, by broker."""
    shown = sorted(
        ((b, s) for b, s in offers if s.plans),
        key=lambda offer: (offer[0].name, offer[0].namespace, offer[1].name),
    )
    facts = {
        "version": __version__,
        "written": now.strftime("%Y-%m-%d %H:%M UTC"),
        "brokers": [
            _broker(group[0][0], [s for _, s in group])
            for group in (list(g) for _, g in groupby(shown, key=lambda o: o[0].ref))
        ],
    }
    style, script = _part("page.css"), _part("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src https:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    parts = {"policy": policy, "style": style, "script": script, "data": _embedded(facts)}
    # In one pass: what is filled in may itself look like a place to fill.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _part("page.html"))


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(bytes.fromhex(sha256_hex(text.encode()))).decode()
    return f"'sha256-{digest}'"


def _embedded(facts: JsonObject) -> str:
    """Return JSON that no HTML parser takes for a tag or an entity."""
    text = json.dumps(facts, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _broker(broker: BrokerRecord, services: list[ServiceOffering]) -> JsonObject:
    is_cluster = broker.scope is Scope.CLUSTER
    where = "for the whole cluster" if is_cluster else f"in namespace {broker.namespace}"
    fetched = f", fetched {broker.fetched_at:%Y-%m-%d %H:%M} UTC" if broker.fetched_at else ""
    return {
        "name": broker.name,
        "label": f"{broker.name} ({'cluster' if is_cluster else broker.namespace})",
        "where": f"{where}{fetched}",
        "classes": [_service(broker, service) for service in services],
    }


def _service(broker: BrokerRecord, service: ServiceOffering) -> JsonObject:
    said = service_metadata(service)
    return {
        "name": safe_line(service.name),
        "title": _title(said.display_name, service.name),
        "description": safe(service.description),
        "long": safe(said.long_description),
        "provider": safe_line(said.provider),
        "tags": list(dict.fromkeys(safe_line(tag) for tag in service.tags)),
        "documentation": _url(said.documentation_url),
        "support": _url(said.support_url),
        "image": _url(said.image_url),
        "plans": [_plan(broker, service, plan) for plan in service.plans],
    }


def _plan(broker: BrokerRecord, service: ServiceOffering, plan: Plan) -> JsonObject:
    said = plan_metadata(plan)
    version = plan.maintenance_info.version if plan.maintenance_info else ""
    return {
        "name": safe_line(plan.name),
        "title": _title(said.display_name, plan.name),
        "description": safe(plan.description),
        "bullets": [safe_line(bullet) for bullet in said.bullets],
        "cost": safe_line(cost_word(plan, said)),
        "free": is_free(plan, said),
        "bindable": service.plan_is_bindable(plan),
        "updateable": service.plan_is_updateable(plan),
        "version": safe_line(version),
        "parameters": _parameters(plan),
        "command": _command(broker, service, plan),
    }


def _parameters(plan: Plan) -> JsonObject:
    found: JsonObject = {}
    for use in Use:
        if listed := _listed(raw_schema(plan, use)):
            found[use.value] = listed
    return found


@lru_cache(maxsize=256)  # plans of a class often take the same
def _listed(raw: bytes) -> tuple[JsonObject, ...]:
    schema = read(raw)
    if schema.problem:
        return ()
    return tuple(_parameter(each) for each in islice(schema.parameters(), _MOST_PARAMETERS))


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = parameter.rules.get("default")
    return {
        "name": safe_line(".".join(parameter.path)),
        "type": safe_line(type_words(parameter) or "any"),
        "allowed": safe_line(limit_words(parameter.rules), limit=200),
        "default": "" if default is None else safe_line(json.dumps(default), limit=100),
        "required": parameter.is_required,
        "description": safe(parameter.description or parameter.title),
    }


def _command(broker: BrokerRecord, service: ServiceOffering, plan: Plan) -> str:
    """Return what to type for an instance; nothing for names that nobody should paste."""
    names = (service.name, plan.name)
    if any(safe_line(name) != name for name in names):
        return ""
    words = ["--class", service.name, "--plan", plan.name, "--broker", broker.name]
    return f"svcat provision NAME {shlex.join(words)}"


def _title(display_name: str, name: str) -> str:
    title = safe_line(display_name, limit=120)
    return "" if title == name else title


def _url(text: str) -> str:
    return text if len(text) <= _LONGEST_URL else ""
