"""How single faults are made. The tables are in ``faults_of_*.py``.

A fault is one thing that a broker does otherwise; it names the check that has to catch it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.spoiling import Asked, Forward, Spoil, Told, refusal

SYNC, ASYNC, ASYNC_BIND = "sqlite/file", "sqlite/file-async", "sqlite/file-async-bind"

Make = Callable[[], Spoil]
Wants = Callable[[Asked], bool]
Test = Callable[[Asked, Told], bool]
Change = Callable[[Asked, Told], Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing done wrong. ``make`` gives a fresh spoiler; no plan: nothing has to be made.

    ``with_it`` are MUST checks that cannot but fail too: the fault is visible to them as well.
    """

    name: str
    caught_by: str
    make: Make
    plan: str = ""
    to_plan: str = ""
    with_it: tuple[str, ...] = ()
    timeout_s: float = 20.0


def answers(call: str, change: Change, test: Test = lambda asked, told: True) -> Make:
    """Change the answers to one kind of request, where ``test`` says so."""

    def spoil(asked: Asked, forward: Forward) -> Told:
        told = forward(asked)
        return change(asked, told) if asked.call == call and test(asked, told) else told

    return lambda: spoil


def requests(
    call: str, change: Callable[[Asked], Asked], wants: Wants = lambda asked: True
) -> Make:
    """Change requests before the broker sees them."""

    def spoil(asked: Asked, forward: Forward) -> Told:
        return forward(change(asked) if asked.call == call and wants(asked) else asked)

    return lambda: spoil


def instead(call: str, told: Told, wants: Wants = lambda asked: True) -> Make:
    """Answer some requests, of those that are logged in, without asking the broker."""

    def spoil(asked: Asked, forward: Forward) -> Told:
        is_meant = asked.call == call and "authorization" in asked.headers and wants(asked)
        return told if is_meant else forward(asked)

    return lambda: spoil


def status(call: str, of: int, becomes: int) -> Make:
    """Answer one kind of request with another status."""
    return answers(
        call,
        lambda asked, told: told.with_status(becomes),
        lambda asked, told: told.status == of,
    )


def again(
    call: str, change: Change, test: Test = lambda asked, told: True, *, is_same: bool = True
) -> Make:
    """Change the answers to a request that went well before: the same, or any for that id."""

    def make() -> Spoil:
        seen: set[tuple[str, bytes]] = set()

        def spoil(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            if asked.call != call:
                return told
            key = (asked.id, asked.raw if is_same else b"")
            is_known = key in seen
            if told.status in (200, 201, 202):
                seen.add(key)
            return change(asked, told) if is_known and test(asked, told) else told

        return spoil

    return make


def once(
    call: str, ok: tuple[int, ...], then: str, change: Change, wants: Test = lambda a, t: True
) -> Make:
    """Change the answers to ``then`` after a request ``call`` was answered with one of ``ok``."""

    def make() -> Spoil:
        ids: set[str] = set()

        def spoil(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            if asked.call == call and told.status in ok and wants(asked, told):
                ids.add(asked.id)
            elif asked.call == then and ids:
                return change(asked, told)
            return told

        return spoil

    return make


def catalog(edit: Callable[[Any], object]) -> Make:
    """Offer another catalog: ``edit`` changes it in place."""

    def change(asked: Asked, told: Told) -> Told:
        body = told.body
        edit(body)
        return told.with_body(body)

    return answers("catalog", change, lambda asked, told: told.status == 200)


def offering(edit: Callable[[dict[str, Any]], object]) -> Make:
    """Offer another first offering."""
    return catalog(lambda body: edit(body["services"][0]))


def first_plan(edit: Callable[[dict[str, Any]], object]) -> Make:
    """Offer another first plan of the first offering."""
    return offering(lambda service: edit(service["plans"][0]))


def members(**changed: Any) -> Change:
    """Put other members into a body."""
    return lambda asked, told: told.with_members(**changed)


def becomes(code: int, **more: Any) -> Change:
    """Refuse instead."""
    return lambda asked, told: refusal(code, **more)


def ok_with(**body: Any) -> Change:
    """Say that it went well instead."""
    return lambda asked, told: Told(status=200).with_body(body)
