"""From the flags of ``register`` and ``broker update`` to what is asked for."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from svcat.cli.broker_options import LoginFlags, OfferFlags, ReachFlags, TrustChange, TrustFlags
from svcat.cli.login_flags import chosen_login, read_file
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.broker_update import Change
    from svcat.app.registration import Registration
    from svcat.store.records import RelistBehavior, Scope

UNVERIFIED = "the broker's certificate is not verified: whoever is in between can read the login"
_LARGEST_CATALOG_MIB = 256


def registration(
    name: str,
    namespace: str,
    *,
    url: str,
    scope: "Scope",
    login: LoginFlags,
    trust: TrustFlags,
    reach: ReachFlags,
    offer: OfferFlags,
    replaces: bool = False,
) -> "Registration":
    """Return the registration asked for. Raises UsageError for flags that contradict."""
    from svcat.app.registration import Registration

    _require_one_trust(trust)
    chosen = chosen_login(login)
    behavior, duration_s = relist(offer.relist_behavior, offer.relist_duration)
    return Registration(
        name=name,
        namespace=namespace,
        scope=scope,
        url=url,
        auth=chosen.kind,
        secret_name=chosen.secret_name,
        secret_namespace=namespace,
        login=chosen.contents,
        ca_pem=certificates(trust.ca),
        skip_tls=trust.skip_tls,
        allow_plain_http=trust.allow_http,
        relist_behavior=behavior,
        relist_duration_s=duration_s,
        class_restrictions=tuple(offer.class_restrictions or ()),
        plan_restrictions=tuple(offer.plan_restrictions or ()),
        api_version=reach.api_version or "",
        platform=platform_of(reach.platform or ""),
        proxy=proxy_of(reach.proxy or ""),
        catalog_limit_mib=catalog_limit_of(reach.catalog_limit) or 0,
        replaces=replaces,
    )


def change(
    *,
    url: str | None,
    login: LoginFlags,
    has_no_login: bool,
    trust: TrustChange,
    reach: ReachFlags,
    offer: OfferFlags,
    is_forced: bool,
) -> "Change":
    """Return the change asked for. Raises UsageError for flags that contradict."""
    from svcat.app.broker_update import Change

    is_login_given = login != LoginFlags()
    if has_no_login and is_login_given:
        raise UsageError("--no-login cannot be used with a login")
    chosen = chosen_login(login)
    _require_one_trust(trust)
    behavior = duration_s = None
    if offer.relist_behavior or offer.relist_duration:
        behavior, duration_s = relist(offer.relist_behavior, offer.relist_duration)
    return Change(
        url=url,
        auth=chosen.kind if is_login_given or has_no_login else None,
        secret_name=chosen.secret_name,
        login=chosen.contents,
        ca_pem=None if trust.ca is None else certificates(trust.ca),
        skip_tls=trust.skip_tls,
        allow_plain_http=trust.allow_http,
        api_version=reach.api_version,
        platform=None if reach.platform is None else platform_of(reach.platform),
        proxy=None if reach.proxy is None else proxy_of(reach.proxy),
        catalog_limit_mib=catalog_limit_of(reach.catalog_limit),
        class_restrictions=_given(offer.class_restrictions),
        plan_restrictions=_given(offer.plan_restrictions),
        relist_behavior=behavior,
        relist_duration_s=duration_s,
        is_forced=is_forced,
    )


def _require_one_trust(trust: TrustFlags | TrustChange) -> None:
    if trust.ca and trust.skip_tls:
        raise UsageError("--ca cannot be used with --skip-tls", hint="keep --ca")


def _given(restrictions: list[str] | None) -> tuple[str, ...] | None:
    return None if restrictions is None else tuple(text for text in restrictions if text.strip())


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
    """Return the PEM text of a CA file, if one is named. Raises UsageError if it holds none."""
    import ssl

    if not file:
        return ""

    text = read_file(file, "the CA").decode(errors="replace")
    try:
        if "BEGIN CERTIFICATE" in text:
            ssl.create_default_context(cadata=text)
            return text
    except (ssl.SSLError, ValueError):
        pass
    raise UsageError(f"{file} holds no certificate that can be read", hint="--ca takes a PEM file")
