"""From the flags of ``register`` to what is asked for."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from svcat.cli.login_flags import LoginFlags, chosen_login, read_file
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.brokers import Registration
    from svcat.store.records import RelistBehavior, Scope

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
    class_restrictions: list[str] | None = None,
    plan_restrictions: list[str] | None = None,
    relist_behavior: str = "",
    relist_duration: str = "",
    replaces: bool = False,
) -> "Registration":
    """Return the registration asked for. Raises UsageError for flags that contradict."""
    from svcat.app.brokers import Registration

    if ca_file and skip_tls:
        raise UsageError("--ca cannot be used with --skip-tls", hint="keep --ca")
    catalog_limit_of(catalog_limit)
    chosen = chosen_login(login)
    behavior, duration_s = relist(relist_behavior, relist_duration)
    return Registration(
        name=name,
        namespace=namespace,
        scope=scope,
        url=url,
        auth=chosen.kind,
        secret_name=chosen.secret_name,
        secret_namespace=namespace,
        login=chosen.contents,
        ca_pem=certificates(ca_file) if ca_file else "",
        skip_tls=skip_tls,
        allow_plain_http=allow_http,
        relist_behavior=behavior,
        relist_duration_s=duration_s,
        class_restrictions=tuple(class_restrictions or ()),
        plan_restrictions=tuple(plan_restrictions or ()),
        api_version=api_version,
        platform=platform_of(platform),
        proxy=proxy_of(proxy),
        catalog_limit_mib=catalog_limit,
        replaces=replaces,
    )


def relist(behavior: str, duration: str) -> "tuple[RelistBehavior, int]":
    """Return when a catalog counts as old. Raises UsageError."""
    from svcat.cli.options import parse_duration
    from svcat.store.records import RELIST_DURATION_S, RelistBehavior

    try:
        chosen = RelistBehavior(behavior.lower() or RelistBehavior.DURATION)
    except ValueError:
        raise UsageError(
            f"invalid --relist-behavior ({behavior})", hint="allowed are: duration, manual"
        ) from None
    if not duration:
        return chosen, RELIST_DURATION_S
    if chosen is RelistBehavior.MANUAL:
        raise UsageError("--relist-duration is for --relist-behavior duration", hint="drop one")
    seconds = int(parse_duration(duration, "--relist-duration"))
    if seconds < 1:
        raise UsageError(f"invalid --relist-duration ({duration})", hint="at least 1s")
    return chosen, seconds


def catalog_limit_of(mib: int | None) -> int | None:
    """Return how large a catalog may be. Raises UsageError."""
    if mib is not None and not 0 <= mib <= _LARGEST_CATALOG_MIB:
        raise UsageError(f"--catalog-limit is from 1 to {_LARGEST_CATALOG_MIB} MiB")
    return mib


def platform_of(text: str) -> str:
    """Return the platform to name, empty for the usual one. Raises UsageError."""
    from svcat.app.requests import KUBERNETES, PLATFORMS

    if text and text not in PLATFORMS:
        raise UsageError(f"invalid --platform ({text})", hint=f"allowed: {', '.join(PLATFORMS)}")
    return "" if text == KUBERNETES else text


def proxy_of(text: str) -> str:
    """Return a proxy's URL. Raises UsageError."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
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


def certificates(file: str) -> str:
    """Return the PEM text of a CA file. Raises UsageError if there is no certificate in it."""
    import ssl

    text = read_file(file, "the CA").decode(errors="replace")
    try:
        if "BEGIN CERTIFICATE" in text:
            ssl.create_default_context(cadata=text)
            return text
    except (ssl.SSLError, ValueError):
        pass
    raise UsageError(f"{file} holds no certificate that can be read", hint="--ca takes a PEM file")
