"""The fixture ``fleet``: one parent of commands for each test process."""

import pytest

from tests.fleet.fleet import Fleet, shared


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """What starts commands."""
    return shared()
