"""``svcat run``: a command with credentials, and nothing of them left when it has ended."""

import contextlib
import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment.world import World

SIMPLE = {"host": "h", "password": "canary", "cert": "-----BEGIN-----\nx\n", "n.o-t": "y"}
# Says where its files are, then counts its signals until it is told to end. They arrive through a
# pipe: one that came just before a blocking read would not be handled until the next line.
COUNTING = """
import os, select, signal, sys
signals, woken = os.pipe()
os.set_blocking(woken, False)
signal.set_wakeup_fd(woken)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT):
    signal.signal(number, lambda *_: None)
os.write(1, f"ready {os.environ['SERVICE_BINDING_ROOT']} {os.getpid()}\\n".encode())
counts = {}
while True:
    ready, _, _ = select.select([signals, 0], [], [])
    if signals in ready:
        for number in os.read(signals, 64):
            counts[number] = counts.get(number, 0) + 1
            os.write(1, f"got {number} {counts[number]}\\n".encode())
    elif os.read(0, 64) in (b"end\\n", b""):
        break
sys.exit(sum(counts.values()))
"""


def left(world: World) -> list[Path]:
    """The directories of runs that are there."""
    return list(world.runtime.glob("svcat/run-*"))


def ready(process: "subprocess.Popen[str]") -> tuple[Path, int]:
    """Where the child's files are, and its pid, when it is ready."""
    assert process.stdout is not None
    word, root, pid = process.stdout.readline().split()
    assert word == "ready"
    return Path(root), int(pid)


@contextlib.contextmanager
def counting(world: World, *words: str) -> Iterator["subprocess.Popen[str]"]:
    process = world.start(
        "run",
        *words,
        "db",
        "--",
        sys.executable,
        "-c",
        COUNTING,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.communicate("end\n", timeout=30)
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def test_the_command_gets_variables_and_files_and_they_are_gone_afterwards(world: World) -> None:
    world.bind(SIMPLE)
    program = """
import json, os, pathlib, sys
root = pathlib.Path(os.environ["SERVICE_BINDING_ROOT"])
files = [p for p in root.rglob("*")]
print(json.dumps({
    "variables": {n: os.environ.get(n) for n in ("HOST", "PASSWORD", "CERT", "N_O_T", "HOME")},
    "files": {p.name: p.read_text() for p in files if p.is_file()},
    "modes": sorted({oct(p.stat().st_mode & 0o777) for p in [*files, root, root.parent]}),
    "root": str(root),
}))
"""
    before = os.umask(0)
    try:
        done = world.run("run", "db", "--", sys.executable, "-c", program)
    finally:
        os.umask(before)

    found = json.loads(done.out)
    variables = {"HOST": "h", "PASSWORD": "canary", "CERT": SIMPLE["cert"], "N_O_T": "y"}
    assert found["variables"] == variables | {"HOME": str(world.svcat.home)}
    assert found["files"] == SIMPLE | {"type": "thing", "provider": "b"}
    assert found["modes"] == ["0o600", "0o700"]
    assert found["root"].startswith(str(world.runtime))
    assert left(world) == []
    assert done.err == ""


def test_credentials_are_in_no_argument_list(world: World) -> None:
    world.bind(SIMPLE)

    with counting(world) as process:
        _, child = ready(process)
        arguments = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (process.pid, child)]

    assert not any(b"canary" in words for words in arguments)


@pytest.mark.parametrize("code", [0, 42, 130])
def test_the_exit_code_is_the_command_s(world: World, code: int) -> None:
    world.bind(SIMPLE)

    done = world.run("run", "db", "--", "sh", "-c", f"exit {code}", code=code)

    assert done.err == "", "a command's own end is nothing to remark on"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_command_that_a_signal_ended_gives_128_and_its_number(world: World, number: int) -> None:
    world.bind(SIMPLE)

    done = world.run("run", "db", "--", "sh", "-c", f"kill -{int(number)} $$", code=128 + number)

    assert done.err == ""
    assert left(world) == []


