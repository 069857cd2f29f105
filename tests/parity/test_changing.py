"""What the Go svcat's fingers type to change things, and what they expect to happen."""

import pytest

from tests.parity.conftest import Shop

CLASS = "user-provided-service"
ONLY = "another-provided-service"
ID = "2f2e85b5-030d-4776-ba7e-e26eb312f10f"


def provisioned(shop: Shop, *more: str) -> str:
    return shop.run("provision", "inst", "--class", ONLY, "--plan", "only", *more).out


def sent(shop: Shop, method: str = "PUT") -> dict[str, object]:
    """The parameters of the last request."""
    found: dict[str, object] = shop.broker.sent(method)[-1].json.get("parameters", {})
    return found


def test_a_broker_is_registered_with_what_it_took(shop: Shop) -> None:
    out = shop.run("register", "more", "--url", shop.broker.url).out
    assert [line.split()[0] for line in out.splitlines()[:5]] == [
        "Name:", "Scope:", "Namespace:", "URL:", "Status:",
    ]  # fmt: skip
    assert "--url" in shop.run("register", "none", code=2).err


def test_a_login_is_a_secret_as_it_was(shop: Shop) -> None:
    shop.svcat.put_secret("basic", {"username": "u", "password": "p"})
    shop.svcat.put_secret("bearer", {"token": "t"})
    for name in ("basic", "bearer"):
        shop.run("register", name, "--url", shop.broker.url, f"--{name}-secret", name)
    first, second = (
        dict(seen.headers).get("authorization") or dict(seen.headers).get("Authorization", "")
        for seen in shop.broker.broker.requests[-2:]
    )
    assert (first.split()[0], second) == ("Basic", "Bearer t")
    both = ["--basic-secret", "basic", "--bearer-secret", "bearer"]
    refused = shop.run("register", "both", "--url", shop.broker.url, *both, code=2)
    assert "cannot use" in refused.err


def test_where_a_broker_belongs_is_said_or_the_namespace(shop: Shop) -> None:
    url = shop.broker.url
    assert "Namespace:" in shop.run("register", "mine", "--url", url, "--scope", "namespace").out
    assert "Namespace:" not in shop.run("register", "all", "--url", url, "--scope", "cluster").out
    refused = shop.run("register", "x", "--url", url, "--scope", "all", code=2)
    assert "allowed are: cluster, namespace" in refused.err
    shop.run("sync", "broker", "all", "--scope", "cluster")
    shop.run("sync", "broker", "all", "--scope", "namespace", code=5)
    shop.run("deregister", "all", "--scope", "namespace", code=5)
    done = shop.run("deregister", "all", "--scope", "cluster")
    assert done.out == 'Successfully removed broker "all"\n'


def test_brokers_take_the_words_about_waiting(shop: Shop) -> None:
    words = ["--wait", "--timeout", "1m", "--interval", "2s"]
    assert "Ready" in shop.run("register", "more", "--url", shop.broker.url, *words).out
    shop.run("deregister", "more", *words)
    for command in (["register", "x", "--url", shop.broker.url], ["deregister", "ups"]):
        assert "invalid --timeout" in shop.run(*command, "--timeout", "soon", code=2).err


def test_an_instance_is_provisioned_as_it_was(shop: Shop) -> None:
    out = provisioned(shop)
    labels = [line.split()[0] for line in out.splitlines() if line and line[0] != " "]
    assert labels[:6] == ["Name:", "Namespace:", "Status:", "DashboardURL:", "Class:", "Plan:"]
    assert "only" in shop.run("provision", "two", "--class", ONLY).out
    assert "has 2 plans" in shop.run("provision", "three", "--class", CLASS, code=2).err
    for option in ("--kube-name", "-k"):
        ids = ["--class", "5f6e6cf6-ffdd-425f-a2c7-3c9258ad2468", "--plan", "only-id"]
        assert ONLY in shop.run("provision", f"by{option}", *ids, option).out


def test_ids_of_our_own_are_used(shop: Shop) -> None:
    provisioned(shop, "--external-id", ID)
    shop.run("bind", "inst", "--external-id", "b-1")
    first, second = (seen.path for seen in shop.broker.sent("PUT"))
    assert first == f"/v2/service_instances/{ID}"
    assert second == f"/v2/service_instances/{ID}/service_bindings/b-1"


