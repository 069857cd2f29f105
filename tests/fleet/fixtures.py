"""The fixture ``fleet``: one parent of commands for each test process."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.fleet import Fleet, launched


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """What starts commands as real processes, 15 times as cheap as from scratch."""
    with (
        tempfile.TemporaryDirectory(prefix="svcat-fleet-") as directory,  # a socket's path is short
        launched(Path(directory)) as started,
    ):
        yield started
