"""On a real terminal, wide and narrow: names whole, prose gives way, no foreign escapes."""

import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from fcntl import ioctl
from pathlib import Path

import pytest
from rich.cells import cell_len

from svcat.output.colour import of_cell
from svcat.output.table import draw
from svcat.output.view import Column, Table
from tests.brokers.hostile import HostileBroker, answer
from tests.output.screens import Terminal as Paper
from tests.output.screens import written

ROOT = Path(__file__).parent.parent.parent
LONG = "A managed relational database with backups, read replicas and point-in-time recovery. " * 4
NASTY = "\x1b[31mred\x1b]0;owned\x07 \u202eevil [/x] :bomb: \x9b2J 数据库 🐘"
OWN = re.compile(r"\x1b\[(?:0|1|3[123])m")
CATALOG = {
    "services": [
        {
            "id": f"id-{name}",
            "name": name,
            "description": description,
            "bindable": True,
            "plans": [
                {"id": f"id-{name}-{plan}", "name": plan, "description": description}
                for plan in ("small", "large-multi-zone-with-backups")
            ],
        }
        for name, description in (("postgresql", LONG), ("evil", NASTY), ("redis", "Key-value"))
    ]
}


class Screen:
    """``svcat`` on a pseudo-terminal."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def show(
        self, *words: str, width: int = 100, environment: Mapping[str, str] | None = None
    ) -> str:
        """Run a command that succeeds; what the terminal got."""
        controller, terminal = pty.openpty()
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "svcat", *words],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=self.environment(environment),
        )
        os.close(terminal)
        text = b"".join(_read_all(controller)).decode()
        os.close(controller)
        assert process.wait(timeout=60) == 0, text
        return text.replace("\r\n", "\n")

    def pipe(self, *words: str, environment: Mapping[str, str] | None = None, code: int = 0) -> str:
        """Run a command that ends with ``code``; what a pipe got, both streams in one."""
        done = subprocess.run(
            [sys.executable, "-m", "svcat", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment(environment),
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        """Return what the command finds in its environment."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "SVCAT_STORE": "local",
            "XDG_DATA_HOME": str(self.home),
            "TERM": "xterm-256color",
            **(more or {}),
        }


def _read_all(controller: int) -> Iterator[bytes]:
    while select.select([controller], [], [], 60)[0]:
        try:
            data = os.read(controller, 65536)
        except OSError:  # Linux's way to say that the last writer has gone
            return
        if not data:
            return
        yield data


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """A terminal in front of a store with a broker and three instances."""
    with HostileBroker() as broker:
        broker.always(lambda seen: answer(200 if "catalog" in seen.path else 201, CATALOG))
        screen = Screen(tmp_path_factory.mktemp("terminal"))
        screen.show("register", "acme", "--url", broker.url)
        for name in ("orders-database", "customers-with-a-long-name"):
            plan = ["--plan", "large-multi-zone-with-backups"]
            screen.show("provision", name, "--class", "postgresql", *plan)
        yield screen


def test_a_state_has_its_colour_and_a_pipe_has_none(screen: Screen) -> None:
    assert "\x1b[32mReady" in screen.show("get", "instances")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colour_gets_none(screen: Screen, environment: dict[str, str]) -> None:
    assert "\x1b" not in screen.show("get", "instances", environment=environment)
    assert "\x1b" not in screen.show("get", "instances", "--no-color")


@pytest.mark.parametrize("demand", [{"FORCE_COLOR": "1"}, {"CLICOLOR_FORCE": "1"}])
def test_colours_in_a_pipe_are_there_on_demand_and_move_nothing(
    screen: Screen, demand: dict[str, str]
) -> None:
    plain = screen.pipe("get", "brokers")
    forced = screen.pipe("get", "brokers", environment=demand)

    assert "\x1b" not in plain
    assert forced.splitlines()[1].endswith("\x1b[32mReady\x1b[0m")
    assert OWN.sub("", forced) == plain
    assert screen.pipe("get", "brokers", environment=demand | {"NO_COLOR": "1"}) == plain
    assert screen.pipe("--no-color", "get", "brokers", environment=demand) == plain
    assert screen.pipe("get", "brokers", environment=dict.fromkeys(demand, "0")) == plain
    assert '"kind"' in screen.pipe("get", "brokers", "-o", "json", environment=demand)


def test_what_went_wrong_begins_in_red_where_colours_are_wanted(screen: Screen) -> None:
    absent = ("get", "instance", "nope")
    demand = {"FORCE_COLOR": "1"}

    assert screen.pipe(*absent, environment=demand, code=5).startswith("\x1b[31merror:\x1b[0m inst")
    for words in ((*absent, "--no-color"), ("--no-color", *absent)):
        assert screen.pipe(*words, environment=demand, code=5).startswith("error: instance")
    unknown = screen.pipe("get", "instance", "--nope", "--no-color", environment=demand, code=2)
    assert unknown.startswith("error: no such option")


