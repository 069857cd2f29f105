"""``create class``: a class of one's own, with defaults under what is given."""

from pathlib import Path
from typing import Any

import pytest

from tests.brokers.fixtures import bundled_broker
from tests.catalog.shop import Shop
from tests.cli_updates.svcat import Svcat
from tests.e2e.conftest import Offer, bundled, local
from tests.e2e.place import Place

__all__ = ["bundled", "bundled_broker", "local"]


def sent(shop: Shop) -> Any:
    return shop.asked("PUT")[-1].json.get("parameters")


@pytest.fixture
def made(svcat: Svcat, shop: Shop) -> Shop:
    """The shop, and a class ``team-db`` of its postgresql."""
    plan_params = 'medium={"size_gb": 50, "net": {"tls": true}}'
    svcat.run(
        *("create", "class", "team-db", "--from", "postgresql"),
        *("--plan", "small", "--plan", "medium", "--plan-params", plan_params),
        *("-p", "size_gb=30", "-p", "net.zone=north", "-p", "admin_password=hush-hush"),
    )
    return shop


def test_defaults_lie_under_each_other_class_plan_instance(svcat: Svcat, made: Shop) -> None:
    svcat.run("provision", "a", "--class", "team-db", "--plan", "small")
    common = {"net": {"zone": "north"}, "admin_password": "hush-hush"}
    assert sent(made) == {"size_gb": 30, **common}
    svcat.run("provision", "b", "--class", "team-db", "--plan", "medium")
    net = {"zone": "north", "tls": True}
    assert sent(made) == {"size_gb": 50, "net": net, "admin_password": "hush-hush"}
    words = ["provision", "c", "--class", "team-db", "--plan", "medium"]
    more = ["-p", "size_gb=99", "--params-file", "-"]
    svcat.run(*words, *more, stdin='{"net": {"zone": "south"}}')
    assert sent(made)["size_gb"] == 99
    assert sent(made)["net"] == {"zone": "south", "tls": True}
    assert svcat.instance("c")["spec"]["parameters"]["net"] == {"zone": "south", "tls": True}
    svcat.run(*words, *more, stdin='{"net": {"zone": "south"}}')  # the same again is no conflict
    assert len(made.asked("PUT")) == 3


def test_a_secret_goes_over_a_default_too(svcat: Svcat, made: Shop) -> None:
    svcat.put_secret("mine", {"json": '{"admin_password": "from-the-secret"}'})
    words = ["--class", "team-db", "--plan", "small", "--secret", "mine[json]"]
    svcat.run("provision", "a", *words)
    assert sent(made)["admin_password"] == "from-the-secret"
    assert sent(made)["size_gb"] == 30
    assert "admin_password" not in svcat.instance("a")["spec"]["parameters"]


def test_defaults_are_held_against_the_schema_when_they_are_used(svcat: Svcat, shop: Shop) -> None:
    svcat.run("create", "class", "tiny", "--from", "postgresql", "-p", "size_gb=1")
    done = svcat.run("provision", "a", "--class", "tiny", "--plan", "small", code=2)
    assert "1 is below minimum 10" in done.err
    assert shop.asked("PUT") == []


def test_it_is_found_wherever_classes_are(svcat: Svcat, made: Shop) -> None:
    names = svcat.run("get", "classes", "-o", "name").out.split()
    assert names == ["class/mailbox", "class/postgresql", "class/redis", "class/team-db"]
    spec = svcat.run("get", "class", "team-db", "-o", "json").json["spec"]
    assert (spec["madeOf"], spec["plans"]) == ("postgresql", ["small", "medium"])
    assert spec["defaultProvisionParameters"]["admin_password"] == "<redacted>"
    assert spec["planDefaultProvisionParameters"]["medium"]["size_gb"] == 50
    described = svcat.run("describe", "class", "team-db").out
    assert "Made Of:          postgresql" in described
    assert "hush" not in described
    assert '"size_gb": 30' in described
    described = svcat.run("describe", "plan", "team-db/medium").out
    assert "Default Provision Parameters:" in described
    assert '"size_gb": 50' in described
    assert svcat.run("get", "plans", "-c", "team-db", "-o", "name").out.count("plan/") == 2
    assert "team-db" in svcat.run("marketplace", "--search", "team-db").out
    assert "size_gb" in svcat.run("explain", "team-db/small").out
    assert svcat.run("compare", "team-db").code == 0


