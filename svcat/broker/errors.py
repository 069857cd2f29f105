"""What can go wrong in the broker, and how each refusal is told to the platform.

Codes and statuses as in OSB 2.17, Service Broker Errors.
"""

from svcat.broker.answers import Answer
from svcat.broker.limits import LIMITS
from svcat.osb.models import JsonObject


class BrokerSetupError(Exception):
    """The broker cannot start with these settings; the message says why and what to change."""


class DriverError(Exception):
    """A driver's work failed; the flags go to the platform."""

    def __init__(
        self, description: str, *, instance_usable: bool = True, update_repeatable: bool = True
    ) -> None:
        super().__init__(description)
        self.description = description
        self.instance_usable = instance_usable
        self.update_repeatable = update_repeatable


class DriverRefusal(DriverError):
    """The request cannot be met, whoever asks again; nothing was changed (becomes 400)."""


class Refusal(Exception):
    """A request that is not carried out; 4xx: nothing changed."""

    def __init__(
        self, status: int, description: str, *, error: str = "", body: JsonObject | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description[: LIMITS.description_characters]
        self.body = body or {}

    def to_answer(self) -> Answer:
        """The answer that tells the platform."""
        code = {"error": self.error} if self.error else {}
        return Answer(self.status, {**code, "description": self.description, **self.body})


def bad_request(description: str) -> Refusal:
    """400: the request is malformed or asks for what cannot be."""
    return Refusal(400, description)


def async_required() -> Refusal:
    """422 AsyncRequired: this plan needs ``accepts_incomplete=true``."""
    return Refusal(
        422,
        "this plan works asynchronously: send accepts_incomplete=true",
        error="AsyncRequired",
    )


def busy(what: str) -> Refusal:
    """422 ConcurrencyError: another operation on the same resource is under way."""
    return Refusal(422, f"another operation on {what} is in progress", error="ConcurrencyError")


def half_deleted(what: str, remedy: str) -> Refusal:
    """422: a delete failed, and only another delete can follow."""
    return Refusal(
        422,
        f"{what} is half deleted: {remedy} it again",
        body={"instance_usable": False, "update_repeatable": False},
    )


def maintenance_conflict(wanted: str, offered: str) -> Refusal:
    """422 MaintenanceInfoConflict: the platform's catalog is old."""
    return Refusal(
        422,
        f"maintenance_info.version {wanted!r} is not the catalog's {offered!r}: fetch it again",
        error="MaintenanceInfoConflict",
    )
