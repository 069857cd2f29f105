"""A namespace on the real server behind a proxy that fails, and the lives that are led there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Done, Place
from tests.faults.api_proxy import ApiProxy
from tests.faults.scenes import (
    BIND,
    DEPROVISION,
    PROVISION,
    PROVISION_SLOW,
    PROVISION_SLOW_BIND,
    ROTATE,
    UNBIND,
    UPDATE,
)
from tests.faults.truth import require_truth

# One broker call; claims and late arrivals are bounded by it. What leads up to a fault has time.
CALL_S, UNHURRIED_S = "1", "30"
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
    "rotate": Life((PROVISION, BIND), ROTATE),
    "unbind": Life((PROVISION, BIND), UNBIND, ENDING),
    "deprovision": Life((PROVISION,), DEPROVISION, ENDING),
    "deprovision, cascade": Life((PROVISION, BIND), (*DEPROVISION, "--cascade"), ENDING),
}


@dataclass(slots=True)
class ApiStage:
    """A namespace on the real server behind the proxy, and a registered broker."""

    place: Place
    offer: Offer
    proxy: ApiProxy
    told: list[str] = field(default_factory=list)

    def attempt(self, *words: str, **environment: str) -> Done:
        """Run a command that may end as it likes, but not with a bug."""
        done = self.place.attempt(*words, environment=environment)
        shown = f"svcat {' '.join(words)} -> {done.code}\n{done.out}\n{done.err}"
        self.told.append(shown)
        assert "Traceback" not in done.err, shown
        assert "has a bug" not in done.err, shown
        return done

    def lead_up_to(self, life: Life) -> None:
        """Bring about what the command finds."""
        self.proxy.arm(None, None)
        for words in life.before:
            assert self.attempt(*words, SVCAT_BROKER_TIMEOUT=UNHURRIED_S).code == OK

    def calls_of(self, life: Life) -> list[str]:
        """Return the calls that the command makes when nothing goes wrong."""
        self.lead_up_to(life)
        self.proxy.arm(None, None)
        assert self.attempt(*life.command).code == OK
        calls = self.proxy.seen
        self.require_truth()
        self.clear()
        return calls

    def require_truth(self) -> None:
        require_truth(self.place, self.offer.instances(), self.offer.bindings())

    def clear(self) -> None:
        self.proxy.disarm()
        self.attempt("deprovision", "db", "--cascade")
        self.attempt("orphans", "clean", "--yes")


@pytest.fixture
def api_stage(
    kube: Place, kube_server: KubeServer, bundled: Offer, tmp_path: Path
) -> Iterator[ApiStage]:
    if not kube_server.is_own:
        pytest.skip("somebody else's API server takes no login of ours through a proxy")
    proxy = ApiProxy(kube_server)
    try:
        config = proxy.kubeconfig(tmp_path / "proxy.kubeconfig", kube.namespace)
        kube.register(bundled.broker)
        kube.environment |= {"KUBECONFIG": str(config), "SVCAT_BROKER_TIMEOUT": CALL_S}
        stage = ApiStage(kube, bundled, proxy)
        yield stage
        stage.clear()
    finally:
        proxy.close()