def test_the_plan_need_not_be_named_if_it_has_one(svcat: Svcat, shop: Shop) -> None:
    svcat.run("create", "class", "tiny", "--from", "redis", "--plan", "small")
    svcat.run("provision", "a", "--class", "tiny")
    assert shop.asked("PUT")[-1].json["plan_id"] == "redis-small-id"
    done = svcat.run("provision", "b", "--class", "redis", code=2)
    assert "has 2 plans" in done.err
    svcat.run("provision", "b", "--class", "tiny", "--plan", "large", code=5)
    row = svcat.run("get", "instances", "-c", "tiny", "--no-headers").out.split()
    assert row[:1] == ["a"]
    assert "tiny" in row


def test_an_instance_outlives_the_class_it_was_made_of(svcat: Svcat, made: Shop) -> None:
    svcat.run("provision", "a", "--class", "team-db", "--plan", "small")
    assert svcat.run("delete", "class", "team-db").out == "deleted team-db\n"
    svcat.run("get", "class", "team-db", code=5)
    svcat.run("delete", "class", "team-db", code=5)
    svcat.run("bind", "a")
    svcat.run("update", "a", "--plan", "medium", "-p", "size_gb=40")
    svcat.run("unbind", "a")
    svcat.run("deprovision", "a")
    kept = [name for _, _, name, _ in svcat.snapshot() if name.startswith("svcat.class")]
    assert kept == []


def test_creating_it_again_is_no_error_unless_it_is_another(svcat: Svcat, shop: Shop) -> None:
    words = ["create", "class", "tiny", "--from", "redis", "--plan"]
    svcat.run(*words, "small")
    assert "unchanged" in svcat.run(*words, "small").err
    svcat.run(*words, "small", "--error-unchanged", code=3)
    assert "svcat delete class tiny" in svcat.run(*words, "large", code=6).err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["tiny", "--from", "nope"], 5),
        (["tiny", "--from", "redis", "--plan", "nope"], 5),
        (["tiny", "--from", "redis", "--plan-params", "nope={}"], 5),
        (["tiny", "--from", "redis", "--plan-params", "small=[1]"], 2),
        (["tiny", "--from", "redis", "--plan-params", "small"], 2),
        (["Tiny!", "--from", "redis"], 2),
        (["tiny", "--from", "redis", "--scope", "cluster"], 2),
        (["tiny"], 2),
    ],
)
def test_what_cannot_be_made_is_refused(
    svcat: Svcat, shop: Shop, words: list[str], code: int
) -> None:
    before = svcat.snapshot()
    svcat.run("create", "class", *words, code=code)
    assert svcat.snapshot() == before


def test_one_for_the_whole_cluster_is_seen_from_every_namespace(
    svcat: Svcat, new_shop: Shop
) -> None:
    svcat.run("register", "all", "--url", new_shop.url, "--scope", "cluster")
    words = ["create", "class", "tiny", "--from", "redis", "-p", "x=1", "--scope", "cluster"]
    svcat.run(*words)
    assert "class/tiny" in svcat.run("get", "classes", "-n", "elsewhere", "-o", "name").out
    svcat.run("provision", "a", "--class", "tiny", "--plan", "small")
    assert sent(new_shop) == {"x": "1"}
    svcat.run("create", "class", "own", "--from", "redis")
    listed = svcat.run("get", "classes", "-o", "json").json["items"]
    own = next(each for each in listed if each["metadata"]["name"] == "own")
    assert own == svcat.run("get", "class", "own", "-o", "json").json
    assert (own["metadata"]["namespace"], own["spec"]["scope"]) == ("default", "namespace")
    row = next(r for r in svcat.run("get", "classes").out.splitlines() if r.startswith("own"))
    assert row.split()[1] == "default"
    assert "own" not in svcat.run("get", "classes", "-n", "elsewhere").out
    assert "own" in svcat.run("get", "classes", "-A").out


def test_it_works_with_a_real_broker(local: Place, bundled: Offer, tmp_path: Path) -> None:
    local.register(bundled.broker)
    words = ["create", "class", "big-pages", "-f", "sqlite", "--plan", "file"]
    local.run(*words, "-p", "page_size=8192")
    local.run("provision", "db", "--class", "big-pages")
    spec = local.run("get", "instance", "db", "-o", "json").json["spec"]
    assert (spec["class"], spec["parameters"]) == ("big-pages", {"page_size": 8192})
    local.run("deprovision", "db")
