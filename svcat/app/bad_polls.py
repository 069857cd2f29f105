"""When polls that say "no such thing" end the polling. Pure.

The spec leaves it open. A 400 says that there is nothing to ask about; a 404 after a delete is what
many brokers say instead of 410: the delete, sent again, is answered by what settles it.
"""

from dataclasses import dataclass

ENOUGH = 3
ENOUGH_WHILE_DELETING = 2


@dataclass(slots=True)
class BadPolls:
    """How many there were in a row."""

    _count: int = 0

    def end_it(self, status: int | None, *, deleting: bool, is_guess: bool = False) -> bool:
        """Count an answer that is no news; whether the polling ends with it.

        ``is_guess``: we ask without an ``operation`` after a request whose answer was lost.
        """
        is_lost = status == 404 and deleting
        if not (status == 400 or is_lost or (is_guess and status in {404, 410})):
            self._count = 0
            return False
        self._count += 1
        if self._count < (ENOUGH_WHILE_DELETING if is_lost else ENOUGH):
            return False
        self._count = 0
        return True
