"""Load, create, change and remove records, over either object API.

Every write is a compare-and-swap that recognises itself: it carries an id of its own, so that a
write whose answer was lost is found to have landed instead of being made twice (reliability rule
R4), and it is bound to the record's uid, for a re-created name is another thing (rule R3).
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from svcat.clock import Clock
from svcat.errors import AlreadyExists, NotFound, Stale, SvcatError, Unreachable
from svcat.objects import CONFIG_MAP, NAMESPACE, JsonObject, ObjectApi, list_all
from svcat.store import codec, names
from svcat.store.doubt import seen
from svcat.store.names import close_to
from svcat.store.records import WRITES_REMEMBERED, Record
from svcat.store.text import RecordDamaged

R = TypeVar("R", bound=Record)

_ATTEMPTS = 20
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 2.0


class Records(Struct, frozen=True):
    """Records of one object API."""

    api: ObjectApi
    clock: Clock
    new_id: Callable[[], str]
    on_damage: Callable[[SvcatError], None] = lambda _: None
    jitter: Callable[[], float] = random.random  # of pauses: from 0 to 1

    def find(self, record_type: type[R], namespace: str, name: str) -> R | None:
        """Return the record, or None if there is none. Raises RecordDamaged."""
        try:
            obj = self.api.get(CONFIG_MAP, namespace, codec.object_name(record_type, name))
        except NotFound:
            return None
        return codec.decode(record_type, obj)

    def load(self, record_type: type[R], namespace: str, name: str) -> R:
        """Return the record. Raises NotFound, RecordDamaged."""
        record = self.find(record_type, namespace, name)
        if record is None:
            kind = codec.kind_of(record_type)
            raise NotFound(
                f"{kind} {name!r} not found in namespace {namespace}",
                hint=self._close_to(record_type, namespace, name)
                or f"see what there is: svcat get {kind}s -A",
            )
        return record

    def _close_to(self, record_type: type[R], namespace: str, name: str) -> str:
        try:
            known = [record.name for record in self.list(record_type, namespace)]
        except SvcatError:
            return ""  # what is not there is not there, whoever may list
        return close_to(name, known)

    def reload(self, record: R) -> R | None:
        """Return ``record`` as it stands now; None if it is gone or another has its name."""
        found = self.find(type(record), record.namespace, record.name)
        return found if found is not None and found.uid == record.uid else None

    def list(self, record_type: type[R], namespace: str = "", *, selector: str = "") -> Iterator[R]:
        """Give the records of ``namespace`` (all if empty); damaged ones go to ``on_damage``."""
        wanted = names.selector(selector, kind=codec.kind_of(record_type))
        for obj in list_all(self.api, CONFIG_MAP, namespace, selector=wanted):
            try:
                yield codec.decode(record_type, obj)
            except RecordDamaged as error:
                self.on_damage(error)

    def create(self, record: R) -> tuple[R, bool]:
        """Create ``record``; return what now stands under its name, and whether it is ours."""
        write_id = self.new_id()[:8]
        obj = codec.encode(replace(record, seq=1, writes=(write_id,)))
        for attempt in range(_ATTEMPTS):
            try:
                return codec.decode(type(record), self.api.create(CONFIG_MAP, obj)), True
            except AlreadyExists:
                found = self._again(record)
                if found is not None:
                    return found, write_id in found.writes
            except Unreachable as lost:
                if attempt + 1 == _ATTEMPTS:
                    raise
                found = self._again(record, lost)
                if found is not None:
                    return found, write_id in found.writes
            self._pause(attempt)
        raise _storm(record)

    def change(self, record: R, decide: Callable[[R], R | None]) -> R | None:
        """Write what ``decide`` makes of the record as it stands *now*.

        ``decide`` may be called several times and must look at nothing but its argument; None or an
        equal record means that nothing is to be written. Returns the record as it then stands, or
        None if it is gone or another one has its name.
        """
        write_id = self.new_id()[:8]
        found: R | None = record
        lost: Unreachable | None = None
        for attempt in range(_ATTEMPTS):
            if attempt:
                found = self._again(record, lost)
            if found is None or found.uid != record.uid:
                return None
            if write_id in found.writes:
                return found
            wanted = decide(found)
            if wanted is None or wanted == found:
                if found is record:
                    continue  # what is remembered may be old: only what is read decides against
                return found
            writes = (*found.writes, write_id)[-WRITES_REMEMBERED:]
            obj = codec.encode(replace(wanted, seq=found.seq + 1, writes=writes))
            try:
                return codec.decode(type(record), self.api.replace(CONFIG_MAP, obj))
            except (Stale, NotFound):
                self._pause(attempt)
                lost = None
            except Unreachable as error:
                if attempt + 1 == _ATTEMPTS:
                    raise
                lost = error
        raise _storm(record)

    def remove(self, record: Record) -> bool:
        """Delete the record if it still is exactly this one; return whether it is gone."""
        name = codec.object_name(type(record), record.name)
        try:
            self.api.delete(
                CONFIG_MAP,
                record.namespace,
                name,
                uid=record.uid,
                resource_version=self._without_finalizer(record),
            )
        except NotFound:
            return True
        except Stale:
            return False
        except Unreachable as lost:
            return seen(lambda: self.reload(record), lost) is None
        return True

    def _again(self, record: R, lost: Unreachable | None = None) -> R | None:
        """Read the record as it stands now, perhaps because a write's answer was ``lost``."""

        def look() -> R | None:
            return self.find(type(record), record.namespace, record.name)

        return look() if lost is None else seen(look, lost)

    def _without_finalizer(self, record: Record) -> str:
        """Take our finalizer off; return the resourceVersion to delete under."""
        if not getattr(record, "finalizer", False):
            return record.resource_version
        obj = codec.encode(record)
        obj["metadata"]["finalizers"].remove(names.FINALIZER)
        stored = self.api.replace(CONFIG_MAP, obj)
        version: str = stored["metadata"]["resourceVersion"]
        return version

    def now(self) -> datetime:
        """The server's time."""
        return self.api.now()

    def namespace(self, name: str) -> JsonObject:
        """Return a Namespace object, made if the store makes them. Raises NotFound."""
        try:
            return self.api.get(NAMESPACE, "", name)
        except NotFound:
            if not self.api.makes_namespaces:
                raise
        draft = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        return self.api.create(NAMESPACE, draft)

    def _pause(self, attempt: int) -> None:
        if attempt:
            longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)
            self.clock.sleep(longest * self.jitter())


def _storm(record: Record) -> Stale:
    kind = codec.kind_of(type(record))
    return Stale(
        f"{kind} {record.name!r} in namespace {record.namespace} is being written by others "
        f"all the time; gave up after {_ATTEMPTS} tries",
        hint="try again in a moment",
    )
