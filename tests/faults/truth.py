"""After any mishap and one plain ``resume``: records and broker tell the same story."""

from typing import Any

from svcat.objects import CONFIG_MAP, SECRET, list_all
from svcat.store import codec
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    InstancePhase,
    InstanceRecord,
    Record,
    Role,
)
from svcat.store.secrets import CredentialsSecret
from tests.e2e.place import Place

# Done, gone already, in the way of each other, undone by others, still at it.
FAIR_ENDS = frozenset({0, 5, 6, 8, 9})
RESTING = frozenset({"ready", "failed"})


def records(place: Place, record_type: type[Record]) -> list[Any]:
    kind = codec.kind_of(record_type)
    found = list_all(place.objects, CONFIG_MAP, place.namespace, selector=f"svcat.dev/kind={kind}")
    return [codec.decode(record_type, obj) for obj in found]


def require_truth(place: Place, instances: set[str], bindings: set[str]) -> None:
    """Fail unless every record is at rest and the broker holds exactly what they say."""
    known = records(place, InstanceRecord)
    bound = records(place, BindingRecord)
    for record in [*known, *bound]:
        assert record.phase in RESTING, f"{record.name} is {record.phase}: {record.message}"
        assert not record.live_claims(place.objects.now()), f"{record.name} is still claimed"
    ready = {i.instance_id for i in known if i.phase is InstancePhase.READY}
    assert instances == ready, "the broker's instances are not those of the records"
    current = {b.id_in(Role.CURRENT).id for b in bound if b.phase is BindingPhase.READY}
    assert bindings == current, "the broker's bindings are not those of the records"
    for binding in bound:
        if binding.phase is BindingPhase.READY:
            obj = place.objects.get(SECRET, place.namespace, binding.secret_name)
            secret = CredentialsSecret(obj)
            assert secret.held_id == binding.id_in(Role.CURRENT).id
            assert secret.data, "a ready binding without credentials"
    require_no_stray_secrets(place, bound)


def require_working_credentials(place: Place, bindings: set[str]) -> None:
    """Fail unless each binding's Secret holds credentials that the broker knows, at any moment."""
    for binding in records(place, BindingRecord):
        secret = CredentialsSecret(place.objects.get(SECRET, place.namespace, binding.secret_name))
        assert secret.held_id in bindings, f"the credentials of {binding.name} do not work"
        assert secret.data
        assert binding.phase in {BindingPhase.READY, BindingPhase.ROTATING}


def require_no_stray_secrets(place: Place, bound: list[Any]) -> None:
    owners = {b.uid for b in bound if b.phase is BindingPhase.READY}
    for obj in list_all(
        place.objects, SECRET, place.namespace, selector="svcat.dev/kind=credentials"
    ):
        assert CredentialsSecret(obj).owner_uid in owners, "a Secret without its binding"
