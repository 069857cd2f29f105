"""How long commands take, as ratios to ``kubectl get configmaps`` on the same server in one run.

usage: python -m bench [ROUNDS]

Every round runs each command once, so that a busy moment of the machine meets all of them alike.
Absolute times say little on another machine; the ratios are the budget. Memory is the peak of
the largest process of a row.
"""

import statistics
import sys

from bench.measuring import Measured, peak_mib, seconds
from bench.setting import setting

ROUNDS = 15
MEMORY_MIB = 120


def main() -> int:
    """Print the table; 1 if a budget is exceeded."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with setting() as table:
        peaks = [_peak(measured) for measured in table]  # also warms up: byte code, page cache
        times = _times(table, rounds)
    print(f"median of {rounds} interleaved runs (of slow ones, fewer):")
    verdicts = _report(table, times, peaks)
    return 0 if all(verdict.endswith("yes") for verdict in verdicts) else 1


def _peak(measured: Measured) -> float:
    return max(peak_mib(command, measured.environ) for command in measured.commands)


def _times(table: list[Measured], rounds: int) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in table]
    for number in range(rounds):
        for measured, taken in zip(table, times, strict=True):
            if number % measured.every == 0:
                taken.append(seconds(measured))
    return times


def _report(table: list[Measured], times: list[list[float]], peaks: list[float]) -> list[str]:
    """Print a line for each row; return what became of the budgets."""
    medians = [statistics.median(taken) for taken in times]
    verdicts = []
    for measured, median, peak in zip(table, medians, peaks, strict=True):
        ratio, verdict = median / medians[0], measured.verdict(median, medians[0])
        line = f"  {measured.label:32}{median * 1000:7.0f} ms{ratio:7.2f}x{peak:6.0f} MiB"
        print(f"{line}   {verdict}".rstrip())
        verdicts += [verdict] if verdict else []
    own = [peak for measured, peak in zip(table, peaks, strict=True) if _is_ours(measured)]
    verdict = f"at most {MEMORY_MIB} MiB: {'yes' if max(own) <= MEMORY_MIB else 'NO'}"
    print(f"  {'memory, the most':32}{max(own):31.0f} MiB   {verdict}")
    return [*verdicts, verdict]


def _is_ours(measured: Measured) -> bool:
    return measured.commands[0][0].endswith("svcat")


if __name__ == "__main__":
    sys.exit(main())
