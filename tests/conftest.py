"""Fixtures for all: the control plane, what the explorer counted, which tests need a server."""

import pytest

pytest_plugins = [
    "tests.canaries.summary",
    "tests.controlplane.fixtures",
    "tests.explorer.summary",
    "tests.faults.cells",
]

_SERVERS = frozenset({"kube_server", "own_control_plane", "kubectl", "postgres"})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make check`` leaves out."""
    for item in items:
        if _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("server")
