"""Ctrl-C, SIGTERM, and whoever stops reading: the waiting ends, nothing else does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Offer
from tests.e2e.place import Place
from tests.waiting import wait_until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting_and_says_how_to_go_on(
    place: Place, bundled: Offer, number: signal.Signals
) -> None:
    place.register(bundled.broker)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file-async", "--interval", "60s"]
    process = subprocess.Popen(
        [sys.executable, "-m", "svcat", *words],
        env=place.full_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: bool(bundled.instances()))
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    error, hint = err.splitlines()[-2:]
    assert error.startswith("error: ")
    assert "svcat " in hint
    place.run("resume", "db", "--interval", "200ms")
    assert "Ready" in place.run("get", "instance", "db").out
    place.run("deprovision", "db", "--interval", "200ms")


def test_who_stops_reading_gets_no_traceback(local: Place) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [sys.executable, "-m", "svcat", "get", "instances", "-o", "json"],
        env=local.full_environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (process.returncode, process.stderr) == (141, "")


def test_a_full_disk_behind_stdout_is_an_error(local: Place) -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "svcat", "get", "instances", "-o", "json"],
            env=local.full_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert process.returncode == 1
    assert process.stderr.startswith("error: the command did its work, but its result cannot be")


@pytest.mark.parametrize("language", ["C", "en_US.ISO-8859-1", "POSIX"])
def test_a_terminal_without_utf_8_gets_what_it_can_show(local: Place, language: str) -> None:
    settings = {"LC_ALL": language, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}

    def started_in_it(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "svcat", *words],
            env=local.full_environment() | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    done = started_in_it("get", "instance", "dätabase")
    assert done.returncode == 2
    assert "LC_ALL=C.UTF-8" in done.stderr
    assert started_in_it("get", "instances", "-o", "json").returncode == 0


def test_a_timeout_is_not_a_failure_and_wait_goes_on(place: Place, bundled: Offer) -> None:
    place.register(bundled.broker)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file-async"]
    done = place.run(*words, "--timeout", "1ms", code=9)
    assert "still " in done.err
    assert "svcat wait instance/db" in done.err
    place.run("wait", "instance/db", "--interval", "200ms")
    place.run("deprovision", "db", "--interval", "200ms")


def test_a_command_leaves_the_database_and_nothing_beside_it(local: Place) -> None:
    subprocess.run(
        [sys.executable, "-m", "svcat", "register", "b", "--url", "http://127.0.0.1:1"],
        env=local.full_environment(),
        capture_output=True,
        check=False,
    )
    subprocess.run(
        [sys.executable, "-m", "svcat", "get", "instances"],
        env=local.full_environment(),
        capture_output=True,
        check=True,
    )
    local.objects.close()  # type: ignore[attr-defined]
    kept = Path(local.full_environment()["XDG_DATA_HOME"]) / "svcat"
    assert [file.name for file in kept.iterdir()] == ["local.db"]
