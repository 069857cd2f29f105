"""Names of the objects, labels and annotations that hold svcat's state. Pure.

The dots in object names keep record names apart: brokers, instances and bindings are DNS labels.
"""

import re
from collections.abc import Iterable, Sequence

from svcat.digest import sha256_hex
from svcat.errors import UsageError

DOMAIN = "svcat.dev"
SYSTEM_NAMESPACE = "svcat-system"
SCHEMA_VERSION = 1

KIND = f"{DOMAIN}/kind"
SCHEMA = f"{DOMAIN}/schema"
FINALIZER = f"{DOMAIN}/external"

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_SUBDOMAIN = re.compile(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII
)
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?", re.ASCII)
_OSB_ID = re.compile(r"[A-Za-z0-9._~-]{1,255}", re.ASCII)


def broker_object(name: str) -> str:
    """Return the ConfigMap name of a broker's registration."""
    return f"svcat.broker.{name}"


def catalog_object(name: str, digest: str, number: int | str) -> str:
    """Return the ConfigMap name of one part of a large catalog."""
    return f"svcat.catalog.{name}.{digest[:12]}.{number}"


def class_object(name: str) -> str:
    """Return the ConfigMap name of a class of the user's own."""
    return f"svcat.class.{name}"


def instance_object(name: str) -> str:
    """Return the ConfigMap name of an instance."""
    return f"svcat.instance.{name}"


def binding_object(name: str) -> str:
    """Return the ConfigMap name of a binding."""
    return f"svcat.binding.{name}"


def ledger_object(osb_id: str) -> str:
    """Return the ConfigMap name of an id's ledger entry; odd ids are hashed."""
    name = f"svcat.ledger.{osb_id}"
    if len(name) <= 253 and _SUBDOMAIN.fullmatch(name):
        return name
    return f"svcat.ledger.{sha256_hex(osb_id.encode())}"


def label_value(text: str) -> str:
    """Return ``text`` if it may be a label's value, else a hash of it that may."""
    if len(text) <= 63 and _LABEL_VALUE.fullmatch(text):
        return text
    return f"sha-{sha256_hex(text.encode())[:40]}"


def selector(*others: str, **labels: str) -> str:
    """Return what selects by ``labels`` of ours, and by ``others``; those that are empty do not."""
    ours = (f"{DOMAIN}/{key}={label_value(value)}" for key, value in labels.items() if value)
    return ",".join([*ours, *filter(None, others)])


def is_label_value(text: str) -> bool:
    """Whether Kubernetes takes ``text`` as a label's value."""
    return len(text) <= 63 and _LABEL_VALUE.fullmatch(text) is not None


def is_label_key(text: str) -> bool:
    """Whether Kubernetes takes ``text`` as a label's key: a name, perhaps after a domain."""
    domain, slash, name = text.rpartition("/")
    has_domain = not slash or (len(domain) <= 253 and _SUBDOMAIN.fullmatch(domain) is not None)
    return has_domain and name != "" and is_label_value(name)


def require_name(name: str, what: str) -> str:
    """Return ``name`` if it may name a broker, an instance or a binding. Raises UsageError."""
    if len(name) <= 63 and _LABEL.fullmatch(name):
        return name
    raise UsageError(
        f"{name!r} cannot be the name of {what}",
        hint="use at most 63 lower-case letters, digits and '-', beginning and ending with a "
        "letter or a digit",
    )


def require_object_name(name: str, what: str) -> str:
    """Return ``name`` if a Secret may have it. Raises UsageError."""
    if len(name) <= 253 and _SUBDOMAIN.fullmatch(name):
        return name
    raise UsageError(
        f"{name!r} cannot be the name of {what}",
        hint="use lower-case letters, digits, '-' and '.', at most 253",
    )


def require_osb_id(osb_id: str, what: str) -> str:
    """Return ``osb_id`` if it can stand in a URL as it is. Raises UsageError."""
    if _OSB_ID.fullmatch(osb_id) and osb_id not in {".", ".."}:
        return osb_id
    raise UsageError(
        f"{osb_id!r} cannot be {what}",
        hint="use up to 255 letters, digits and the characters - . _ ~",
    )


def some_of(words: Sequence[str], most: int) -> str:
    """Return the first of ``words`` in a row, and how many more there are."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return f"{', '.join(words[:most])}{more}"


def close_to(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean …?``; empty if no known name is close."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for names that are not there

    close = get_close_matches(name, sorted(set(known)), n=3)
    return f"did you mean {' or '.join(close)}?" if close else ""
