"""Fixtures for all: the real control plane, where it is."""

from pathlib import Path

_ROOT = Path(__file__).parent.parent
_NEEDED = ("tests/controlplane/fixtures.py", "svcat/kube/client.py")

pytest_plugins = (
    ["tests.controlplane.fixtures"] if all((_ROOT / file).exists() for file in _NEEDED) else []
)
