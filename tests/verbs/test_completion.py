"""Tab: what is offered, in each shell as it is, and never what a shell would take for a command."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from svcat.cli.completing import split
from tests.brokers.hostile import HostileBroker, hang
from tests.cli_updates.svcat import DRAFT_7, Svcat, ToldBroker, plan, schemas

PROGRAMS = Path(sys.executable).parent
RULES = {
    "$schema": DRAFT_7,
    "properties": {
        "region": {"enum": ["north", "south"], "description": "on which side"},
        "storage": {"type": "object", "properties": {"gb": {"type": "integer"}}},
    },
}


@pytest.fixture
def shop(svcat: Svcat) -> Iterator[Svcat]:
    """One instance, one binding, a plan with parameters, and a class with a name from hell."""
    with HostileBroker() as hostile:
        small = plan("small", schemas=schemas(create=RULES, bind=RULES))
        broker = ToldBroker(hostile, [small, plan("large"), plan("$(reboot)")])
        svcat.run("register", "b", "--url", broker.url)
        svcat.run("provision", "db", "--class", "thing", "--plan", "small")
        svcat.run("bind", "db", "--name", "db-login")
        svcat.environment["PATH"] = f"{PROGRAMS}:{os.environ['PATH']}"
        svcat.environment["SVCAT_COMPLETION_TIMEOUT"] = "60"  # machines that run tests are busy
        yield svcat


def offered(svcat: Svcat, *words: str) -> list[str]:
    out = svcat.run("__complete", *words).out.splitlines()
    assert re.fullmatch(r":\d+", out[-1])
    return [line.partition("\t")[0] for line in out[:-1]]


def test_names_are_offered_where_they_belong(shop: Svcat) -> None:
    expected = {
        ("get", "ins"): ["instances"],
        ("get", "instances", ""): ["db"],
        ("describe", "binding", ""): ["db-login"],
        ("describe", "plan", ""): ["thing/small", "thing/large"],
        ("unbind", "--name", ""): ["db-login"],
        ("provision", "x", "--class", "t"): ["thing"],
        ("provision", "x", "--class=t"): ["--class=thing"],
        ("provision", "x", "--class", "thing", "--plan", ""): ["small", "large"],
        ("update", "db", "--plan", "l"): ["large"],
        ("deregister", ""): ["b"],
        ("wait", "instance/"): ["instance/db"],
        ("tree", "bro"): ["broker/"],
        ("-n", "de"): ["default"],
        ("get", "inst", "-o", "js"): ["json", "jsonpath="],
        ("provision", ""): [],
        ("completion", "f"): ["fish"],
        ("get", "brokers", "--no-h"): ["--no-headers"],
        ("help", "ex"): ["explain", "export", "exit-codes"],
        ("help", "get", "ins"): ["instances"],
        ("get", "plans", "--sort-by", "na"): ["name", "namespace"],
        ("no", "such", ""): [],
    }

    assert {words: offered(shop, *words) for words in expected} == expected


def test_parameters_are_offered_with_their_values(shop: Svcat) -> None:
    given = ("provision", "x", "--class", "thing", "--plan", "small")

    assert offered(shop, *given, "-p", "") == ["region=", "storage.gb="]
    assert offered(shop, *given, "-p", "region=") == ["region=north", "region=south"]
    assert offered(shop, "bind", "db", "-p", "sto") == ["storage.gb="]


def test_names_of_all_kinds_are_offered_and_none_where_a_new_one_is_made(shop: Svcat) -> None:
    shop.put_secret("login", {"username": "u"})
    shop.run("create", "class", "mine", "--from", "thing", "--plan", "small")
    shop.run("provision", "left", "--class", "mine")
    left = shop.run("get", "instance", "left", "-o", "jsonpath={.spec.externalID}").out
    shop.run("abandon", "instance/left", "--yes")
    expected = {
        ("provision", "x", "--class", ""): ["mine", "thing"],
        ("provision", "x", "--class", "mine", "--plan", ""): ["small"],
        ("provision", "x", "--class", "mine", "-p", "reg"): ["region="],
        ("create", "class", ""): [],
        ("create", "class", "x", "--from", ""): ["thing"],
        ("create", "class", "x", "--from", "thing", "--plan", ""): ["small", "large"],
        ("create", "class", "x", "--from", "thing", "-p", ""): ["region=", "storage.gb="],
        ("delete", "class", ""): ["mine"],
        ("broker", "update", ""): ["b"],
        ("broker", "curl", ""): ["b"],
        ("broker", "curl", "b", "-X", "P"): ["PUT", "PATCH"],
        ("register", "x", "--basic-secret", "l"): ["login"],
        ("provision", "x", "--class", "thing", "--secret", "lo"): ["login"],
        ("wait", "inst/"): ["inst/db"],
        ("wait", "binding/db-login", "--for", "j"): ["jsonpath="],
        ("wait", "binding/db-login", "--for=phase=r"): [
            "--for=phase=ready",
            "--for=phase=rotating",
        ],
        ("wait", "instance/db", "--for", "phase=up"): ["phase=updating"],
        ("inject", "db-login", "dep"): ["deployment/"],
        ("get", "instances", "-o", "c"): ["custom-columns=", "custom-columns-file="],
        ("provision", "x", "-o", "cu"): ["curl", "custom-columns=", "custom-columns-file="],
        ("marketplace", "-o", "h"): ["html"],
        ("env", "db-login", "-o", "d"): ["dotenv", "docker"],
    }

    assert {words: offered(shop, *words) for words in expected} == expected
    assert offered(shop, "orphans", "clean", "") == [left]


@pytest.mark.parametrize(
    "line",
    [
        "get brokers",
        "get cl",
        "get plans",
        "get inst",
        "get bindings",
        "events",
        "mp",
        "search thing",
        "orphans list",
    ],
)
def test_a_list_is_sorted_by_the_columns_it_has(shop: Svcat, line: str) -> None:
    shop.run("provision", "left", "--class", "thing", "--plan", "small")
    shop.run("abandon", "instance/left", "--yes")
    words = line.split()

    hint = shop.run(*words, "--sort-by", "no-such", code=2).err.splitlines()[-1]

    columns = hint.removeprefix("hint: columns: ").partition(";")[0].lower().split(", ")
    shown = offered(shop, *words, "--sort-by", "")
    assert {word for word in shown if not word.startswith(".")} == set(columns)
    for word in shown:
        shop.run(*words, "--sort-by", word)


def test_a_word_says_what_it_is_and_the_last_line_what_the_shell_is_to_do(shop: Svcat) -> None:
    assert shop.run("__complete", "get", "instances", "").out == "db\tthing/small, ready\n:4\n"
    assert shop.run("__complete", "register", "x", "--ca", "").out == ":0\n"
    assert shop.run("__complete", "wait", "i").out == "instance/\n:6\n"


def test_nothing_is_offered_and_nothing_said_where_nothing_can_be_read(svcat: Svcat) -> None:
    svcat.environment |= {"SVCAT_STORE": "kube", "SVCAT_DEBUG": ""}
    done = svcat.run("__complete", "get", "instances", "")

    assert (done.out, done.err) == (":4\n", "")


def test_a_cluster_that_does_not_answer_offers_nothing_and_holds_nobody_up(svcat: Svcat) -> None:
    with HostileBroker() as silent:
        silent.always(hang())
        kubeconfig = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": silent.url}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}],
            "current-context": "c",
        }
        (svcat.home / "config").write_text(json.dumps(kubeconfig))
        svcat.environment |= {
            "SVCAT_STORE": "kube",
            "SVCAT_DEBUG": "",
            "KUBECONFIG": str(svcat.home / "config"),
        }
        done = svcat.run("__complete", "get", "instances", "")

        assert (done.out, done.err) == (":4\n", "")
        assert len(silent.requests) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("svcat get ", ["svcat", "get", ""]),
        ("svcat get in", ["svcat", "get", "in"]),
        ("svcat -p 'a b", ["svcat", "-p", "a b"]),
        ('svcat -p "a ', ["svcat", "-p", "a "]),
        ("svcat", ["svcat"]),
    ],
)
def test_a_line_is_read_as_far_as_it_goes(line: str, words: list[str]) -> None:
    assert split(line) == words


@contextmanager
def shell(svcat: Svcat, *command: str) -> Iterator["Shell"]:
    pid, screen = pty.fork()
    if pid == 0:  # pragma: no cover - the shell
        os.chdir(svcat.home)
        environment = {**svcat.full_environment(), "TERM": "dumb", "COLUMNS": "200"}
        os.execvpe(command[0], list(command), environment)
    try:
        yield Shell(screen)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(screen)


class Shell:
    """A shell on a terminal."""

    def __init__(self, screen: int) -> None:
        self.screen = screen
        self.said = ""
        self.whole = ""

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def expect(self, text: str) -> None:
        deadline = time.monotonic() + 30
        while text not in self.said:
            ready, _, _ = select.select([self.screen], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} was never said: {self.said!r}"
            piece = os.read(self.screen, 65536).decode(errors="replace")
            self.said += piece
            self.whole += piece
        self.said = self.said.partition(text)[2]


def test_bash_completes_names_values_after_equals_signs_and_files(shop: Svcat) -> None:
    (shop.home / "authority.pem").touch()
    with shell(shop, "bash", "--norc", "--noprofile", "-i") as bash:
        bash.type("bind 'set enable-bracketed-paste off'; source <(svcat completion bash)\n")
        bash.type("echo ready-$((1+1))\n")
        bash.expect("ready-2\r\n")
        bash.type("echo svcat\n")
        bash.expect("svcat\r\n")
        bash.type("svcat desc\tinst\td\t")
        bash.expect("svcat describe instance db ")
        bash.type("\x15svcat provision x --class=th\t--plan s\t")
        bash.expect("--class=thing --plan small ")
        bash.type("-p reg\tn\t")
        bash.expect("region=north ")
        bash.type("\x15svcat register x --ca auth\t")
        bash.expect("--ca authority.pem ")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_names_and_values(shop: Svcat) -> None:
    with shell(shop, "zsh", "-f", "-i") as zsh:
        zsh.type("autoload -U compinit; compinit -u -D; source <(svcat completion zsh)\n")
        zsh.type("echo ready-$((1+1))\n")
        zsh.expect("ready-2")
        zsh.type("svcat desc\tinst\td\t")
        zsh.expect("db ")
        zsh.type("\x15svcat provision x --class thing --plan small -p reg\t")
        zsh.expect("region=")
        zsh.type("n\t")
        zsh.expect("north")


def output(shop: Svcat, *command: str) -> str:
    """Run a program that asks svcat for what to complete."""
    return subprocess.run(
        command,
        env=shop.full_environment(),
        cwd=shop.home,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_names_with_what_they_are(shop: Svcat) -> None:
    def ask(line: str) -> str:
        script = f"svcat completion fish | source; complete -C '{line}'"
        return output(shop, "fish", "--no-config", "-c", script)

    (shop.home / "authority.pem").touch()
    assert ask("svcat get ins") == "instances\tList instances.\n"
    assert ask("svcat deprovision ") == "db\tthing/small, ready\n"
    assert "authority.pem" in ask("svcat register x --ca auth")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("svcat get ins", ["instances\tList instances."]),
        ("svcat deprovision ", ["db\tthing/small, ready"]),
        ("svcat provision x --class thing --plan small -p 'region=n", ["region=north"]),
    ],
)
def test_what_powershell_asks_is_answered(shop: Svcat, line: str, expected: list[str]) -> None:
    """Its script hands the line over in a variable: PowerShell drops an empty last word."""
    shop.environment["_SVCAT_LINE"] = line

    assert shop.run("__complete").out.splitlines()[:-1] == expected


def test_the_powershell_script_is_powershell(svcat: Svcat) -> None:
    """No package brings a PowerShell to run it; a grammar says at least that it can be read."""
    import tree_sitter
    import tree_sitter_powershell

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    script = svcat.run("completion", "powershell").out

    assert not parser.parse(script.encode()).root_node.has_error
    assert parser.parse(script.replace("foreach (", "foreach ", 1).encode()).root_node.has_error


def test_every_shell_has_a_script_and_no_other_is_supported(svcat: Svcat) -> None:
    for name in ("bash", "zsh", "fish", "powershell"):
        assert " __complete" in svcat.run("completion", name).out
    assert "there are: bash, zsh" in svcat.run("completion", "tcsh", code=2).err


def test_kubectl_finds_the_plugin_and_its_completion(shop: Svcat) -> None:
    folder = shop.home / "bin"
    done = shop.run("install", "plugin", "--plugins-path", str(folder))
    again = shop.run("install", "plugin", "-p", str(folder), "-o", "name")
    shop.environment["PATH"] = f"{folder}:{os.environ['PATH']}"

    assert f"Plugin has been installed to {folder}" in done.out
    assert "not in $PATH" in done.err
    assert [Path(line).name for line in again.out.split()] == [
        "kubectl-svcat",
        "kubectl_complete-svcat",
    ]
    completed = subprocess.run(
        ["kubectl_complete-svcat", "get", "instances", ""],
        env=shop.full_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout == "db\tthing/small, ready\n:4\n"
    helped = subprocess.run(
        ["kubectl-svcat", "get", "--help"],
        env=shop.full_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert helped.stdout.startswith("Usage: kubectl svcat get")


def kubectl_asks_plugins() -> bool:
    """Whether kubectl is one of those that let plugins complete: 1.26 and later."""
    if shutil.which("kubectl") is None:
        return False
    asked = ["kubectl", "version", "--client", "-o", "json"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return int(json.loads(version)["clientVersion"]["minor"].rstrip("+")) >= 26


@pytest.mark.skipif(not kubectl_asks_plugins(), reason="kubectl 1.26 or later is not installed")
def test_kubectl_itself_asks_for_what_to_complete(shop: Svcat) -> None:
    folder = shop.home / "bin"
    shop.run("install", "plugin", "--plugins-path", str(folder))
    shop.environment["PATH"] = f"{folder}:{os.environ['PATH']}"

    def ask(*words: str) -> str:
        return output(shop, "kubectl", "__complete", "svcat", *words)

    assert ask("get", "instances", "") == "db\tthing/small, ready\n:4\n"
    assert ask("deprovision", "d") == "db\tthing/small, ready\n:4\n"
    assert ask("-n", "default", "get", "brok") == "brokers\tList brokers.\n:4\n"
    assert ask("wait", "inst") == "instance/\n:6\n"
    assert ask("get", "instances", "-o", "y") == "yaml\n:4\n"
    assert ask("bind", "db", "-p", "region=n") == "region=north\n:4\n"


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_runs_it(shop: Svcat) -> None:
    folder = shop.home / "bin"
    shop.run("install", "plugin", "--plugins-path", str(folder))
    shop.environment["PATH"] = f"{folder}:{os.environ['PATH']}"

    done = subprocess.run(
        ["kubectl", "svcat", "get", "instances", "-o", "name"],
        env=shop.full_environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "instance/db\n"


def test_a_folder_that_cannot_be_written_is_an_error(svcat: Svcat) -> None:
    (svcat.home / "file").touch()

    done = svcat.run("install", "plugin", "-p", str(svcat.home / "file" / "bin"), code=1)

    assert "cannot be written" in done.err
