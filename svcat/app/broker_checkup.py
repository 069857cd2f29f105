"""What ``doctor`` finds out about one broker: by its registration, and by a real request.

Each command that it names leaves the rest of the registration, its login above all, as it is.
"""

from svcat.app import findings
from svcat.app.broker_login import login_of
from svcat.app.catalog import load_catalog
from svcat.app.findings import Finding, Level
from svcat.app.ports import Ports
from svcat.errors import AuthFailed, Forbidden, NotFound, SvcatError
from svcat.osb.models import Catalog
from svcat.store.records import AuthKind, BrokerRecord

# What another login is given with; which one it is, is for people to know.
_LOGINS = {
    AuthKind.NONE: "--username NAME --password-stdin",
    AuthKind.BASIC: "--username NAME --password-stdin",
    AuthKind.BEARER: "--token-file FILE",
}


def look(broker: BrokerRecord, ports: Ports, *, asks: bool) -> Finding:
    """Log in, fetch the catalog, and hold it against the one that is kept."""
    subject, namespace = f"broker/{broker.name}", findings.namespace_of(broker)
    warning, fix = _weakness(broker)
    words = broker.url
    if asks:
        try:
            words, has_changed = _asked(broker, ports)
        except SvcatError as error:
            return findings.from_error(subject, _with_login(error, broker), namespace=namespace)
        if has_changed and not warning:
            warning = "its catalog has changed since it was fetched"
            fix = f"svcat sync broker {broker.name}{findings.place_of(broker)}"
    return Finding(
        subject=subject,
        level=Level.WARNING if warning else Level.OK,
        message=f"{words}; {warning}" if warning else words,
        fix=fix,
        namespace=namespace,
    )


def kept_catalog(broker: BrokerRecord, ports: Ports) -> Catalog | None:
    """Return the catalog that is kept here, if there is any."""
    try:
        return load_catalog(broker, ports)
    except NotFound:
        return None


def _asked(broker: BrokerRecord, ports: Ports) -> tuple[str, bool]:
    """Return what the broker answered, and whether its catalog is another than the one kept."""
    connection = ports.connect(broker, login_of(broker, ports))
    fetched = connection.catalog(etag=broker.etag, last_modified=broker.last_modified)
    kept = kept_catalog(broker, ports)
    words = f"answers, API {fetched.api_version or broker.api_version}"
    if kept is None or (fetched.catalog is not None and fetched.catalog != kept):
        return words, True
    return f"{words}, catalog as kept (classes: {len(kept.services)})", False


def _weakness(broker: BrokerRecord) -> tuple[str, str]:
    """Return what is risky about the connection, and the command that ends it."""
    if broker.skip_tls:
        return "its certificate is not verified", _update(broker, "--ca FILE")
    if broker.allow_plain_http and broker.auth is not AuthKind.NONE:
        url = f"https://{broker.url.partition('://')[2]}"
        return "its login goes over plain HTTP", _update(broker, f"--url {url} --no-allow-http")
    return "", ""


def _with_login(error: SvcatError, broker: BrokerRecord) -> SvcatError:
    """Let a login that is refused be mended for this very broker."""
    is_refused = isinstance(error, AuthFailed) and not isinstance(error, Forbidden)
    if is_refused and broker.auth in _LOGINS:
        error.hint = _update(broker, _LOGINS[broker.auth])
    return error


def _update(broker: BrokerRecord, options: str) -> str:
    return f"svcat broker update {broker.name} {options}{findings.place_of(broker)}"
