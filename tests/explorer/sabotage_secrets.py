"""Switches of the rules about a binding and its Secret: reserving, fencing, filling, rotating."""

from typing import Any

from msgspec.structs import replace

from svcat.app import (
    binding_lifecycle,
    binding_outcomes,
    bindings,
    lookup,
    mending,
    reshaping,
    secret_layout,
)
from svcat.app.binding_driver import BindingDriver
from svcat.app.binding_secret import SecretKeeper, current_target
from svcat.app.facts import Facts, moved
from svcat.app.operation import Session
from svcat.app.ports import Ports
from svcat.osb.models import Bound
from svcat.store.records import (
    BindingPhase,
    BindingRecord,
    Role,
)
from svcat.store.secrets import CredentialsSecret, Secrets
from tests.explorer.fates import Bounds
from tests.explorer.switch import FP, KP, PP, F, K, Sabotage

_secret_step = binding_lifecycle._secret_step


def _take_any_secret(self: Secrets, binding: BindingRecord, wanted_id: str) -> Any:
    """R9: a Secret of that name is ours, whose ever it was."""
    found = self.find(binding.namespace, binding.secret_name)
    if found is not None and found.owner_uid != binding.uid:
        self.remove(found)
    return _reserve(self, binding, wanted_id)


_reserve = Secrets.reserve


def _any_name_is_free(record: BindingRecord, secret: CredentialsSecret | None) -> Any:
    step = _secret_step(record, secret)
    return binding_lifecycle.Step.RESERVE if step is binding_lifecycle.Step.REFUSE_NAME else step


def _ready_before_the_secret(
    self: BindingDriver, record: BindingRecord, body: Bound
) -> BindingRecord | None:
    """R11: say ready, then put the credentials away."""
    ready = self._change(
        record, lambda found: replace(found, phase=BindingPhase.READY, operation=None)
    )
    if ready is not None and self._secret is not None:
        target = current_target(record)
        document = secret_layout.document_of(body)
        contents = secret_layout.lay_out_document(document, record, {}).contents
        self.ports.secrets.fill(self._secret, target.id, contents)
    return ready


def _over_at_once(record: BindingRecord, reason: str, facts: Facts) -> BindingRecord:
    """R11: a rotation that is undone is over, whatever the Secret holds by then."""
    roles = {Role.NEXT: Role.RETIRED}
    ids = tuple(replace(i, role=roles.get(i.role, i.role)) for i in record.ids)
    return moved(replace(record, ids=ids), BindingPhase.READY, reason, facts, None)


_making_step = binding_lifecycle._making_step


def _deleting_first(record: BindingRecord, secret: CredentialsSecret | None) -> Any:
    """R10: during a rotation, too, what is doomed goes before anything else."""
    if any(known.role is Role.RETIRED for known in record.ids):
        return binding_lifecycle.Step.UNBIND
    return _making_step(record, secret)


def _always_open(record: BindingRecord, ports: Any) -> bool:
    del record, ports
    return True


def _nothing_sent_yet(self: SecretKeeper, record: BindingRecord) -> bool:
    del record
    return bool(self._unsent_id)


def _remembered(self: BindingDriver, record: BindingRecord) -> BindingRecord:
    del self
    return record


def _free(wanted: BindingRecord, ports: Ports) -> None:
    del wanted, ports


def _mended_by_nobody(record: BindingRecord, session: Session, mender: mending.Mender) -> bool:
    del session
    return mender.mend(record)


def _as_remembered(record: BindingRecord, ports: Ports) -> BindingRecord:
    del ports
    return record


OF_SECRETS = (
    Sabotage(
        "a send counted for one id serves for any (R7)",
        "bind ∥ bind anew, 409",
        KP,
        ((SecretKeeper, "is_unsent", _nothing_sent_yet),),
    ),
    Sabotage(
        "any Secret is ours (R9)",
        "bind, Secret name taken",
        F,
        (
            (Secrets, "reserve", _take_any_secret),
            (binding_lifecycle, "_secret_step", _any_name_is_free),
            (bindings, "_require_free_secret", _free),
        ),
    ),
    Sabotage(
        "the Secret is judged by an old record (R10)",
        "bind ∥ bind, credentials once",
        FP,
        ((SecretKeeper, "_reload", _remembered),),
    ),
    Sabotage(
        "ready before the Secret (R11)",
        "bind",
        K,
        ((SecretKeeper, "_put_away", _ready_before_the_secret),),
    ),
    Sabotage(
        "a rotation is undone before the Secret is (R11)",
        "rotate, rolled back",
        F,
        ((binding_outcomes, "undone", _over_at_once),),
    ),
    Sabotage(
        "what the Secret holds is deleted (R10)",
        "rotate, rolled back",
        F,
        ((binding_lifecycle, "_making_step", _deleting_first),),
    ),
    Sabotage(
        "no second look at the instance (R12)",
        "bind ∥ deprovision",
        Bounds(0, 0, 2),
        ((lookup, "is_open_for", _always_open),),
    ),
    Sabotage(
        "the Secret is changed by who is not registered (R5)",
        "update binding ∥ unbind",
        PP,
        ((reshaping, "under_claim", _mended_by_nobody),),
    ),
    Sabotage(
        "the Secret is mended for the id that was (R10)",
        "repair ∥ rotate",
        PP,
        ((mending, "_require_ready", _as_remembered),),
    ),
)
