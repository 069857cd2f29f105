"""A store, a broker in memory and a clock set by hand, on which a command may come to grief.

A mishap is an effect (counted from the command's start) and what becomes of it: the real use-cases
run until then, and on if they live.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from svcat.app.ports import Patience, Ports, Timing
from svcat.errors import SvcatError, Unreachable
from svcat.objects import JsonObject, ObjectApi, Page, Resource, UserInfo
from svcat.osb.catalog import encode_catalog
from svcat.osb.models import Call, Catalog
from svcat.osb.outcome import NoAnswer
from svcat.store.catalogs import Catalogs
from svcat.store.ledger import Ledger
from svcat.store.records import BrokerRecord, Scope
from svcat.store.secrets import Secrets
from svcat.store.store import Records
from tests.explorer.fates import KILLS, Fate
from tests.sim.broker import Act, Exchange, Habits, Holdings, SimulatedBroker, catalog_of
from tests.sim.ids import Ids
from tests.sim.objects import BEGIN

SYSTEM, HERE = "svcat-system", "default"
Command = Callable[[Ports, Patience], object]
Answer = TypeVar("Answer")


class Killed(BaseException):
    """The process is no more."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What befalls which effect of a command."""

    nth: int
    fate: Fate


class Time:
    """The server's clock, and everybody's."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.passed_s = 0.0

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.passed_s

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.passed_s += seconds

    def jump(self, seconds: float) -> None:
        """Set the server's clock; nobody slept."""
        self.now += timedelta(seconds=seconds)


class Bench:
    """Where commands are run one after the other."""

    def __init__(self, objects: ObjectApi, time: Time, habits: Habits) -> None:
        self.habits = habits
        self.objects = objects
        self.time = time
        self.holdings = Holdings()
        self._mishap: Mishap | None = None
        self._effects = 0
        self._serial = 0
        ports = self.ports()
        ports.ledger.ensure_namespace()
        broker = BrokerRecord(namespace=SYSTEM, name="b", scope=Scope.CLUSTER, url="http://b")
        ports.records.create(broker)
        self.offer(catalog_of(habits))

    def offer(self, catalog: Catalog) -> None:
        """Let this be the catalog from now on."""
        ports = self.ports()
        ports.catalogs.save(ports.records.load(BrokerRecord, SYSTEM, "b"), encode_catalog(catalog))

    def run(self, command: Command, mishap: Mishap | None = None) -> SvcatError | Killed | None:
        """Run a command; return what ended it before its time."""
        self._mishap, self._effects = mishap, 0
        try:
            command(self.ports(), Patience())
        except (SvcatError, Killed) as end:
            return end
        finally:
            self._mishap = None
        return None

    def ports(self) -> Ports:
        """Return the ports of a new process."""
        self._serial += 1
        objects = _Disturbed(self.objects, self.time, self._fate)
        ids = Ids(f"{self._serial:05d}")
        records = Records(objects, self.time, ids, jitter=lambda: 0.5)
        return Ports(
            records=records,
            secrets=Secrets(objects),
            ledger=Ledger(objects),
            catalogs=Catalogs(objects, records),
            connect=lambda *_: SimulatedBroker(self.habits, self.holdings, self._exchange),
            clock=self.time,
            new_id=ids,
            claim_id=f"claim-{self._serial}",
            holder="somebody",
            timing=Timing(),
        )

    def _fate(self) -> Fate:
        self._effects += 1
        if self._mishap is None or self._effects - 1 != self._mishap.nth:
            return Fate.DONE
        if self._mishap.fate is Fate.KILLED_BEFORE:
            raise Killed
        return self._mishap.fate

    def _exchange(self, _call: Call, _subject: str, act: Act) -> Exchange:
        fate = self._fate()
        if fate in {Fate.LOST_REQUEST, Fate.LATE_REQUEST}:
            return NoAnswer.LOST, None, ""
        if fate is Fate.FAILED_BEFORE:
            return 500, None, ""
        answer = act()
        if fate in KILLS:
            raise Killed
        if fate is Fate.LOST_ANSWER:
            return NoAnswer.LOST, None, ""
        return (500, None, "") if fate is Fate.FAILED_AFTER else answer


class _Disturbed:
    """The object API of one process."""

    def __init__(self, api: ObjectApi, time: Time, fate: Callable[[], Fate]) -> None:
        self._api = api
        self._time = time
        self._fate = fate

    @property
    def makes_namespaces(self) -> bool:
        return self._api.makes_namespaces

    def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        return self._effect(self._api.get, resource, namespace, name)

    def list_page(self, resource: Resource, namespace: str, **options: Any) -> Page:
        return self._effect(self._api.list_page, resource, namespace, **options)

    def create(self, resource: Resource, obj: JsonObject) -> JsonObject:
        return self._effect(self._api.create, resource, obj)

    def replace(self, resource: Resource, obj: JsonObject) -> JsonObject:
        return self._effect(self._api.replace, resource, obj)

    def delete(self, resource: Resource, namespace: str, name: str, **conditions: str) -> None:
        self._effect(self._api.delete, resource, namespace, name, **conditions)

    def whoami(self) -> UserInfo | None:
        return self._api.whoami()

    def can_i(self, *_: Any) -> bool:
        return True

    def now(self) -> datetime:
        return self._time.now.replace(microsecond=0)

    def _effect(self, act: Callable[..., Answer], *arguments: Any, **options: Any) -> Answer:
        fate = self._fate()
        if fate in {Fate.LOST_REQUEST, Fate.LATE_REQUEST, Fate.FAILED_BEFORE}:
            raise Unreachable("the request was lost")
        try:
            answer = act(*arguments, **options)
        except SvcatError:
            self._end(fate)
            raise
        self._end(fate)
        return answer

    @staticmethod
    def _end(fate: Fate) -> None:
        if fate in KILLS:
            raise Killed
        if fate in {Fate.LOST_ANSWER, Fate.FAILED_AFTER}:
            raise Unreachable("the answer was lost")