def test_a_binding_is_named_as_it_was(shop: Shop) -> None:
    provisioned(shop)
    out = shop.run("bind", "inst").out
    assert [line.split()[-1] for line in out.splitlines() if line.startswith("Secret:")] == ["inst"]
    shop.run("bind", "inst", "--name", "b")
    assert "Secret: b" in " ".join(shop.run("describe", "binding", "b").out.split())
    out = shop.run("bind", "inst", "--name", "c", "--secret-name", "s").out
    assert "Secret: s" in " ".join(out.split())


def test_bindings_go_by_name_or_by_instance(shop: Shop) -> None:
    provisioned(shop)
    for name in ("a", "b", "c", "d"):
        shop.run("bind", "inst", "--name", name)
    assert shop.run("unbind", "--name", "a").out == "deleted a\n"
    assert shop.run("unbind", "inst", "--name", "b").out == "deleted b\n"
    shop.run("provision", "other", "--class", ONLY)
    shop.run("bind", "other")
    foreign = shop.run("unbind", "inst", "--name", "other", code=5)
    assert "binding 'other' of instance 'inst' not found" in foreign.err
    assert shop.run("get", "binding", "other", "-o", "name").out == "binding/other\n"
    assert sorted(shop.run("unbind", "inst").out.splitlines()) == ["deleted c", "deleted d"]


def test_names_may_stand_in_one_flag_with_commas_as_they_did(shop: Shop) -> None:
    shop.svcat.put_secret("s", {"a": '{"from-a": 1}', "b": '{"from-b": true}'})
    provisioned(shop, "-s", "s[a],s[b]")
    assert sent(shop) == {"from-a": 1, "from-b": True}
    for name in ("a", "b", "c"):
        shop.run("bind", "inst", "--name", name)
    assert shop.run("unbind", "--name", "a,b").out == "deleted a\ndeleted b\n"


def test_what_fails_keeps_no_other_binding_back_and_what_is_gone_is_said(shop: Shop) -> None:
    provisioned(shop)
    for name in ("a", "b", "c"):
        shop.run("bind", "inst", "--name", name)
    done = shop.run("unbind", "--name", "a,nope,b", code=5)
    assert done.out == "deleted a\ndeleted b\n"
    assert "binding 'nope' not found" in done.err
    both = shop.run("unbind", "--name", "nope", "--name", "neither", "-o", "json", code=5).json
    assert both["message"] == "2 of 2 bindings are not unbound"
    assert [each.split()[1] for each in both["details"]] == ["'nope'", "'neither'"]
    listed = shop.run("unbind", "--name", "nope,c", "-o", "json", code=5).json
    assert [each["metadata"]["name"] for each in listed["items"]] == ["c"]
    nothing = shop.run("unbind", "inst")
    assert nothing.out == ""
    assert nothing.err == "No bindings of instance inst found in namespace default.\n"


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("get instances -n=default -o=name", "get instances -n default -o name"),
        ("get instances -c=user-provided-service -p=default -oname", "get instances -o name"),
        ("get instances -A=true -o=name", "get instances -A -o name"),
        ("get instances -A=false -o=name", "get instances -o name"),
        ("get plans --no-headers=true", "get plans --no-headers"),
        ("get plan -k=true default-id -b=ups", "get plan -k default-id -b ups"),
        ("get bindings -l=svcat.dev/phase=ready -o name", "get bindings -o name"),
    ],
)
def test_letters_take_their_value_behind_an_equals_sign(full: Shop, words: str, same: str) -> None:
    told = full.run(*words.split())
    assert told.out == full.run(*same.split()).out
    assert told.out


def test_letters_give_parameters_behind_an_equals_sign(shop: Shop) -> None:
    shop.svcat.put_secret("s", {"a": '{"from-a": 1}'})
    provisioned(shop, "-p=a=b=c", "-s=s[a]", "-n=default", "--validate=false")
    assert sent(shop) == {"a": "b=c", "from-a": 1}