@pytest.mark.parametrize("words", [["nosuch-command"], ["/etc/passwd"], []])
def test_what_cannot_be_run_is_said_and_leaves_nothing(world: World, words: list[str]) -> None:
    world.bind(SIMPLE)
    code = {"nosuch-command": 127, "/etc/passwd": 126}.get("".join(words), 2)

    done = world.run("run", "db", "--", *words, code=code)

    assert done.err.startswith("error: ")
    assert left(world) == []


def test_options_after_the_dashes_are_the_command_s_own(world: World) -> None:
    world.bind(SIMPLE)

    done = world.run("run", "db", "--", "printf", "%s|", "-o", "weird", "-n", "--", "--help", "")

    assert done.out == "-o|weird|-n|--|--help||"


def test_standard_input_and_output_are_the_command_s(world: World) -> None:
    world.bind(SIMPLE)

    done = world.run("run", "db", "--", "sh", "-c", "cat; echo to-err >&2", stdin="a\0b\n")

    assert (done.out, done.err) == ("a\0b\n", "to-err\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_passed_on_once_and_the_files_go_when_the_command_goes(
    world: World, number: signal.Signals
) -> None:
    world.bind(SIMPLE)

    with counting(world) as process:
        root, _ = ready(process)
        process.send_signal(number)
        assert process.stdout is not None
        assert process.stdout.readline().split() == ["got", str(int(number)), "1"]
        assert (root / "db" / "password").read_text() == "canary", "the command still runs"
        process.communicate("end\n", timeout=30)

    assert process.returncode == 1, "one signal, as the command counted"
    assert not root.exists()


def test_ctrl_c_on_a_terminal_reaches_the_command_once(world: World) -> None:
    world.bind(SIMPLE)
    ours, theirs = pty.openpty()

    def own_the_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = world.start(
        "run",
        "db",
        "--",
        sys.executable,
        "-c",
        COUNTING,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=own_the_terminal,
    )
    os.close(theirs)
    shown = b""
    while b"ready" not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, b"\x03")
    while b"got 2 1" not in shown:
        shown += os.read(ours, 4096)
    os.write(ours, b"end\n")

    assert process.wait(timeout=30) == 1, shown
    os.close(ours)
    assert left(world) == []


def test_a_run_that_was_killed_is_cleaned_up_by_the_next_one(world: World) -> None:
    world.bind(SIMPLE)
    with counting(world) as process:
        root, child = ready(process)
        process.kill()
        process.wait(timeout=30)
        world.run("run", "db", "--", "true")
        assert (root / "db" / "password").exists(), "the command still runs, with its files"
        os.kill(child, signal.SIGKILL)
        assert process.stdout is not None
        process.stdout.read()  # to its end: the command has gone

    world.run("run", "db", "--", "true")

    assert not root.exists()
    assert left(world) == []


def test_a_place_that_others_can_look_into_is_not_used(world: World) -> None:
    world.bind(SIMPLE)
    open_place = world.runtime / "svcat"
    open_place.mkdir()
    open_place.chmod(0o755)

    done = world.run("run", "db", "--", "sh", "-c", "echo $SERVICE_BINDING_ROOT")

    assert not done.out.startswith(str(world.runtime))
    assert list(open_place.iterdir()) == []
    assert not Path(done.out.strip()).exists()


def test_variables_and_files_can_be_left_away_and_vcap_services_added(world: World) -> None:
    world.bind(SIMPLE)
    show = 'echo "$HOST:${SERVICE_BINDING_ROOT:+root}:${VCAP_SERVICES:+vcap}"'

    assert world.run("run", "db", "--no-files", "--", "sh", "-c", show).out == "h::\n"
    assert world.run("run", "db", "--no-variables", "--", "sh", "-c", show).out == ":root:\n"
    words = ("run", "db", "--vcap", "--", "sh", "-c")
    assert world.run(*words, show).out == "h:root:vcap\n"
    document = world.run(*words, 'printf %s "$VCAP_SERVICES"').json
    assert document["thing"][0]["credentials"]["password"] == "canary"


def test_a_command_is_not_started_without_its_credentials(world: World) -> None:
    assert world.run("run", "nosuch", "--", "echo", "started", code=5).out == ""