@pytest.mark.parametrize(
    ("word", "colour"),
    [
        ("Ready", "green"),
        ("rotated", "green"),
        ("Failed", "red"),
        ("failed", "red"),
        ("Provisioning", "yellow"),
        ("Deprecated", "yellow"),
        ("unchanged", ""),
        ("Deleted", ""),
        ("404", ""),
    ],
)
def test_colours_go_by_what_a_state_means(word: str, colour: str) -> None:
    assert of_cell(Column("STATUS"), word) == colour
    assert of_cell(Column("NAME"), word) == ""


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("words", [("get", "instances"), ("marketplace",), ("get", "plans")])
def test_names_are_whole_at_every_width(screen: Screen, width: int, words: tuple[str, ...]) -> None:
    text = screen.show(*words, width=width)
    if "instances" in words:
        assert "customers-with-a-long-name" in text
        assert "Ready" in text
    assert "large-multi-zone-with-backups" in text


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize("words", [("marketplace",), ("get", "classes")])
def test_prose_is_wrapped_to_the_width_and_cut_after_three_lines(
    screen: Screen, width: int, words: tuple[str, ...]
) -> None:
    lines = OWN.sub("", screen.show(*words, width=width)).splitlines()
    assert "DESCRIPTION" in lines[0]
    assert all(cell_len(line) <= width for line in lines)
    assert any(line.rstrip().endswith("…") for line in lines)
    assert len(lines) <= 1 + 3 * 3


@pytest.mark.parametrize("width", range(96, 104))
def test_a_table_within_a_description_fits_as_well(screen: Screen, width: int) -> None:
    lines = OWN.sub("", screen.show("describe", "class", "postgresql", width=width)).splitlines()
    table = lines[lines.index("Plans:") + 1 :]
    assert len(table) == 1 + 2 * 3
    assert all(cell_len(line) <= width for line in table)


def test_wide_shows_all_of_it(screen: Screen) -> None:
    text = " ".join(OWN.sub("", screen.show("marketplace", "-o", "wide", width=140)).split())
    assert text.count("point-in-time") + text.count("point-in- time") == 4
    assert "…" not in text


@pytest.mark.parametrize("width", [40, 100])
def test_a_row_that_runs_over_the_edge_is_one_line_and_no_spaces_follow(
    screen: Screen, width: int
) -> None:
    for words in (("get", "plans", "-o", "wide"), ("get", "instances"), ("marketplace",)):
        lines = OWN.sub("", screen.show(*words, width=width)).splitlines()
        assert lines == [line.rstrip() for line in lines]
        if "plans" in words:
            assert len(lines) == 1 + 6


def test_prose_goes_where_there_is_no_room_for_it(screen: Screen) -> None:
    assert "DESCRIPTION" not in screen.show("marketplace", width=50)


@pytest.mark.parametrize(
    "words",
    [
        ("marketplace",),
        ("marketplace", "-o", "wide"),
        ("get", "classes"),
        ("describe", "class", "evil"),
        ("describe", "plan", "evil/small"),
        ("get", "class", "evil", "-o", "json"),
        ("get", "class", "evil", "-o", "yaml"),
        ("get", "class", "evil", "-o", "jsonpath={.spec.description}"),
    ],
)
def test_no_escape_of_a_brokers_reaches_the_terminal(
    screen: Screen, words: tuple[str, ...]
) -> None:
    text = OWN.sub("", screen.show(*words, width=200))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "数据库" in text
    assert "[/x] :bomb:" in " ".join(text.split())


def test_long_values_are_not_broken_so_that_they_can_be_copied(screen: Screen) -> None:
    text = screen.show("describe", "instance", "customers-with-a-long-name", width=30)
    assert "large-multi-zone-with-backups" in text
    assert "The instance was provisioned successfully" in text


def test_thousands_of_rows_look_as_a_few_do() -> None:
    def lines(number: int) -> list[str]:
        rows = tuple(
            (f"db-{i:04}", "多" if i % 2 else "small", "Ready" if i % 3 else "Failed")
            for i in range(number)
        )
        columns = tuple(map(Column, ("NAME", "PLAN", "STATUS")))
        out = Paper()
        draw([Table(columns, rows)], out, wide=False, headers=True, colour=True)
        return [re.sub(r" +(?=\x1b\[0m$|$)", "", line) for line in written(out).split("\n")]

    few, many = lines(300), lines(1000)

    assert len(many) == 1002
    assert few[1:301] == many[1:301]
    assert re.sub(r"\x1b\[[0-9;]*m", "", many[0]) == "NAME      PLAN    STATUS"


def test_lists_with_ordinary_names_and_their_age_fit_in_80_columns(screen: Screen) -> None:
    url = screen.pipe("get", "broker", "acme", "-o", "jsonpath={.spec.url}")
    there = ("-n", "team-production")
    screen.pipe("register", "acme", "--url", url, *there)
    screen.pipe(
        *("provision", "reporting-database", "--class", "postgresql", "--plan", "small", *there)
    )
    screen.pipe("bind", "reporting-database", *there)

    for what in ("instances", "bindings"):
        header, row = screen.pipe("get", what, *there).splitlines()

        assert header.endswith("   STATUS   AGE")
        assert re.search(r"   Ready    \d+s$", row)
        assert len(row) - len("Ready") + len("Deprovisioning") <= 80
