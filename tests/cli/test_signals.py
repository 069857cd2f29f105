"""The first Ctrl-C ends a wait at once, whenever it comes and whichever thread it is given to."""

import signal
import subprocess
import sys

import pytest

PRELUDE = """
import os, signal, sys, threading, time
from svcat.cli.signals import Stopper
stopper = Stopper()
stopper.install()
number = int(sys.argv[1])
"""
FOR_EVER = 1e12  # longer than the kernel can count
BEFORE = "os.kill(os.getpid(), number)"
DURING = "threading.Timer(0.2, os.kill, (os.getpid(), number)).start()"
# As a signal that comes just before the wait: its handler is due, and nothing interrupts the wait.
TO_ANOTHER_THREAD = """
begun = threading.Event()
def other():
    begun.wait()
    time.sleep(0.2)
    signal.pthread_kill(threading.get_ident(), number)
threading.Thread(target=other).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [number])
begun.set()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("sending", [BEFORE, DURING, TO_ANOTHER_THREAD])
def test_a_signal_ends_the_wait_at_once(sending: str, number: signal.Signals) -> None:
    script = f"{PRELUDE}{sending}\nstopper.sleep({FOR_EVER})\nprint(stopper.is_asked())"

    done = subprocess.run(
        [sys.executable, "-c", script, str(int(number))],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout == "True\n"


def test_other_signals_do_not_end_it_before_its_time() -> None:
    handler = "signal.signal(signal.SIGUSR1, lambda *_: None)\n"
    sending = "for _ in range(3): os.kill(os.getpid(), signal.SIGUSR1)\n"
    wait = "begun = time.monotonic(); stopper.sleep(0.5); print(time.monotonic() - begun)"

    done = subprocess.run(
        [sys.executable, "-c", f"{PRELUDE}{handler}{sending}{wait}", "2"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert float(done.stdout) >= 0.5
