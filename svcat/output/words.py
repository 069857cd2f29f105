"""Small facts in words: states, ages, times, sizes. Pure."""

from datetime import datetime

from svcat.output.view import NONE
from svcat.store.records import BindingPhase, InstancePhase, Work

_STATUS = {
    InstancePhase.MITIGATING: "OrphanMitigation",
    BindingPhase.MITIGATING: "OrphanMitigation",
}
_READY = frozenset({InstancePhase.READY, BindingPhase.READY})
_SENTENCES = {
    "ProvisionedSuccessfully": "The instance was provisioned successfully",
    "InstanceUpdatedSuccessfully": "The instance was updated successfully",
    "InjectedBindResult": "Injected bind result",
    "Provisioning": "The instance is being provisioned",
    "Updating": "The instance is being updated",
    "Deprovisioning": "The instance is being deprovisioned",
    "Binding": "The binding is being created",
    "Rotating": "New credentials are on their way",
    "Rotated": "The credentials were rotated",
    "Unbinding": "The binding is being deleted",
    "OrphanMitigation": "What a lost or failed request may have left is being deleted",
    "OrphanMitigationSuccessful": "Nothing is left at the broker",
}


def status_word(phase: str) -> str:
    """Return the word for the STATUS column."""
    for known, word in _STATUS.items():
        if phase == known:
            return word
    return phase.capitalize()


def is_ready(phase: str) -> bool:
    """Whether a condition Ready is true in ``phase``."""
    return phase in _READY


def sentence(record: Work) -> str:
    """Return why the record is as it is, in one line."""
    return record.message or _SENTENCES.get(record.reason, record.reason)


def status_line(record: Work, phase: str) -> str:
    """Return ``Status - message @ time``, as ``describe`` shows it."""
    words = sentence(record).rstrip(".")
    moment = record.history[-1].at if record.history else record.created
    at = f" @ {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
    return f"{status_word(phase)} - {words}{at}" if words else f"{status_word(phase)}{at}"


def age(created: datetime | None, now: datetime) -> str:
    """Return how long ago, as kubectl's AGE column has it."""
    if created is None:
        return NONE
    seconds = max(0, int((now - created).total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def timestamp(moment: datetime | None) -> str | None:
    """Return a time as JSON has it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def yes_no(value: object) -> str:
    """Return yes or no."""
    return "yes" if value else "no"


def counted(number: int, word: str) -> str:
    """Return ``1 class``, ``2 classes``."""
    ending = "es" if word.endswith("s") else "s"
    return f"{number} {word}" if number == 1 else f"{number} {word}{ending}"


def duration(seconds: int) -> str:
    """Return a duration as options take it: ``90s``, ``15m``, ``24h``, ``1h30m``."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
