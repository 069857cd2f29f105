"""A run: the catalog first, then check after check, then everything deleted again.

Deleting comes whatever happens: a broker that misbehaves, a signal. ``say`` gets the progress.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby

from svcat.clock import Clock
from svcat.conformance.cleaning import Cleaner
from svcat.conformance.instance_life import InstanceLife, Wish
from svcat.conformance.model import (
    Check,
    Evidence,
    Failed,
    Finding,
    Leftover,
    Report,
    Result,
    Skipped,
)
from svcat.conformance.offer import chosen, sibling
from svcat.conformance.operation import Pace
from svcat.conformance.platform import Platform
from svcat.conformance.session import Answer, Session
from svcat.conformance.stage import Stage
from svcat.conformance.table import CHECKS
from svcat.errors import Interrupted, NotFound
from svcat.osb.headers import next_version

_INTERRUPTED = "the check was stopped"


class Runner:
    """One run over one broker."""

    def __init__(
        self, session: Session, wish: Wish, pace: Pace, say: Callable[[str], None]
    ) -> None:
        self._session = session
        self._wish = wish
        self._pace = pace
        self._say = say
        self._platform = Platform(session)
        self._is_interrupted = False

    def run(self, *, cleaning_clock: Clock, before_cleaning: Callable[[], None]) -> Report:
        """Make all checks and clean up.

        ``before_cleaning`` is called once, when nothing may stop us any more but a second wish to.
        Raises Unreachable, AuthFailed, NotFound (no such plan); Interrupted if the cleaning was cut
        short, with what is left.
        """
        cleaner = Cleaner(self._platform, replace(self._pace, clock=cleaning_clock))
        findings: tuple[Finding, ...] = ()
        try:
            findings = self._findings()
        finally:
            before_cleaning()
            leftovers = self._clean(cleaner)
        return Report(
            url=self._session.base,
            api_version=self._session.api_version,
            plan=self._wish.plan,
            findings=findings,
            leftovers=leftovers,
            is_interrupted=self._is_interrupted,
        )

    def _findings(self) -> tuple[Finding, ...]:
        stage = self._stage()
        wanted = [check for check in CHECKS if self._wish.plan or not check.is_full]
        self._say(f"checking {self._session.base}: {len(wanted)} checks")
        findings: list[Finding] = []
        for theme, checks in groupby(wanted, key=lambda check: check.theme):
            found = [self._finding(check, stage) for check in checks]
            self._say(f"{theme}: {_counted(found)}")
            findings += found
        return tuple(findings)

    def _stage(self) -> Stage:
        catalog = self._catalog()
        self._session.require_reachable(catalog)
        if not self._wish.plan:
            return Stage(self._platform, catalog)
        offer = chosen(catalog.value, self._wish.plan)
        target = sibling(catalog.value, offer, self._wish.to_plan) if self._wish.to_plan else None
        if self._wish.to_plan and target is None:
            raise NotFound(f"the offering has no other plan {self._wish.to_plan!r} to change to")
        life = InstanceLife(
            self._platform,
            offer,
            self._wish,
            other=sibling(catalog.value, offer),
            target=target,
            pace=self._pace,
        )
        return Stage(self._platform, catalog, life)

    def _catalog(self) -> Answer:
        """Fetch the catalog; if the version is refused, with one that is not."""
        answer = self._platform.catalog()
        first, tried = self._session.api_version, [self._session.api_version]
        while answer.status == 412:
            words = answer.members.get("description")
            version = next_version(words if isinstance(words, str) else "", tried)
            if version is None:
                self._session.api_version = first
                break
            tried.append(version)
            self._session.api_version = version
            answer = self._platform.catalog()
        return answer

    def _finding(self, check: Check, stage: Stage) -> Finding:
        if self._is_interrupted:
            return Finding(check=check, result=Result.SKIP, reason=_INTERRUPTED)
        try:
            answer = check.examine(stage)
        except Failed as failed:
            return self._told(check, Result.FAIL, failed.reason, failed.answer)
        except Skipped as skipped:
            return self._told(check, Result.SKIP, skipped.reason, None)
        except Interrupted:
            self._is_interrupted = True
            return Finding(check=check, result=Result.SKIP, reason=_INTERRUPTED)
        return self._told(check, Result.PASS, "", answer)

    def _told(self, check: Check, result: Result, reason: str, answer: Answer | None) -> Finding:
        evidence: Evidence | None = None if answer is None else answer.evidence
        return Finding(
            check=check, result=result, reason=self._session.redact(reason), evidence=evidence
        )

    def _clean(self, cleaner: Cleaner) -> tuple[Leftover, ...]:
        self._session.stopping = lambda: False
        try:
            return cleaner.remove_all(self._say)
        except KeyboardInterrupt:
            left = cleaner.leftovers("the cleaning was cut short")
            raise Interrupted(
                "stopped before everything was deleted that the check made",
                details=tuple(map(str, left)),
                hint="delete it at the broker, with these ids",
            ) from None


def _counted(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.result for finding in findings)
    words = {Result.PASS: "passed", Result.FAIL: "failed", Result.SKIP: "skipped"}
    return ", ".join(f"{counts[result]} {word}" for result, word in words.items() if counts[result])
