"""Drivers: the SQLite one on the disk, and a third party's by its entry point."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.broker.platform_client import Platform, Target, new_id
from tests.brokers.bundled import BundledBroker, start_bundled

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-broker-driver.md"


@contextmanager
def opened(path: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as database:
        yield database


@pytest.fixture
def file(platform: Platform) -> Target:
    return platform.target("file")


def _path(platform: Platform, instance_id: str) -> str:
    path: str = platform.fetch(instance_id).body["metadata"]["attributes"]["path"]
    return path


def test_a_sqlite_file_has_the_page_size_and_mode_asked_for(
    platform: Platform, file: Target
) -> None:
    instance_id = new_id()
    parameters = {"page_size": 16384, "journal_mode": "delete"}

    platform.provision(instance_id, file, parameters=parameters)

    with opened(_path(platform, instance_id)) as database:
        assert database.execute("PRAGMA page_size").fetchone() == (16384,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    platform.deprovision(instance_id, file)


def test_an_update_changes_the_journal_and_keeps_the_data(platform: Platform, file: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)
    with opened(_path(platform, instance_id)) as database:
        database.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1)")

    platform.update(instance_id, file, parameters={"journal_mode": "delete"})

    with opened(_path(platform, instance_id)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert database.execute("SELECT x FROM t").fetchall() == [(1,)]
    platform.deprovision(instance_id, file)


def test_deprovision_leaves_no_file_behind_even_of_an_open_database(
    bundled_broker: BundledBroker, platform: Platform, file: Target
) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)
    path = Path(_path(platform, instance_id))
    with opened(str(path)) as database:
        database.execute("CREATE TABLE t (x)")
        assert len(list(path.parent.glob(path.name + "*"))) == 3

        assert platform.deprovision(instance_id, file).status == 200

    assert not list(path.parent.glob(path.name + "*"))


def test_a_file_that_is_gone_cannot_be_bound(platform: Platform, file: Target) -> None:
    instance_id = new_id()
    platform.provision(instance_id, file)
    Path(_path(platform, instance_id)).unlink()

    got = platform.bind(instance_id, "b", file)

    assert got.status == 500
    assert got.body["description"] == "the database file is gone"
    assert platform.unbind(instance_id, "b", file).status == 410
    assert platform.deprovision(instance_id, file).status == 200


def test_files_live_where_the_option_says(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    offerings = {"notes": {"driver": "sqlite", "directory": str(elsewhere)}}
    with start_bundled(tmp_path, offerings=offerings) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        platform.provision(instance_id, platform.target("file", "notes"))

        assert Path(_path(platform, instance_id)).parent == elsewhere


@pytest.fixture
def third_party(tmp_path: Path) -> Path:
    """A directory as pip would leave it, with the driver that the how-to shows."""
    packages = tmp_path / "packages"
    info = packages / "svcat_shared_disk-1.0.dist-info"
    info.mkdir(parents=True)
    text = HOW_TO.read_text(encoding="utf-8")
    module, project = (
        re.search(rf"```{kind}\n(.*?)```", text, re.S) for kind in ("python", "toml")
    )
    assert module
    assert project
    (packages / "svcat_shared_disk.py").write_text(module[1])
    entry = re.search(r'^\[project\.entry-points\."(.*?)"\]\n(\w+) = "(.*?)"', project[1], re.M)
    assert entry
    (info / "entry_points.txt").write_text(f"[{entry[1]}]\n{entry[2]} = {entry[3]}\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: svcat-shared-disk\nVersion: 1.0\n")
    return packages


def _start(directory: Path, packages: Path, root: Path) -> Any:
    return start_bundled(
        directory,
        offerings={"shared-directory": {"driver": "directory", "root": str(root)}},
        environment={"PYTHONPATH": str(packages)},
    )


def test_the_driver_of_the_how_to_works(tmp_path: Path, third_party: Path) -> None:
    root = tmp_path / "shared"
    root.mkdir()
    with _start(tmp_path, third_party, root) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("plain", "shared-directory")

        assert platform.provision(instance_id, target, parameters={"mode": "x"}).status == 400
        assert platform.provision(instance_id, target, parameters={"mode": 0o700}).status == 201
        credentials = platform.bind(instance_id, "b", target).body["credentials"]
        (Path(credentials["path"]) / "note").write_text("hello")

        assert credentials["type"] == "directory"
        assert Path(credentials["path"]).stat().st_mode & 0o777 == 0o700
        assert platform.unbind(instance_id, "b", target).status == 200
        assert platform.deprovision(instance_id, target).status == 200
        assert list(root.iterdir()) == []
