"""Broker logins: Secrets as Service Catalog read them, and the ones that ``register`` makes.

Those that ``register`` makes say where they may be sent. A registration is a ConfigMap, which more
people may write than may read the login: a changed URL must not lead it to them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from svcat.errors import AlreadyExists, Conflict, NotFound, Stale
from svcat.objects import SECRET, JsonObject, ObjectApi
from svcat.store import names
from svcat.store.records import BrokerRecord
from svcat.store.secrets import decode_data, encode_data

KIND = "login"
DESTINATION = f"{names.DOMAIN}/destination"
_BROKER = f"{names.DOMAIN}/broker"


@dataclass(frozen=True, slots=True)
class LoginSecrets:
    """Login Secrets of one object API."""

    api: ObjectApi

    def read(self, namespace: str, name: str, *brokers: BrokerRecord) -> Mapping[str, bytes]:
        """Return the contents: username and password, or token, or … Raises NotFound.

        Raises Conflict if the Secret is to be sent elsewhere than to one of ``brokers``.
        """
        obj = self.api.get(SECRET, namespace, name)
        said = (obj["metadata"].get("annotations") or {}).get(DESTINATION)
        if said is not None and said not in map(destination, brokers):
            known = brokers[0].name
            raise Conflict(
                f"the login Secret {name!r} is not for where broker {known!r} is now: its "
                "registration was changed by other means than svcat",
                hint=f"look at it: svcat describe broker {known}; if it is right, give the login "
                f"again: svcat broker update {known} --username USER --password-file FILE",
            )
        return decode_data(obj)

    def version(self, namespace: str, name: str) -> str:
        """Return what changes with the contents: uid and resourceVersion. Raises NotFound."""
        return _version(self.api.get(SECRET, namespace, name))

    def write(
        self, namespace: str, name: str, broker: BrokerRecord, login: Mapping[str, bytes]
    ) -> str:
        """Create or replace the login Secret of ``broker`` and return its version.

        Raises Conflict if it is not ours.
        """
        for _ in range(5):
            try:
                return _version(self.api.create(SECRET, _object(namespace, name, broker, login)))
            except AlreadyExists:
                try:
                    current = self.api.get(SECRET, namespace, name)
                    _require_ours(current, broker.name)
                    new = _object(namespace, name, broker, login)
                    kept = current["metadata"]
                    annotations = {**kept.get("annotations", {}), **new["metadata"]["annotations"]}
                    metadata = {**kept, "annotations": annotations}
                    written = self.api.replace(
                        SECRET, {**current, "metadata": metadata, "data": new["data"]}
                    )
                except (NotFound, Stale):
                    continue
                return _version(written)
        raise Conflict(f"Secret {name!r} is being changed by others", hint="try again")

    def remove(self, namespace: str, name: str, broker: str) -> None:
        """Delete the login Secret that ``register`` made for ``broker``."""
        try:
            current = self.api.get(SECRET, namespace, name)
            _require_ours(current, broker)
            self.api.delete(SECRET, namespace, name, uid=current["metadata"]["uid"])
        except (NotFound, Conflict):
            return


def secret_name_of(broker: str) -> str:
    """Return the name of the login Secret that ``register`` makes for ``broker``."""
    return f"svcat.login.{broker}"


def destination(broker: BrokerRecord) -> str:
    """Return the digest of everything that decides who receives a broker's login."""
    ways = (broker.url, broker.proxy, broker.ca_pem, broker.skip_tls, broker.allow_plain_http)
    return hashlib.sha256(json.dumps(ways).encode()).hexdigest()


def _version(obj: JsonObject) -> str:
    metadata = obj["metadata"]
    return f"{metadata['uid']}/{metadata['resourceVersion']}"


def _require_ours(obj: JsonObject, broker: str) -> None:
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    if labels.get(names.KIND) != KIND or labels.get(_BROKER) != broker:
        raise Conflict(
            f"Secret {obj['metadata']['name']!r} exists and is not the login of broker {broker!r}",
            hint="name an existing login with --basic-secret, or remove that Secret",
        )


def _object(
    namespace: str, name: str, broker: BrokerRecord, login: Mapping[str, bytes]
) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {
                names.KIND: KIND,
                _BROKER: broker.name,
                "app.kubernetes.io/managed-by": "svcat",
            },
            "annotations": {DESTINATION: destination(broker)},
        },
        "type": "Opaque",
        "data": encode_data(login),
    }
