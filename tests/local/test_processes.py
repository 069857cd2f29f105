"""Several processes at once, and processes that are killed while they write."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from svcat.errors import NotFound
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, NAMESPACE

ROOT = Path(__file__).parents[2]
WRITER = [sys.executable, "-W", "error", "-m", "tests.local.writer"]


def _start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*WRITER, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_processes_that_make_the_file_at_once_share_one_cluster(tmp_path: Path) -> None:
    path = tmp_path / "svcat" / "local.db"
    processes = [_start("--create", str(path)) for _ in range(12)]
    assert [_line(process) for process in processes] == ["ready"] * 12
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None

    uids = {process.communicate()[0].strip() for process in processes}

    assert [process.returncode for process in processes] == [0] * 12
    with LocalObjects(path) as objects:
        assert uids == {objects.get(NAMESPACE, "", "kube-system")["metadata"]["uid"]}


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_writer_loses_nothing_and_blocks_nobody(tmp_path: Path, seed: int) -> None:
    """Killed after a random number of confirmed writes, at whatever it is doing then."""
    path = tmp_path / "local.db"
    draw = random.Random(seed)
    with LocalObjects(path, patience_s=5) as objects:
        survivor = _start(str(path), "survivor")
        for _ in range(4):
            victim = _start(str(path), "victim")
            confirmed = [_line(victim) for _ in range(draw.randint(1, 12))][-1]
            victim.kill()
            confirmed = (victim.communicate()[0].split() or [confirmed])[-1]

            _check_whole(objects, "victim", int(confirmed))
            assert _line(survivor) and _line(survivor)
        survivor.kill()
        survivor.communicate()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _check_whole(objects: LocalObjects, name: str, confirmed: int) -> None:
    data = objects.get(CONFIG_MAP, "ledger", name)["data"]
    assert int(data["count"]) in (confirmed, confirmed + 1)
    assert data["again"] == data["count"]
    assert data["bulk"] == data["count"] * 3000
    boxes = objects.list_page(CONFIG_MAP, name).items
    try:
        objects.get(NAMESPACE, "", name)
    except NotFound:
        assert boxes == ()
    else:  # it comes with its first object
        assert boxes
