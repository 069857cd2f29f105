"""Login Secrets, as Service Catalog laid them out, turned into logins and TLS set-ups."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from svcat.errors import AuthFailed

if TYPE_CHECKING:
    from svcat.http import Tls
    from svcat.osb.login import Login
    from svcat.store.records import BrokerRecord


def login_from(broker: "BrokerRecord", secret: Mapping[str, bytes]) -> "Login":
    """Return the login that a Secret's contents make. Raises AuthFailed for missing keys."""
    from svcat.osb.login import (
        BasicLogin,
        BearerLogin,
        ClientCredentialsLogin,
        NoLogin,
        Secret,
    )
    from svcat.store.records import AuthKind

    match broker.auth:
        case AuthKind.BASIC:
            return BasicLogin(
                username=_text(broker, secret, "username"),
                password=Secret(_text(broker, secret, "password")),
            )
        case AuthKind.BEARER:
            return BearerLogin(token=Secret(_text(broker, secret, "token").strip()))
        case AuthKind.OAUTH:
            return ClientCredentialsLogin(
                token_url=_text(broker, secret, "token_url"),
                client_id=_text(broker, secret, "client_id"),
                client_secret=Secret(_text(broker, secret, "client_secret")),
                scope=secret.get("scope", b"").decode(),
            )
        case _:
            return NoLogin()


def tls_from(broker: "BrokerRecord", secret: Mapping[str, bytes]) -> "Tls":
    """Return how to verify the broker, and the client certificate if there is one."""
    from svcat.http import Tls
    from svcat.store.records import AuthKind

    has_certificate = broker.auth is AuthKind.CLIENT_CERT
    return Tls(
        ca_pem=broker.ca_pem or secret.get("ca.crt", b"").decode() or None,
        insecure=broker.skip_tls,
        client_cert_pem=_text(broker, secret, "tls.crt") if has_certificate else None,
        client_key_pem=_text(broker, secret, "tls.key") if has_certificate else None,
    )


def _text(broker: "BrokerRecord", secret: Mapping[str, bytes], key: str) -> str:
    where = f"the login Secret {broker.auth_secret!r} of broker {broker.name!r}"
    if key not in secret:
        raise AuthFailed(
            f"{where} has no key {key!r}",
            hint=f"a {broker.auth} login needs it; mend the Secret, then: svcat sync broker "
            f"{broker.name}",
        )
    try:
        return secret[key].decode()
    except UnicodeDecodeError:
        raise AuthFailed(f"key {key!r} of {where} is not text") from None
