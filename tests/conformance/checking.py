"""A run in this process: the session, the checks, the findings."""

from dataclasses import dataclass
from typing import Any

from svcat.clock import SystemClock
from svcat.conformance.instance_life import Wish
from svcat.conformance.model import Finding, Report, Result
from svcat.conformance.operation import Pace
from svcat.conformance.runner import Runner
from svcat.conformance.session import Session
from svcat.http import HttpClient
from svcat.osb.login import BasicLogin, Login, NoLogin, Secret


@dataclass(frozen=True, slots=True)
class Ran:
    """A report, by check."""

    report: Report

    def failed(self, *levels: str) -> set[str]:
        return {f.check.id for f in self.of(Result.FAIL) if f.check.level in levels}

    def of(self, result: Result) -> list[Finding]:
        return [finding for finding in self.report.findings if finding.result is result]

    def finding(self, check: str) -> Finding:
        return next(f for f in self.report.findings if f.check.id == check)

    def told(self) -> str:
        return "\n".join(f"{f.check.id}: {f.reason} {f.evidence}" for f in self.of(Result.FAIL))


def run(
    url: str,
    *,
    username: str = "",
    password: str = "",
    timeout_s: float = 20.0,
    interval_s: float = 0.2,  # so that few polls fall into an operation, on any machine
    deadline_s: float = 20.0,
    **wish: Any,
) -> Ran:
    """Check the broker at ``url``."""
    clock = SystemClock()
    login: Login = NoLogin()
    if username:
        login = BasicLogin(username=username, password=Secret(password))
    with HttpClient() as http:
        session = Session(url, login=login, http=http, clock=clock, deadline_s=deadline_s)
        pace = Pace(clock=clock, interval_s=interval_s, timeout_s=timeout_s)
        runner = Runner(session, Wish(**wish), pace, lambda text: None)
        return Ran(runner.run(cleaning_clock=clock, before_cleaning=lambda: None))
