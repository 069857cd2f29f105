"""Turn the API server's refusals (``Status`` objects) into svcat's errors. Pure.

The words are the server's own where it is the one who knows, but never a part of what we sent.
"""

from dataclasses import dataclass, field
from typing import Any

from svcat.errors import (
    AlreadyExists,
    Conflict,
    Expired,
    Forbidden,
    Invalid,
    NotFound,
    Stale,
    SvcatError,
    Unreachable,
)
from svcat.objects import NAMESPACE, SECRET, JsonObject, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the API: how it is sent, and what it is in RBAC's words.

    A call ``is_read`` if sending it twice is sending it once.
    """

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""
    method: str
    path: str
    body: JsonObject | None = field(default=None, repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"
    is_read: bool = False

    def __str__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"{self.verb} {self.resource.plural}{name}{self._where()}"

    def _where(self) -> str:
        if not self.resource.namespaced:
            return ""
        return f' in namespace "{self.namespace}"' if self.namespace else " in all namespaces"

    @property
    def check(self) -> str:
        """The command that tells whether this call is allowed."""
        group = f".{self.resource.group}" if self.resource.group else ""
        words = f"kubectl auth can-i {self.verb} {self.resource.plural}{group}"
        if not self.resource.namespaced:
            return words
        return f"{words} -n {self.namespace}" if self.namespace else f"{words} --all-namespaces"


def to_error(call: Call, code: int, status: JsonObject) -> SvcatError:
    """Choose the error for a ``Status`` that came with HTTP ``code``."""
    reason, message = status.get("reason", ""), str(status.get("message", ""))
    match code:
        case 403:
            return _forbidden(call, status, message)
        case 404:
            return _not_found(call, status, message)
        case 409 if reason == "AlreadyExists":
            return AlreadyExists(f"cannot {call}: {message}")
        case 409 if owned := _fields_of_others(status):
            return Conflict(f"cannot {call}: {owned}")
        case 409:
            return Stale(f"cannot {call}: it was changed or replaced meanwhile")
        case 410:
            fresh = _mapping(status, "metadata").get("continue") or ""
            return Expired(f"cannot {call}: the list was not read on in time", continue_token=fresh)
        case 400 | 413 | 422:
            return Invalid(f"cannot {call}: {_what_is_wrong(call, code, message)}")
        case _:
            return Unreachable(f"cannot {call}: the API server answered {code}: {message}")


def _forbidden(call: Call, status: JsonObject, message: str) -> Forbidden:
    causes = _mapping(status, "details").get("causes") or ()
    if any(isinstance(it, dict) and it.get("reason") == "NamespaceTerminating" for it in causes):
        return Forbidden(
            f'cannot {call}: namespace "{call.namespace}" is being deleted (being terminated)',
            hint=f"wait until it is gone: kubectl wait --for=delete namespace/{call.namespace}",
        )
    # Quotas and webhooks say 403 too; their words differ from the authorizer's.
    is_rights = f"cannot {call.verb}" in message or "cannot impersonate" in message
    return Forbidden(
        f"not allowed to {call}: {message}", hint=f"check with: {call.check}" if is_rights else None
    )


def _not_found(call: Call, status: JsonObject, message: str) -> NotFound:
    details = _mapping(status, "details")
    if details.get("kind") == NAMESPACE.plural and call.resource != NAMESPACE:
        return NotFound(
            f'namespace "{call.namespace}" does not exist',
            hint=f"kubectl create namespace {call.namespace}",
        )
    if not details.get("name"):
        return NotFound(f"cannot {call}: this API server knows no {call.resource.plural}")
    return NotFound(f"cannot {call}: {message}")


def _what_is_wrong(call: Call, code: int, message: str) -> str:
    if code == 413:
        return "it is too large"
    if code == 400 and call.resource == SECRET:
        return "the API server cannot read it"  # its message may quote the Secret
    return message.partition(", error found in")[0]  # what follows is an excerpt of the body


def _fields_of_others(status: JsonObject) -> str:
    """Name the fields that other field managers hold; empty if it is not about that."""
    causes = _mapping(status, "details").get("causes") or ()
    return "; ".join(
        f"{cause.get('message', 'a conflict')}: {cause.get('field', '')}"
        for cause in causes
        if isinstance(cause, dict) and cause.get("reason") == "FieldManagerConflict"
    )


def _mapping(status: JsonObject, key: str) -> dict[str, Any]:
    value = status.get(key)
    return value if isinstance(value, dict) else {}
