"""Large, endless and compressed answers: memory and time of a whole process stay bounded.

Measured in a process of its own, whose peak is then all ours.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.brokers.hostile import Answer, HostileBroker, drip, flood, gzip_bomb

DEADLINE_S = 2.0
MOST_MIB = 120
CATALOG_CAP = 16 * 1024 * 1024

_CLIENT = """
import json, sys, time
from svcat.http import AnswerLost, HttpClient, Request
url, deadline, cap = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
start = time.monotonic()
with HttpClient() as http:
    try:
        request = Request(method="GET", url=url, headers={})
        http.send(request, deadline_s=deadline, body_cap=cap)
        fault = "none"
    except AnswerLost as lost:
        fault = lost.fault
took = time.monotonic() - start
# VmHWM starts anew with the program; ru_maxrss is inherited from whoever started it.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps([fault, took, int(status["VmHWM"].split()[0]) / 1024]))
"""

_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"

HOSTILE: dict[str, tuple[Answer | Callable[[], Answer], str]] = {
    "300 MiB gzip bomb": (lambda: gzip_bomb(300), "answer unreadable"),
    "endless chunks": (
        flood(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", _CHUNK),
        "answer too large",
    ),
    "endless tiny chunks": (
        flood(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 5000),
        "timeout",
    ),
    "1 GiB announced": (
        flood(_HEAD + b"Content-Length: 1073741824\r\n\r\n", b" " * 65536),
        "answer too large",
    ),
    "a million headers": (flood(_HEAD, b"X-A: b\r\n" * 1000), "answer too large"),
    "one endless header": (flood(_HEAD + b"X: ", b"y" * 65536), "answer too large"),
    "dripped headers": (drip(_HEAD, b"X-A: b\r\n", pause_s=0.01), "timeout"),
    "dripped body": (drip(_HEAD + b"Content-Length: 99\r\n\r\n", b" ", pause_s=0.1), "timeout"),
    "endless without a length": (flood(_HEAD + b"\r\n", b" " * 65536), "answer too large"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer cost a fresh process."""

    fault: str
    took_s: float
    peak_mib: float


def cost_of(entry: Answer) -> Cost:
    with HostileBroker() as broker:
        broker.script(entry)
        command = [sys.executable, "-c", _CLIENT, broker.url, str(DEADLINE_S), str(CATALOG_CAP)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Cost(*json.loads(done.stdout))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_out_of_bounds_costs_little_memory_and_no_more_than_the_deadline(
    name: str,
) -> None:
    entry, fault = HOSTILE[name]

    cost = cost_of(entry if isinstance(entry, Answer) else entry())

    print(f"{name}: {cost.took_s:.2f} s, {cost.peak_mib:.0f} MiB")
    assert cost.fault == fault
    assert cost.peak_mib < MOST_MIB
    assert cost.took_s < DEADLINE_S + 1
