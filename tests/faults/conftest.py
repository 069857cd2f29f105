"""A store, the bundled broker behind a proxy that spoils requests, and a look at both."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from svcat.clock import SystemClock
from svcat.store.records import BindingRecord, InstanceRecord, Work
from svcat.store.store import Records
from tests.brokers.fixtures import bundled_broker
from tests.e2e.conftest import Offer, bundled, kube, local, pytest_collection_modifyitems
from tests.e2e.conftest import place as store_place
from tests.e2e.place import LOCAL, Place
from tests.faults.api_stage import CALL_S, OK, UNHURRIED_S, api_stage
from tests.faults.proxy import FaultProxy
from tests.faults.truth import records, require_truth

__all__ = [
    "api_stage",
    "bundled",
    "bundled_broker",
    "kube",
    "local",
    "pytest_collection_modifyitems",
    "store_place",
]


@dataclass(slots=True)
class Stage:
    """Where one mishap happens."""

    place: Place
    offer: Offer
    proxy: FaultProxy

    def attempt(self, *words: str, **environment: str) -> int:
        """Run a command that may end as it likes, but not with a bug; return its exit code."""
        done = self.place.attempt(*words, environment=environment)
        shown = f"svcat {' '.join(words)} -> {done.code}\n{done.out}\n{done.err}"
        assert "Traceback" not in done.err, shown
        assert "has a bug" not in done.err, shown
        print(shown)
        return done.code

    def lead_up_to(self, *commands: tuple[str, ...]) -> None:
        """Bring about what a command finds."""
        for words in commands:
            assert self.attempt(*words, SVCAT_BROKER_TIMEOUT=UNHURRIED_S) == OK

    def let_claims_run_out(self) -> None:
        """Let the claims of commands that were killed be over, without waiting for that."""
        store = Records(self.place.objects, SystemClock(), lambda: str(uuid4()))
        for record_type in (InstanceRecord, BindingRecord):
            for record in records(self.place, record_type):
                store.change(record, _with_claims_over)

    def recover(self) -> None:
        """One plain command after the mishap, then the truth."""
        self.attempt("resume", "--timeout", "60s")
        require_truth(self.place, self.offer.instances(), self.offer.bindings())

    def clear(self) -> None:
        """Take everything away again, as a user would."""
        self.attempt("deprovision", "db", "--cascade")
        self.attempt("orphans", "clean", "--yes")


def play_only(lives: frozenset[str], request: pytest.FixtureRequest) -> None:
    """Skip what only the whole matrix has: other ``lives`` than these, and other stores."""
    cell = request.node.callspec.params
    is_chosen = cell["store_place"] == LOCAL and cell.get("life") in {*lives, None}
    if not (is_chosen or os.environ.get("SVCAT_TEST_EVERYTHING")):
        pytest.skip("this life runs with SVCAT_TEST_EVERYTHING=1")


def _with_claims_over(record: Work) -> Work:
    over = (replace(claim, until=claim.until - timedelta(seconds=10)) for claim in record.claims)
    return replace(record, claims=tuple(over))


@pytest.fixture
def stage(store_place: Place, bundled: Offer) -> Iterator[Stage]:
    """A registered broker behind the proxy; all is cleared away afterwards."""
    proxy = FaultProxy(("127.0.0.1", bundled.broker.port))
    try:
        words = ["register", "b", "--url", proxy.url]
        if bundled.broker.username:
            words += ["--username", bundled.broker.username, "--password-stdin"]
        store_place.run(*words, stdin=bundled.broker.password + "\n")
        store_place.environment["SVCAT_BROKER_TIMEOUT"] = CALL_S
        stage = Stage(store_place, bundled, proxy)
        yield stage
        proxy.plan = None
        stage.clear()
    finally:
        proxy.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path