def test_parameters_are_taken_as_they_were(shop: Shop) -> None:
    shop.svcat.put_secret("s", {"a": '{"from-a": 1}', "b": '{"from-b": true}'})
    words = ["-p", " d =", "--param", "c=abc===", "-p", "l=x", "-p", "l=y", "-p", "x=1,y=2"]
    provisioned(shop, *words, "-s", "s[a]", "--secret", "s[b]")
    assert sent(shop) == {
        "d": "",
        "c": "abc===",
        "l": ["x", "y"],
        "x": "1,y=2",
        "from-a": 1,
        "from-b": True,
    }
    shop.run("bind", "inst", "--params-json", '{"a": {"b": 1}}')
    assert sent(shop) == {"a": {"b": 1}}
    shop.run("bind", "inst", "--name", "more", "--param", "k=v", "-p", "m=n", "-s", "s[a]")
    assert sent(shop) == {"k": "v", "m": "n", "from-a": 1}
    for command in (["provision", "p", "--class", ONLY], ["bind", "inst", "--name", "z"]):
        refused = shop.run(*command, "--params-json", "{}", "-p", "a=b", code=2).err
        assert "--params-json cannot be used with --param" in refused
        for bad in (["-p", "b"], ["-p", "=b"], ["--secret", "s[]x"], ["--params-json", "[]"]):
            shop.run(*command, *bad, code=2)


def test_waiting_is_the_default_and_may_be_asked_for(shop: Shop) -> None:
    for words in (["--wait"], ["--wait=true"], ["--no-wait"], ["--wait=false"]):
        assert "inst" in provisioned(shop, *words)
        shop.run("bind", "inst", *words)
        assert shop.run("unbind", "inst", *words).out == "deleted inst\n"
        assert shop.run("deprovision", "inst", *words).out == "deleted inst\n"


def test_how_long_to_wait_is_taken_as_it_was(shop: Shop) -> None:
    for words in (["--timeout", "-1"], ["--timeout", "1h30m", "--interval", "1s"]):
        provisioned(shop, *words)
        shop.run("bind", "inst", *words)
        shop.run("unbind", "inst", *words)
        shop.run("deprovision", "inst", *words)
    soon, x = ["--timeout", "soon"], ["--interval", "x"]
    provisioned(shop)
    shop.run("bind", "inst")
    for command in (f"provision i --class {ONLY}", "deprovision inst", "bind inst", "unbind inst"):
        assert "invalid --timeout value (soon)" in shop.run(*command.split(), *soon, code=2).err
        assert "invalid --interval value (x)" in shop.run(*command.split(), *x, code=2).err


def test_gone_is_said_when_it_is_gone(shop: Shop) -> None:
    provisioned(shop)
    assert shop.run("deprovision", "inst").out == "deleted inst\n"
    assert [seen.method for seen in shop.broker.sent()] == ["PUT", "DELETE"]
    shop.run("get", "instance", "inst", code=5)


def test_abandon_only_forgets_here_and_wants_a_yes(shop: Shop) -> None:
    provisioned(shop)
    shop.run("bind", "inst")
    for command in (["unbind", "inst"], ["deprovision", "inst"]):
        refused = shop.run(*command, "--abandon", code=2)
        assert "go on charging" in refused.err
        shop.run(*command, "--abandon", "--yes" if command[0] == "unbind" else "-y")
    assert shop.broker.sent("DELETE") == []
    assert "inst" in shop.run("orphans", "list").out


def test_every_change_is_made_in_the_namespace_asked_for(shop: Shop) -> None:
    there = ["-n", "team"]
    shop.run("register", "theirs", "--url", shop.broker.url, *there)
    shop.run("sync", "broker", "theirs", *there)
    shop.run("provision", "i", "--class", ONLY, "--namespace", "team")
    shop.run("touch", "instance", "i", *there)
    shop.run("bind", "i", *there)
    assert shop.run("get", "bindings", *there).out.count("team") == 1
    assert shop.run("get", "instances").out == ""
    shop.run("unbind", "i", *there)
    shop.run("deprovision", "i", *there)
    shop.run("deregister", "theirs", *there)
    shop.run("get", "broker", "theirs", *there, code=5)


@pytest.mark.parametrize("noun", ["instance", "instances", "inst"])
def test_touch_says_what_it_did(shop: Shop, noun: str) -> None:
    provisioned(shop)
    assert "unchanged" in shop.run("touch", noun, "inst").err
