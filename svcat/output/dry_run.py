"""What a command would do, step by step: objects written, requests sent. Pure.

Credentials are never in it: login headers, Secret values, parameters that come from Secrets or are
named like secrets are hidden. ``-o curl`` gives the requests as commands that take the login from
the environment, not from their arguments.
"""

import json
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from svcat.osb.rehearsal import Sent
from svcat.output.view import API_VERSION, Block, JsonObject, Section, Text, View
from svcat.output.yaml import to_yaml
from svcat.redaction import REDACTED, hidden, shown_parameters, shown_url
from svcat.store.names import DOMAIN
from svcat.store.rehearsal import Written

Step = Written | Sent

_ASSIGNED_BY_SERVER = ("uid", "resourceVersion", "creationTimestamp", "managedFields")
_SHOWN_HEADERS = frozenset(
    {
        "accept",
        "content-type",
        "if-modified-since",
        "if-none-match",
        "user-agent",
        "x-broker-api-originating-identity",
        "x-broker-api-request-identity",
        "x-broker-api-version",
    }
)
# Changes with every write: for machines only.
_HOUSEKEEPING = frozenset({"svcat.dev/seq", "svcat.dev/writes", "data.history.json"})
_NOT_SET = "(not set)"
_LOGIN_VARIABLE = "BROKER_AUTHORIZATION"
_DIGEST = "svcat.dev/digest"
_WITH_PARAMETERS = ("svcat.dev/target", "failed-update.json")


def dry_run_view(mode: str, steps: Sequence[Step], from_secrets: frozenset[str]) -> View:
    """Return the View of a dry run; ``from_secrets`` names parameters that are not shown."""
    shown = [step_object(step, from_secrets) for step in steps]
    obj = {
        "apiVersion": API_VERSION,
        "kind": "DryRun",
        "metadata": {},
        "spec": {"mode": mode, "steps": shown},
    }
    blocks: list[Block] = [Text(_headline(mode, steps))]
    for number, (step, made) in enumerate(zip(steps, shown, strict=True), start=1):
        lines = _request_lines(made) if isinstance(step, Sent) else _object_lines(step, made)
        title = f"{number}. {_title(step)}"
        body = Text("\n".join(lines))
        blocks.append(Section(title, body) if lines else Text(f"\n{title}"))
    names = [_name(step) for step in steps if isinstance(step, Written)]
    return View(obj, tuple(blocks), tuple(dict.fromkeys(names)))


def step_object(step: Step, from_secrets: frozenset[str]) -> JsonObject:
    """Return one step for machines: ``request``, ``create``, ``update`` or ``delete``."""
    if isinstance(step, Sent):
        return {
            "request": {
                "method": step.method,
                "url": step.url,
                "headers": {name: _header(name, value) for name, value in step.headers.items()},
                "body": shown_body(step, from_secrets),
            }
        }
    if step.after is None:
        return {"delete": _identity(step.before or {})}
    return {"create" if step.before is None else "update": shown_object(step.after)}


def shown_body(step: Sent, from_secrets: frozenset[str]) -> Any:
    """Return a request's body with secret parameters hidden; None if there is none."""
    if not step.body:
        return None
    body = json.loads(step.body)
    parameters = body.get("parameters")
    if isinstance(parameters, dict):
        secret = {name: hidden(v) for name, v in parameters.items() if name in from_secrets}
        body["parameters"] = {**(shown_parameters(parameters) or {}), **secret}
    return body


def shown_object(obj: JsonObject) -> JsonObject:
    """Return an object as it would be written, without what the server assigns, secrets hidden."""
    metadata = {k: v for k, v in obj["metadata"].items() if k not in _ASSIGNED_BY_SERVER and v}
    if "annotations" in metadata:
        metadata["annotations"] = {k: _shown(k, v) for k, v in metadata["annotations"].items()}
    shown = {**obj, "metadata": metadata}
    for member in ("data", "stringData"):
        if member in obj:
            is_secret = obj["kind"] == "Secret"
            contents = obj[member] or {}
            shown[member] = {
                k: REDACTED if is_secret else _shown(k, v) for k, v in contents.items()
            }
    if obj.get("binaryData"):
        shown["binaryData"] = {k: f"({len(v)} characters)" for k, v in obj["binaryData"].items()}
    return shown


def curl_commands(steps: Iterable[Step], from_secrets: frozenset[str]) -> str:
    """Return the requests of a dry run as shell commands, one for each."""
    commands = [_curl(step, from_secrets) for step in steps if isinstance(step, Sent)]
    return "\n".join(commands) if commands else "# nothing would be sent\n"


