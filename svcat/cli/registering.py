"""From the flags of ``register`` to what is asked for."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from svcat.cli.login_flags import LoginFlags, chosen_login, read_file
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.brokers import Registration
    from svcat.store.records import Scope

_LARGEST_CATALOG_MIB = 256


def registration(
    name: str,
    namespace: str,
    *,
    url: str,
    scope: "Scope",
    login: LoginFlags,
    ca_file: str,
    skip_tls: bool,
    allow_http: bool,
    api_version: str = "",
    platform: str = "",
    proxy: str = "",
    catalog_limit: int = 0,
    replaces: bool = False,
) -> "Registration":
    """Return the registration asked for. Raises UsageError for flags that contradict."""
    from svcat.app.brokers import Registration

    if ca_file and skip_tls:
        raise UsageError("--ca cannot be used with --skip-tls", hint="keep --ca")
    if not 0 <= catalog_limit <= _LARGEST_CATALOG_MIB:
        raise UsageError(f"--catalog-limit is from 1 to {_LARGEST_CATALOG_MIB} MiB")
    chosen = chosen_login(login)
    return Registration(
        name=name,
        namespace=namespace,
        scope=scope,
        url=url,
        auth=chosen.kind,
        secret_name=chosen.secret_name,
        secret_namespace=namespace,
        login=chosen.contents,
        ca_pem=_certificates(ca_file) if ca_file else "",
        skip_tls=skip_tls,
        allow_plain_http=allow_http,
        api_version=api_version,
        platform=_platform(platform),
        proxy=_proxy(proxy),
        catalog_limit_mib=catalog_limit,
        replaces=replaces,
    )


def _platform(text: str) -> str:
    from svcat.app.requests import KUBERNETES, PLATFORMS

    if text and text not in PLATFORMS:
        raise UsageError(f"invalid --platform ({text})", hint=f"allowed: {', '.join(PLATFORMS)}")
    return "" if text == KUBERNETES else text


def _proxy(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme == "http" and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise UsageError("--proxy is not a proxy's URL", hint="for example http://proxy:3128")
    if parts.username is not None:
        raise UsageError(
            "--proxy holds a login, which would be kept for everybody to read",
            hint="a proxy that lets this machine through without a login will do",
        )
    return text.rstrip("/")


def _certificates(file: str) -> str:
    import ssl

    text = read_file(file, "the CA").decode(errors="replace")
    try:
        if "BEGIN CERTIFICATE" in text:
            ssl.create_default_context(cadata=text)
            return text
    except (ssl.SSLError, ValueError):
        pass
    raise UsageError(f"{file} holds no certificate that can be read", hint="--ca takes a PEM file")
