"""When credentials end, as brokers write it, and which bindings are due. Pure.

Brokers write ``2031-05-20T10:30:00.0Z`` (spec, Binding Metadata Object), and whatever else they
think is a time: offsets, other fractions, no zone (taken for UTC).
"""

from datetime import UTC, datetime, timedelta

from svcat.store.records import BindingPhase, BindingRecord

_NEVER = datetime.max.replace(tzinfo=UTC)


def moment_of(text: str) -> datetime | None:
    """Return the time that a broker wrote; None if it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def has_ended(binding: BindingRecord, now: datetime) -> bool:
    """Whether the credentials work no more."""
    end = moment_of(binding.expires_at)
    return end is not None and end <= now


def is_due(binding: BindingRecord, within: timedelta, now: datetime) -> bool:
    """Whether the credentials end ``within`` a time from ``now``, or are to be renewed already."""
    end, renewal = moment_of(binding.expires_at), moment_of(binding.renew_before)
    if renewal is not None and renewal <= now:
        return True
    return end is not None and end - now <= within


def is_rotated(binding: BindingRecord) -> bool:
    """Whether a rotation of everything means it too: it has credentials."""
    return binding.phase in {BindingPhase.READY, BindingPhase.ROTATING}


def urgency(binding: BindingRecord) -> tuple[datetime, str]:
    """Return what to sort by: those that end first, then those that do not, by name."""
    return moment_of(binding.expires_at) or _NEVER, binding.name


def remarks(binding: BindingRecord) -> list[str]:
    """Return what is odd about what the broker wrote."""
    end, renewal = moment_of(binding.expires_at), moment_of(binding.renew_before)
    found = [
        f"binding {binding.name}: the broker's {name} is no time: {text!r}"
        for name, text, moment in (
            ("expires_at", binding.expires_at, end),
            ("renew_before", binding.renew_before, renewal),
        )
        if text and moment is None
    ]
    if end is not None and renewal is not None and renewal > end:
        found.append(f"binding {binding.name}: renew_before comes after expires_at")
    return found
