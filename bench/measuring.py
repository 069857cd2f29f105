"""Running a command once and telling how long it took, and how much memory it held at most."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# A child's peak is counted from its parent's: a small one asks, not this big process.
_PEAK = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([status, usage.ru_maxrss]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Commands in a row and what they may take.

    ``budget`` is a multiple of the baseline, ``limit_s`` an absolute time (0: no budget); a row is
    run in one round of ``every``.
    """

    label: str
    commands: tuple[tuple[str, ...], ...]
    environ: dict[str, str]
    budget: float = 0.0
    limit_s: float = 0.0
    every: int = 1

    def verdict(self, median_s: float, baseline_s: float) -> str:
        """Return the budget and whether it is kept; empty if there is none."""
        if self.limit_s:
            return f"at most {self.limit_s:g} s: {_word(is_kept=median_s <= self.limit_s)}"
        if self.budget:
            return (
                f"at most {self.budget:g}x: {_word(is_kept=median_s <= self.budget * baseline_s)}"
            )
        return ""


def seconds(measured: Measured) -> float:
    """Run the commands once."""
    start = time.perf_counter()
    for command in measured.commands:
        run(command, measured.environ)
    return time.perf_counter() - start


def run(command: Sequence[str], environ: dict[str, str]) -> None:
    """Run one command; its results are of no interest. Raises CalledProcessError."""
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)


def peak_mib(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """Run one command; return the most memory it held, in MiB. Raises CalledProcessError."""
    told = subprocess.run(
        [sys.executable, "-S", "-c", _PEAK, *command],
        env=environ,
        check=True,
        stdout=subprocess.PIPE,
    )
    status, kib = json.loads(told.stdout)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    return float(kib) / 1024


def _word(*, is_kept: bool) -> str:
    return "yes" if is_kept else "NO"
