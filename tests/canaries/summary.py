"""How much was searched for what, in one line at the end of the test run (also under xdist)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.canaries.net import Net
from tests.canaries.stage import Stage

_KEY = "canaries"
Record = Callable[[Net, Stage], None]


@pytest.fixture
def canary_run(request: pytest.FixtureRequest) -> Record:
    """Take note of a run for the summary."""

    def record(net: Net, stage: Stage) -> None:
        counts = (len(net.canaries), len(stage.ran), net.searched, len(stage.caught))
        request.node.user_properties.append((_KEY, counts))

    return record


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the sums."""
    counts = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if getattr(report, "when", "") == "call"
        for key, value in report.user_properties
        if key == _KEY
    ]
    if counts:
        canaries, commands, searched, caught = zip(*counts, strict=True)
        terminalreporter.write_line(
            f"canaries: {max(canaries)} distinct, {sum(commands)} commands in {len(counts)} runs, "
            f"{sum(searched) // 1024} KiB searched, {sum(caught)} came out"
        )
