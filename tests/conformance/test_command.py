"""``svcat broker check`` as people and pipelines run it: words, formats, exit codes, signals."""

import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.bundled import BundledBroker, start_bundled
from tests.brokers.hostile import HostileBroker, answer
from tests.catalog.shop import Shop
from tests.cli_updates.svcat import Svcat
from tests.conformance.faults import status
from tests.conformance.spoiling import Asked, Forward, Told, refusal, spoiled

PASSWORD = "bread:and-butter"
FULL = ("--full", "--plan", "sqlite/file", "--interval", "100ms")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledBroker]:
    with start_bundled(
        tmp_path_factory.mktemp("bundled"), username="platform", password=PASSWORD
    ) as running:
        yield running


@pytest.fixture
def svcat(tmp_path: Path) -> Svcat:
    return Svcat(tmp_path)


@pytest.fixture
def login(tmp_path: Path) -> tuple[str, ...]:
    file = tmp_path / "pw"
    file.write_text(PASSWORD)
    return ("--username", "platform", "--password-file", str(file))


def test_a_broker_that_breaks_nothing_is_told_so(
    svcat: Svcat, broker: BundledBroker, login: tuple[str, ...]
) -> None:
    done = svcat.run("broker", "check", broker.url, *login)

    assert "MUST" in done.out
    assert " FAIL" not in done.out
    assert PASSWORD not in done.out + done.err


def test_a_broken_must_is_exit_code_8_and_named_with_its_section(
    svcat: Svcat, broker: BundledBroker, login: tuple[str, ...]
) -> None:
    with spoiled(broker.url, status("catalog", of=200, becomes=201)()) as url:
        done = svcat.run("broker", "check", url, *login, "-o", "json", code=8)

    broken = [c for c in done.json["status"]["checks"] if c["result"] == "fail"]
    named = {check["id"]: check for check in broken}
    assert named["catalog.status"]["level"] == "MUST"
    assert named["catalog.status"]["section"]
    assert "201" in named["catalog.status"]["reason"]


def test_junit_has_a_case_for_every_check_and_a_failure_for_every_broken_one(
    svcat: Svcat, broker: BundledBroker, login: tuple[str, ...]
) -> None:
    with spoiled(broker.url, status("catalog", of=200, becomes=201)()) as url:
        as_json = svcat.run("broker", "check", url, *login, "-o", "json", code=8).json
        as_junit = svcat.run("broker", "check", url, *login, "-o", "junit", code=8).out

    cases = ET.fromstring(as_junit).findall(".//testcase")
    checks = as_json["status"]["checks"]
    assert len(cases) == len(checks)
    failed = sum(1 for check in checks if check["result"] == "fail" and check["level"] == "MUST")
    assert failed
    assert sum(1 for case in cases if case.find("failure") is not None) == failed


def test_a_registered_broker_is_checked_by_its_name_with_its_login(
    svcat: Svcat, broker: BundledBroker, login: tuple[str, ...]
) -> None:
    svcat.run("register", "demo", "--url", broker.url, *login)

    svcat.run("broker", "check", "demo")


def test_a_check_logs_in_with_a_token_that_it_fetches(svcat: Svcat, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    with HostileBroker() as tokens, HostileBroker() as asked:
        tokens.always(answer(200, {"access_token": "token-1"}))
        shop = Shop(asked, login="Bearer token-1")
        words = ["--token-url", tokens.url, "--client-id", "me", "--client-secret-file", "secret"]
        done = svcat.run("broker", "check", shop.url, *words, "-o", "json", code=None)

    results = {check["id"]: check["result"] for check in done.json["status"]["checks"]}
    assert results["catalog.status"] == "pass"
    assert len(tokens.requests) == 1


def test_a_full_check_leaves_nothing_behind(
    svcat: Svcat, broker: BundledBroker, login: tuple[str, ...]
) -> None:
    svcat.run("broker", "check", broker.url, *login, *FULL)

    assert broker.contents() == (set(), set())


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_full_check_that_is_stopped_deletes_what_it_made(
    svcat: Svcat, broker: BundledBroker, login: tuple[str, ...], signal_number: signal.Signals
) -> None:
    is_made = threading.Event()

    def watch(asked: Asked, forward: Forward) -> Told:
        told = forward(asked)
        if asked.call == "bind" and told.status in (200, 201):
            is_made.set()
        return told

    with (
        spoiled(broker.url, watch) as url,
        subprocess.Popen(
            [sys.executable, "-m", "svcat", "broker", "check", url, *login, *FULL],
            env=svcat.full_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running,
    ):
        assert is_made.wait(60)
        running.send_signal(signal_number)
        _, err = running.communicate(timeout=60)

    assert running.returncode == 130, err
    assert broker.contents() == (set(), set())


def test_what_cannot_be_deleted_is_named_with_its_ids_and_exit_code_8(
    svcat: Svcat, broker: BundledBroker, login: tuple[str, ...]
) -> None:
    made: set[str] = set()

    def keep(asked: Asked, forward: Forward) -> Told:
        if asked.call == "deprovision" and asked.id in made:
            return refusal(500)
        told = forward(asked)
        if asked.call == "provision" and told.status == 201:
            made.add(asked.id)
        return told

    with spoiled(broker.url, keep) as url:
        done = svcat.run("broker", "check", url, *login, *FULL, "--timeout", "1s", code=8)

    kept, _ = broker.contents()
    assert kept
    for instance_id in kept:
        assert f"it may still be there: instance {instance_id}" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--full",), "--full needs a plan"),
        (("--plan", "sqlite/file"), "only done with --full"),
        (("--full", "--plan", "sqlite/nothing"), "there is no plan 'sqlite/nothing'"),
    ],
)
def test_a_check_that_makes_no_sense_is_refused(
    svcat: Svcat,
    broker: BundledBroker,
    login: tuple[str, ...],
    words: tuple[str, ...],
    said: str,
) -> None:
    done = svcat.run("broker", "check", broker.url, *login, *words, code=None)

    assert done.code in (2, 5)
    assert said in done.err
    assert broker.contents()[1] == set()


def test_a_broker_that_is_not_there_is_exit_code_10(svcat: Svcat) -> None:
    done = svcat.run("broker", "check", "http://127.0.0.1:1", "-o", "json", code=10)

    assert done.json["kind"] == "Error"
