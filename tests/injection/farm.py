"""A yard whose binding a real broker made, and which a test leaves as empty as it was."""

from dataclasses import dataclass

from svcat.errors import NotFound
from svcat.objects import SECRET
from svcat.store.records import BindingRecord
from tests.e2e.conftest import Offer
from tests.injection.yard import Yard


@dataclass(slots=True)
class Farm:
    """An instance ``db``, its binding ``db``, and workloads as in any yard."""

    yard: Yard
    offer: Offer

    def plant(self) -> None:
        broker, offer = self.offer.broker, self.offer
        words = ("register", "b", "--url", broker.url, "--username", broker.username)
        self.yard.svcat(*words, "--password-stdin", stdin=f"{broker.password}\n")
        self.yard.svcat("provision", "db", "--class", offer.service, "--plan", offer.sync)
        self.yard.svcat("bind", "db")

    def uproot(self) -> None:
        self.yard.svcat("deprovision", "db", "--cascade", "--eject", "--no-wait")

    def secret(self, name: str = "db") -> dict[str, str] | None:
        """What the Secret holds; None if it is not there."""
        found = self.yard.ports.secrets.find(self.yard.namespace, name)
        return None if found is None else {key: v.decode() for key, v in found.data.items()}

    def delete_secret(self, name: str = "db") -> None:
        self.yard.ports.records.api.delete(SECRET, self.yard.namespace, name)

    def is_bound(self, name: str = "db") -> bool:
        try:
            self.yard.ports.records.load(BindingRecord, self.yard.namespace, name)
        except NotFound:
            return False
        return True
