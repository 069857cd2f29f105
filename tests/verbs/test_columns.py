"""``-o custom-columns=``: columns that the user names, over the objects of ``-o json``."""

import re

import pytest

from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.verbs.running import running
from tests.verbs.test_lists import WATCH, provision

NAMES = "custom-columns=WHO:.metadata.name,PLAN:.spec.plan"


def test_columns_hold_what_their_paths_find_and_say_where_there_is_nothing(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "db", "--label", "team=web", "-p", "note=two\nlines")
    columns = (
        "NAME:metadata.name,READY:{.status.conditions[?(@.type=='Ready')].status},"
        "SEVERAL:.metadata['name','namespace'],OBJECT:.metadata.labels,NOTE:.spec.parameters.note,"
        "ABSENT:.spec.nope"
    )

    done = svcat.run("get", "instances", "-o", f"custom-columns={columns}")

    header, row = done.out.splitlines()
    assert header.split() == ["NAME", "READY", "SEVERAL", "OBJECT", "NOTE", "ABSENT"]
    found = ["db", "True", "db,default", '{"team":"web"}', "two lines", "<none>"]
    assert re.split(" {2,}", row) == found


def test_columns_come_from_a_file_with_headers_above_paths(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat, "db")
    (svcat.home / "columns").write_text("WHO  PLAN\n.metadata.name .spec.plan\n")
    (svcat.home / "odd").write_text("WHO PLAN\n.metadata.name\n")

    done = svcat.run("get", "instances", "-o", "custom-columns-file=columns")
    odd = svcat.run("get", "instances", "-o", "custom-columns-file=odd", code=2)
    absent = svcat.run("get", "instances", "-o", "custom-columns-file=absent", code=2)

    assert [line.split() for line in done.out.splitlines()] == [["WHO", "PLAN"], ["db", "small"]]
    assert odd.err.startswith("error: odd names no columns\nhint: a line of headers")
    assert "cannot read the columns from absent: No such file" in absent.err


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("custom-columns=NAME:.metadata.name,BAD", "column 2 of custom-columns, 'BAD', is not"),
        ("custom-columns=NAME:.metadata.name,", "column 2 of custom-columns, '', is not"),
        ("custom-columns=", "column 1 of custom-columns, '', is not HEADER:PATH"),
        ("custom-columns=A:.a,B:.b[", "column 2 of custom-columns, 'B': broken JSONPath: '['"),
        ("custom-columns", "invalid --output format 'custom-columns'"),
        ("jsonpath={.metadata", "broken JSONPath: '{.metadata'"),
        ("jsonpath={range .items[*]}{.metadata", "broken JSONPath"),
        ("jsonpath={range .items[*]}{.a[?(@.b c)]}{end}", "broken JSONPath: ' c'"),
    ],
)
def test_a_format_that_is_broken_ends_the_command_before_it_does_anything(
    svcat: Svcat, registered: ToldBroker, output: str, complaint: str
) -> None:
    before = svcat.snapshot()

    done = svcat.run("provision", "db", "--class", "thing", "--plan", "small", "-o", output, code=2)

    assert complaint in done.err
    assert done.out == ""
    assert svcat.snapshot() == before


def test_results_of_commands_that_change_something_take_columns_too(
    svcat: Svcat, registered: ToldBroker
) -> None:
    made = svcat.run("provision", "db", "--class", "thing", "--plan", "small", "-o", NAMES)
    gone = svcat.run(
        "deprovision", "db", "-o", "custom-columns=N:.metadata.name,P:.status.phase", "--no-headers"
    )

    assert made.out == "WHO   PLAN\ndb    small\n"
    assert gone.out == "db   deleted\n"


def test_custom_columns_are_sorted_by_their_own_headers(
    svcat: Svcat, registered: ToldBroker
) -> None:
    for name in ("db-10", "db-2"):
        provision(svcat, name)

    by_column = svcat.run("get", "instances", "-o", NAMES, "--sort-by", "who", "--no-headers")
    plans = "custom-columns=C:.metadata.name,N:.spec.offers[*].name"
    market = svcat.run("marketplace", "-o", plans, "--sort-by", "c")
    unknown = svcat.run("get", "instances", "-o", NAMES, "--sort-by", "status", code=2)

    assert [line.split()[0] for line in by_column.out.splitlines()] == ["db-2", "db-10"]
    assert market.out.splitlines()[1].split() == ["thing", "small,large"]
    assert "columns: WHO, PLAN; or a JSONPath" in unknown.err


def test_an_empty_list_has_no_header_and_is_remarked_upon(
    svcat: Svcat, registered: ToldBroker
) -> None:
    done = svcat.run("get", "instances", "-o", NAMES)

    assert done.out == ""
    assert "No instances found" in done.err


def test_a_watch_keeps_the_columns_and_what_is_gone_says_so_in_its_phase(
    svcat: Svcat, registered: ToldBroker
) -> None:
    columns = "custom-columns=NAME:.metadata.name,PHASE:.status.phase"
    with running(svcat, "get", "instances", *WATCH, "-o", columns) as watch:
        provision(svcat, "db")
        watch.expect("ready")
        svcat.run("deprovision", "db")
        watch.expect("deleted\n")
        assert watch.interrupt()[0] == 130

    rows = [line.split() for line in watch.said.splitlines()]
    assert rows[0] == ["NAME", "PHASE"]
    assert rows[1:].count(["db", "ready"]) == 1
    assert rows[-1] == ["db", "deleted"]
