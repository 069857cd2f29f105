"""What a check is, and what comes of it.

A check is one obligation of a broker in OSB 2.17. Its function asks the broker, or looks at what
was asked before, and raises Failed or Skipped; otherwise the broker passed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from svcat.osb.models import JsonObject

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

    def facts(self) -> JsonObject:
        """Return it as JSON would have it."""
        sent = f"{self.method} {self.path}"
        return {"sent": sent, "status": self.status, "received": self.excerpt}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check and what came of it; ``reason`` says why it failed or was skipped."""

    check: Check
    result: Result
    reason: str = ""
    evidence: Evidence | None = None

    def facts(self) -> JsonObject:
        """Return it as JSON would have it; what is not known is left out."""
        facts = {
            "id": self.check.id,
            "level": self.check.level.value,
            "section": self.check.section,
            "title": self.check.title,
            "result": self.result.value,
            "reason": self.reason,
        }
        if self.evidence is not None:
            facts |= self.evidence.facts()
        return {name: value for name, value in facts.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that the broker may still have of this run."""

    instance_id: str
    binding_id: str  # empty for an instance
    service_id: str
    plan_id: str
    reason: str

    def facts(self) -> JsonObject:
        """Return it as JSON would have it."""
        facts = {
            "instanceExternalID": self.instance_id,
            "bindingExternalID": self.binding_id,
            "classExternalID": self.service_id,
            "planExternalID": self.plan_id,
            "reason": self.reason,
        }
        return {name: value for name, value in facts.items() if value}

    def __str__(self) -> str:
        """Tell all that is needed to delete it."""
        what = f"binding {self.binding_id} of " if self.binding_id else ""
        ids = f"service_id {self.service_id}, plan_id {self.plan_id}"
        return f"{what}instance {self.instance_id} ({ids}): {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings in the order of the table, and what could not be cleaned up."""

    url: str
    api_version: str
    plan: str  # CLASS/PLAN; empty if nothing was made
    findings: tuple[Finding, ...]
    leftovers: tuple[Leftover, ...] = ()
    is_interrupted: bool = False

    def facts(self) -> JsonObject:
        """Return everything as JSON would have it."""
        return {
            "url": self.url,
            "apiVersion": self.api_version,
            "plan": self.plan,
            "isInterrupted": self.is_interrupted,
            "checks": [finding.facts() for finding in self.findings],
            "leftBehind": [leftover.facts() for leftover in self.leftovers],
        }
