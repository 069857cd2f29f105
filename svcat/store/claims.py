"""Claims: which commands are at a record, until when, and how long what they sent may echo."""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

# Others wait this long past a claim's end before they act on it: the server's clock, which all go
# by, is read at 1 s resolution.
CLAIM_MARGIN = timedelta(seconds=2)


class Claim(Struct, frozen=True, kw_only=True):
    """A command registered in a record: it may still send, until ``until`` (the server's time).

    ``since`` is when it registered or renewed last, ``echoes_until`` how long what it sent last may
    still be carried out; None in records of before that was kept. A command that ends by itself
    takes note of what it lost and registers off; one that is killed leaves both to its claim.
    """

    id: str
    by: str
    until: datetime
    since: datetime | None = None
    echoes_until: datetime | None = None

    def is_ahead(self, now: datetime) -> bool:
        """Whether it begins in the future: the server's clock was set back since."""
        return self.since is not None and self.since > now + CLAIM_MARGIN

    def in_time(self, now: datetime) -> "Claim":
        """Return the claim with an end by the clock as it is.

        It was made before this moment, whatever the clock said then, so that it ends, at the
        latest, as long after this moment as it was to last.
        """
        if self.since is None or not self.is_ahead(now):
            return self
        ahead = self.since - now
        echoes_until = self.echoes_until and self.echoes_until - ahead
        return replace(self, since=now, until=self.until - ahead, echoes_until=echoes_until)

    def is_live(self, now: datetime) -> bool:
        """Whether others must still reckon with it."""
        return now < self.until + CLAIM_MARGIN

    def may_echo(self, now: datetime) -> bool:
        """Whether what it sent may still be carried out, although it may be dead itself."""
        return self.is_live(now) or (self.echoes_until is not None and now < self.echoes_until)
