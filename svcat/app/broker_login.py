"""Getting in at a broker: the login Secret that its registration names, and the connection."""

from collections.abc import Mapping

from svcat.app.ports import Broker, Ports
from svcat.errors import AuthFailed, NotFound
from svcat.store.login_secrets import LoginSecrets
from svcat.store.records import AuthKind, BrokerRecord


def open_broker(broker: BrokerRecord, ports: Ports) -> Broker:
    """Return a logged-in connection. Raises NotFound, AuthFailed about the login Secret."""
    return ports.connect(broker, login_of(broker, ports))


def login_of(
    broker: BrokerRecord, ports: Ports, *, formerly: BrokerRecord | None = None
) -> Mapping[str, bytes]:
    """Return the contents of a broker's login Secret; empty if it needs no login.

    Raises NotFound, AuthFailed, Conflict if it is for another place than the registration's, now
    or ``formerly``.
    """
    if broker.auth is AuthKind.NONE or not broker.auth_secret:
        return {}
    try:
        places = (broker, formerly) if formerly else (broker,)
        return logins(ports).read(broker.auth_namespace, broker.auth_secret, *places)
    except NotFound as error:
        raise NotFound(
            f"the login Secret {broker.auth_secret!r} of broker {broker.name!r} is not in "
            f"namespace {broker.auth_namespace}",
            hint=f"make it, or register {broker.name} again with another login",
        ) from error
    except AuthFailed as error:
        raise type(error)(
            f"no right to read the login Secret {broker.auth_secret!r} of broker "
            f"{broker.name!r} in namespace {broker.auth_namespace}",
            hint="whoever provisions needs 'get' on that Secret; ask its owner, or register the "
            "broker in your own namespace",
        ) from error


def login_version(broker: BrokerRecord, ports: Ports) -> str:
    """Return which state of the login Secret there is; empty if none can be told."""
    if broker.auth is AuthKind.NONE or not broker.auth_secret:
        return ""
    try:
        return logins(ports).version(broker.auth_namespace, broker.auth_secret)
    except (NotFound, AuthFailed):
        return ""


def logins(ports: Ports) -> LoginSecrets:
    """Return the login Secrets of the cluster."""
    return LoginSecrets(ports.records.api)
