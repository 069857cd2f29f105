"""All commands, in an order in which each has something to show, or something to hide."""

import json

from tests.brokers.hostile import answer, raw
from tests.canaries.stage import Stage

FAST = ("--interval", "20ms")


def play(stage: Stage) -> None:
    _brokers(stage)
    _instances(stage)
    _bindings(stage)
    _accidents(stage)
    _what_goes_wrong(stage)
    _user_provided(stage)
    _end(stage)
    stage.look_at_files()


def _brokers(stage: Stage) -> None:
    net, home, url = stage.net, stage.home, stage.broker.url
    (home / "pw").write_text(net.canary("basic password"))
    (home / "token").write_text(net.plain("bearer token"))
    (home / "client").write_text(net.plain("oauth client secret"))
    basic = ("--username", "u", "--password-file", "pw")
    stage.run("register", "b", "--url", url, *basic, "--dry-run=client")
    stage.run("register", "b", "--url", url, *basic)
    stage.run("register", "bearer", "--url", f"{url}/2", "--token-file", "token", code=None)
    oauth = ("--token-url", f"{url}/token", "--client-id", "me", "--client-secret-file", "client")
    stage.run("register", "oauth", "--url", f"{url}/3", *oauth, code=None)
    typed = net.canary("typed password")
    by_hand = ("register", "typed", "--url", url, "--username", "u", "--password-stdin")
    stage.run(*by_hand, stdin=typed)
    by_variable = ("register", "var", "--url", url, "--username", "u")
    stage.run(*by_variable, password=net.canary("a password in a variable"))
    for name in ("bearer", "oauth", "typed", "var"):
        stage.run("get", "broker", name, code=None)
        stage.run("deregister", name, code=None)
    reading: tuple[tuple[str, ...], ...] = (
        ("sync", "broker", "b"),
        ("get", "brokers"),
        ("describe", "broker", "b"),
        ("marketplace",),
        ("search", "thing"),
        ("compare", "thing/small", "thing/large"),
        ("explain", "thing/small"),
        ("get", "classes"),
        ("describe", "class", "thing"),
        ("get", "plans"),
        ("describe", "plan", "thing/small"),
        ("broker", "check", "b"),
        ("broker", "curl", "b", "/v2/catalog"),
        ("broker", "update", "b", "--username", "u", "--password-file", "pw"),
        ("create", "class", "x"),
        ("delete", "class", "x"),
        ("version",),
    )
    for words in reading:
        stage.run(*words, code=None)


def _instances(stage: Stage) -> None:
    net = stage.net
    deep = {"deep": {"api_key": net.canary("parameter in a file")}, "size": 1}
    (stage.home / "params.json").write_text(json.dumps(deep))
    stage.put_secret("j", {"json": json.dumps({"from_json": net.canary("parameter in a Secret")})})
    stage.put_secret("whole", {"from_whole": net.canary("parameter that is a key")})
    password = f"password={net.canary('parameter on the command line')}"
    wanted = ("--class", "thing", "--plan", "small", "-p", password, "-f", "params.json")
    sources = ("-s", "j[json]", "-s", "whole", *FAST)
    stage.run("provision", "db", *wanted, *sources, "--dry-run=client")
    stage.run("provision", "db", *wanted, *sources)
    stage.run("provision", "db", *wanted, *sources)
    stage.run("provision", "db", *wanted, code=6)
    reading: tuple[tuple[str, ...], ...] = (
        ("get", "instances"),
        ("get", "instance", "db"),
        ("describe", "instance", "db"),
        ("events",),
        ("tree",),
        ("status",),
        ("doctor",),
    )
    for words in reading:
        stage.run(*words, code=None)
    new = f"password={net.canary('updated parameter')}"
    stage.run("update", "db", "-p", new, "--dry-run=client")
    stage.run("update", "db", "-p", new, *FAST)
    stage.put_secret("whole", {"from_whole": net.canary("changed key")})
    stage.run("touch", "instance", "db", *FAST)
    stage.run("upgrade", "db", code=None)
    stage.run("update", "instance", "db", "-p", new, *FAST, code=None)
    stage.run("sync", "instance", "db", code=None)
    stage.run("wait", "instance/db", "--for", "condition=Ready")
    stage.run("resume")


