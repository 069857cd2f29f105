"""Looking at what became of a write whose answer was lost."""

from collections.abc import Callable
from typing import TypeVar

from svcat.errors import Unreachable

Found = TypeVar("Found")


def seen(look: Callable[[], Found], lost: Unreachable) -> Found:
    """Return what ``look`` sees. Raises ``lost`` if it cannot, or if nothing can have happened."""
    if not lost.may_have_happened:
        raise lost
    try:
        return look()
    except Unreachable as error:
        raise lost from error
