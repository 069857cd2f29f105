"""``make demo``: shows what it promises, fails loudly, and leaves nothing, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.place import ROOT

MARK = "SVCAT_DEMO_TEST"


class Demo:
    """The script, its temporary files in a folder of the test's own, its processes marked."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.mark = uuid4().hex

    def start(self, *, bin_folder: Path = Path(sys.executable).parent) -> subprocess.Popen[str]:
        """Start it in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            [ROOT / "scripts" / "demo.sh"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.directory),
                "TMPDIR": str(self.directory),
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "SVCAT_BIN": str(bin_folder),
                MARK: self.mark,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def require_nothing_left(self) -> None:
        """Check that no file and no process of the demo is there."""
        assert list(self.directory.iterdir()) == []
        deadline = time.monotonic() + 10
        while left := list(self._processes()):
            assert time.monotonic() < deadline, left
            time.sleep(0.05)

    def _processes(self) -> Iterator[str]:
        wanted = f"{MARK}={self.mark}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (process / "environ").read_bytes():
                    yield (process / "cmdline").read_text().replace("\0", " ")
            except OSError:  # gone, or not ours
                continue


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path)


def test_it_does_the_main_job_and_shows_each_command(demo: Demo) -> None:
    process = demo.start()
    out, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, "")
    shown = [line[2:].split()[:2] for line in out.splitlines() if line.startswith("$ ")]
    assert [" ".join(words[1:] if words[0] == "svcat" else words[:1]) for words in shown] == [
        "broker",
        "register",
        "marketplace",
        "provision",
        "bind",
        "python",
        "get",
        "describe",
        "unbind",
        "deprovision",
        "deregister",
    ]
    assert "read back: hello from a provisioned database" in out
    assert "sqlite:///" not in out, "credentials are masked"
    demo.require_nothing_left()


@pytest.mark.parametrize("word", ["marketplace", "bind", "deprovision", "demo_app.py"])
def test_a_step_that_fails_fails_the_demo_loudly(
    demo: Demo, tmp_path_factory: pytest.TempPathFactory, word: str
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    real = Path(sys.executable).parent
    for name in ("svcat", "python"):
        breaks = f'case "$*" in *{word}*) echo broken >&2; exit 5;; esac'
        (folder / name).write_text(f'#!/bin/sh\n{breaks}\nexec {real / name} "$@"\n')
        (folder / name).chmod(0o755)
    process = demo.start(bin_folder=folder)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 5, err
    assert "DEMO FAILED (exit code 5) at: " in err
    assert word in err
    demo.require_nothing_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "moment", ["# A broker", "listening on", "$ svcat provision", "$ svcat unbind"]
)
def test_interrupted_at_any_moment_it_cleans_up(
    demo: Demo, number: signal.Signals, moment: str
) -> None:
    process = demo.start()
    assert process.stdout
    for line in process.stdout:
        if line.startswith(moment):
            break
    os.killpg(process.pid, number)  # as a terminal does
    process.communicate(timeout=60)
    assert process.returncode != 0
    demo.require_nothing_left()
