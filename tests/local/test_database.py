"""The store's file when something is wrong with it, and what is written into it."""

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from svcat.errors import SvcatError, Unreachable
from svcat.local.client import LocalObjects
from svcat.local.schema import APPLICATION_ID, MIGRATIONS
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "local.db"


def _box(name: str = "box", **fields: object) -> JsonObject:
    return {"metadata": {"name": name, "namespace": "n"}, **fields}


def _sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def test_the_file_says_what_it_is(path: Path) -> None:
    LocalObjects(path).close()

    assert _sql(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert _sql(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert _sql(path, "PRAGMA journal_mode") == [("wal",)]


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch(0o600)

    with LocalObjects(path) as objects:
        assert objects.get(NAMESPACE, "", "default")


def test_a_newer_store_is_left_alone(path: Path) -> None:
    LocalObjects(path).close()
    _sql(path, "PRAGMA user_version=99")

    with pytest.raises(SvcatError, match="written by a newer svcat") as caught:
        LocalObjects(path)

    assert caught.value.hint == "upgrade svcat"
    assert _sql(path, "PRAGMA user_version") == [(99,)]


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    path.touch(0o600)
    _sql(path, "CREATE TABLE theirs (a)")

    with pytest.raises(SvcatError, match="database of another program"):
        LocalObjects(path)

    assert _sql(path, "SELECT name FROM sqlite_master") == [("theirs",)]


def test_what_is_no_database_is_left_alone(path: Path) -> None:
    content = b"not a database, but long enough " * 100
    path.touch(0o600)
    path.write_bytes(content)

    with pytest.raises(SvcatError, match="damaged or not a store") as caught:
        LocalObjects(path)

    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_damaged_page_is_noticed(path: Path) -> None:
    with LocalObjects(path) as objects:
        for number in range(50):
            objects.create(CONFIG_MAP, _box(f"box-{number}", data={"k": "x" * 500}))
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    path.write_bytes(content)

    with LocalObjects(path) as objects, pytest.raises(SvcatError, match="damaged") as caught:
        objects.list_page(CONFIG_MAP, "n")

    assert "backup" in str(caught.value.hint)


def test_an_object_edited_into_nonsense_is_noticed(path: Path) -> None:
    with LocalObjects(path) as objects:
        objects.create(CONFIG_MAP, _box())
    _sql(path, "UPDATE objects SET body = substr(body, 1, 40) WHERE name = 'box'")

    with LocalObjects(path) as objects:
        with pytest.raises(SvcatError, match="cannot be read"):
            objects.get(CONFIG_MAP, "n", "box")
        with pytest.raises(SvcatError, match="cannot be read"):
            objects.list_page(CONFIG_MAP, "n")


def test_a_store_that_stays_locked_is_unreachable_for_writing(path: Path) -> None:
    with LocalObjects(path, patience_s=0.3) as objects:
        made = objects.create(CONFIG_MAP, _box())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unreachable, match="kept locked by another process"):
                objects.create(CONFIG_MAP, _box("late"))
            assert objects.get(CONFIG_MAP, "n", "box") == made

        assert objects.create(CONFIG_MAP, _box("late"))


def test_a_writer_waits_for_the_other(path: Path) -> None:
    with (
        LocalObjects(path) as objects,
        closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.5, other.execute, ("ROLLBACK",))
        release.start()
        begun = time.monotonic()

        objects.create(CONFIG_MAP, _box())

        release.join()
        assert time.monotonic() - begun >= 0.4


FILL_THE_DISK = """
import resource, sys
from pathlib import Path
from svcat.errors import SvcatError
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP
path, limit = Path(sys.argv[1]), int(sys.argv[2])
ballast = path.with_name("ballast")
ballast.write_bytes(bytes(500_000))
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited))
with LocalObjects(path) as objects:
    made = []
    try:
        while True:
            name = f"box-{len(made):03}"
            box = {"metadata": {"name": name, "namespace": "n"}, "data": {"k": "x" * 9999}}
            made.append(objects.create(CONFIG_MAP, box))
    except SvcatError as error:
        print(type(error).__name__, error)
    assert list(objects.list_page(CONFIG_MAP, "n").items) == made
    ballast.unlink()
    resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
    objects.delete(CONFIG_MAP, "n", "box-000")
"""


def _fill_the_disk(*mounted: str, path: Path, limit: int) -> str:
    program = [sys.executable, "-W", "error", "-c", FILL_THE_DISK, str(path), str(limit)]
    done = subprocess.run(
        [*mounted, *program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stderr == ""
    return done.stdout


def test_a_full_disk_is_named_and_nothing_is_half_written(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=2m,mode=700 tmpfs {tmp_path} && exec "$@"'
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rm", "true"], check=False).returncode != 0:
        pytest.skip("no private mounts here")

    mounted = (unshare, "-rm", "sh", "-c", mount, "sh")
    said = _fill_the_disk(*mounted, path=tmp_path / "local.db", limit=-1)

    assert said.startswith("SvcatError no space left for the local store")


def test_a_failing_disk_is_named_and_nothing_is_half_written(path: Path) -> None:
    """Beyond the limit, the kernel refuses to write, as it does for a broken disk or a quota."""
    said = _fill_the_disk(path=path, limit=600_000)

    assert said.startswith("Unreachable the local store")


def test_deleted_credentials_are_not_left_in_the_file(path: Path) -> None:
    password = "correct-horse-battery-staple"
    with LocalObjects(path) as objects:
        secret = _box("login", stringData={"password": password})
        data = objects.create(SECRET, secret)["data"]["password"]
        for number in range(20):
            objects.create(CONFIG_MAP, _box(f"box-{number}"))
        objects.delete(SECRET, "n", "login")

    content = path.read_bytes()
    assert data.encode() not in content
    assert not path.with_name("local.db-wal").exists()


def test_a_revision_is_never_given_twice(path: Path) -> None:
    seen = set()
    for _ in range(3):
        with LocalObjects(path) as objects:
            made = objects.create(CONFIG_MAP, _box())
            seen.add(made["metadata"]["resourceVersion"])
            objects.delete(CONFIG_MAP, "n", "box")

    assert len(seen) == 3
