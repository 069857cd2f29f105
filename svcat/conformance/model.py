"""What a check is, and what comes of it.

A check is one obligation of a broker in OSB 2.17. Its function asks the broker, or looks at what
was asked before, and raises Failed or Skipped; otherwise the broker passed.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svcat.conformance.session import Answer
    from svcat.conformance.stage import Stage


class Level(StrEnum):
    """How much the spec wants it, in its own (RFC 2119) words."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    RECOMMENDED = "RECOMMENDED"  # a note: it counts for nothing


class Result(StrEnum):
    """What came of a check."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"


class Failed(Exception):
    """The broker does otherwise; ``answer`` is the one that shows it."""

    def __init__(self, reason: str, answer: "Answer | None" = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer


class Skipped(Exception):
    """It cannot be told, or does not apply to this broker."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Examine = Callable[["Stage"], "Answer | None"]  # gives the answer that proves it, if one does


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One obligation. ``is_full`` ones make and delete instances."""

    id: str
    level: Level
    section: str  # the heading in spec.md
    title: str
    examine: Examine
    is_full: bool = False

    @property
    def theme(self) -> str:
        """The part of the id that groups checks."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One exchange as it may be shown: no login, no credentials, no parameters."""

    method: str
    path: str
    status: int | None
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check and what came of it; ``reason`` says why it failed or was skipped."""

    check: Check
    result: Result
    reason: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that the broker may still have of this run."""

    instance_id: str
    binding_id: str  # empty for an instance
    service_id: str
    plan_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings in the order of the table, and what could not be cleaned up."""

    url: str
    api_version: str
    plan: str  # CLASS/PLAN; empty if nothing was made
    findings: tuple[Finding, ...]
    leftovers: tuple[Leftover, ...] = ()
    is_interrupted: bool = False

    def failed(self, level: Level) -> tuple[Finding, ...]:
        """Return the failures of one level."""
        return tuple(f for f in self.findings if f.result is Result.FAIL and f.check.level is level)

    def counts(self, level: Level) -> dict[Result, int]:
        """Return how many checks of one level passed, failed and were skipped."""
        counted = Counter(f.result for f in self.findings if f.check.level is level)
        return {result: counted[result] for result in Result}