def _bindings(stage: Stage) -> None:
    net = stage.net
    token = f"token={net.canary('parameter of a bind')}"
    stage.put_secret("bindings", {"from_key": net.canary("key for a bind")})
    first = ("bind", "db", "--name", "one", "-p", token, "-s", "bindings")
    stage.run(*first, "--dry-run=client")
    stage.run(*first)
    stage.run(*first)
    stage.put_secret("foreign", {"theirs": net.canary("Secret of others")})
    stage.run("bind", "db", "--name", "two", "--secret-name", "foreign", code=6)
    stage.put_secret("extra", {"extra": net.canary("key of another Secret")})
    shaped = ("--template", "url=x://{{username|url}}:{{password|url}}@h", "--flatten")
    stage.run("bind", "db", "--name", "shaped", *shaped, "--add-from", "extra")
    stage.run("bind", "db", "--name", "wrong", "--add-path", "x={.nosuch}", code=None)
    stage.run("unbind", "--name", "wrong", *FAST, code=None)
    stage.run("provision", "slow", "--class", "slow", *FAST)
    stage.run("bind", "slow", *FAST)
    stage.run("bind", "slow", "--name", "waiting", "--no-wait")
    stage.run("describe", "binding", "waiting")
    stage.run("unbind", "--name", "waiting", "--dry-run=client")
    stage.run("resume", code=None)
    (stage.home / "job.yaml").write_text(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {template: {spec: "
        "{containers: [{name: c, image: i}]}}}\n"
    )
    using: tuple[tuple[str, ...], ...] = (
        ("get", "bindings"),
        ("get", "binding", "one"),
        ("describe", "binding", "one"),
        ("describe", "binding", "shaped"),
        ("inject", "one", "--local", "-f", "job.yaml", "--env-all", "--prefix", "X_"),
        ("export", "-A"),
        ("inject", "one", "deployment/web"),
        ("eject", "one", "--all"),
        ("run", "one", "--", "true"),
        ("run", "one", "--vcap", "--", "false"),
        ("run", "one", "--", "no-such-command"),
        ("rotate", "one", *FAST),
        ("rotate", "shaped", *FAST),
        ("update", "binding", "shaped", "--remove", "host"),
        ("tree",),
        ("events",),
        ("status",),
        ("doctor",),
    )
    for words in using:
        stage.run(*words, code=None)
    _values_are_shown_where_they_are_the_point(stage)


def _values_are_shown_where_they_are_the_point(stage: Stage) -> None:
    """``env`` in the formats without values; in the others the values are what is asked for."""
    flags, stage.flags = stage.flags, tuple(f for f in stage.flags if f not in _OUTPUTS)
    stage.run("env", "one", "--prefix", "X_", "-o", "table")
    stage.run("env", "one", "--prefix", "X_", "-o", "name")
    before = len(stage.caught)
    stage.run("env", "one", "--prefix", "X_", "-o", "json")
    shown = {catch.where.rpartition(" ")[2] for catch in stage.caught[before:]}
    assert shown == {"(stdout)"}, "the net sees what is shown on purpose, and nothing else is"
    del stage.caught[before:]
    stage.flags = flags


def _accidents(stage: Stage) -> None:
    """Secrets and records changed and deleted by hand, and rotations that do not go well."""
    net, broker = stage.net, stage.broker
    repair = ("bind", "db", "--name", "one", "--repair", *FAST)
    again = ("bind", "slow", "--repair", *FAST)
    meddled = {"password": net.canary("changed by hand")}
    stage.put_secret("one", meddled)
    stage.run("describe", "binding", "one")
    stage.run(*repair, "--dry-run=client")
    stage.run(*repair, "--dry-run=server")
    singing = net.canary("in a refusal")
    broker.next = [answer(400, {"description": "no", "credentials": {"p": singing}})]
    stage.run(*repair, code=7)
    stage.run(*repair)
    stage.put_secret("slow", meddled)
    stage.run(*again, "--dry-run=client")
    stage.run(*again)
    stage.lose("one")
    stage.run("describe", "binding", "one", code=5)
    lost = f"token={net.canary('parameter of a binding that was lost')}"
    stage.run(*repair, "-p", lost, "--dry-run=client")
    stage.run(*repair, "-p", lost)
    stage.run(*repair, "-p", lost, code=2)
    stage.run("rotate", "one", "--rollback", "--dry-run=client")
    stage.run("rotate", "one", "--rollback", *FAST)
    cut = json.dumps({"credentials": {"password": singing}}).encode()[:-1]
    broker.next = [raw(b"HTTP/1.1 201 X\r\nContent-Length: %d\r\n\r\n" % len(cut) + cut)]
    stage.run("rotate", "one", *FAST, code=8)
    stage.run("describe", "binding", "one")
    stage.run("rotate", "--all", "--grace", "1h", "--no-wait", *FAST, code=None)
    stage.run("get", "bindings", "--expiring", "7d")
    stage.run("resume", *FAST, code=None)


_OUTPUTS = ("-o", "json", "yaml", "wide")


def _what_goes_wrong(stage: Stage) -> None:
    net, broker = stage.net, stage.broker
    login, bearer = net.canaries["basic password"], net.canaries["parameter in a Secret"]
    echo = {"error": "Bad", "description": f"user u with {login} may not; {bearer} is weak"}
    password = f"password={net.canary('refused parameter')}"
    wanted = ("--class", "thing", "--plan", "small", "-p", password, "-s", "j[json]", *FAST)
    singing = net.canary("credentials that cannot be read")
    cut = json.dumps({"credentials": {"password": singing}}).encode()[:-1]
    head = b"HTTP/1.1 201 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    told = (
        answer(400, echo),
        answer(422, {**echo, "error": "RequiresApp", "credentials": {"p": singing}}),
        answer(500, {"description": "broken", "credentials": {"p": singing}}),
    )
    for number, reply in enumerate(told):
        broker.next = [reply]
        stage.run("provision", f"bad{number}", *wanted, code=None)
        stage.run("describe", "instance", f"bad{number}", code=None)
        stage.run("deprovision", f"bad{number}", *FAST, code=None)
    wrong = (
        answer(201, {"credentials": singing}),
        answer(201, {"credentials": [singing], "syslog_drain_url": {"x": singing}}),
        answer(201, {"credentials": {"p": singing}, "metadata": {"expires_at": [singing]}}),
        raw(head % len(cut) + cut),
        raw(head % (len(cut) + 9) + cut),
    )
    for number, reply in enumerate(wrong):
        broker.next = [reply]
        stage.run("bind", "db", "--name", f"bad{number}", code=None)
        stage.run("describe", "binding", f"bad{number}", code=None)
        stage.run("unbind", "--name", f"bad{number}", *FAST, code=None)
    stage.run("status", code=None)
    stage.run("events", code=None)


def _user_provided(stage: Stage) -> None:
    net = stage.net
    for name in ("first", "second"):
        secret = {"password": net.canary(f"user-provided, {name}"), "n": 1}
        (stage.home / f"{name}.json").write_text(json.dumps(secret))
    create = ("create", "user-provided", "own", "--credentials-file")
    stage.run(*create, "first.json", "--dry-run=client")
    stage.run(*create, "first.json")
    stage.run("bind", "own")
    stage.run(*create, "second.json", code=6)
    stage.run("update", "own", "--credentials-file", "second.json")
    stage.run("rotate", "own", *FAST, code=None)
    stage.run("describe", "instance", "own")
    stage.run("describe", "binding", "own")
    stage.run(*create, "-", stdin='{"password": "' + net.plain("broken file"), code=2)
    stage.put_secret("legacy", {"password": net.canary("user-provided, in a Secret")})
    stage.run("create", "user-provided", "legacy", "--from-secret", "legacy")
    stage.put_secret("legacy", {"password": net.canary("user-provided, changed")})
    stage.run("touch", "instance", "legacy")
    stage.run("deprovision", "own", "--cascade")
    stage.run("deprovision", "legacy")


def _end(stage: Stage) -> None:
    stage.run("abandon", "binding/shaped", "-y", code=None)
    stage.run("orphans", "list", code=None)
    stage.run("orphans", "clean", "-y", *FAST, code=None)
    stage.run("unbind", "db", *FAST, code=None)
    stage.run("deprovision", "db", "--cascade", *FAST, code=None)
    stage.run("deprovision", "slow", "--cascade", *FAST, code=None)
    stage.run("deregister", "b", "--abandon", code=None)
    stage.run("provision", "--help", code=None)
