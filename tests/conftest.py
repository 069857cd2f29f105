"""Fixtures for all: the real control plane."""

pytest_plugins = ["tests.controlplane.fixtures"]
