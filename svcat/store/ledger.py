"""The ledger: for each id that a broker may know, enough to delete it when its record is gone.

An entry is written to the system namespace before the first request under its id leaves and
removed after the broker confirmed the end. It is what a deleted namespace leaves behind.
"""

from collections.abc import Iterator

from msgspec import Struct

from svcat.errors import AlreadyExists, Forbidden, NotFound, Stale, SvcatError, Unreachable
from svcat.objects import CONFIG_MAP, NAMESPACE, ObjectApi, list_all
from svcat.store import ledger_codec, names
from svcat.store.doubt import seen
from svcat.store.ledger_entry import LedgerEntry


class Ledger(Struct, frozen=True):
    """The entries in the system namespace."""

    api: ObjectApi
    system_namespace: str = names.SYSTEM_NAMESPACE

    def write(self, entry: LedgerEntry) -> None:
        """Make sure the entry is there. Raises Forbidden, Unreachable."""
        obj = ledger_codec.encode(entry, self.system_namespace)
        failed: SvcatError | None = None
        for _ in range(3):
            try:
                self.api.create(CONFIG_MAP, obj)
            except AlreadyExists:
                return
            except NotFound as error:
                failed = error
                self._make_namespace()
                continue
            except Unreachable as lost:
                failed = lost
                if self._is_missing(entry.id, lost):
                    continue
            return
        raise Unreachable(
            f"the ledger entry of {entry.kind} {entry.name!r} could not be written: {failed}",
            hint=failed.hint if failed else None,
        )

    def find(self, osb_id: str) -> LedgerEntry | None:
        """Return the entry of an id, if there is one."""
        try:
            obj = self.api.get(CONFIG_MAP, self.system_namespace, names.ledger_object(osb_id))
        except NotFound:
            return None
        return ledger_codec.decode(obj)

    def remove(self, osb_id: str) -> None:
        """Take the entry of an id away; it is no error if there is none or we may not.

        Raises Unreachable.
        """
        failed: Unreachable | None = None
        for _ in range(3):
            try:
                self.api.delete(CONFIG_MAP, self.system_namespace, names.ledger_object(osb_id))
            except (NotFound, Forbidden):
                return
            except Unreachable as lost:
                failed = lost
                if not self._is_missing(osb_id, lost):
                    continue
            return
        raise Unreachable(
            f"the ledger entry of {osb_id} could not be removed: {failed}",
            hint=failed.hint if failed else None,
        )

    def _is_missing(self, osb_id: str, lost: Unreachable) -> bool:
        return seen(lambda: self.find(osb_id), lost) is None

    def mark_abandoned(self, osb_id: str) -> None:
        """Note that the user gave the id up although the broker may still hold it."""
        for _ in range(5):
            try:
                obj = self.api.get(CONFIG_MAP, self.system_namespace, names.ledger_object(osb_id))
                obj["metadata"]["annotations"][f"{names.DOMAIN}/abandoned"] = "true"
                self.api.replace(CONFIG_MAP, obj)
            except (Stale, Unreachable):
                continue
            except (NotFound, Forbidden):
                pass
            return

    def mark_ending(self, osb_id: str) -> None:
        """Note that the id is being deleted. Raises Unreachable unless that stands."""
        failed: SvcatError | None = None
        for _ in range(5):
            try:
                obj = self.api.get(CONFIG_MAP, self.system_namespace, names.ledger_object(osb_id))
                obj["metadata"]["annotations"][f"{names.DOMAIN}/ending"] = "true"
                self.api.replace(CONFIG_MAP, obj)
            except (Stale, Unreachable) as error:
                failed = error
                continue
            except (NotFound, Forbidden):
                pass
            return
        raise Unreachable(
            f"the ledger entry of {osb_id} could not be changed: {failed}",
            hint="once that is mended: svcat orphans clean",
        )

    def list(self, namespace: str = "", *, selector: str = "") -> Iterator[LedgerEntry]:
        """Give the entries of what was made from ``namespace`` (all if empty)."""
        wanted = names.selector(selector, kind=ledger_codec.LEDGER_KIND, namespace=namespace)
        for obj in list_all(self.api, CONFIG_MAP, self.system_namespace, selector=wanted):
            yield ledger_codec.decode(obj)

    def ensure_namespace(self) -> bool:
        """Make the system namespace; False if we may not."""
        try:
            self._make_namespace()
        except Forbidden:
            return False
        return True

    def _make_namespace(self) -> None:
        try:
            self.api.create(
                NAMESPACE,
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": {"name": self.system_namespace},
                },
            )
        except (AlreadyExists, Unreachable):
            return
