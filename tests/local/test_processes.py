"""Several processes at once, and processes that are killed while they write."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from svcat.errors import NotFound
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, NAMESPACE

ROOT = Path(__file__).parents[2]
WRITER = [sys.executable, "-W", "error", "-m", "tests.local.writer"]


@contextmanager
def _writer(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a writer; it is killed at the end."""
    with subprocess.Popen(
        [*WRITER, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _lines(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def test_processes_that_make_the_file_at_once_share_one_cluster(tmp_path: Path) -> None:
    path = tmp_path / "svcat" / "local.db"
    with ExitStack() as stack:
        writers = [stack.enter_context(_writer("--create", str(path))) for _ in range(12)]
        assert [_lines(writer).readline() for writer in writers] == ["ready\n"] * 12
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.close()
        uids = {_lines(writer).read().strip() for writer in writers}

    with LocalObjects(path) as objects:
        assert uids == {objects.get(NAMESPACE, "", "kube-system")["metadata"]["uid"]}


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_loses_nothing_and_blocks_nobody(tmp_path: Path, seed: int) -> None:
    """Killed after some confirmed writes, at whatever it is doing then."""
    path = tmp_path / "local.db"
    draw = random.Random(seed)
    with LocalObjects(path, patience_s=5) as objects, _writer(str(path), "survivor") as survivor:
        for number in range(4):
            with _writer(str(path), "victim") as victim:
                confirmed = [_lines(victim).readline() for _ in range(draw.randint(1, 12))]
                victim.kill()
                confirmed += _lines(victim).readlines()

            _check_whole(objects, "victim", int(confirmed[-1]))
            objects.create(CONFIG_MAP, {"metadata": {"namespace": "ours", "name": f"box-{number}"}})
            assert survivor.poll() is None

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
