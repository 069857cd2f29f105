"""The local store fails while a command works: a disk that takes no more, a lock that stays.

The command ends with one error that names the store and the command that goes on. What the broker
holds is on record at every moment; afterwards one plain ``resume`` makes records and broker agree.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from svcat.objects import CONFIG_MAP
from svcat.store.records import BindingRecord, InstanceRecord
from tests.e2e.conftest import Offer
from tests.e2e.place import Done, Place
from tests.faults.api_stage import CALL_S, LIVES, OK, Life
from tests.faults.cells import Cells
from tests.faults.relay import Relay, Upstream
from tests.faults.scenes import BIND, DEPROVISION, PROVISION
from tests.faults.truth import RESTING, records, require_truth
from tests.fleet.fleet import Fleet, launched, shared

pytestmark = pytest.mark.timeout(1200)

UNREACHABLE = 10
EVERYTHING = bool(os.environ.get("SVCAT_TEST_EVERYTHING"))
FRAME = 4096 + 24  # what a changed page appends to the log beside the database
BALLAST = 100_000  # no other file that a command writes is as long
STRIDE = 1 if EVERYTHING else 4
MOST_FRAMES = 300
LIVES_IN_THE_SUITE = ("provision", "bind", "deprovision")


@dataclass(slots=True)
class LocalStage:
    """The local store with a registered broker behind a relay."""

    place: Place
    offer: Offer
    told: list[str] = field(default_factory=list)
    fleet: Fleet | None = None  # None: the usual one

    @property
    def path(self) -> Path:
        return self.place.home / "data" / "svcat" / "local.db"

    def attempt(self, *words: str, first: Sequence[str] = ()) -> Done:
        """Run a command that may end as it likes, but not with a bug."""
        running = (self.fleet or shared()).start(
            *words,
            environment=self.place.full_environment(),
            directory=self.place.home,
            first=first,
        )
        done = running.wait()
        shown = f"svcat {' '.join(words)} -> {done.code}\n{done.out}\n{done.err}"
        self.told.append(shown)
        assert "Traceback" not in done.err, shown
        assert "has a bug" not in done.err, shown
        return done

    def require_nothing_lost(self) -> None:
        known = {i.instance_id for i in records(self.place, InstanceRecord)}
        assert self.offer.instances() <= known, "an instance without a record"
        bound = {i.id for b in records(self.place, BindingRecord) for i in b.ids}
        assert self.offer.bindings() <= bound, "a binding without a record"

    def require_words(self, ended: Done, why: str) -> None:
        errors = [line for line in ended.err.splitlines() if line.startswith("error:")]
        assert len(errors) == 1
        assert f"the local store {self.path} {why}" in errors[0]
        assert "hint:" in ended.err
        found = [*records(self.place, InstanceRecord), *records(self.place, BindingRecord)]
        for record in found:
            if record.phase not in RESTING:
                assert f"svcat resume {record.name} -n {record.namespace}" in ended.err

    def recover(self) -> None:
        assert self.attempt("resume", "--timeout", "60s").code == OK
        require_truth(self.place, self.offer.instances(), self.offer.bindings())

    def clear(self) -> None:
        self.attempt("deprovision", "db", "--cascade")
        self.attempt("orphans", "clean", "--yes")


@pytest.fixture
def local_stage(local: Place, bundled: Offer) -> Iterator[LocalStage]:
    local.register(bundled.broker)
    local.environment |= {"SVCAT_BROKER_TIMEOUT": CALL_S, "SVCAT_STORE_PATIENCE": "0.3"}
    stage = LocalStage(local, bundled)
    yield stage
    stage.clear()


@pytest.mark.parametrize("life", LIVES if EVERYTHING else LIVES_IN_THE_SUITE)
def test_where_the_disk_takes_no_more_what_was_begun_is_on_record_and_goes_on(
    local_stage: LocalStage, life: str, cells: Cells
) -> None:
    for frames in range(0, MOST_FRAMES, STRIDE):
        local_stage.told.clear()
        try:
            is_through = comes_through(local_stage, LIVES[life], frames)
        except AssertionError as failed:
            story = "\n".join(local_stage.told)
            pytest.fail(f"room for {frames} frames: {failed}\n{story}", pytrace=False)
        cells.count("disks that take no more")
        if is_through:
            return
    pytest.fail("the command writes more than expected")


def comes_through(local_stage: LocalStage, life: Life, frames: int) -> bool:
    """Run the command with room for so many frames; return whether that was enough."""
    for words in life.before:
        assert local_stage.attempt(*words).code == OK
    largest = begin_the_log_anew(local_stage) + frames * FRAME
    limit = ("tests.faults.limits:no_file_longer_than", str(largest))
    first = local_stage.attempt(*life.command, "--timeout", "20s", first=limit)
    local_stage.require_nothing_lost()
    if first.code == OK:
        require_truth(
            local_stage.place, local_stage.offer.instances(), local_stage.offer.bindings()
        )
    else:
        assert first.code == UNREACHABLE
        local_stage.require_words(first, "failed: disk I/O error")
    local_stage.recover()
    local_stage.clear()
    return first.code == OK and "warning" not in first.err


def begin_the_log_anew(stage: LocalStage) -> int:
    """Begin the log of writes anew, with some of ours; return its length."""
    with closing(sqlite3.connect(stage.path)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy
    metadata = {"namespace": "elsewhere", "name": "ballast"}
    stage.place.objects.create(CONFIG_MAP, {"metadata": metadata, "data": {"x": "x" * BALLAST}})
    stage.place.objects.delete(CONFIG_MAP, "elsewhere", "ballast")
    return stage.path.with_name("local.db-wal").stat().st_size


HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


class Locker:
    """Another process that writes, and does not end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: subprocess.Popen[str] | None = None

    def lock(self) -> None:
        command = [sys.executable, "-c", HOLD_THE_LOCK, str(self._path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "locked\n"

    def release(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None


class Turnstile(Relay):
    """Passes everything on; lets something happen once a chosen request was carried out."""

    def __init__(self, port: int) -> None:
        self.method = ""
        self.then: Callable[[], None] = lambda: None
        super().__init__(Upstream("127.0.0.1", port))

    def spoils(self, handler: Any, body: bytes) -> bool:
        if handler.command == self.method:
            self.method = ""
            self.then()
        del body
        return False


@contextmanager
def behind_a_turnstile(local_stage: LocalStage) -> Iterator[Turnstile]:
    turnstile = Turnstile(local_stage.offer.broker.port)
    try:
        local_stage.place.run("broker", "update", "b", "--url", turnstile.url)
        yield turnstile
    finally:
        turnstile.close()


@pytest.mark.parametrize(
    ("before", "command"),
    [((), PROVISION), ((PROVISION,), BIND), ((PROVISION,), DEPROVISION)],
    ids=["provision", "bind", "deprovision"],
)
def test_a_store_that_stays_locked_stops_a_command_before_the_broker_hears(
    local_stage: LocalStage, before: tuple[tuple[str, ...], ...], command: tuple[str, ...]
) -> None:
    for words in before:
        local_stage.place.run(*words)
    heard = local_stage.offer.broker.log()
    locker = Locker(local_stage.path)
    locker.lock()

    ended = local_stage.attempt(*command)

    locker.release()
    assert ended.code == UNREACHABLE
    local_stage.require_words(ended, "is kept locked by another process")
    assert local_stage.offer.broker.log() == heard
    local_stage.recover()
    assert local_stage.attempt(*command).code == OK


@pytest.mark.parametrize(
    ("before", "command", "method"),
    [((), PROVISION, "PUT"), ((PROVISION,), BIND, "PUT"), ((PROVISION,), DEPROVISION, "DELETE")],
    ids=["provision", "bind", "deprovision"],
)
def test_a_store_locked_while_the_broker_works_keeps_the_intent_and_resume_goes_on(
    local_stage: LocalStage,
    before: tuple[tuple[str, ...], ...],
    command: tuple[str, ...],
    method: str,
) -> None:
    locker = Locker(local_stage.path)
    with behind_a_turnstile(local_stage) as turnstile:
        for words in before:
            local_stage.place.run(*words)
        turnstile.method, turnstile.then = method, locker.lock

        ended = local_stage.attempt(*command)

        locker.release()
        assert ended.code == UNREACHABLE
        local_stage.require_words(ended, "is kept locked by another process")
        assert "svcat resume db -n default" in ended.err
        local_stage.require_nothing_lost()
        local_stage.recover()
        local_stage.clear()


@contextmanager
def commands_within(local_stage: LocalStage, mount: str) -> Iterator[Fleet]:
    """Start commands where ``mount`` was done, which nobody else sees."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rm", "true"], check=False).returncode != 0:
        pytest.skip("no private mounts here")
    within = (unshare, "-rm", "sh", "-c", f'{mount} && exec "$@"', "sh")
    with (
        tempfile.TemporaryDirectory(prefix="svcat-within-") as directory,
        launched(Path(directory), *within) as fleet,
    ):
        local_stage.fleet = fleet
        try:
            yield fleet
        finally:
            local_stage.fleet = None


def test_a_full_disk_is_named_and_what_was_begun_goes_on_when_there_is_room(
    local_stage: LocalStage,
) -> None:
    local_stage.place.objects.close()  # type: ignore[attr-defined]
    data = local_stage.path.parent
    kept = data.with_name("kept")
    mount = (
        f"cp -a {data} {kept} && mount -t tmpfs -o size=3m,mode=700 tmpfs {data} && "
        f"cp {kept}/local.db {data}"
    )
    codes = []
    with commands_within(local_stage, mount) as fleet:
        ballast = Path(f"/proc/{fleet.pid}/root{data}") / "ballast"
        for room in range(0, 64, 12):
            free = os.statvfs(ballast.parent)
            ballast.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - room * 1024)))

            ended = local_stage.attempt(*PROVISION)

            ballast.unlink()
            codes.append(ended.code)
            if ended.code != OK:
                assert f"error: no space left for the local store {local_stage.path}" in ended.err
                assert "hint: free some space" in ended.err
            if local_stage.offer.instances():
                assert ended.code == OK or "svcat resume db -n default" in ended.err
            assert local_stage.attempt("resume").code == OK
            known = local_stage.attempt("get", "instances", "-o", "json").json["items"]
            assert {it["spec"]["externalID"] for it in known} == local_stage.offer.instances()
            local_stage.attempt(*DEPROVISION)
    assert codes[0] == 1
    assert codes[-1] == OK


def test_a_directory_that_cannot_be_written_to_stops_a_command_before_the_broker_hears(
    local_stage: LocalStage,
) -> None:
    data = local_stage.path.parent
    local_stage.place.objects.close()  # type: ignore[attr-defined]
    heard = local_stage.offer.broker.log()
    with commands_within(
        local_stage, f"mount --bind {data} {data} && mount -o remount,ro,bind {data}"
    ):
        ended = local_stage.attempt(*PROVISION)

    assert ended.code == 1
    assert f"error: the local store {local_stage.path} cannot be opened for writing" in ended.err
    assert "hint: check the permissions of the file and its directory" in ended.err
    assert local_stage.offer.broker.log() == heard


@pytest.mark.parametrize("command", [BIND, DEPROVISION], ids=["bind", "deprovision"])
def test_a_damaged_file_stops_a_command_before_the_broker_hears(
    local_stage: LocalStage, command: tuple[str, ...]
) -> None:
    local_stage.place.run(*PROVISION)
    local_stage.place.objects.close()  # type: ignore[attr-defined]
    sound = local_stage.path.read_bytes()
    heard = local_stage.offer.broker.log()
    local_stage.path.write_bytes(sound[:4096] + b"\xa5" * (len(sound) - 4096))

    ended = local_stage.attempt(*command)

    assert ended.code == 1
    assert f"error: the local store {local_stage.path} is damaged or not a store" in ended.err
    assert "hint: move it away and put a backup in its place" in ended.err
    assert local_stage.offer.broker.log() == heard
    local_stage.path.write_bytes(sound)
    assert local_stage.attempt(*command).code == OK