def _headline(mode: str, steps: Sequence[Step]) -> str:
    if not steps:
        return f"Dry run ({mode}): nothing would be written or sent."
    lines = [
        f"Dry run ({mode}): nothing was written, nothing was changed at a broker.",
        "The steps, if the broker does at once what it is asked:",
    ]
    if any(isinstance(step, Sent) and _is_whole_catalog(step) for step in steps):
        lines.insert(1, "The broker was not asked for its catalog: an empty one stands in for it.")
    return "\n".join(lines)


def _is_whole_catalog(step: Sent) -> bool:
    return step.url.endswith("/v2/catalog") and "If-None-Match" not in step.headers


def _title(step: Step) -> str:
    if isinstance(step, Sent):
        return f"send {step.method} {step.url}"
    verb = "delete" if step.after is None else "create" if step.before is None else "update"
    namespace = (step.after or step.before or {})["metadata"].get("namespace", "")
    return f"{verb} {_name(step)}" + (f" in {namespace}" if namespace else "")


def _name(step: Written) -> str:
    obj = step.after or step.before or {}
    return f"{obj['kind'].lower()}/{obj['metadata']['name']}"


def _request_lines(made: JsonObject) -> list[str]:
    request = made["request"]
    lines = [f"{name}: {value}" for name, value in request["headers"].items()]
    if request["body"] is not None:
        lines += ["", *json.dumps(request["body"], indent=2, ensure_ascii=False).split("\n")]
    return lines


def _object_lines(step: Written, made: JsonObject) -> list[str]:
    if step.after is None:
        return []
    if step.before is None:
        return to_yaml(made["create"]).rstrip("\n").split("\n")
    before, after = _flat(shown_object(step.before)), _flat(made["update"])
    names = [n for n in {**before, **after} if n not in _HOUSEKEEPING]
    changed = [n for n in names if before.get(n) != after.get(n)]
    return [f"{n}: {before.get(n, _NOT_SET)} -> {after.get(n, _NOT_SET)}" for n in changed]


def _flat(obj: JsonObject) -> dict[str, str]:
    metadata = obj["metadata"]
    flat = {f"{k}": v for k, v in (metadata.get("annotations") or {}).items()}
    flat |= {f"label {k}": v for k, v in (metadata.get("labels") or {}).items() if k not in flat}
    for member in ("data", "stringData", "binaryData"):
        flat |= {f"{member}.{k}": v for k, v in (obj.get(member) or {}).items()}
    flat["finalizers"] = ", ".join(metadata.get("finalizers") or ()) or "none"
    return flat


def _identity(obj: JsonObject) -> JsonObject:
    metadata = obj["metadata"]
    named = {k: metadata[k] for k in ("name", "namespace") if metadata.get(k)}
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": named}


def _header(name: str, value: str) -> str:
    if name.lower() in _SHOWN_HEADERS:
        return value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {REDACTED}" if space and name.lower() == "authorization" else REDACTED


def _shown(name: str, text: str) -> str:
    """Return a stored text with the parameters in it hidden where they look like secrets."""
    if name == "parameters.json":
        return json.dumps(shown_parameters(json.loads(text)), ensure_ascii=False)
    if name == _DIGEST:  # of credentials: short ones could be guessed from it
        return REDACTED
    if name in _WITH_PARAMETERS:
        target = json.loads(text)
        shown = {**target, "parameters": shown_parameters(target.get("parameters"))}
        return json.dumps(shown, ensure_ascii=False)
    if name == f"{DOMAIN}/dashboard-url":
        return shown_url(text)
    if name == f"{DOMAIN}/operation-key":
        return REDACTED
    if name == f"{DOMAIN}/ids":
        ids = [{**i, "key": REDACTED} if i.get("key") else i for i in json.loads(text)]
        return json.dumps(ids, ensure_ascii=False)
    return text


def _curl(step: Sent, from_secrets: frozenset[str]) -> str:
    lines = []
    has_login = any(name.lower() == "authorization" for name in step.headers)
    start = f"curl -X {step.method} {shlex.quote(step.url)}"
    if has_login:
        lines.append(f'# export {_LOGIN_VARIABLE}="Basic …" or "Bearer …", from the login Secret')
        start = f"printf 'Authorization: %s\\n' \"${_LOGIN_VARIABLE}\" | {start} -H @-"
    if step.has_own_ca:
        lines.append("# add --cacert FILE with the broker's CA")
    parts = [start]
    for name, value in step.headers.items():
        if name.lower() in _SHOWN_HEADERS:
            parts.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if not step.is_verified:
        parts.append("--insecure")
    body = shown_body(step, from_secrets)
    if body is not None:
        text = json.dumps(body, ensure_ascii=False)
        if REDACTED in text:
            lines.append(f"# {REDACTED}: put the secret values in")
        parts.append(f"--data-raw {shlex.quote(text)}")
    return "\n".join([*lines, " \\\n  ".join(parts)]) + "\n"
