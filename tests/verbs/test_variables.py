"""Variables that stand for flags: a flag beats them, and they beat what is configured."""

import base64
import json
from typing import Any

from tests.catalog.conftest import new_shop
from tests.catalog.shop import Shop
from tests.cli_updates.svcat import Svcat, ToldBroker

__all__ = ["new_shop"]

PASSWORD = "SVCAT_BROKER_PASSWORD"


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"svcat:{password}".encode()).decode()


def test_a_namespace_for_all_commands(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.environment["SVCAT_NAMESPACE"] = "team-a"
    svcat.run("register", "b", "--url", registered.url)

    assert "namespace team-a" in svcat.run("get", "instances").err
    assert svcat.run("get", "broker", "b", "-o", "json").json["metadata"]["namespace"] == "team-a"
    assert "namespace team-b" in svcat.run("get", "instances", "-n", "team-b").err
    assert "namespace team-b" in svcat.run("-n", "team-b", "get", "instances").err
    svcat.environment["SVCAT_NAMESPACE"] = "No Name"
    assert "'No Name' cannot be" in svcat.run("get", "instances", code=2).err


def test_a_context_for_all_commands(svcat: Svcat) -> None:
    def cluster(port: int) -> dict[str, Any]:
        return {"server": f"http://127.0.0.1:{port}"}

    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": str(port), "cluster": cluster(port)} for port in (1, 2, 3)],
        "contexts": [
            {"name": f"c{port}", "context": {"cluster": str(port), "user": ""}}
            for port in (1, 2, 3)
        ],
        "current-context": "c1",
    }
    (svcat.home / "config").write_text(json.dumps(config))
    svcat.environment |= {
        "SVCAT_STORE": "kube",
        "KUBECONFIG": str(svcat.home / "config"),
        "SVCAT_STORE_PATIENCE": "0.1",
    }

    def asked(*words: str, context: str) -> str:
        svcat.environment["SVCAT_CONTEXT"] = context
        return svcat.run(*words, code=None).err

    assert "127.0.0.1:1" in asked("get", "instances", context="")
    assert "127.0.0.1:2" in asked("get", "instances", context="c2")
    assert "127.0.0.1:3" in asked("get", "instances", "--context", "c3", context="c2")
    assert 'context "c4" is not in' in asked("get", "instances", context="c4")


def test_a_password_may_come_in_a_variable(svcat: Svcat, new_shop: Shop) -> None:
    new_shop.login = basic("from a pipeline")
    words = ("register", "team", "--url", new_shop.url, "--username", "svcat")
    told = svcat.run(*words, code=2)
    svcat.environment[PASSWORD] = "from a pipeline"

    done = svcat.run(*words, "-o", "json")

    assert PASSWORD in told.err
    assert "pipeline" not in done.out + done.err
    assert done.json["spec"]["auth"]["secretRef"]["name"] == "svcat.login.team"
    svcat.environment[PASSWORD] = "another"
    svcat.run("sync", "broker", "team")  # what was kept counts, not the variable
    svcat.run("broker", "update", "team", "--username", "svcat", code=4)


def test_a_password_that_is_given_beats_the_variable(svcat: Svcat, new_shop: Shop) -> None:
    new_shop.login = basic("given")
    svcat.environment[PASSWORD] = "another"
    words = ("register", "team", "--url", new_shop.url, "--username", "svcat", "--password-stdin")

    svcat.run(*words, stdin="given\n")


def test_a_password_in_a_variable_alone_asks_for_no_login(svcat: Svcat, new_shop: Shop) -> None:
    svcat.environment[PASSWORD] = "left over"

    svcat.run("register", "team", "--url", new_shop.url)

    assert not [name for kind, _, name, _ in svcat.snapshot() if kind == "Secret"]
