"""What was explored, in one line at the end of the test run (also under xdist)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.explorer.explore import Tally

_KEY = "explored"
Record = Callable[[Tally], None]


@pytest.fixture
def exploration(request: pytest.FixtureRequest) -> Record:
    """Take note of a tally for the summary."""

    def record(tally: Tally) -> None:
        counts = (tally.executions, tally.effects, tally.violations)
        request.node.user_properties.append((_KEY, counts))
        print(tally)

    return record


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the sums."""
    counts = list(_counts(terminalreporter))
    if counts:
        executions, effects, violations = (sum(column) for column in zip(*counts, strict=True))
        terminalreporter.write_line(
            f"explorer: {len(counts)} explorations, {executions} executions, {effects} effects, "
            f"{violations} violations"
        )


def _counts(terminalreporter: Any) -> Iterator[tuple[int, int, int]]:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if getattr(report, "when", "") == "call":
                yield from (value for key, value in report.user_properties if key == _KEY)
