"""Cached catalogs: gzip in the broker's ConfigMap, split over several when large.

Parts are named after the digest of the whole, so a reader never mixes two catalogs: parts of a new
catalog are written beside the old ones, then the registration names the new digest, then the old
parts go.
"""

import base64
import gzip
from io import BytesIO

from msgspec import Struct
from msgspec.structs import replace

from svcat.digest import sha256_hex
from svcat.errors import AlreadyExists, NotFound
from svcat.objects import CONFIG_MAP, JsonObject, ObjectApi, list_all
from svcat.store import names
from svcat.store.records import BrokerRecord
from svcat.store.store import Records
from svcat.store.text import RecordDamaged

PART_BYTES = 700_000  # of 1,048,576: base64 does not count, other data and annotations do
CATALOG_KEY = "catalog.json.gz"
_PART_KIND = "catalog"
_OUTLINE = "names"
_LONG_BYTES = 256 * 1024  # of JSON; less is read in no time
_MAX_BYTES = 256 * 1024 * 1024


class Catalogs(Struct, frozen=True):
    """The catalogs that brokers offered when last asked."""

    api: ObjectApi
    records: Records

    def save(
        self, broker: BrokerRecord, catalog: bytes, outline: bytes = b""
    ) -> BrokerRecord | None:
        """Store ``catalog`` (JSON) and ``broker``, which holds what else the answer said.

        ``outline`` is the same catalog with little more than names: kept beside one that takes long
        to read. Returns the stored registration, None if it is gone.
        """
        packed = gzip.compress(catalog, mtime=0)
        digest = sha256_hex(packed)
        parts = [packed[i : i + PART_BYTES] for i in range(0, len(packed), PART_BYTES)]
        for number, part in enumerate(parts):
            self._write_part(broker, digest, number, part)
        small = gzip.compress(outline, mtime=0) if len(catalog) > _LONG_BYTES else b""
        has_outline = bool(outline) and 0 < len(small) <= PART_BYTES
        if has_outline:
            self._write_part(broker, digest, _OUTLINE, small)

        def learned(found: BrokerRecord) -> BrokerRecord:
            return replace(
                found,
                catalog_digest=digest,
                catalog_parts=len(parts),
                catalog_outline=has_outline,
                api_version=broker.api_version,
                etag=broker.etag,
                last_modified=broker.last_modified,
                fetched_at=broker.fetched_at,
                login_version=broker.login_version,
                last_error="",
            )

        stored = self.records.change(broker, learned)
        if stored is not None:
            self.remove_parts(stored, besides=stored.catalog_digest)
        return stored

    def load(self, broker: BrokerRecord) -> bytes:
        """Return the cached catalog's JSON. Raises NotFound if there is none, or it is damaged."""
        try:
            parts = [self._read_part(broker, number) for number in range(broker.catalog_parts)]
        except NotFound as error:
            raise _no_catalog(broker) from error
        packed = b"".join(parts)
        if not packed or sha256_hex(packed) != broker.catalog_digest:
            raise _no_catalog(broker)
        return _unpack(packed, broker)

    def load_outline(self, broker: BrokerRecord) -> bytes:
        """Return the catalog with little more than names; all of it if no such thing is kept.

        Raises NotFound.
        """
        if broker.catalog_outline:
            try:
                return _unpack(self._read_part(broker, _OUTLINE), broker)
            except NotFound:
                pass
        return self.load(broker)

    def remove_parts(self, broker: BrokerRecord, *, besides: str = "") -> None:
        """Delete the stored parts, but not those of the catalog with the digest ``besides``."""
        selector = names.selector(kind=_PART_KIND, broker=broker.name)
        for obj in list_all(self.api, CONFIG_MAP, broker.namespace, selector=selector):
            annotations: dict[str, str] = obj["metadata"].get("annotations") or {}
            if not besides or annotations.get(_DIGEST) != besides:
                self._delete(obj)

    def _delete(self, obj: JsonObject) -> None:
        metadata = obj["metadata"]
        try:
            self.api.delete(CONFIG_MAP, metadata["namespace"], metadata["name"])
        except NotFound:
            return

    def _write_part(
        self, broker: BrokerRecord, digest: str, number: int | str, part: bytes
    ) -> None:
        obj: JsonObject = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": names.catalog_object(broker.name, digest, number),
                "namespace": broker.namespace,
                "labels": {
                    names.KIND: _PART_KIND,
                    f"{names.DOMAIN}/broker": broker.name,
                    "app.kubernetes.io/managed-by": "svcat",
                },
                "annotations": {names.SCHEMA: str(names.SCHEMA_VERSION), _DIGEST: digest},
            },
            "binaryData": {CATALOG_KEY: base64.b64encode(part).decode()},
        }
        try:
            self.api.create(CONFIG_MAP, obj)
        except AlreadyExists:
            return  # named after its content

    def _read_part(self, broker: BrokerRecord, number: int | str) -> bytes:
        name = names.catalog_object(broker.name, broker.catalog_digest, number)
        obj = self.api.get(CONFIG_MAP, broker.namespace, name)
        text: str = (obj.get("binaryData") or {}).get(CATALOG_KEY, "")
        return base64.b64decode(text)


_DIGEST = f"{names.DOMAIN}/digest"


def _no_catalog(broker: BrokerRecord) -> NotFound:
    return NotFound(
        f"there is no cached catalog of broker {broker.name!r}",
        hint=f"fetch it: svcat sync broker {broker.name}",
    )


def _unpack(packed: bytes, broker: BrokerRecord) -> bytes:
    with gzip.GzipFile(fileobj=BytesIO(packed)) as stream:
        catalog = stream.read(_MAX_BYTES + 1)
    if len(catalog) > _MAX_BYTES:
        raise RecordDamaged(f"the cached catalog of broker {broker.name!r} is too large")
    return catalog
