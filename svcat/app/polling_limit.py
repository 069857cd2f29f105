"""How long an operation may take in all (spec, Polling Interval and Duration).

A broker that forgot what it began answers 404 for ever, as one does that has yet to know of it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from svcat.app.catalog import PlanOffer

# What Service Catalog and Cloud Foundry wait where a plan says nothing, or more.
LONGEST = timedelta(days=7)


class PollingLimit(NamedTuple):
    """How long is waited, and what is said when that is over."""

    duration: timedelta = LONGEST
    words: str = f"the broker did not finish within {LONGEST.days} days"

    def end(self, begun: datetime) -> datetime:
        """Return when what was ``begun`` is given up."""
        return begun + self.duration


THE_LONGEST = PollingLimit()


def limit_of(offer: PlanOffer | None) -> PollingLimit:
    """Return the plan's limit, or the platform's where the plan names none or a longer one."""
    seconds = offer.plan.maximum_polling_duration if offer else None
    if seconds is None or seconds >= LONGEST.total_seconds():
        return THE_LONGEST
    words = "the broker did not finish within the plan's maximum_polling_duration"
    return PollingLimit(timedelta(seconds=seconds), words)
