"""The store's file: where it is, and who may reach it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from svcat.errors import SvcatError
from svcat.local.client import LocalObjects
from svcat.local.files import default_path
from svcat.objects import NAMESPACE, SECRET

ROOT = Path(__file__).parents[2]
A_SECRET = {"metadata": {"name": "s", "namespace": "n"}, "stringData": {"k": "v"}}


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_DATA_HOME": "/data"}, Path("/data/svcat/local.db")),
        ({"XDG_DATA_HOME": "relative"}, Path.home() / ".local/share/svcat/local.db"),
        ({"XDG_DATA_HOME": ""}, Path.home() / ".local/share/svcat/local.db"),
        ({}, Path.home() / ".local/share/svcat/local.db"),
    ],
)
def test_the_file_is_where_xdg_says(environ: dict[str, str], expected: Path) -> None:
    assert default_path(environ) == expected


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_reach_the_file(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "share" / "svcat" / "local.db"
    before = os.umask(umask)
    try:
        with LocalObjects(path) as objects:
            objects.create(SECRET, A_SECRET)
            files = sorted(path.parent.iterdir())
            modes = [_mode(file) for file in files]
    finally:
        os.umask(before)

    assert [file.name for file in files] == ["local.db", "local.db-shm", "local.db-wal"]
    assert modes == [0o600] * 3
    assert _mode(path.parent) == 0o700


def test_the_file_stays(tmp_path: Path) -> None:
    with LocalObjects(tmp_path / "local.db") as objects:
        made = objects.create(SECRET, A_SECRET)
        cluster = objects.get(NAMESPACE, "", "kube-system")["metadata"]["uid"]

    with LocalObjects(tmp_path / "local.db") as objects:
        assert objects.get(SECRET, "n", "s") == made
        assert objects.get(NAMESPACE, "", "kube-system")["metadata"]["uid"] == cluster


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666, 0o660])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "local.db"
    LocalObjects(path).close()
    path.chmod(mode)

    with pytest.raises(SvcatError, match="can be reached by others") as caught:
        LocalObjects(path)

    assert caught.value.hint == f"chmod 600 {path}"
    assert _mode(path) == mode


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_a_directory_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    directory = tmp_path / "open house"
    directory.mkdir()
    directory.chmod(mode)

    with pytest.raises(SvcatError, match="can be written to by others") as caught:
        LocalObjects(directory / "local.db")

    assert caught.value.hint == f"chmod 700 '{directory}'"
    assert list(directory.iterdir()) == []


def test_a_directory_that_others_can_only_read_will_do(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    LocalObjects(tmp_path / "local.db").close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", ["directory", "file"])
def test_what_belongs_to_somebody_else_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "svcat" / "local.db"
    LocalObjects(path).close()
    os.chown(path.parent if what == "directory" else path, 12345, 12345)

    with pytest.raises(SvcatError, match="belongs to user 12345") as caught:
        LocalObjects(path)

    assert "run svcat as the user who owns the store" in str(caught.value.hint)


def test_a_directory_elsewhere_may_be_linked(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(0o700)
    (tmp_path / "svcat").symlink_to(elsewhere)

    with LocalObjects(tmp_path / "svcat" / "local.db") as objects:
        objects.create(SECRET, A_SECRET)
        assert (elsewhere / "local.db-wal").exists()


def test_a_file_elsewhere_may_be_linked(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "real.db"
    (tmp_path / "local.db").symlink_to(elsewhere)

    with LocalObjects(tmp_path / "local.db") as objects:
        objects.create(SECRET, A_SECRET)
        assert _mode(elsewhere) == _mode(elsewhere.with_name("real.db-wal")) == 0o600


def test_a_link_does_not_lead_round_the_checks(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    (tmp_path / "svcat").symlink_to(elsewhere)
    (tmp_path / "local.db").symlink_to(elsewhere / "local.db")

    for path in (tmp_path / "svcat" / "local.db", tmp_path / "local.db"):
        with pytest.raises(SvcatError, match="can be written to by others"):
            LocalObjects(path)


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    with pytest.raises(SvcatError, match="cannot open the local store"):
        LocalObjects(tmp_path / "a" / "local.db")


def test_a_directory_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "local.db").mkdir(0o700)

    with pytest.raises(SvcatError, match="is not a file"):
        LocalObjects(tmp_path / "local.db")


def test_a_pipe_in_place_of_the_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "local.db", 0o600)

    with pytest.raises(SvcatError, match="is not a file"):
        LocalObjects(tmp_path / "local.db")


def test_a_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "svcat").touch()

    with pytest.raises(SvcatError, match="cannot open the local store"):
        LocalObjects(tmp_path / "svcat" / "local.db")


@pytest.mark.parametrize("place", ["directory", "file"])
def test_what_cannot_be_written_to_is_named(tmp_path: Path, place: str) -> None:
    path = tmp_path / "svcat" / "local.db"
    path.parent.mkdir()
    if place == "file":
        path.touch()
        path.chmod(0o400)
    path.parent.chmod(0o500)
    if os.geteuid() == 0:  # whom modes do not stop
        for owned in (tmp_path, path.parent, *path.parent.iterdir()):
            os.chown(owned, 65534, 65534)

    said = _run_as_nobody(
        "from svcat.errors import SvcatError\n"
        "from svcat.local.client import LocalObjects\n"
        f"import pathlib\ntry: LocalObjects(pathlib.Path({str(path)!r}))\n"
        "except SvcatError as error: print(error)\n"
    )

    assert str(path) in said
    assert "Permission denied" in said or "opened for writing" in said


def _run_as_nobody(program: str) -> str:
    """Run as a user whom permissions stop; imports happen before the change of user."""
    preamble = "import os, svcat.local.client, svcat.errors\n"
    if os.geteuid() == 0:
        preamble += "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    command = [sys.executable, "-W", "error", "-c", preamble + program]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
