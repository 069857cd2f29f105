"""Broker URLs: what may be registered, and how ids get into paths and queries.

OSB 2.17 (URL Properties): everything but ``A-Za-z0-9-._~`` is percent-encoded, exactly once.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from svcat.errors import UsageError

CATALOG_PATH = "/v2/catalog"


def broker_url(text: str, *, allow_plain_http: bool = False) -> str:
    """Check a broker's (or token server's) URL and write it without a trailing slash.

    ``http://`` is for loopback, or by explicit wish. Raises UsageError; a URL that holds a
    password is not quoted in it.
    """
    if any(char.isspace() or not char.isprintable() for char in text):
        raise UsageError("the broker URL holds spaces or control characters")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("the broker URL cannot be read as a URL") from None
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the broker URL holds a login, which would end up in logs",
            hint="give the URL without it and the password with --password-stdin",
        )
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{text}: a broker URL looks like https://host[:port][/path]")
    if parts.query or parts.fragment:
        raise UsageError(f"{text}: a broker URL has no '?' or '#' part")
    if not parts.path.isascii():
        raise UsageError(f"{text}: write the path percent-encoded")
    if parts.scheme == "http" and not (allow_plain_http or is_loopback(host)):
        raise UsageError(
            f"{text}: without TLS everybody on the way reads the password and the credentials",
            hint="use https://, or allow it for this broker with --allow-http",
        )
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine, as far as its name tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def instance_path(instance_id: str) -> str:
    """The path of a service instance."""
    return f"/v2/service_instances/{_segment(instance_id)}"


def binding_path(instance_id: str, binding_id: str) -> str:
    """The path of a service binding."""
    return f"{instance_path(instance_id)}/service_bindings/{_segment(binding_id)}"


def query(params: Mapping[str, str | None]) -> str:
    """Write a query, leaving out what is None; raises UsageError for an empty value."""
    pairs = []
    for name, value in params.items():
        if value is None:
            continue
        if not value:
            raise UsageError(f"{name} is empty: the record or the catalog is damaged")
        pairs.append(f"{name}={_encoded(value)}")
    return "?" + "&".join(pairs) if pairs else ""


def _segment(identifier: str) -> str:
    # "." and ".." vanish on the way, even percent-encoded: clients and proxies resolve them.
    if identifier in ("", ".", ".."):
        raise UsageError(f"{identifier!r} cannot be the id of an instance or a binding")
    return _encoded(identifier)


def _encoded(text: str) -> str:
    try:
        return quote(text, safe="-._~")
    except UnicodeEncodeError:
        raise UsageError("an id holds characters that are not Unicode text") from None
