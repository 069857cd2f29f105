"""How many cells of which matrix were played, said at the end of the run (also under xdist)."""

from collections import Counter
from typing import Any

import pytest

_KEY = "cells"


class Cells:
    """Counts what one test plays."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def count(self, matrix: str, cells: int = 1) -> None:
        self._properties.append((_KEY, (matrix, cells)))


@pytest.fixture
def cells(request: pytest.FixtureRequest) -> Cells:
    """Take note of cells for the summary."""
    return Cells(request.node.user_properties)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the sums."""
    sums: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if getattr(report, "when", "") == "call":
                for key, value in report.user_properties:
                    if key == _KEY:
                        matrix, cells = value
                        sums[matrix] += cells
    for matrix, total in sums.items():
        terminalreporter.write_line(f"{matrix}: {total} cells")
