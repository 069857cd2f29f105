"""``make explore``: complete (1,1,1) and (1,0,2), then deeper for as long as it may take.

usage: python -m tests.explorer [SECONDS_PER_SCENARIO_OF_WHAT_GOES_DEEPER]
"""

import math
import multiprocessing
import sys

from tests.explorer.explore import Tally, explore
from tests.explorer.fates import Bounds
from tests.explorer.scenarios import BY_NAME, PAIRS, SINGLE, WIDE

WHOLE = (
    (SINGLE, Bounds(1, 1, 0)),
    ((*PAIRS, *WIDE), Bounds(1, 1, 1)),
    ((*PAIRS, *WIDE), Bounds(1, 0, 2)),
)
DEEPER = ((SINGLE, Bounds(2, 2, 0)), (PAIRS, Bounds(2, 1, 2)))


def main(seconds: float) -> int:
    """Explore everything on all cores; return how many violations there are."""
    jobs = [
        (scenario.name, bounds, limit)
        for depths, limit in ((WHOLE, math.inf), (DEEPER, seconds))
        for scenarios, bounds in depths
        for scenario in scenarios
    ]
    violations = executions = effects = 0
    with multiprocessing.Pool() as pool:
        for tally in pool.imap_unordered(_explore, jobs):
            print(tally, flush=True)
            if tally.first:
                print(tally.first, flush=True)
            violations += tally.violations
            executions += tally.executions
            effects += tally.effects
    print(f"{executions} executions, {effects} effects, {violations} violations")
    return violations


def _explore(job: tuple[str, Bounds, float]) -> Tally:
    name, bounds, seconds = job
    return explore(BY_NAME[name], bounds, seconds=seconds)


if __name__ == "__main__":
    sys.exit(bool(main(float(sys.argv[1]) if len(sys.argv) > 1 else 300.0)))
