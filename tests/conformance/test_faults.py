"""Every fault is caught by the check that names it, and by no MUST check that should not see it.

A whole life takes seconds, so every third of those is in the suite; all of them run with
SVCAT_TEST_EVERYTHING=1. Faults that show without making anything all run.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from svcat.conformance.model import Level
from svcat.conformance.table import CHECKS
from tests.brokers.bundled import BundledBroker, start_bundled
from tests.conformance import (
    faults_of_bindings,
    faults_of_catalogs,
    faults_of_deletes,
    faults_of_instances,
    faults_of_reading,
    faults_of_updates,
    faults_of_waiting,
)
from tests.conformance.checking import run
from tests.conformance.faults import Fault
from tests.conformance.spoiling import spoiled

FAULTS = (
    *faults_of_catalogs.FAULTS,
    *faults_of_reading.FAULTS,
    *faults_of_instances.FAULTS,
    *faults_of_updates.FAULTS,
    *faults_of_bindings.FAULTS,
    *faults_of_deletes.FAULTS,
    *faults_of_waiting.FAULTS,
)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledBroker]:
    """A broker whose operations take long enough to be watched."""
    with start_bundled(
        tmp_path_factory.mktemp("bundled"),
        username="platform",
        password="bread:and-butter",
        async_delay_s=0.5,
    ) as running:
        yield running


def cases() -> list[Any]:
    lives = [fault for fault in FAULTS if fault.plan]
    left_out = pytest.mark.skipif(
        not os.environ.get("SVCAT_TEST_EVERYTHING"),
        reason="this life runs with SVCAT_TEST_EVERYTHING=1",
    )
    marks = {
        fault.name: [pytest.mark.slow, *([left_out] if number % 3 else [])]
        for number, fault in enumerate(lives)
    }
    return [pytest.param(f, id=f.name, marks=marks.get(f.name, [])) for f in FAULTS]


@pytest.mark.parametrize("fault", cases())
def test_a_fault_is_caught_by_the_check_that_names_it(broker: BundledBroker, fault: Fault) -> None:
    before = broker.contents()
    with spoiled(broker.url, fault.make()) as url:
        ran = run(
            url,
            username=broker.username,
            password=broker.password,
            timeout_s=fault.timeout_s,
            plan=fault.plan,
            to_plan=fault.to_plan,
            update_parameters={"journal_mode": "delete"},
        )

    assert fault.caught_by in ran.failed("MUST", "SHOULD"), ran.told()
    assert ran.failed("MUST") <= {fault.caught_by, *fault.with_it}, ran.told()
    assert broker.contents() == before


def test_the_names_in_the_table_are_checks() -> None:
    known = {check.id for check in CHECKS}

    assert {name for f in FAULTS for name in (f.caught_by, *f.with_it)} <= known


def test_every_check_that_counts_has_a_fault_that_it_catches() -> None:
    named = {fault.caught_by for fault in FAULTS}

    assert {c.id for c in CHECKS if c.level is not Level.RECOMMENDED} - named == set()
