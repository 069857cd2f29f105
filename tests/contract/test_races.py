"""The contract of every object API under races of real processes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from svcat.objects import CONFIG_MAP, JsonObject
from tests.contract.conftest import Subject

Maker = Callable[..., JsonObject]

ROOT = Path(__file__).parents[2]
PROCESSES = 16
ROUNDS = 5

pytestmark = pytest.mark.parametrize("subject", ["local", "kube"], indirect=True)


def _race(subject: Subject, *words: list[str]) -> list[str]:
    """Start one process for each list of words, let them go at once; returns what each printed."""
    command = [sys.executable, "-W", "error", "-m", "tests.contract.racer", *subject.address]
    racers = [
        subprocess.Popen(
            [*command, *each], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for each in words
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.close()
        racer.stdin = None
    answers = [racer.communicate()[0].strip() for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * len(racers)
    return answers


def test_of_many_creates_exactly_one_wins(subject: Subject, namespace: str) -> None:
    answers = _race(subject, *[["create", namespace, "prize"]] * PROCESSES)

    (winner,) = [answer for answer in answers if answer.startswith("won")]
    assert answers.count("lost") == PROCESSES - 1
    prize = subject.objects.get(CONFIG_MAP, namespace, "prize")
    assert prize["data"] == {"by": winner.removeprefix("won ")}


def test_no_increment_is_lost(subject: Subject, namespace: str, config_map: Maker) -> None:
    made = subject.objects.create(CONFIG_MAP, config_map("counter", data={"count": "0"}))

    _race(subject, *[["count", namespace, "counter", str(ROUNDS)]] * PROCESSES)

    counter = subject.objects.get(CONFIG_MAP, namespace, "counter")
    assert counter["data"] == {"count": str(PROCESSES * ROUNDS)}
    assert counter["metadata"]["uid"] == made["metadata"]["uid"]
