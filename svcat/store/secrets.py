"""Credentials Secrets: reserved before the broker is asked, fenced, and never taken from others.

A Secret of ours names the uid of the binding record it belongs to, the binding id it is *for* and
the id whose credentials it *holds* (reliability rules R9-R11): a slow writer that is about to put
dead credentials in loses on the resourceVersion that the fence bumped.
"""

import base64
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from svcat.digest import sha256_hex
from svcat.errors import AlreadyExists, NotFound, Stale, Unreachable
from svcat.objects import SECRET, JsonObject, ObjectApi, list_all
from svcat.store import names
from svcat.store.doubt import seen
from svcat.store.records import BindingRecord, Role, SecretKeyRef
from svcat.store.shape import Shape

KIND = "credentials"
OWNER = f"{names.DOMAIN}/binding-uid"
MANAGER = f"{names.DOMAIN}/manager-uid"  # of the first record, if this one was rebuilt
FOR = f"{names.DOMAIN}/binding-for"
HOLDS = f"{names.DOMAIN}/binding-id"
EXPIRES = f"{names.DOMAIN}/expires-at"
RENEW = f"{names.DOMAIN}/renew-before"
DIGEST = f"{names.DOMAIN}/digest"
SHAPE = f"{names.DOMAIN}/shape"
BINDING = f"{names.DOMAIN}/binding"
_PLAIN = Shape()


class CredentialsSecret(Struct, frozen=True):
    """A Secret found under a binding's Secret name."""

    obj: JsonObject

    @property
    def owner_uid(self) -> str:
        """The uid of the binding record it belongs to; empty if it is not ours."""
        return self._annotation(OWNER)

    def is_of(self, binding: BindingRecord) -> bool:
        """Whether it belongs to ``binding``, by the uid of its record or the one it once had."""
        if self.owner_uid == binding.uid:
            return True
        former = binding.manager_uid
        return bool(former) and former in {self.owner_uid, self._annotation(MANAGER)}

    def came_back_with(self, binding: BindingRecord) -> bool:
        """Whether it came out of a backup with ``binding``: the ids, made once, are the same.

        The uids are not. It may belong to ``binding`` again then; only ``is_of``, which asks for
        more than an id, lets it be changed otherwise, or deleted.
        """
        current = binding.id_in(Role.CURRENT)
        ids = {self.wanted_id, self.held_id}
        return bool(self.owner_uid) and current is not None and ids == {current.id}

    @property
    def wanted_id(self) -> str:
        """The binding id it is for."""
        return self._annotation(FOR)

    @property
    def held_id(self) -> str:
        """The binding id whose credentials it holds; empty while reserved."""
        return self._annotation(HOLDS)

    @property
    def expires_at(self) -> str:
        """When the credentials end, as the broker wrote it."""
        return self._annotation(EXPIRES)

    @property
    def renew_before(self) -> str:
        """When the credentials should be replaced, as the broker wrote it."""
        return self._annotation(RENEW)

    @property
    def data(self) -> Mapping[str, bytes]:
        """The decoded contents."""
        return decode_data(self.obj)

    @property
    def is_as_filled(self) -> bool:
        """Whether nobody changed the contents since svcat put them in."""
        return self._annotation(DIGEST) in {"", digest_of(self.data)}

    @property
    def shape(self) -> Shape:
        """How the contents are laid out."""
        text = self._annotation(SHAPE)
        try:
            return msgspec.json.decode(text, type=Shape) if text else _PLAIN
        except msgspec.DecodeError:
            return _PLAIN

    def noted(self, fact: str) -> str:
        """Return what the Secret knows of its binding, as ``instance-id``; empty if nothing."""
        return self._annotation(f"{names.DOMAIN}/{fact}")

    def _annotation(self, key: str) -> str:
        annotations: dict[str, str] = self.obj["metadata"].get("annotations") or {}
        return annotations.get(key, "")


