"""Every call of every command to the API server × every fault on the wire, with real processes.

After each cell one plain ``resume``: the broker holds exactly what the records say. Then the same
command again: it ends well, or says that there is nothing to end.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Done, Place
from tests.faults.api_proxy import ApiFault, ApiProxy
from tests.faults.cells import Cells
from tests.faults.conftest import CALL_S
from tests.faults.scenes import (
    BIND,
    DEPROVISION,
    PROVISION,
    PROVISION_SLOW,
    PROVISION_SLOW_BIND,
    UNBIND,
    UPDATE,
)
from tests.faults.truth import require_truth

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

OK, NOT_FOUND = 0, 5
MAKING = frozenset({OK})
ENDING = frozenset({OK, NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Life:
    """What leads up to a command, the command, and how it may end when it is given once more."""

    before: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    again: frozenset[int] = MAKING


LIVES = {
    "provision": Life((), PROVISION),
    "provision, async": Life((), PROVISION_SLOW),
    "update": Life((PROVISION,), UPDATE),
    "bind": Life((PROVISION,), BIND),
    "bind, async": Life((PROVISION_SLOW_BIND,), BIND),
    "unbind": Life((PROVISION, BIND), UNBIND, ENDING),
    "deprovision": Life((PROVISION,), DEPROVISION, ENDING),
    "deprovision, cascade": Life((PROVISION, BIND), (*DEPROVISION, "--cascade"), ENDING),
}
# In the suite: of each command the calls that write, lost before and after, and refused.
IN_THE_SUITE = frozenset({ApiFault.RESET_BEFORE, ApiFault.RESET_AFTER, ApiFault.FORBIDDEN})
LIVES_IN_THE_SUITE = frozenset({"provision", "bind", "unbind", "deprovision"})
EVERYTHING = bool(os.environ.get("SVCAT_TEST_EVERYTHING"))


@dataclass(slots=True)
class Stage:
    """A namespace on the real server behind the proxy, and a registered broker."""

    place: Place
    offer: Offer
    proxy: ApiProxy
    told: list[str] = field(default_factory=list)

    def attempt(self, *words: str) -> Done:
        """Run a command that may end as it likes, but not with a bug."""
        done = self.place.attempt(*words)
        shown = f"svcat {' '.join(words)} -> {done.code}\n{done.out}\n{done.err}"
        self.told.append(shown)
        assert "Traceback" not in done.err, shown
        assert "has a bug" not in done.err, shown
        return done

    def require_truth(self) -> None:
        require_truth(self.place, self.offer.instances(), self.offer.bindings())

    def clear(self) -> None:
        self.proxy.disarm()
        self.attempt("deprovision", "db", "--cascade")
        self.attempt("orphans", "clean", "--yes")


@pytest.fixture
def stage(kube: Place, kube_server: KubeServer, bundled: Offer, tmp_path: Path) -> Iterator[Stage]:
    if not kube_server.is_own:
        pytest.skip("somebody else's API server takes no login of ours through a proxy")
    proxy = ApiProxy(kube_server)
    try:
        config = proxy.kubeconfig(tmp_path / "proxy.kubeconfig", kube.namespace)
        kube.environment |= {"KUBECONFIG": str(config), "SVCAT_BROKER_TIMEOUT": CALL_S}
        kube.register(bundled.broker)
        stage = Stage(kube, bundled, proxy)
        yield stage
        stage.clear()
    finally:
        proxy.close()


@pytest.fixture(autouse=True)
def cells_of_the_suite(request: pytest.FixtureRequest) -> None:
    """Skip, before anything is set up, what only the whole matrix has."""
    cell = request.node.callspec.params
    is_chosen = cell["fault"] in IN_THE_SUITE and cell["life"] in LIVES_IN_THE_SUITE
    if not (is_chosen or EVERYTHING):
        pytest.skip("these cells run with SVCAT_TEST_EVERYTHING=1")


@pytest.mark.parametrize("fault", ApiFault, ids=lambda fault: fault.name.lower())
@pytest.mark.parametrize("life", LIVES)
def test_after_a_fault_of_the_api_server_records_and_broker_agree(
    stage: Stage, life: str, fault: ApiFault, cells: Cells
) -> None:
    calls = calls_of(stage, LIVES[life])
    for nth in count():
        if nth < len(calls) and not is_of_interest(calls[nth], fault):
            continue
        stage.told.clear()
        try:
            if not happens(stage, LIVES[life], nth, fault):
                return
        except AssertionError as failed:
            spoiled = stage.proxy.seen[nth] if nth < len(stage.proxy.seen) else "nothing"
            story = "\n".join(stage.told)
            pytest.fail(f"call {nth} ({spoiled}), {fault}: {failed}\n{story}", pytrace=False)
        cells.count("faults of the API server")


def calls_of(stage: Stage, life: Life) -> list[str]:
    """Return the calls that the command makes when nothing goes wrong."""
    stage.proxy.arm(None, None)
    for words in life.before:
        assert stage.attempt(*words).code == OK
    stage.proxy.arm(None, None)
    assert stage.attempt(*life.command).code == OK
    calls = stage.proxy.seen
    stage.require_truth()
    stage.clear()
    return calls


def is_of_interest(call: str, fault: ApiFault) -> bool:
    is_read = call.startswith("GET") or "selfsubject" in call
    if fault is ApiFault.REPLAYED and is_read:
        return False
    return EVERYTHING or not is_read


def happens(stage: Stage, life: Life, nth: int, fault: ApiFault) -> bool:
    """Play one cell; False if the command makes no such call."""
    for words in life.before:
        assert stage.attempt(*words).code == OK
    stage.proxy.arm(nth, fault)
    first = stage.attempt(*life.command, "--timeout", "20s")
    stage.proxy.disarm()
    if first.code == OK:
        stage.require_truth()  # what ended well needs no second command
    assert stage.attempt("resume", "--timeout", "60s").code != 1
    stage.require_truth()
    assert stage.attempt(*life.command).code in life.again
    stage.require_truth()
    stage.clear()
    return stage.proxy.is_spent
