"""One control plane for many processes, gone when the last of them is, however it went."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.controlplane.find import Binaries, find
from tests.controlplane.serve import shared
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
USER = """
import sys, time
from pathlib import Path
from tests.controlplane.find import Binaries
from tests.controlplane.serve import shared
with shared(Binaries.read(sys.argv[1]), Path(sys.argv[2])) as server:
    print(server.directory.name, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def binaries(kubectl: Path) -> Binaries:
    found = find()
    if not isinstance(found, Binaries):
        pytest.skip("somebody else's cluster is not ours to start")
    return found


def test_the_server_ends_with_its_last_user_even_if_that_is_killed(
    binaries: Binaries, tmp_path: Path
) -> None:
    directory = tmp_path / "plane"
    with _start(binaries, directory) as first, _start(binaries, directory) as last:
        try:
            names = {_line(first), _line(last)}
            started = _processes(directory)
            assert first.stdin is not None
            first.stdin.close()  # which ends it
            first.wait()
            left = _processes(directory)
        finally:
            first.kill()
            last.kill()
    wait_until(lambda: not _processes(directory))

    assert names == {"server-1"}
    assert len(started) >= 3
    assert left == started
    assert not (directory / "server-1" / "etcd").exists()


def test_the_servers_end_with_the_process_that_watches_over_them(
    binaries: Binaries, tmp_path: Path
) -> None:
    directory = tmp_path / "plane"
    with shared(binaries, directory):
        (watcher,) = [
            pid
            for pid, words in _processes(directory).items()
            if "tests.controlplane.serve" in words
        ]
        os.kill(watcher, signal.SIGKILL)
        wait_until(lambda: not _processes(directory))
        with shared(binaries, directory) as server:
            assert server.directory.name == "server-2"
    wait_until(lambda: not _processes(directory))


def _start(binaries: Binaries, directory: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", USER, binaries.write(), str(directory)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _processes(directory: Path) -> dict[int, str]:
    """Find the servers (not their users) that have to do with ``directory``."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            words = (
                (entry / "cmdline").read_text().replace("\0", " ") if entry.name.isdigit() else ""
            )
        except OSError:
            continue
        if f"{directory}/server-" in words:
            found[int(entry.name)] = words
    return found