class Secrets(Struct, frozen=True):
    """Secrets of one object API."""

    api: ObjectApi

    def find(self, namespace: str, name: str) -> CredentialsSecret | None:
        """Return the Secret of that name, ours or not."""
        try:
            return CredentialsSecret(self.api.get(SECRET, namespace, name))
        except NotFound:
            return None

    def read(self, namespace: str, name: str) -> JsonObject:
        """Return a Secret object. Raises NotFound."""
        return self.api.get(SECRET, namespace, name)

    def read_parameters(self, namespace: str, ref: SecretKeyRef) -> tuple[Mapping[str, bytes], str]:
        """Return a Secret's contents and resourceVersion. Raises NotFound."""
        obj = self.api.get(SECRET, namespace, ref.name)
        version: str = obj["metadata"]["resourceVersion"]
        return decode_data(obj), version

    def reserve(self, binding: BindingRecord, wanted_id: str) -> CredentialsSecret | None:
        """Create the empty, owned Secret; return what stands there, None if that is unclear."""
        try:
            obj = self.api.create(SECRET, _reservation(binding, wanted_id))
        except AlreadyExists:
            return self.find(binding.namespace, binding.secret_name)
        except Unreachable as lost:
            return seen(lambda: self.find(binding.namespace, binding.secret_name), lost)
        return CredentialsSecret(obj)

    def fence(self, secret: CredentialsSecret, wanted_id: str) -> bool:
        """Make the Secret be for ``wanted_id``; False if it changed meanwhile: look again."""
        return self._swap(secret, {FOR: wanted_id}, None)

    def fill(
        self,
        secret: CredentialsSecret,
        held_id: str,
        data: Mapping[str, bytes],
        *,
        expires_at: str = "",
        renew_before: str = "",
        shape: Shape = _PLAIN,
    ) -> bool:
        """Put the credentials of ``held_id`` in; False if it changed meanwhile: look again.

        Raises Invalid, Forbidden: they can never be put in.
        """
        notes = {
            HOLDS: held_id,
            EXPIRES: expires_at,
            RENEW: renew_before,
            DIGEST: digest_of(data),
            SHAPE: "" if shape == _PLAIN else msgspec.json.encode(shape).decode(),
        }
        return self._swap(secret, notes, data)

    def put_back(self, secret: CredentialsSecret, earlier: CredentialsSecret) -> bool:
        """Let the Secret hold, and be for, what ``earlier`` held; False if it changed meanwhile."""
        kept = (EXPIRES, RENEW, DIGEST, SHAPE)
        notes = {key: earlier.noted(key.partition("/")[2]) for key in kept}
        notes |= {HOLDS: earlier.held_id, FOR: earlier.held_id}
        return self._swap(secret, notes, earlier.data)

    def adopt(self, secret: CredentialsSecret, owner: BindingRecord) -> bool:
        """Let the Secret belong to a record that was rebuilt; False if it changed meanwhile."""
        return self._swap(secret, {OWNER: owner.uid, MANAGER: owner.manager_uid}, None)

    def list(
        self, namespace: str, binding: str = "", *, selector: str = ""
    ) -> Iterator[CredentialsSecret]:
        """Give the credentials Secrets of ours in ``namespace`` (of ``binding``, if named)."""
        wanted = names.selector(selector, kind=KIND, binding=binding)
        for obj in list_all(self.api, SECRET, namespace, selector=wanted):
            yield CredentialsSecret(obj)

    def remove(self, secret: CredentialsSecret) -> bool:
        """Delete exactly this Secret; return whether it is gone."""
        metadata = secret.obj["metadata"]
        try:
            self.api.delete(
                SECRET,
                metadata["namespace"],
                metadata["name"],
                uid=metadata["uid"],
                resource_version=metadata["resourceVersion"],
            )
        except NotFound:
            return True
        except Stale:
            return False
        except Unreachable as lost:
            return seen(lambda: self.find(metadata["namespace"], metadata["name"]), lost) is None
        return True

    def _swap(
        self,
        secret: CredentialsSecret,
        annotations: Mapping[str, str],
        data: Mapping[str, bytes] | None,
    ) -> bool:
        metadata = secret.obj["metadata"]
        changed = {
            **secret.obj,
            "metadata": {
                **metadata,
                "annotations": {**(metadata.get("annotations") or {}), **annotations},
            },
        }
        if data is not None:
            changed["data"] = encode_data(data)
        try:
            self.api.replace(SECRET, changed)
        except (Stale, NotFound):
            return False
        except Unreachable as lost:
            seen(lambda: self.find(metadata["namespace"], metadata["name"]), lost)
            return False
        return True


def digest_of(data: Mapping[str, bytes]) -> str:
    """Return a digest of a Secret's contents; it tells as much as the Secret: keep it there."""
    parts = [part for key in sorted(data) for part in (key.encode(), data[key])]
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return sha256_hex(framed)


def encode_data(data: Mapping[str, bytes]) -> dict[str, str]:
    """Return Secret ``data``: base64."""
    return {key: base64.b64encode(value).decode() for key, value in data.items()}


def decode_data(obj: JsonObject) -> dict[str, bytes]:
    """Return the contents of a Secret object."""
    data: dict[str, str] = obj.get("data") or {}
    return {key: base64.b64decode(value) for key, value in data.items()}


def _reservation(binding: BindingRecord, wanted_id: str) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": binding.secret_name,
            "namespace": binding.namespace,
            "labels": {
                names.KIND: KIND,
                BINDING: names.label_value(binding.name),
                "app.kubernetes.io/managed-by": "svcat",
            },
            "annotations": {
                names.SCHEMA: str(names.SCHEMA_VERSION),
                OWNER: binding.uid,
                FOR: wanted_id,
                # Enough to rebuild a binding record that was deleted by hand.
                f"{names.DOMAIN}/instance": binding.instance,
                f"{names.DOMAIN}/instance-id": binding.instance_id,
                f"{names.DOMAIN}/broker": binding.broker.name,
                f"{names.DOMAIN}/broker-namespace": binding.broker.namespace,
                f"{names.DOMAIN}/service-id": binding.service_id,
                f"{names.DOMAIN}/plan-id": binding.plan_id,
            },
        },
        "type": binding.secret_type,
        "data": {},
    }
