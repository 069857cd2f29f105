"""Waiting for what comes about by itself."""

import time
from collections.abc import Callable

LOOK_AGAIN_S = 0.02
LONGEST_S = 60.0


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look until ``is_so``; fail if it does not come to that."""
    deadline = time.monotonic() + LONGEST_S
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(LOOK_AGAIN_S)
