"""Every command that changes something can be rehearsed, and then changes nothing."""

import pytest

from tests.cli.test_help import COMMANDS
from tests.cli_updates.svcat import Svcat, ToldBroker, plan

# Why a command cannot be rehearsed.
ELSE = {
    "broker check": "makes instances at the broker to see what it does: that is its purpose",
    "broker serve": "is a server",
    "run": "starts a program",
    "install plugin": "writes two files, and says which",
    "wait": "finishes what others began; resume is the same with a dry run",
}
READS = {
    *("marketplace", "search", "compare", "explain", "status", "tree", "events", "doctor", "help"),
    *(
        "get classes",
        "get plans",
        "get brokers",
        "get instances",
        "get bindings",
        "env",
        "export",
        "version",
    ),
    *("describe class", "describe plan", "describe broker", "describe instance"),
    *("describe binding", "orphans list", "completion"),
}
PROVISION = "--class thing --plan small -p a=1"
# Where a dry run must find something to show: nothing of this is done already.
CHANGES = {
    "register": "register b2 --url {url}",
    "sync broker": "sync broker b",
    "broker update": "broker update b --relist-behavior manual",
    "broker curl": "broker curl b /v2/service_instances/i -X DELETE",
    "deregister": "deregister unused",
    "create class": "create class mine --from thing",
    "delete class": "delete class own",
    "create user-provided": "create user-provided ups --from-secret s",
    "provision": f"provision db2 {PROVISION}",
    "update instance": "update instance db --plan large",
    "upgrade": "upgrade db",
    "touch instance": "touch instance db",
    "sync instance": "sync instance db",
    "deprovision": "deprovision db --cascade",
    "bind": "bind db --name b2",
    "update binding": "update binding db --map name=user",
    "rotate": "rotate db",
    "unbind": "unbind db",
    "resume": "resume",
    "abandon": "abandon instance/db",
    "orphans clean": "orphans clean --abandoned",
}
# Those need workloads: tests/cli_updates/test_dry_run_on_a_server.py.
ON_A_SERVER = {"inject", "eject"}
# Where there may be nothing to do: what the story leaves is settled, the catalog the same.
NOTHING_TO_DO = {"touch instance", "resume", "sync instance", "sync broker"}


@pytest.fixture
def stocked(svcat: Svcat, broker: ToldBroker) -> Svcat:
    newer = {"version": "1.0.0"}
    broker.plans = [plan("small", binding_rotatable=True, maintenance_info=newer), plan("large")]
    broker.offering = {"instances_retrievable": True}
    svcat.put_secret("s", {"a": "1"})
    for line in (
        f"register b --url {broker.url}",
        f"register unused --url {broker.url} --scope cluster",
        "create class own --from thing -b b",
        f"provision db {PROVISION} -b b",
        f"provision left {PROVISION} -b b",
        "bind db",
        "abandon instance/left --yes",
    ):
        svcat.run(*line.split())
    newer["version"] = "1.0.1"
    svcat.run("sync", "broker", "b")
    return svcat


def test_only_what_changes_nothing_has_no_dry_run() -> None:
    without = {
        " ".join(path)
        for path, command in COMMANDS.items()
        if "dry_run" not in {parameter.name for parameter in command.params}
    }

    assert without == READS | {*ELSE}
    assert {" ".join(path) for path in COMMANDS} - without == {*CHANGES} | ON_A_SERVER


@pytest.mark.parametrize("how", ["client", "server", "curl"])
def test_a_dry_run_of_anything_changes_nothing(
    stocked: Svcat, broker: ToldBroker, how: str
) -> None:
    mode = ("--dry-run=client", "-o", "curl") if how == "curl" else (f"--dry-run={how}",)
    before = stocked.snapshot()
    broker.broker.requests.clear()
    silent = set()
    for name, line in CHANGES.items():
        words = line.format(url=broker.url).split()
        more = ("-b", "b") if "thing" in words else ()
        done = stocked.run(*words, *more, *mode, code=None)

        assert done.code == 0, (line, done.out, done.err)
        if "nothing would be written or sent" in done.out:
            silent.add(name)
        assert stocked.snapshot() == before, line
        assert not broker.sent(), line

    assert silent <= NOTHING_TO_DO
