"""The two brokers that we have: what each passes, and the known faults of the one we did not write.

The bundled broker breaks nothing, on any plan; between its plans every check is made.
"""

import time
from collections.abc import Iterator

import pytest

from svcat.conformance.model import Level, Result
from svcat.conformance.table import CHECKS
from svcat.http import HttpClient, Request
from tests.brokers.bundled import BundledBroker, start_bundled
from tests.brokers.openbrokerapi_broker import OpenBrokerApiBroker, start_openbrokerapi
from tests.conformance.checking import Ran, run

PARAMETERS = {"update_parameters": {"journal_mode": "delete"}}
RUNS = {
    "reading": {},
    "sqlite/file": {"plan": "sqlite/file", "to_plan": "file-async", **PARAMETERS},
    "sqlite/file-async": {"plan": "sqlite/file-async", "to_plan": "file", **PARAMETERS},
    "sqlite/file-async, parameters": {"plan": "sqlite/file-async", **PARAMETERS},
    "sqlite/file-async-bind": {"plan": "sqlite/file-async-bind", **PARAMETERS},
}
# What the bundled broker has no use for; its operations are too short here for a Retry-After.
NEVER_MADE = {"catalog.dashboard-client", "catalog.last-modified", "answers.retry-after"}

# Faults of the library itself (openbrokerapi 4.7): it knows no 410 for bindings and says 410 for
# instances that never were, fills in empty descriptions, and echoes no request identity. Its
# router answers %2F with a page of its own.
KNOWN = {
    Level.MUST: {"unknown.poll-binding", "answers.error-words"},
    Level.SHOULD: {
        "unknown.poll-instance-404",
        "unknown.poll-binding-404",
        "answers.content-type",
        "answers.request-identity",
    },
}
KNOWN_BY_PLAN = {
    "postbox/sync": set[str](),
    "postbox/async": {
        "provision.poll-members",
        "update.poll-members",
        "deprovision.poll-members",
        "update.repeat-while-running",  # of this broker, not of the library
    },
    "postbox/async-bind": set[str](),
}


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledBroker]:
    with start_bundled(
        tmp_path_factory.mktemp("bundled"),
        username="platform",
        password="bread:and-butter",
        async_delay_s=0.5,
    ) as broker:
        yield broker


@pytest.fixture(scope="module")
def openbrokerapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBrokerApiBroker]:
    with start_openbrokerapi(tmp_path_factory.mktemp("openbrokerapi"), async_delay_s=0.5) as broker:
        yield broker


@pytest.fixture(scope="module")
def runs(bundled: BundledBroker) -> dict[str, Ran]:
    login = {"username": bundled.username, "password": bundled.password}
    return {name: run(bundled.url, **login, **wish) for name, wish in RUNS.items()}  # type: ignore[arg-type]


def test_the_bundled_broker_breaks_nothing(runs: dict[str, Ran], bundled: BundledBroker) -> None:
    for name, ran in runs.items():
        assert ran.failed("MUST", "SHOULD") == set(), f"{name}\n{ran.told()}"
        assert ran.report.leftovers == ()
    assert bundled.contents() == (set(), set())


def test_between_its_plans_every_check_is_made(runs: dict[str, Ran]) -> None:
    made = {
        f.check.id for ran in runs.values() for r in (Result.PASS, Result.FAIL) for f in ran.of(r)
    }

    assert {check.id for check in CHECKS} - made == NEVER_MADE


@pytest.mark.parametrize("plan", KNOWN_BY_PLAN)
def test_the_other_broker_has_its_known_faults_and_no_others(
    openbrokerapi: OpenBrokerApiBroker, plan: str
) -> None:
    ran = run(
        openbrokerapi.url,
        username=openbrokerapi.username,
        password=openbrokerapi.password,
        plan=plan,
        parameters={"size": "1"},
        update_parameters={"size": "2"},
        bind_parameters={"read_only": "yes"},
    )

    assert ran.failed("MUST") == KNOWN[Level.MUST] | KNOWN_BY_PLAN[plan], ran.told()
    assert ran.failed("SHOULD") == KNOWN[Level.SHOULD], ran.told()
    assert openbrokerapi.contents() == (set(), set())


def test_the_bundled_broker_does_not_wait_for_delayed_acknowledgements(
    bundled: BundledBroker,
) -> None:
    def took_s(http: HttpClient) -> float:
        started = time.monotonic()
        request = Request(method="GET", url=f"{bundled.url}/healthz", headers={})
        assert http.send(request, deadline_s=10, body_cap=1000).status == 200
        return time.monotonic() - started

    with HttpClient() as http:
        assert min(took_s(http) for _ in range(20)) < 0.03  # the kernel's delay is 0.04
