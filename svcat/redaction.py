"""What must not be shown, found by its name and its place. Pure.

Two readings: parameters, of which only what is named like a secret is hidden; and whole messages on
the wire, of which only what is known to be harmless is shown.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

JsonObject = dict[str, Any]

REDACTED = "<redacted>"
_SENSITIVE = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "private",
    "credential",
)

# Members of requests and answers that are no secrets wherever they stand …
_HARMLESS = frozenset(
    {
        "allowed",
        "api_version",
        "apiVersion",
        "app_guid",
        "bindable",
        "clusterid",
        "code",
        "count",
        "description",
        "error",
        "fieldPath",
        "gitVersion",
        "group",
        "instance_name",
        "instance_usable",
        "kind",
        "limit",
        "message",
        "name",
        "namespace",
        "organization_guid",
        "organization_id",
        "phase",
        "plan_id",
        "plan_updateable",
        "platform",
        "predecessor_binding_id",
        "reason",
        "remainingItemCount",
        "resource",
        "resourceVersion",
        "service_id",
        "space_guid",
        "space_id",
        "state",
        "status",
        "uid",
        "update_repeatable",
        "verb",
        "version",
        "svcat.dev/kind",
        "svcat.dev/phase",
        "svcat.dev/reason",
        "svcat.dev/schema",
        "svcat.dev/seq",
        "svcat.dev/instance-id",
        "svcat.dev/operation-type",
    }
)
# … and members in which everything is hidden, whatever its name.
_SECRETIVE = frozenset(
    {
        "binaryData",
        "credentials",
        "data",
        "env",
        "operation",
        "parameters",
        "stringData",
        "token",
    }
)
_PASSWORD = re.compile(r"(?<=://)([^/?#@:]*:)?[^/?#@]*@")
_PARAMETER = re.compile(r"([?&#;])([^=?&#;]+)=[^&#;]*")
# Names of URL parameters that let in whoever has them.
_TICKETS = frozenset({"auth", "code", "jwt", "key", "otp", "session", "sig", "signature", "sso"})
_MASK = "***"
_SHORTEST_SECRET = 4  # hiding "a" everywhere would tell more than it hides
_LONGEST_LIST = 3
_EXCERPT = ", error found in"  # what follows is an excerpt of what kube-apiserver was sent


def looks_secret(name: str) -> bool:
    """Whether a parameter of that name is likely to hold a secret."""
    return any(word in name.lower() for word in _SENSITIVE)


def shown_parameters(parameters: JsonObject | None) -> JsonObject | None:
    """Return parameters with what is named like a secret hidden."""
    if parameters is None:
        return None
    return {key: shown_parameter(key, value) for key, value in parameters.items()}


def shown_parameter(name: str, value: Any) -> Any:
    """Return one parameter's value with what is named like a secret hidden."""
    if isinstance(value, dict) and looks_secret(name):
        return hidden(value)
    if looks_secret(name) and isinstance(value, str | int | float) and not isinstance(value, bool):
        return REDACTED
    if isinstance(value, dict):
        return {inner: shown_parameter(inner, member) for inner, member in value.items()}
    if isinstance(value, list):
        return [shown_parameter(name, member) for member in value]
    return value


def shown_url(url: str) -> str:
    """Return a URL without a password or what its parameters name like a secret."""
    url = _PASSWORD.sub(lambda match: f"{match[1] or ''}{_MASK}@", url)
    return _PARAMETER.sub(
        lambda match: f"{match[1]}{match[2]}={_MASK}" if _is_ticket(match[2]) else match[0], url
    )


def _is_ticket(name: str) -> bool:
    return looks_secret(name) or name.lower() in _TICKETS


def hidden(value: Any) -> Any:
    """Return ``value`` with its shape alone: names of members, not what they hold."""
    if isinstance(value, dict):
        return {key: hidden(member) for key, member in value.items()}
    if isinstance(value, list):
        return [hidden(member) for member in value]
    return value if value is None or isinstance(value, bool) else REDACTED


def shown_message(body: bytes, secrets: Iterable[str] = ()) -> str:
    """Return a JSON body in one line with all that is not known to be harmless hidden.

    ``secrets`` are hidden too where harmless members repeat them, as are the values hidden in the
    body itself. A body that is no JSON is described, not shown.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return f"({len(body)} bytes, not JSON)" if body else ""
    return json.dumps(_shown(value, {*secrets, *secret_texts(value)}), ensure_ascii=False)


def secret_texts(value: Any) -> set[str]:
    """Return the texts in a message that are hidden, so that repetitions are hidden too."""
    return {text for text in _hidden_texts(value) if len(text) >= _SHORTEST_SECRET}


def login_texts(headers: Mapping[str, str]) -> set[str]:
    """Return what the Authorization header gives away: the token, or the decoded password."""
    value = next((v for k, v in headers.items() if k.lower() == "authorization"), "")
    scheme, _, token = value.partition(" ")
    texts = {token}
    if scheme.lower() == "basic":
        try:
            texts.add(b64decode(token).decode().partition(":")[2])
        except ValueError:
            pass
    return {text for text in texts if len(text) >= _SHORTEST_SECRET}


def without(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with every one of ``secrets`` hidden, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in {
            secret,
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
        }:
            text = text.replace(form, "***")
    return text


def _shown(value: Any, secrets: set[str], name: str = "") -> Any:
    if isinstance(value, dict):
        return {
            key: _hollow(member) if key in _SECRETIVE else _shown(member, secrets, key)
            for key, member in value.items()
        }
    if isinstance(value, list):
        left = len(value) - _LONGEST_LIST
        more = [f"… and {left} more"] if left > 0 else []
        return [*(_shown(member, secrets, name) for member in value[:_LONGEST_LIST]), *more]
    if isinstance(value, str):
        told = value.partition(_EXCERPT)[0] if name == "message" else value
        return without(told, secrets) if name in _HARMLESS else "***"
    return value if value is None or isinstance(value, bool) or name in _HARMLESS else "***"


def _hollow(value: Any) -> Any:
    """Return the shape of something whose every value is a secret."""
    if isinstance(value, dict):
        return {key: _hollow(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_hollow(member) for member in value]
    return "***"


def _hidden_texts(value: Any, name: str = "", *, inside: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _hidden_texts(member, key, inside=inside or key in _SECRETIVE)
    elif isinstance(value, list):
        for member in value:
            yield from _hidden_texts(member, name, inside=inside)
    elif isinstance(value, str) and inside:
        yield value
