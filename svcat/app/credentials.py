"""The credentials of a binding, read out of its Secret to be handed to somebody."""

from collections.abc import Iterable, Mapping

from svcat.app.credential_state import repair_command
from svcat.app.injection_record import USABLE
from svcat.app.ports import Ports
from svcat.errors import Conflict
from svcat.osb.models import Confidential
from svcat.store.records import BindingRecord
from svcat.store.secrets import CredentialsSecret


class Held(Confidential, frozen=True):
    """A binding and what its Secret holds."""

    binding: BindingRecord
    contents: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """The binding's."""
        return self.binding.name


def held_by(names: Iterable[str], namespace: str, ports: Ports) -> list[Held]:
    """Return what the bindings hold, each once. Raises NotFound, Conflict."""
    found = []
    for name in dict.fromkeys(names):
        binding, secret = secret_of(name, namespace, ports)
        found.append(Held(binding, secret.data))
    return found


def secret_of(name: str, namespace: str, ports: Ports) -> tuple[BindingRecord, CredentialsSecret]:
    """Return a binding that has credentials, and their Secret. Raises NotFound, Conflict."""
    binding = ports.records.load(BindingRecord, namespace, name)
    if binding.phase not in USABLE:
        raise Conflict(
            f"binding {name!r} is {binding.phase}, not ready",
            hint=f"svcat describe binding {name} -n {namespace}",
        )
    secret = ports.secrets.find(namespace, binding.secret_name)
    if secret is None or not secret.is_of(binding) or not secret.held_id:
        raise Conflict(
            f"Secret {binding.secret_name!r} does not hold the credentials of binding {name!r}",
            hint=f"mend it: {repair_command(binding)}",
        )
    return binding, secret
