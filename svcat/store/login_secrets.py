"""Broker logins: Secrets as Service Catalog read them, and the ones that ``register`` makes."""

from collections.abc import Mapping
from dataclasses import dataclass

from svcat.errors import AlreadyExists, Conflict, NotFound, Stale
from svcat.objects import SECRET, JsonObject, ObjectApi
from svcat.store import names
from svcat.store.secrets import decode_data, encode_data

KIND = "login"
_BROKER = f"{names.DOMAIN}/broker"


@dataclass(frozen=True, slots=True)
class LoginSecrets:
    """Login Secrets of one object API."""

    api: ObjectApi

    def read(self, namespace: str, name: str) -> Mapping[str, bytes]:
        """Return the contents: username and password, or token, or … Raises NotFound."""
        return decode_data(self.api.get(SECRET, namespace, name))

    def version(self, namespace: str, name: str) -> str:
        """Return what changes with the contents: uid and resourceVersion. Raises NotFound."""
        return _version(self.api.get(SECRET, namespace, name))

    def write(self, namespace: str, name: str, broker: str, login: Mapping[str, bytes]) -> str:
        """Create or replace the login Secret of ``broker`` and return its version.

        Raises Conflict if it is not ours.
        """
        for _ in range(5):
            try:
                return _version(self.api.create(SECRET, _object(namespace, name, broker, login)))
            except AlreadyExists:
                try:
                    current = self.api.get(SECRET, namespace, name)
                    _require_ours(current, broker)
                    written = self.api.replace(SECRET, {**current, "data": encode_data(login)})
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


def _object(namespace: str, name: str, broker: str, login: Mapping[str, bytes]) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {
                names.KIND: KIND,
                _BROKER: broker,
                "app.kubernetes.io/managed-by": "svcat",
            },
        },
        "type": "Opaque",
        "data": encode_data(login),
    }
