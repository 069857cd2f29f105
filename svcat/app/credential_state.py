"""Whether a binding's Secret is as svcat left it, and what to say if it is not. Pure.

Nobody watches Secrets: whoever deletes or edits one is found out when somebody looks.
"""

from dataclasses import dataclass
from enum import StrEnum

from svcat.store.records import BindingPhase, BindingRecord, Role
from svcat.store.secrets import CredentialsSecret


class Flaw(StrEnum):
    """What can be wrong with the Secret of a binding that is ready."""

    MISSING = "missing"
    FOREIGN = "foreign"
    EMPTY = "empty"  # reserved, by a repair that did not end
    OUTDATED = "outdated"  # of another id, as after a restore
    CHANGED = "changed"
    LAID_OUT_OTHERWISE = "laid out otherwise"  # an ``update binding`` that did not end


@dataclass(frozen=True, slots=True)
class State:
    """A flaw, in words, and the command that mends it."""

    flaw: Flaw
    words: str
    fix: str


def state_of(binding: BindingRecord, secret: CredentialsSecret | None) -> State | None:
    """Return what is wrong with the credentials of ``binding``; None: nothing that can be seen."""
    flaw = flaw_of(binding, secret)
    if flaw is None:
        return None
    name = f"Secret {binding.secret_name!r}"
    words = {
        Flaw.MISSING: f"{name} is missing",
        Flaw.FOREIGN: f"{name} exists, but is not of this binding",
        Flaw.EMPTY: f"{name} holds no credentials",
        Flaw.OUTDATED: f"{name} holds the credentials of an earlier time",
        Flaw.CHANGED: f"somebody changed {name}",
        Flaw.LAID_OUT_OTHERWISE: f"{name} is not laid out as asked for",
    }[flaw]
    return State(flaw, words, repair_command(binding))


def flaw_of(binding: BindingRecord, secret: CredentialsSecret | None) -> Flaw | None:
    """Return what is wrong with the Secret of a binding that is ready."""
    current = binding.id_in(Role.CURRENT)
    if binding.phase is not BindingPhase.READY or current is None:
        return None
    if secret is None:
        return Flaw.MISSING
    if not secret.is_of(binding):
        return Flaw.FOREIGN
    if not secret.held_id:
        return Flaw.EMPTY
    if secret.held_id != current.id:
        return Flaw.OUTDATED
    if not secret.is_as_filled:
        return Flaw.CHANGED
    return Flaw.LAID_OUT_OTHERWISE if secret.shape != binding.shape else None


def is_as_wanted(binding: BindingRecord, secret: CredentialsSecret | None) -> bool:
    """Whether nothing is wrong with the Secret, and it names the record by the uid it has now."""
    is_named = secret is None or secret.owner_uid == binding.uid
    return is_named and flaw_of(binding, secret) is None


def repair_command(binding: BindingRecord) -> str:
    """Return the command that mends the credentials of ``binding``."""
    name = "" if binding.name == binding.instance else f" --name {binding.name}"
    return f"svcat bind {binding.instance}{name} -n {binding.namespace} --repair"
